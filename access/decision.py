"""The only door to a camera: one rule in two forms.

`decide` answers for one camera, with the reason, and says why not. `visible_cameras` is the same rule as a
queryset: a camera is in it exactly when some valid reason would be allowed. The order is the design's (section 6).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from access.models import Case, Reason
from access.scopes import Agreed, Holding, Place, Reach, Standing, holding_of, standing_of
from access.viewers import Viewer
from accounts.areas import covers
from accounts.models import Duty, DutyKind, Organization
from registry.geo import distance_m
from registry.models import Camera, Consent, Site
from registry.models.cameras import CameraQuerySet
from registry.rights import ANSWERED_BY, IN_HOURS, IN_INCIDENT, SHOWS_PICTURE, AccessRight, Purpose

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
    refusal = _person_refused(viewer, now) or _camera_refused(camera, right, now)
    if refusal:
        return Refused(refusal)
    assert viewer.duty is not None  # noqa: S101  (said by _person_refused)
    if viewer.duty.area_code and not covers(viewer.duty.area_code, camera.site.area.code):
        return Refused("no_duty")
    organization = viewer.duty.organization

    case = because.case
    case_holds = case is not None and is_around(case, camera.site) and _is_usable(case, organization, now)
    two_people = camera.site.vital and right == AccessRight.VIEW_LIVE
    standing = standing_of(camera, organization, right, now, two_people=two_people)
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
    assert camera.verified_until is not None  # noqa: S101  (said by _camera_refused)
    return Allowed(until=min([*_ends_of_the_person(viewer, now), ends, camera.verified_until, *_end_of(case)]))


def visible_cameras(viewer: Viewer, right: AccessRight, now: datetime) -> CameraQuerySet:
    """The cameras for which `decide` would allow this right with some valid reason."""
    if _person_refused(viewer, now):
        return Camera.objects.none()
    assert viewer.duty is not None  # noqa: S101
    organization = viewer.duty.organization
    holding = holding_of(organization, now)
    answers = _answers_with_some_reason(holding, right, now)
    if answers is None:
        return Camera.objects.none()
    # Purposes that reach equally far are asked about together: mostly that is one question of consents, not four.
    purposes_of: dict[tuple[Reach, Reach | None], list[Purpose]] = defaultdict(list)
    for purpose in holding.purposes(right):
        by_two = holding.by_two.get((right, purpose), Reach()) if right == AccessRight.VIEW_LIVE else None
        purposes_of[holding.reach[right, purpose], by_two].append(purpose)

    reached = Q(pk__in=[])
    for (reach, by_two), purposes in purposes_of.items():
        scope = reach.as_filter()
        if by_two is not None:
            scope = (Q(site__vital=False) & scope) | by_two.as_filter()
        agreed = Consent.objects.in_force(now).filter(
            answers, site=OuterRef("site_id"), recipient=organization, purpose__in=purposes
        )
        reached |= scope & Q(Exists(agreed))

    return _ready(viewer.duty, right, now).filter(reached)


def emergency_cameras(viewer: Viewer, right: AccessRight, case: Case, now: datetime) -> CameraQuerySet:
    """The cameras that `decide` would open to this viewer as an emergency look in this case, begun now."""
    refused = _person_refused(viewer, now) or _emergency_person_refused(viewer, now)
    if refused or right not in SHOWS_PICTURE or not Reason.objects.filter(active=True).exists():
        return Camera.objects.none()
    assert viewer.duty is not None  # noqa: S101
    organization = viewer.duty.organization
    if not _is_usable(case, organization, now):
        return Camera.objects.none()
    answers = Q(right__in=ANSWERED_BY[right] & IN_INCIDENT)
    answers |= Q(right__in=ANSWERED_BY[right] & IN_HOURS) & _hours_hold(local_minute(now))
    consents = Consent.objects.in_force(now).filter(
        answers, recipient=organization, site_id__in=_sites_around([case])
    )
    inside = _ready(viewer.duty, right, now).in_area(_area_of(viewer))
    return inside.filter(site__vital=False, site_id__in=consents.values("site_id"))


def _ready(duty: Duty, right: AccessRight, now: datetime) -> CameraQuerySet:
    """The cameras within a duty that are verified, not paused, and ready to show what this right shows."""
    cameras = Camera.objects.verified(now).filter(Q(paused_until__isnull=True) | Q(paused_until__lte=now))
    if duty.area_code:
        cameras = cameras.in_area(duty.area_code)
    if right in SHOWS_PICTURE:
        cameras = cameras.filter(connected_at__isnull=False)
    if right == AccessRight.VIEW_LIVE and settings.STICKER_REQUIRED_FOR_LIVE:
        cameras = cameras.filter(stickered_at__isnull=False)
    return cameras


def usable_cases(organization: Organization, now: datetime) -> list[Case]:
    """The open cases that this organization may look under: its own, its parent's and its units'."""
    bodies = Q(organization=organization) | Q(organization__parent=organization)
    if organization.parent_id:
        bodies |= Q(organization_id=organization.parent_id)
    return list(Case.objects.open_at(now).filter(bodies))


def is_around(case: Case | Place, site: Site) -> bool:
    """Whether the site lies within the case's radius."""
    return distance_m(case.lat, case.lng, site.lat, site.lng) <= case.radius_m


def local_minute(now: datetime) -> int:
    """The minute of the local day (0–1439)."""
    local = timezone.localtime(now)
    return local.hour * 60 + local.minute


# --- the rule, part by part ---------------------------------------------------------------------------------


def _person_refused(viewer: Viewer, now: datetime) -> str | None:
    if not viewer.user.is_authenticated:
        return "signed_out"
    if not viewer.user.is_active:
        return "inactive"
    if viewer.second_factor_at is None or now - viewer.second_factor_at >= settings.SECOND_FACTOR_LASTS:
        return "second_factor"
    duty = viewer.duty
    if duty is None or duty.user_id != viewer.user.pk or duty.kind != DutyKind.VIEWER:
        return "no_duty"
    if duty.ended_at is not None or duty.since > now or (duty.until is not None and duty.until <= now):
        return "no_duty"
    return None


def _camera_refused(camera: Camera, right: AccessRight, now: datetime) -> str | None:
    if camera.withdrawn_at is not None:
        return "withdrawn"
    if not camera.is_verified(now):
        return "not_verified"
    if camera.device is not None and camera.device.different_since is not None:
        return "different_device"
    if right in SHOWS_PICTURE and camera.connected_at is None:
        return "not_connected"
    if right == AccessRight.VIEW_LIVE and settings.STICKER_REQUIRED_FOR_LIVE and camera.stickered_at is None:
        return "no_sticker"
    return None


def _emergency_refused(
    viewer: Viewer, camera: Camera, right: AccessRight, since: datetime, now: datetime, *, case_holds: bool
) -> str | None:
    """What an emergency look asks in place of a grant: a duty marked for it, the second factor once more, a case
    around the camera, and an area of one's own organization. No vital object is opened so."""
    refusal = _emergency_person_refused(viewer, since)
    if refusal:
        return refusal
    if since > now or now >= since + settings.EMERGENCY_LASTS:
        return "look_over"
    if right not in SHOWS_PICTURE or camera.site.vital or not covers(_area_of(viewer), camera.site.area.code):
        return "no_grant"
    return None if case_holds else "emergency_needs_case"


def _emergency_person_refused(viewer: Viewer, since: datetime) -> str | None:
    if viewer.duty is None or not viewer.duty.emergency:
        return "not_for_emergencies"
    passed = viewer.second_factor_at
    if passed is None or since - passed >= settings.EMERGENCY_SECOND_FACTOR_LASTS:
        return "second_factor_again"
    return None


def _area_of(viewer: Viewer) -> str:
    assert viewer.duty is not None  # noqa: S101
    return viewer.duty.organization.area_code


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


def _answers_with_some_reason(holding: Holding, right: AccessRight, now: datetime) -> Q | None:
    """Which consents would answer this right if the best reason were given; None if none could."""
    rights = ANSWERED_BY[right]
    if not holding.purposes(right):
        return None
    if right not in SHOWS_PICTURE:
        return Q(right__in=rights)
    if not holding.needs_case:
        return None
    in_hours = Q(right__in=rights & IN_HOURS) & _hours_hold(local_minute(now))
    if not holding.cases:
        return None if all(holding.needs_case) else in_hours
    around = Q(site_id__in=_sites_around(holding.cases))
    if all(holding.needs_case):
        in_hours &= around
    return in_hours | (Q(right__in=rights & IN_INCIDENT) & around)


def _hours_hold(minute: int) -> Q:
    """`Consent.holds_at_minute` as a condition."""
    by_day = Q(hours_from__lte=F("hours_until")) & Q(hours_from__lte=minute, hours_until__gt=minute)
    over_midnight = Q(hours_from__gt=F("hours_until")) & (Q(hours_from__lte=minute) | Q(hours_until__gt=minute))
    return by_day | over_midnight


def _sites_around(cases: Iterable[Case | Place]) -> set[int]:
    return {
        site.pk
        for case in cases
        for site in Site.objects.near(case.lat, case.lng, case.radius_m).only("pk", "lat", "lng")
        if is_around(case, site)
    }


def _is_usable(case: Case, organization: Organization, now: datetime) -> bool:
    mine = case.organization_id in {organization.pk, organization.parent_id}
    return case.is_open(now) and (mine or case.organization.parent_id == organization.pk)


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
