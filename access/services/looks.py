"""Looks: written before the first byte, asked about again while they run, ended when the right ends."""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

import audit
from access.decision import Because, Refused, decide
from access.errors import (
    LookRefused,
)
from access.models import Case, Look, Reason
from access.rule import metres_between
from access.services.emergencies import tell_of_emergency
from access.viewers import Viewer
from registry.models import Camera, Consent
from registry.rights import AccessRight


@audit.atomic
def start_look(
    *,
    viewer: Viewer,
    camera: Camera,
    right: AccessRight,
    reason: Reason | None,
    case: Case | None,
    now: datetime,
    emergency: bool = False,
    lasts: timedelta | None = None,
) -> Look:
    """Write a look; it is committed when this returns, before the first byte of any picture.

    It ends when what it rests on ends, and no later than `lasts` from now. With `emergency` it rests on no grant,
    and the camera's owners and the supervisors are told in the same commit. Raises LookRefused with the code of the
    decision.
    """
    hold_consents(viewer, camera)
    answer = decide(viewer, camera, right, Because(reason, case, now if emergency else None), now)
    if isinstance(answer, Refused):
        raise LookRefused(answer.code)
    assert viewer.duty is not None  # noqa: S101  (said by decide)
    assert reason is not None  # noqa: S101
    until = answer.until if lasts is None else min(answer.until, now + lasts)
    look = Look.objects.create(
        viewer=viewer.user,
        duty=viewer.duty,
        organization=viewer.duty.organization,
        camera=camera,
        right=right,
        reason=reason,
        case=case,
        session_key_hash=viewer.session,
        started_at=now,
        until=until,
        emergency=emergency,
        for_case=case is not None and rests_on_case(viewer, camera, right, reason, now),
        case_distance_m=None if case is None else round(metres_between(case, camera.site)),
    )
    audit.record(
        "look.started",
        actor=viewer.user,
        target=look,
        camera=str(camera.public_id),
        organization=str(viewer.duty.organization.public_id),
        right=right,
        reason=reason.code,
        case=str(case.public_id) if case else None,
        until=until,
        emergency=emergency,
        for_case=look.for_case,
    )
    if emergency:
        audit.record(
            "look.emergency",
            actor=viewer.user,
            target=look,
            camera=str(camera.public_id),
            case=str(case.public_id) if case else None,
        )
        tell_of_emergency(look, now)
    return look


def rests_on_case(viewer: Viewer, camera: Camera, right: AccessRight, reason: Reason | None, now: datetime) -> bool:
    """Whether a look for this reason opens nothing without a case: the reason demands one, or the owner does."""
    return isinstance(decide(viewer, camera, right, Because(reason), now), Refused)


def hold_consents(viewer: Viewer, camera: Camera) -> None:
    """Lock the consent rows that the look rests on: a withdrawal waits for the look, or the look for it."""
    if viewer.duty is None:
        return
    standing = Consent.objects.select_for_update().filter(
        site_id=camera.site_id, recipient=viewer.duty.organization, withdrawn_at__isnull=True
    )
    list(standing.order_by("pk").values_list("pk"))


def require_running_look(*, look: Look, viewer: Viewer, now: datetime) -> None:
    """Ask the whole decision again for a look that goes on.

    Ends the look and raises LookRefused if the right has ended.
    """
    if not look.is_running(now) or look.viewer_id != viewer.user.pk or look.session_key_hash != viewer.session:
        raise LookRefused("look_over")
    answer = decide(viewer, look.camera, AccessRight(look.right), because_of(look), now)
    if isinstance(answer, Refused):
        end_look(look=look, how=answer.code[:20], now=now)
        raise LookRefused(answer.code)


def because_of(look: Look) -> Because:
    """Why a look runs, for asking the decision again."""
    return Because(look.reason, look.case, look.started_at if look.emergency else None)


@audit.atomic
def end_look(*, look: Look, how: str, now: datetime) -> None:
    """End a look; ending it twice changes and records nothing."""
    if Look.objects.filter(pk=look.pk, ended_at__isnull=True).update(ended_at=now, ended_how=how):
        audit.record("look.ended", actor=None, target=look, how=how, camera=str(look.camera.public_id))


@audit.atomic
def count_still(*, look: Look, now: datetime) -> None:
    """Note that one more still is about to be shown in this look."""
    Look.objects.filter(pk=look.pk).update(stills_shown=F("stills_shown") + 1)
    audit.record("look.still_shown", actor=look.viewer, target=look, camera=str(look.camera.public_id))


def end_overdue_looks(*, now: datetime) -> int:
    """End the looks whose time is over; how many."""
    overdue = list(Look.objects.filter(ended_at__isnull=True, until__lte=now).select_related("camera")[:500])
    for look in overdue:
        end_look(look=look, how="time_over", now=look.until)
    return len(overdue)


def end_lost_looks(*, among: Q | None = None, now: datetime) -> int:
    """End the running looks (among these) whose right has ended, whatever it was that ended; how many."""
    # Mostly none runs: the small question first, so that the end of a right need not pay for ten tables.
    asked = set(Look.objects.running(now).filter(among or Q()).order_by().values_list("pk", flat=True))
    if not asked:
        return 0
    lost = 0
    for look in Look.objects.filter(pk__in=asked).select_related(
        "camera__site__area", "camera__device", "duty__organization", "viewer", "reason", "case__organization"
    ):
        viewer = Viewer(look.viewer, look.duty, second_factor_at=look.started_at, session=look.session_key_hash)
        answer = decide(viewer, look.camera, AccessRight(look.right), because_of(look), now)
        if isinstance(answer, Refused):
            end_look(look=look, how=answer.code[:20], now=now)
            lost += 1
    return lost


# Which looks rest on a thing, by its kind; the value is its public id.
_RESTS_ON = {
    "registry.consent": "camera__site__consents__public_id",
    "registry.camera": "camera__public_id",
    "registry.device": "camera__device__public_id",
    "access.grant": "organization__grants__public_id",
    "access.case": "case__public_id",
    "access.reason": "reason__pk",
    "accounts.duty": "duty__public_id",
}


def on_news(news: audit.News) -> None:
    """Something that looks rest on has changed: ask again for each running one of them."""
    end_lost_looks(among=Q(**{_RESTS_ON[news.target_kind]: news.target_id}), now=timezone.now())


def on_signed_out(news: audit.News) -> None:
    """Somebody left: his running looks in that session end with it."""
    now = timezone.now()
    left = Look.objects.running(now).filter(
        viewer__public_id=news.target_id, session_key_hash=news.facts["session"]
    )
    for look in left.select_related("camera"):
        end_look(look=look, how="signed_out", now=now)


# What happened to a person, and as what his looks end by it.
_ENDS_ALL_OF = {"person.second_factor_removed": "second_factor", "person.deactivated": "inactive"}


def on_person(news: audit.News) -> None:
    """Somebody lost what every look of his rests on: all that run end, in whatever session."""
    now = timezone.now()
    for look in Look.objects.running(now).filter(viewer__public_id=news.target_id).select_related("camera"):
        end_look(look=look, how=_ENDS_ALL_OF[news.action], now=now)
