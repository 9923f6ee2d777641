"""The tree of bodies: a body, and the units under it. Areas say where a body serves, never whose unit it is."""

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
