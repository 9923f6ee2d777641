"""Who may act for an owner."""

from accounts.models import User
from registry.errors import NotYours
from registry.models import Partner, PersonRole, Site
from registry.people import acts_for


def require_person(by: User, scope: Partner | Site, roles: frozenset[PersonRole]) -> None:
    """Raises NotYours unless `by` acts in one of these roles at this site; with a partner, at all of its sites."""
    if not acts_for(by, scope, roles):
        raise NotYours
