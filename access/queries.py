"""Who will see what: answers for the grant page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Coalesce

from access.models import Grant, GrantQuerySet
from accounts.areas import ancestors, within
from accounts.models import Organization, User
from audit.models import Entry
from registry.models import Area, Camera, Consent, Site
from registry.models.cameras import CameraQuerySet
from registry.models.consents import ConsentQuerySet
from registry.rights import ANSWERED_BY, AccessRight, Purpose


@dataclass(frozen=True)
class Preview:
    """What a grant over a scope would open.

    `answered`: cameras whose owner's consent names the organization for this right and purpose, verified by now.
    `waiting`: the same, not yet verified. `refused`: cameras whose owner did not agree to it.
    """

    answered: int
    waiting: int
    refused: int

    @property
    def nobody_agreed(self) -> bool:
        """Whether it would open nothing, now or after a verification, until some owner says yes."""
        return not self.answered + self.waiting


def cameras_in(scope: Area | Site | Camera, *, vital: bool = False) -> CameraQuerySet:
    """The listed cameras of a scope; in an area those of vital sites only where asked for with `vital`."""
    if isinstance(scope, Area):
        inside = Camera.objects.listed().in_area(scope.code)
        return inside if vital else inside.filter(site__vital=False)
    if isinstance(scope, Site):
        return Camera.objects.listed().filter(site=scope)
    return Camera.objects.listed().filter(pk=scope.pk)


def consents_for(
    organization: Organization, right: AccessRight, purpose: Purpose, now: datetime
) -> ConsentQuerySet:
    """The consents in force that answer a grant of this right and purpose to this organization."""
    return Consent.objects.in_force(now).filter(
        recipient=organization, purpose=purpose, right__in=ANSWERED_BY[right]
    )


def preview_grant(
    organization: Organization, scope: Area | Site | Camera, right: AccessRight, purpose: Purpose, now: datetime
) -> Preview:
    """Count what a grant would open, before it is given."""
    sites = consents_for(organization, right, purpose, now)
    cameras = cameras_in(scope)
    agreed = cameras.filter(site_id__in=sites.values("site_id"))
    answered = agreed.filter(pk__in=Camera.objects.verified(now).values("pk")).count()
    total_agreed = agreed.count()
    return Preview(answered, total_agreed - answered, cameras.count() - total_agreed)


def grants_within(area_code: str) -> GrantQuerySet:
    """Grants over an area, a site or a camera inside this area code."""
    inside = within(area_code, "area_permissions__content_object__code")
    for path in ("site_permissions__content_object__area", "camera_permissions__content_object__site__area"):
        inside |= within(area_code, f"{path}__code")
    return Grant.objects.filter(inside).select_related("organization", "granted_by").distinct()


def also_open(grant: Grant, scope: Area | Site | Camera, now: datetime) -> GrantQuerySet:
    """The other standing grants by which the same body keeps the same right over this scope, or over what it lies
    in, when this one is revoked."""
    site = site_of(scope)
    over = Q(site_permissions__content_object=site) if site else Q()
    if site is None or not site.vital:
        over |= Q(area_permissions__content_object__code__in=ancestors(area_of(scope).code))
    if isinstance(scope, Camera):
        over |= Q(camera_permissions__content_object=scope)
    others = Grant.objects.standing(now).filter(over, organization=grant.organization_id, right=grant.right)
    return others.exclude(pk=grant.pk).order_by("valid_until", "pk").distinct()


def has_granted_over(user: User, site: Site) -> bool:
    """Whether this person gave or approved a grant that reaches the site (then he cannot verify it).

    It counts if it holds now, will hold, or held at any time since the site is known; one that ended before never
    concerned it.
    """
    over = Q(site_permissions__content_object=site) | Q(camera_permissions__content_object__site=site)
    if not site.vital:
        over |= Q(area_permissions__content_object__code__in=ancestors(site.area.code))
    theirs = Q(granted_by=user) | Q(approved_by=user)
    ended = Coalesce("revoked_at", "valid_until")
    return Grant.objects.alias(ended=ended).filter(over, theirs, ended__gt=site.created_at).exists()


def has_verified_in(user: User, scope: Area | Site | Camera) -> bool:
    """Whether this person ever verified a camera of the scope, or of the site of one camera: the camera knows the
    last one, the trail all (then he neither gives nor approves access there)."""
    whole = scope.site if isinstance(scope, Camera) else scope
    verified = Entry.objects.filter(action="camera.verified", actor=user, target_kind="registry.camera")
    ids = list(verified.values_list("target_id", flat=True).distinct())
    return cameras_in(whole, vital=True).filter(Q(verified_by=user) | Q(public_id__in=ids)).exists()


def area_of(scope: Area | Site | Camera) -> Area:
    """The area in which a scope lies."""
    if isinstance(scope, Area):
        return scope
    return scope.area if isinstance(scope, Site) else scope.site.area


def site_of(scope: Area | Site | Camera) -> Site | None:
    """The site of a scope; None for an area."""
    if isinstance(scope, Area):
        return None
    return scope if isinstance(scope, Site) else scope.site
