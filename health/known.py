"""Whose health a page of the staff may tell its reader of."""

from collections.abc import Collection
from datetime import datetime

from access.decision import visible_cameras
from access.history import right_began
from access.viewers import Viewer
from accounts.models import Duty, Organization
from accounts.organizations import POLICE
from registry.models import Camera
from registry.models.cameras import HELD_UNTIL, CameraQuerySet
from registry.rights import AccessRight


def counted() -> CameraQuerySet:
    """The connected cameras that numbers may count: all but those of vital objects (ADR 0007)."""
    return Camera.objects.listed().filter(site__vital=False, connected_at__isnull=False)


def counted_in(area_code: str) -> CameraQuerySet:
    """Those of an area."""
    return counted().in_area(area_code)


def named_to(viewer: Viewer, duty: Duty, now: datetime) -> CameraQuerySet:
    """The cameras that a page may name to this reader, within the reach of his duty.

    To the police: those whose owner told their very body. To other bodies: those whose health they were granted.
    One whose owner restricted the processing of his data is named to nobody.
    """
    if duty.organization.kind in POLICE:
        cameras = Camera.objects.listed_to(duty.organization, now)
    else:
        cameras = visible_cameras(viewer, AccessRight.SEE_HEALTH, now)
    return cameras.in_area(duty.reach).exclude(paused_until=HELD_UNTIL)


def whose(viewer: Viewer, duty: Duty) -> str:
    """The same for all to whom `named_to` names the same cameras."""
    shared = duty.organization.kind in POLICE
    if shared:
        return f"{duty.organization_id}:{duty.reach}"
    looking_as = viewer.duty.pk if viewer.duty else ""
    return f"{duty.organization_id}:{duty.reach}:{viewer.user.pk}:{duty.pk}:{looking_as}:{viewer.session}"


def known_since(organization: Organization, cameras: Collection[Camera], now: datetime) -> dict[int, datetime]:
    """By camera of `named_to`, the moment before which its health is none of this body's business: a grant bounds
    history. The police, whom the owner told of the camera himself, know it from the start.

    The cameras come with their site and its area.
    """
    if organization.kind in POLICE:
        return {}
    began = right_began(organization, cameras, AccessRight.SEE_HEALTH, now)
    return {camera.pk: began.get(camera.pk, now) for camera in cameras}
