"""The only door to a camera: one rule in two forms.

`decide` answers for one camera, with the reason, and says why not. `visible_cameras`, of `access.sight`, is the
same rule as a queryset: a camera is in it exactly when some valid reason would be allowed. The order is the
design's (section 6).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from access.models import Case, Reason
from access.rule import (
    camera_refused,
    emergency_refused,
    is_around,
    is_usable,
    local_minute,
    needs_two,
    person_refused,
)
from access.scopes import Agreed, Standing, standing_of
from access.sight import Sight, emergency_cameras, usable_case, usable_cases, visible_cameras
from access.viewers import Viewer
from accounts.areas import covers
from registry.models import Camera
from registry.rights import IN_INCIDENT, SHOWS_PICTURE, AccessRight, Purpose

__all__ = [
    "Allowed",
    "Because",
    "Refused",
    "Sight",
    "decide",
    "emergency_cameras",
    "usable_case",
    "usable_cases",
    "visible_cameras",
]

WHOLE_DAY = (0, 1440)


@dataclass(frozen=True)
class Allowed:
    """Yes, until this moment at the latest."""

    until: datetime


@dataclass(frozen=True)
class Refused:
    """No; `code` is a key of `access.errors.REFUSALS`."""

    code: str


@dataclass(frozen=True)
class Because:
    """The reason given for a look, and the case it belongs to if any.

    `emergency_since` is when an emergency look (akses darurat) began: now, for one that is about to begin. It rests
    on no grant; None is an ordinary look.
    """

    reason: Reason | None = None
    case: Case | None = None
    emergency_since: datetime | None = None


def decide(
    viewer: Viewer, camera: Camera, right: AccessRight, because: Because, now: datetime
) -> Allowed | Refused:
    """Whether this viewer may use this right on this camera now, for this reason.

    Rights that show no picture need no reason. `Allowed.until` is the earliest end among everything it rests on.
    """
    refusal = person_refused(viewer, now) or camera_refused(camera, right, now)
    if refusal:
        return Refused(refusal)
    assert viewer.duty is not None  # noqa: S101  (said by person_refused)
    if viewer.duty.area_code and not covers(viewer.duty.area_code, camera.site.area.code):
        return Refused("no_duty")
    organization = viewer.duty.organization

    case = because.case
    case_holds = case is not None and is_around(case, camera.site) and is_usable(case, organization, now)
    standing = standing_of(camera, organization, right, now, two_people=needs_two(right, vital=camera.site.vital))
    if because.emergency_since is None:
        if not standing.opened:
            return Refused("no_grant")
    else:
        refusal = _emergency_refused(viewer, camera, right, because.emergency_since, now, case_holds=case_holds)
        if refusal:
            return Refused(refusal)
        standing.opened = dict.fromkeys(Purpose, because.emergency_since + settings.EMERGENCY_LASTS)

    refusal, ends = _consent_answers(standing, now, case_holds=case_holds)
    if refusal:
        return Refused(refusal)
    if camera.is_paused(now):
        return Refused("paused")
    if right in SHOWS_PICTURE:
        if because.reason is None or not because.reason.active:
            return Refused("reason_needed")
        if case is not None and not case_holds:
            return Refused("case_elsewhere")
        if because.reason.needs_case and case is None:
            return Refused("reason_needs_case")
    assert camera.verified_until is not None  # noqa: S101  (said by camera_refused)
    return Allowed(until=min([*_ends_of_the_person(viewer, now), ends, camera.verified_until, *_end_of(case)]))


# --- the rule, part by part ---------------------------------------------------------------------------------


def _emergency_refused(
    viewer: Viewer, camera: Camera, right: AccessRight, since: datetime, now: datetime, *, case_holds: bool
) -> str | None:
    """What an emergency look asks in place of a grant: a duty marked for it, the second factor once more, a case
    around the camera, and an area of one's own organization. No vital object is opened so."""
    refusal = emergency_refused(viewer, since)
    if refusal:
        return refusal
    if since > now or now >= since + settings.EMERGENCY_LASTS:
        return "look_over"
    assert viewer.duty is not None  # noqa: S101  (said by emergency_refused)
    own_area = viewer.duty.organization.area_code
    if right not in SHOWS_PICTURE or camera.site.vital or not covers(own_area, camera.site.area.code):
        return "no_grant"
    return None if case_holds else "emergency_needs_case"


def _consent_answers(standing: Standing, now: datetime, *, case_holds: bool) -> tuple[str | None, datetime]:
    """The refusal, or None and the latest end that what opened the camera and a consent of one purpose give
    together."""
    refusal, latest = "no_consent", now
    for consent in standing.agreed:
        opened_until = standing.opened.get(consent.purpose)
        if opened_until is None:
            continue
        if consent.right in IN_INCIDENT and not case_holds:
            refusal = "case_needed"
        elif not consent.holds_at_minute(local_minute(now)):
            refusal = "outside_hours" if refusal == "no_consent" else refusal
        else:
            latest = max(latest, min(opened_until, consent.until, _end_of_hours(consent, now)))
    return (refusal, now) if latest == now else (None, latest)


def _end_of_hours(consent: Agreed, now: datetime) -> datetime:
    """When the consent's hours end after `now`; its own end if it has no hours, or the whole day for hours."""
    if consent.hours_until is None or (consent.hours_from, consent.hours_until) == WHOLE_DAY:
        return consent.until
    minutes = (consent.hours_until - local_minute(now)) % 1440 or 1440
    return now.replace(second=0, microsecond=0) + timedelta(minutes=minutes)


def _ends_of_the_person(viewer: Viewer, now: datetime) -> list[datetime]:
    assert viewer.duty is not None  # noqa: S101
    assert viewer.second_factor_at is not None  # noqa: S101
    ends = [now + settings.LOOK_LASTS, viewer.second_factor_at + settings.SECOND_FACTOR_LASTS]
    return ends + ([viewer.duty.until] if viewer.duty.until else [])


def _end_of(case: Case | None) -> list[datetime]:
    return [case.until] if case is not None else []
