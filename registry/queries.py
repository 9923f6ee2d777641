"""Answers about the registry that span tables."""

from accounts.areas import ancestors
from accounts.models import Organization, OrganizationKind
from registry.models import Area, AreaLevel
from registry.rights import NEEDS_DEVICE, Level, Right


def recipients_for(area: Area) -> list[Organization]:
    """Who an owner in this area may name: the Polres of the city, then the Polsek of the kecamatan.

    Each is a recipient of its own; consent to one never includes the other.
    """
    found = Organization.objects.filter(
        area_code__in=ancestors(area.code), kind__in=[OrganizationKind.POLRES, OrganizationKind.POLSEK]
    )
    return sorted(found, key=lambda body: (body.kind != OrganizationKind.POLRES, body.name))


def rights_offered(level: Level) -> list[Right]:
    """The rights a level offers on the consent page; none is pre-ticked.

    A level with pictures offers the health check of the picture as well.
    """
    offered = list(level.rights)
    if set(offered) & NEEDS_DEVICE:
        offered.append(Right.HEALTH_SNAPSHOT)
    return offered


def kelurahan_by_kecamatan() -> list[tuple[str, list[Area]]]:
    """Every kelurahan, grouped under the name of its kecamatan, both in order of name."""
    groups: dict[str, list[Area]] = {}
    for area in Area.objects.filter(level=AreaLevel.KELURAHAN).select_related("parent").defer("outline"):
        groups.setdefault(area.parent.name if area.parent else "", []).append(area)
    return sorted(groups.items())
