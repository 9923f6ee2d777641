"""Who may act for a partner."""

from accounts.models import User
from registry.errors import NotYours
from registry.models import Partner, PartnerPerson, PersonRole

#: Who signs and withdraws.
SIGNING = frozenset({PersonRole.MANAGER, PersonRole.SIGNATORY})
#: Who keeps the cameras: pause, device, password.
OWNING = frozenset({PersonRole.MANAGER, PersonRole.SIGNATORY, PersonRole.TECHNICIAN, PersonRole.CONTACT})


def require_person(by: User, partner: Partner, roles: frozenset[PersonRole] = OWNING) -> None:
    """Raises NotYours unless `by` acts for this partner in one of these roles."""
    acts = PartnerPerson.objects.filter(partner=partner, user=by, role__in=roles).exists()
    if not (by.is_active and acts):
        raise NotYours
