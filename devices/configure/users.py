"""A user of our own on the device, with the least level, so that the owner's password can be forgotten.

Only names of ours (`changes.OUR_USER`) are ever made or removed, and a name that exists is left alone. The new
password travels inside the request, as the standard has it: in clear where the device has no TLS, and the finding
says so before the owner agrees. It is in no change, outcome or error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devices import soap
from devices.changes import OUR_USER, Change, Finding, Outcome, Values, Wish
from devices.configure.allowed import LEAST_LEVEL
from devices.errors import DeviceError, Unauthorized
from devices.refusals import Refusals
from devices.secrets import Credentials
from devices.sign_in import OnvifSession, Refused

if TYPE_CHECKING:
    from devices.configure.visit import Visit

USERS_MAX = 512
#: Subcodes of CreateUsers that have words of their own (ONVIF Core, 8.4.4).
_REFUSALS = {"UsernameClash": "user_exists", "TooManyUsers": "users_full"}


def find(visit: Visit, wish: Wish) -> Finding:
    """Whether the device lacks the user."""
    name = str(wish.values.get("name", ""))
    if not re.fullmatch(OUR_USER, name):
        return Finding("user", "unsupported", None, "not_our_user", name)
    if name in _levels(visit):
        return Finding("user", "unsupported", None, "user_exists", name)
    change = Change("user", name, {}, {"name": name, "level": LEAST_LEVEL})
    why = "user_missing" if visit.talk.target.uses_tls else "user_missing_open_line"
    return Finding("user", "differs", change, why, name)


def write(visit: Visit, change: Change, new_password: str) -> Outcome:
    """Make the user with `new_password`, or remove it where the change is the undoing of that."""
    name = change.subject
    making = bool(change.new)
    if not re.fullmatch(OUR_USER, name) or (change.new or change.old).get("name") != name or not _sound(change):
        return visit.outcome("failed", change, {}, "not_our_user")
    before = _levels(visit)
    if making:
        return _make(visit, change, before, new_password)
    return _remove(visit, change, before)


def _sound(change: Change) -> bool:
    """One of the two sides is a user with the least level, and the other is none."""
    return bool(change.new) != bool(change.old) and (change.new or change.old).get("level") == LEAST_LEVEL


def _make(visit: Visit, change: Change, before: dict[str, str], new_password: str) -> Outcome:
    name = change.subject
    if name in before:
        return visit.outcome("failed", change, _seen(before, name), "user_exists")
    if not new_password:
        raise ValueError("A new user needs a password.")
    user = {"Username": name, "Password": new_password, "UserLevel": LEAST_LEVEL}
    refusal = visit.attempt(lambda: visit.camera.devicemgmt.CreateUsers(User=[user]), _REFUSALS)
    after = visit.read_back(change, lambda: _levels(visit))
    if isinstance(after, Outcome):
        return after
    seen = _seen(after, name)
    if name not in after:
        return visit.unchanged(change, seen, refusal)
    if {**after, name: ""} != {**before, name: ""}:
        return visit.outcome("failed", change, {**seen, "others_changed": True}, "others_changed")
    if after[name] != LEAST_LEVEL:
        return _take_back(visit, change, seen, "level_differs")
    credentials = Credentials(name, new_password)
    proven = visit.read_back(change, lambda: visit.run(_signs_in(visit, credentials)))
    if isinstance(proven, Outcome):
        return proven
    if proven is False:
        return _take_back(visit, change, seen, "cannot_sign_in")
    return visit.outcome("done", change, {**seen, "signed_in": proven is True})


def _remove(visit: Visit, change: Change, before: dict[str, str]) -> Outcome:
    name = change.subject
    if visit.talk.credentials is not None and visit.talk.credentials.user == name:
        return visit.outcome("failed", change, _seen(before, name), "own_user")
    if name not in before:
        return visit.outcome("done", change, {})
    refusal = visit.attempt(lambda: visit.camera.devicemgmt.DeleteUsers(Username=[name]))
    after = visit.read_back(change, lambda: _levels(visit))
    if isinstance(after, Outcome):
        return after
    if {**after, name: ""} != {**before, name: ""}:
        seen = {**_seen(after, name), "others_changed": True}
        return visit.outcome("failed", change, seen, "others_changed")
    if name in after:
        return visit.unchanged(change, _seen(after, name), refusal)
    return visit.outcome("done", change, {})


def _take_back(visit: Visit, change: Change, seen: Values, why: str) -> Outcome:
    """A user that is not what the owner agreed to does not stay."""
    name = change.subject
    visit.attempt(lambda: visit.camera.devicemgmt.DeleteUsers(Username=[name]))
    left = visit.read_back(change, lambda: _levels(visit))
    if isinstance(left, Outcome) or name in left:
        return visit.outcome("failed", change, seen, "user_left_behind")
    return visit.outcome("failed", change, seen, why, as_before=True)


async def _signs_in(visit: Visit, credentials: Credentials) -> bool | None:
    """Whether the new user is let in, by one clean signed request; None where the device lets in anybody.

    It asks for the profiles, which is what this user is for.
    """
    talk = visit.talk
    session = OnvifSession(talk.http, credentials, talk.deadline, Refusals())
    session.clock = talk.session.clock
    service = soap.MEDIA2 if soap.MEDIA2 in visit.paths else soap.MEDIA
    request = soap.GET_PROFILES2 if service == soap.MEDIA2 else soap.GET_PROFILES
    try:
        await session.plain(request, visit.paths[service])
        return None
    except Refused:
        pass  # Guarded, and the device has shown its Digest challenge, if it has one.
    except (soap.Fault, DeviceError):
        return False
    try:
        await session.signed(request, visit.paths[service])
    except (Unauthorized, soap.Fault, DeviceError):
        return False
    return True


def _levels(visit: Visit) -> dict[str, str]:
    """The level of each user, by name."""
    users = visit.camera.devicemgmt.GetUsers() or []
    return {
        soap.clean_text(str(user.Username or "")): soap.clean_text(str(user.UserLevel or ""), 40)
        for user in users[:USERS_MAX]
    }


def _seen(levels: dict[str, str], name: str) -> Values:
    return {"name": name, "level": levels[name]} if name in levels else {}
