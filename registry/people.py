"""Who acts for an owner, and where: every question about it is answered here and by `PartnerPersonQuerySet`."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import User
from registry.models import Partner, PartnerPerson, PersonRole, Site
from registry.models.people import ACTING, KEEPING, MANAGING, READING, SIGNING

__all__ = [
    "ACTING",
    "KEEPING",
    "MANAGING",
    "READING",
    "SIGNING",
    "acts_for",
    "is_of_partner",
    "people_at",
    "roles_at",
]


def acts_for(user: User, scope: Partner | Site, roles: frozenset[PersonRole]) -> bool:
    """Whether this person acts in one of these roles at a site; with a partner, at all of its sites."""
    held = PartnerPerson.objects.of(user).in_roles(roles)
    site = scope if isinstance(scope, Site) else None
    return user.is_active and held.over(scope.partner_id if site else scope.pk, site).exists()


def roles_at(user: User, sites: Iterable[Site]) -> dict[int, frozenset[PersonRole]]:
    """By site: the roles of this person there. One query, whatever the number of sites."""
    rows = list(PartnerPerson.objects.of(user))
    return {site.pk: frozenset(PersonRole(row.role) for row in rows if row.holds_at(site)) for site in sites}


def is_of_partner(user: User, partner_id: int) -> bool:
    """Whether this person acts for the partner in any role, be it at another of its sites: then he is no officer to
    it."""
    return PartnerPerson.objects.of(user).filter(partner=partner_id).exists()


def people_at(site: Site, roles: frozenset[PersonRole] = READING) -> QuerySet[User]:
    """The active people who act at this site in one of these roles, each once."""
    held = PartnerPerson.objects.at(site).in_roles(roles)
    return User.objects.filter(is_active=True, pk__in=held.values("user_id")).order_by("pk")
