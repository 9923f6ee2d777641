"""Where an organization's grants reach: its guardian rows on areas, sites and cameras, resolved first."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from access.models import Grant
from accounts.areas import ancestors, within
from accounts.models import Organization
from registry.models import Area, Camera, Site
from registry.rights import AccessRight, Purpose


def codename(right: AccessRight | str, scope: Area | Site | Camera) -> str:
    """The permission's codename on this kind of scope, for instance `view_still_area`."""
    return f"{AccessRight(right).value}_{scope._meta.model_name}"


def _row(path: str, scope: str) -> tuple[str, str, str]:
    return f"{path}__{scope}", f"{path}__permission__codename", f"{path}__group_id"


_ROW_OF_AREA = _row("area_permissions", "content_object__code")
_ROW_OF_SITE = _row("site_permissions", "content_object_id")
_ROW_OF_CAMERA = _row("camera_permissions", "content_object_id")


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
            condition |= Q(site__vital=False) & within(code, "site__area__code")
        return condition


def reaches(
    organization: Organization, right: AccessRight, now: datetime, *, two_people: bool = False
) -> dict[Purpose, Reach]:
    """Per purpose, where the organization holds this right at `now`, in one query.

    `two_people` keeps only the grants that a second person approved. A row counts only for its own right and group.
    """
    grants = Grant.objects.in_force(now).filter(organization=organization, right=right)
    if two_people:
        grants = grants.filter(approved_at__isnull=False)
    found: dict[Purpose, Reach] = defaultdict(Reach)
    for row in grants.values_list("purpose", *_ROW_OF_AREA, *_ROW_OF_SITE, *_ROW_OF_CAMERA):
        reach = found[Purpose(row[0])]
        for start, kind, scopes in (
            (1, "area", reach.areas),
            (4, "site", reach.sites),
            (7, "camera", reach.cameras),
        ):
            scope, name, group = row[start : start + 3]
            if scope is not None and name == f"{right}_{kind}" and group == organization.group_id:
                scopes.add(scope)
    return dict(found)


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
