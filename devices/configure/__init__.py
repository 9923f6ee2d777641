"""Change one thing on somebody's device, after its owner agreed: read, show the difference, write, read back.

Both calls are for callers without a running loop (a task). They raise the errors of `devices.errors` only, each
with the refusals of the secret so far, and what they return holds no secret. `sign_in_method` is what worked the
last time (`Reading.worked`, `Outcome.worked`), so that no visit spends a refusal to find it out again.
"""

from __future__ import annotations

from collections.abc import Iterable

from devices import soap
from devices.changes import Change, ChangeKind, Finding, FindingState, Outcome, Reading, Wish
from devices.configure import clock, masks, ntp, substream, users
from devices.configure.allowed import OperationForbidden
from devices.configure.camera import ConfiguredCamera, warm
from devices.configure.visit import Visit, refusal_of, visiting
from devices.dial import Route
from devices.errors import DeviceError, Misbehaving
from devices.report import Identity, Target
from devices.secrets import Credentials

__all__ = [
    "ConfiguredCamera",
    "OperationForbidden",
    "Visit",
    "read_findings",
    "visiting",
    "warm",
    "write_change",
]

_FINDERS = {
    "clock": clock.find,
    "ntp": ntp.find,
    "substream": substream.find,
    "user": users.find,
    "masks": masks.find,
}
_UNREAD: dict[ChangeKind, str] = {
    "clock": "clock_unread",
    "ntp": "ntp_unread",
    "substream": "encoder_unread",
    "user": "users_unread",
    "masks": "masks_unread",
}


def read_findings(
    target: Target,
    credentials: Credentials,
    *,
    route: Route,
    wishes: Iterable[Wish],
    expected_identity: Identity | None = None,
    refusals_before: int = 0,
    doubts_before: tuple[str, ...] = (),
    sign_in_method: str = "",
    deadline_seconds: float = 30,
) -> Reading:
    """What the device has against each wish; nothing is changed.

    A broken or refused answer to one wish says so in its finding, and the others go on.
    """
    with visiting(
        target,
        credentials,
        route=route,
        expected_identity=expected_identity,
        refusals_before=refusals_before,
        doubts_before=doubts_before,
        sign_in_method=sign_in_method,
        deadline_seconds=deadline_seconds,
    ) as visit:
        findings = tuple(_find(visit, wish) for wish in wishes)
        refusals = visit.talk.refusals
        return Reading(findings, refusals.spent, visit.talk.session.worked, tuple(refusals.doubts))


def _find(visit: Visit, wish: Wish) -> Finding:
    try:
        return _FINDERS[wish.kind](visit, wish)
    except soap.Fault as fault:
        why = refusal_of(fault)
        state: FindingState = "unsupported" if why == "not_supported" else "unread"
        return Finding(wish.kind, state, None, _UNREAD[wish.kind] if why == "refused" else why, wish.subject)
    except Misbehaving:
        return Finding(wish.kind, "unread", None, _UNREAD[wish.kind], wish.subject)


def write_change(
    target: Target,
    credentials: Credentials,
    change: Change,
    *,
    route: Route,
    expected_identity: Identity | None = None,
    refusals_before: int = 0,
    doubts_before: tuple[str, ...] = (),
    sign_in_method: str = "",
    new_password: str = "",
    deadline_seconds: float = 30,
) -> Outcome:
    """Make one change that the owner agreed to, and read back what became of it.

    `change.undone()` of the outcome's change restores what was there. `new_password` is the one of the user that a
    change of kind `user` makes; the undoing of that change wants the owner's own credentials. An error means that
    nothing was sent that changes anything; once something was, what is known of it is in the outcome.
    """
    with visiting(
        target,
        credentials,
        route=route,
        expected_identity=expected_identity,
        refusals_before=refusals_before,
        doubts_before=doubts_before,
        sign_in_method=sign_in_method,
        deadline_seconds=deadline_seconds,
    ) as visit:
        try:
            return _write(visit, change, new_password)
        except soap.Fault as fault:
            return visit.outcome("failed", change, {}, refusal_of(fault))
        except DeviceError:
            if not visit.sent:
                raise
            return visit.outcome("failed", change, {}, "not_read_back")


def _write(visit: Visit, change: Change, new_password: str) -> Outcome:
    match change.kind:
        case "clock":
            return clock.write(visit, change)
        case "ntp":
            return ntp.write(visit, change)
        case "substream":
            return substream.write(visit, change)
        case "user":
            return users.write(visit, change, new_password)
        case "masks":
            return masks.write(visit, change)
