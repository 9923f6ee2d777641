"""What pages and the API show of grants, cases and cameras, gathered in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from access.models import AccessRequest, Case, CaseQuerySet, Grant, GrantQuerySet
from access.queries import Preview, area_of, cameras_in, consents_for, grants_within, site_of
from access.rule import is_around
from access.sight import Sight, usable_cases
from access.viewers import Viewer, viewing_duties
from accounts.areas import covers, within
from accounts.duties import duties_in_force
from accounts.models import Duty, DutyKind, Organization, User
from accounts.organizations import ids_under
from registry.area_words import area_words
from registry.geo import distance_m
from registry.models import Area, Camera, Consent, Site
from registry.models.areas import AreaQuerySet
from registry.models.cameras import CameraQuerySet
from registry.models.partners import SiteQuerySet
from registry.rights import AccessRight, Purpose
from registry.vital import known_to, may_approve, may_grant

MOST_NAMED = 20
WITH_SCOPE = (
    "area_permissions__content_object",
    "site_permissions__content_object__partner",
    "camera_permissions__content_object__site",
)


# --- Grants --------------------------------------------------------------------------------------------------


def granting_duties(user: User, now: datetime) -> list[Duty]:
    """The duties in which this person gives and revokes access."""
    return list(duties_in_force(user, now).filter(kind=DutyKind.GRANTOR))


def approving_duties(user: User, now: datetime) -> list[Duty]:
    """The duties in which this person approves, as the second one, what others granted."""
    return list(duties_in_force(user, now).filter(kind=DutyKind.APPROVER))


def grantors_over(scope: Area | Site | Camera, now: datetime) -> list[User]:
    """Those who may give access there now."""
    return _those_over(scope, DutyKind.GRANTOR, may_grant, now)


def approvers_over(scope: Area | Site | Camera, now: datetime) -> list[User]:
    """Those who may approve there now, as the second person, what another gave."""
    return _those_over(scope, DutyKind.APPROVER, may_approve, now)


def _those_over(
    scope: Area | Site | Camera, kind: DutyKind, may: Callable[[User, Site, datetime], bool], now: datetime
) -> list[User]:
    duties = Duty.objects.in_force(now).filter(kind=kind, user__is_active=True).select_related("user")
    site, area = site_of(scope), area_of(scope)
    reaching = {duty.user for duty in duties if covers(duty.reach, area.code)}
    return sorted((user for user in reaching if site is None or may(user, site, now)), key=lambda user: user.pk)


def requests_to(duties: Iterable[Duty]) -> QuerySet[AccessRequest]:
    """The requests that are these granting duties' to answer, also those answered, the oldest first."""
    inside = Q(pk__in=[])
    for duty in duties:
        inside |= within(duty.reach, "area__code")
    asked = AccessRequest.objects.filter(inside)
    return asked.select_related("organization", "asked_by", "area__parent", "case").order_by("asked_at", "pk")


def requests_for(duties: Iterable[Duty]) -> QuerySet[AccessRequest]:
    """Those of them that wait for an answer."""
    return requests_to(duties).filter(answered_at__isnull=True)


def requests_of(viewer: Viewer) -> QuerySet[AccessRequest]:
    """What the body of this viewer has asked for, the newest first."""
    if viewer.duty is None:
        return AccessRequest.objects.none()
    mine = AccessRequest.objects.filter(organization=viewer.duty.organization)
    return mine.select_related("area__parent", "asked_by", "case").order_by("-asked_at", "-pk")


def waiting_for(duties: Iterable[Duty], now: datetime) -> GrantQuerySet:
    """The grants that open nothing until one of these approving duties says yes."""
    waiting = Grant.objects.for_two().standing(now).filter(approved_at__isnull=True)
    return grants_of(duties).filter(pk__in=waiting.order_by().values("pk"))


def grants_of(duties: Iterable[Duty]) -> GrantQuerySet:
    """The grants inside the areas of these duties; over a vital object, only to whoever is named for it."""
    found = Grant.objects.none()
    for duty in duties:
        unknown = Site.objects.filter(vital=True).exclude(known_to(duty)).order_by().values("pk")
        mine = grants_within(duty.reach).exclude(site_permissions__content_object__in=unknown)
        mine = mine.exclude(camera_permissions__content_object__site__in=unknown)
        found = found | Grant.objects.filter(pk__in=mine.values("pk"))
    return found.select_related("organization", "granted_by", "approved_by", "revoked_by")


def areas_of(duties: Iterable[Duty]) -> AreaQuerySet:
    """The areas over which these duties may grant, the largest first."""
    found = Area.objects.none()
    for duty in duties:
        found = found | Area.objects.below(duty.reach)
    return found.order_by("code").defer("outline")


def sites_of(duties: Iterable[Duty], now: datetime) -> SiteQuerySet:
    """The sites with listed cameras that these duties may choose: a consent names their body or a unit below it.

    Of the others a grantor knows nothing (ADR 0007); a grant over their area reaches them all the same.
    """
    condition = Q(pk__in=[])
    for duty in duties:
        told = Consent.objects.in_force(now).filter(recipient__in=ids_under(duty.organization))
        condition |= within(duty.reach, "area__code") & Q(pk__in=told.values("site")) & known_to(duty)
    listed = Camera.objects.listed().values("site_id")
    return Site.objects.filter(condition, pk__in=listed).select_related("partner", "area").order_by("address")


def cameras_of(duties: Iterable[Duty], now: datetime) -> CameraQuerySet:
    """The listed cameras of `sites_of`."""
    sites = sites_of(duties, now)
    return Camera.objects.listed().filter(site__in=sites).select_related("site__partner", "site__area")


@dataclass(frozen=True)
class OpenedCamera:
    """A verified camera that a grant opens, and the consents that let it."""

    camera: Camera
    consents: list[Consent]


def opened_cameras(
    duties: Iterable[Duty],
    organization: Organization,
    scope: Area | Site | Camera,
    right: AccessRight,
    purpose: Purpose,
    now: datetime,
) -> list[OpenedCamera]:
    """The first MOST_NAMED cameras behind `Preview.answered`, as far as these duties may know them (ADR 0007)."""
    answers = consents_for(organization, right, purpose, now)
    known = cameras_of(duties, now).filter(pk__in=cameras_in(scope).values("pk"))
    verified = Camera.objects.verified(now).filter(site__in=answers.values("site")).values("pk")
    cameras = list(known.filter(pk__in=verified).order_by("site__area__code", "site_id", "pk")[:MOST_NAMED])
    consents: dict[int, list[Consent]] = defaultdict(list)
    for consent in answers.filter(site__in={camera.site_id for camera in cameras}).defer("text"):
        consents[consent.site_id].append(consent)
    return [OpenedCamera(camera, consents[camera.site_id]) for camera in cameras]


def viewers_in(organization: Organization, now: datetime) -> list[Duty]:
    """The first MOST_NAMED duties of looking in an organization, by the person's name."""
    viewers = organization.duties.in_force(now).filter(kind=DutyKind.VIEWER).select_related("user")
    return list(viewers.order_by("user__name", "pk")[:MOST_NAMED])


def who_sees_what(
    duties: Iterable[Duty],
    organization: Organization,
    scope: Area | Site | Camera,
    right: AccessRight,
    purpose: Purpose,
    preview: Preview,
    now: datetime,
) -> dict[str, Any]:
    """What `access/_preview.html` shows: some cameras and people by name, then how many in all."""
    cameras = opened_cameras(duties, organization, scope, right, purpose, now)
    return {
        "preview": preview,
        "is_area": isinstance(scope, Area),
        "opened": cameras,
        "unnamed": preview.answered - len(cameras),
        "viewers": viewers_in(organization, now),
    }


def scope_of(grant: Grant) -> Area | Site | Camera:
    """What a grant is over; no query if it was loaded with `prefetch_related(*WITH_SCOPE)`."""
    for rows in (grant.area_permissions, grant.site_permissions, grant.camera_permissions):
        for row in rows.all():
            return row.content_object
    raise LookupError(f"Grant {grant.public_id} has no scope.")


def scope_words(scope: Area | Site | Camera) -> str:
    """The scope in words for a person."""
    if isinstance(scope, Area):
        return area_words(scope)
    if isinstance(scope, Site):
        return f"{scope.partner.name}, {scope.address}"
    return f"{scope.label}, {scope.site.address}"


# --- Cameras -------------------------------------------------------------------------------------------------


def rights_on(viewer: Viewer, cameras: Iterable[Camera], now: datetime) -> dict[int, set[AccessRight]]:
    """Per camera with any, the rights that some valid reason would open now. Device and site come with each."""
    return Sight(viewer, now).rights_on(cameras)


def cameras_to_show(viewer: Viewer, now: datetime) -> CameraQuerySet:
    """The cameras whose still or position this viewer may see."""
    seen = Sight(viewer, now).cameras(AccessRight.VIEW_STILL, AccessRight.SEE_POSITION)
    return seen.select_related("site__area__parent", "device").order_by(
        "site__area__code", "site_id", "channel", "pk"
    )


@dataclass(frozen=True)
class NearCamera:
    """A camera around a case, and what may be done with it."""

    camera: Camera
    distance_m: int
    rights: set[AccessRight]

    @property
    def may_look(self) -> bool:
        return AccessRight.VIEW_STILL in self.rights

    @property
    def has_position(self) -> bool:
        return AccessRight.SEE_POSITION in self.rights

    @property
    def right_labels(self) -> list[str]:
        return [str(right.label) for right in AccessRight if right in self.rights]


def cameras_near(viewer: Viewer, case: Case, now: datetime) -> list[NearCamera]:
    """The verified cameras within a case's radius that this viewer has any right on, the nearest first."""
    inside = Camera.objects.verified(now).filter(site__in=Site.objects.near(case.lat, case.lng, case.radius_m))
    cameras = [camera for camera in inside.select_related("site__area", "device") if is_around(case, camera.site)]
    rights = rights_on(viewer, cameras, now)
    near = [
        NearCamera(
            camera, round(distance_m(case.lat, case.lng, camera.site.lat, camera.site.lng)), rights[camera.pk]
        )
        for camera in cameras
        if camera.pk in rights
    ]
    return sorted(near, key=lambda item: item.distance_m)


# --- Cases ---------------------------------------------------------------------------------------------------


def cases_of(user: User, now: datetime) -> CaseQuerySet:
    """The cases a person with a viewing duty may read: his bodies', their parents' and their units'."""
    bodies = {duty.organization_id for duty in viewing_duties(user, now)}
    parents = {duty.organization.parent_id for duty in viewing_duties(user, now)} - {None}
    return Case.objects.filter(
        Q(organization__in=bodies | parents) | Q(organization__parent__in=bodies)
    ).select_related("organization", "opened_by", "closed_by")


def cases_around(viewer: Viewer, camera: Camera, now: datetime) -> list[Case]:
    """The open cases under which this viewer may look through this camera."""
    if viewer.duty is None:
        return []
    return [case for case in usable_cases(viewer.duty.organization, now) if is_around(case, camera.site)]
