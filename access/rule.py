"""The parts of the rule that both of its forms share: the one camera of `access.decision`, the many of
`access.sight`. A part answers with the code of the refusal, or None."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from access.models import Case
from access.scopes import Place
from access.viewers import Viewer
from accounts.models import DutyKind, Organization
from registry.geo import distance_m
from registry.models import Camera, Site
from registry.rights import SHOWS_PICTURE, AccessRight


def person_refused(viewer: Viewer, now: datetime) -> str | None:
    """Signed in, active, second factor, a duty of looking in force. With None, `viewer.duty` is one."""
    if not viewer.user.is_authenticated:
        return "signed_out"
    if not viewer.user.is_active:
        return "inactive"
    if viewer.second_factor_at is None or now - viewer.second_factor_at >= settings.SECOND_FACTOR_LASTS:
        return "second_factor"
    duty = viewer.duty
    if duty is None or duty.user_id != viewer.user.pk or duty.kind != DutyKind.VIEWER:
        return "no_duty"
    if duty.ended_at is not None or duty.suspended_at is not None:
        return "no_duty"
    if duty.since > now or (duty.until is not None and duty.until <= now):
        return "no_duty"
    return None


def emergency_refused(viewer: Viewer, since: datetime) -> str | None:
    """A duty marked for emergencies, and the second factor passed once more before the look began at `since`."""
    if viewer.duty is None or not viewer.duty.emergency:
        return "not_for_emergencies"
    passed = viewer.second_factor_at
    if passed is None or since - passed >= settings.EMERGENCY_SECOND_FACTOR_LASTS:
        return "second_factor_again"
    return None


def camera_refused(camera: Camera, right: AccessRight, now: datetime) -> str | None:
    """Verified on site within its year, the same device, and ready for what this right shows."""
    if camera.withdrawn_at is not None:
        return "withdrawn"
    if not camera.is_verified(now):
        return "not_verified"
    if camera.device is not None and camera.device.different_since is not None:
        return "different_device"
    if right in SHOWS_PICTURE and camera.connected_at is None:
        return "not_connected"
    if needs_sticker(right) and camera.stickered_at is None:
        return "no_sticker"
    return None


def needs_sticker(right: AccessRight) -> bool:
    """Whether the notice has to be on the wall for this right."""
    return right == AccessRight.VIEW_LIVE and settings.STICKER_REQUIRED_FOR_LIVE


def needs_two(right: AccessRight | str, *, vital: bool) -> bool:
    """Whether a grant counts (at a vital site, at others) only if a second person approved it."""
    return right == AccessRight.VIEW_LIVE and (vital or settings.LIVE_NEEDS_TWO_PEOPLE)


def is_around(case: Case | Place, site: Site) -> bool:
    """Whether the site lies within the case's radius."""
    return metres_between(case, site) <= case.radius_m


def metres_between(case: Case | Place, site: Site) -> float:
    """From the case to the site, as both stand now."""
    return distance_m(case.lat, case.lng, site.lat, site.lng)


def is_usable(case: Case, organization: Organization, now: datetime) -> bool:
    """Whether this organization may look under the case: it is open, and its own, its parent's or a unit's."""
    mine = case.organization_id in {organization.pk, organization.parent_id}
    return case.is_open(now) and (mine or case.organization.parent_id == organization.pk)


def local_minute(now: datetime) -> int:
    """The minute of the local day (0–1439)."""
    local = timezone.localtime(now)
    return local.hour * 60 + local.minute
