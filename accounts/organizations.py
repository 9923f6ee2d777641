"""The tree of bodies: a body, and the units under it. Areas say where a body serves, never whose unit it is."""

from accounts.areas import within
from accounts.models import Organization, OrganizationKind

POLICE = frozenset({OrganizationKind.POLRES, OrganizationKind.POLSEK})


def ids_under(organization: Organization) -> set[int]:
    """The keys of this body and of every unit below it, whatever its kind."""
    found, fresh = {organization.pk}, {organization.pk}
    while fresh:
        units = Organization.objects.filter(parent__in=fresh).values_list("pk", flat=True)
        fresh = set(units) - found  # A ring of parents ends, too.
        found |= fresh
    return found


def ids_kept_by(organization: Organization) -> set[int]:
    """The bodies whose people an administrator of this one appoints: itself and the units below it.

    The Polres at the top also keeps the people of the other bodies in its area (Kodim, Pemkot, …). They are
    nobody's unit, so that no case or consent reaches them by descent.
    """
    found = ids_under(organization)
    if is_top(organization):
        others = Organization.objects.filter(within(organization.area_code, "area_code"), parent__isnull=True)
        found |= set(others.exclude(kind__in=POLICE).values_list("pk", flat=True))
    return found


def is_top(organization: Organization) -> bool:
    """Whether this is a Polres above which there is no other body."""
    return organization.kind == OrganizationKind.POLRES and organization.parent_id is None
