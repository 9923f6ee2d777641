"""What a person's duty allows. Looking through a camera is decided in `access.decide`, not here."""

from datetime import datetime

from accounts.areas import covers
from accounts.errors import NoDuty
from accounts.models import Duty, DutyKind, DutyQuerySet, Organization, OrganizationQuerySet, User
from accounts.organizations import ids_kept_by


def duties_in_force(user: User, now: datetime) -> DutyQuerySet:
    """The duties the person carries now; empty for a signed-out or inactive person."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Duty.objects.none()
    return Duty.objects.of(user).in_force(now).select_related("organization").order_by("since", "pk")


def has_duty(user: User, now: datetime, *kinds: DutyKind) -> bool:
    """Whether the person carries any duty (of these kinds) now."""
    found = duties_in_force(user, now)
    return (found.filter(kind__in=kinds) if kinds else found).exists()


def require_duty(user: User, kind: DutyKind, now: datetime, *, area_code: str = "") -> Duty:
    """The duty of this kind that reaches `area_code`; raises NoDuty if there is none."""
    for duty in duties_in_force(user, now).filter(kind=kind):
        if not area_code or covers(duty.reach, area_code):
            return duty
    raise NoDuty


def administered_by(user: User, now: datetime) -> OrganizationQuerySet:
    """The bodies whose people this person appoints; empty for whoever is no administrator."""
    found: set[int] = set()
    for duty in duties_in_force(user, now).filter(kind=DutyKind.ADMINISTRATOR):
        found |= ids_kept_by(duty.organization)
    return Organization.objects.filter(pk__in=found)


def require_administrator(user: User, organization: Organization, now: datetime) -> None:
    """Raises NoDuty unless the person is administrator of this body or of one that keeps it."""
    if not administered_by(user, now).filter(pk=organization.pk).exists():
        raise NoDuty
