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
    if not acts_for(by, partner, roles):
        raise NotYours


def acts_for(by: User, partner: Partner, roles: frozenset[PersonRole] = OWNING) -> bool:
    """Whether `by` acts for this partner in one of these roles."""
    return by.is_active and PartnerPerson.objects.filter(partner=partner, user=by, role__in=roles).exists()
