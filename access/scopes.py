"""Where an organization's grants reach: its guardian rows on areas, sites and cameras, resolved first."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from access.models import AreaPermission, CameraPermission, Grant, SitePermission
from accounts.areas import ancestors
from accounts.models import Organization
from registry.models import Area, Camera, Site
from registry.rights import AccessRight, Purpose


def codename(right: AccessRight | str, scope: Area | Site | Camera) -> str:
    """The permission's codename on this kind of scope, for instance `view_still_area`."""
    return f"{AccessRight(right).value}_{scope._meta.model_name}"


@dataclass
class Reach:
    """The scopes of one purpose. `areas` are Kemendagri codes; an area reaches all areas below it.

    Area grants do not reach vital sites: those are granted by name.
    """

    areas: set[str] = field(default_factory=set)
    sites: set[int] = field(default_factory=set)
    cameras: set[int] = field(default_factory=set)

    def as_filter(self) -> Q:
        """The cameras it reaches, as a condition on Camera."""
        condition = Q(pk__in=self.cameras) | Q(site_id__in=self.sites)
        for code in self.areas:
            condition |= Q(site__vital=False) & (
                Q(site__area__code=code) | Q(site__area__code__startswith=code + ".")
            )
        return condition


def reaches(
    organization: Organization, right: AccessRight, now: datetime, *, two_people: bool = False
) -> dict[Purpose, Reach]:
    """Per purpose, where the organization holds this right at `now`.

    `two_people` keeps only the grants that a second person approved.
    """
    found: dict[Purpose, Reach] = defaultdict(Reach)
    grants = Grant.objects.in_force(now).filter(organization=organization, right=right)
    if two_people:
        grants = grants.filter(approved_at__isnull=False)
    rows = (
        AreaPermission.objects.filter(grant__in=grants, permission__codename=f"{right}_area")
        .filter(group_id=organization.group_id)
        .values_list("grant__purpose", "content_object__code")
    )
    for purpose, code in rows:
        found[Purpose(purpose)].areas.add(code)
    for purpose, pk in _direct(SitePermission, grants, f"{right}_site", organization):
        found[Purpose(purpose)].sites.add(pk)
    for purpose, pk in _direct(CameraPermission, grants, f"{right}_camera", organization):
        found[Purpose(purpose)].cameras.add(pk)
    return dict(found)


def _direct(table: Any, grants: object, name: str, organization: Organization) -> list[tuple[str, int]]:
    return list(
        table.objects.filter(
            grant__in=grants, permission__codename=name, group_id=organization.group_id
        ).values_list("grant__purpose", "content_object_id")
    )


def grants_over(camera: Camera, organization: Organization, right: AccessRight, now: datetime) -> list[Grant]:
    """The organization's grants of this right in force over the camera, its site, or (if not vital) its areas."""
    over = Q(
        site_permissions__content_object_id=camera.site_id,
        site_permissions__permission__codename=f"{right}_site",
        site_permissions__group_id=organization.group_id,
    ) | Q(
        camera_permissions__content_object_id=camera.pk,
        camera_permissions__permission__codename=f"{right}_camera",
        camera_permissions__group_id=organization.group_id,
    )
    if not camera.site.vital:
        over |= Q(
            area_permissions__content_object__code__in=ancestors(camera.site.area.code),
            area_permissions__permission__codename=f"{right}_area",
            area_permissions__group_id=organization.group_id,
        )
    return list(Grant.objects.in_force(now).filter(over, organization=organization, right=right).distinct())
