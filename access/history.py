"""Since when a body may know something of a camera: a grant bounds history (design, section 6)."""

from collections.abc import Iterable
from datetime import datetime

from access.models import Grant
from access.rule import needs_two
from access.shown import WITH_SCOPE, scope_of
from accounts.areas import covers
from accounts.models import Organization
from registry.models import Area, Camera, Consent, Site
from registry.rights import ANSWERED_BY, AccessRight, Purpose


def right_began(
    organization: Organization, cameras: Iterable[Camera], right: AccessRight, now: datetime
) -> dict[int, datetime]:
    """By camera, since when the body holds this right there by grants and consents in force now; a camera to which
    it holds none is not in the answer. The cameras come with their site and its area.

    It begins when a grant and a consent of one purpose first stand together. A grant counts from its first day, but
    never from before it was given, and where it takes two people, approved.
    """
    grants = Grant.objects.in_force(now).filter(organization=organization, right=right)
    held = [(grant, scope_of(grant)) for grant in grants.prefetch_related(*WITH_SCOPE)]
    cameras = list(cameras)
    consents = Consent.objects.in_force(now).filter(
        recipient=organization, right__in=ANSWERED_BY[right], site__in={camera.site_id for camera in cameras}
    )
    agreed: dict[tuple[int, Purpose], datetime] = {}
    for consent in consents.order_by("-valid_from").defer("text"):  # Of several the first one stays.
        agreed[consent.site_id, Purpose(consent.purpose)] = consent.valid_from
    found: dict[int, datetime] = {}
    for camera in cameras:
        two = needs_two(right, vital=camera.site.vital)
        began = [
            max(since, agreed[camera.site_id, Purpose(grant.purpose)])
            for grant, scope in held
            if (camera.site_id, Purpose(grant.purpose)) in agreed
            and _reaches(scope, camera)
            and (since := _counts_from(grant, two=two)) is not None
        ]
        if began:
            found[camera.pk] = min(began)
    return found


def _counts_from(grant: Grant, *, two: bool) -> datetime | None:
    if two:
        return max(grant.valid_from, grant.approved_at) if grant.approved_at else None
    return max(grant.valid_from, grant.granted_at)


def _reaches(scope: Area | Site | Camera, camera: Camera) -> bool:
    if isinstance(scope, Area):
        return not camera.site.vital and covers(scope.code, camera.site.area.code)
    return scope.pk == (camera.site_id if isinstance(scope, Site) else camera.pk)
