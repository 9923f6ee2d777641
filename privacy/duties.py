"""What whoever protects data sees: the requests of his area, vital objects apart."""

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.areas import within
from accounts.duties import duties_in_force
from accounts.models import Duty, DutyKind, User
from privacy.errors import NotYourDesk
from privacy.models import Breach, BreachQuerySet, RequestQuerySet, SubjectRequest
from registry.models import Site


def require_protection(user: User, now: datetime) -> Duty:
    """His duty; raises NotYourDesk for everybody else."""
    duty = duties_in_force(user, now).filter(kind=DutyKind.PROTECTION).first()
    if duty is None:
        raise NotYourDesk
    return duty


def requests_kept_by(user: User, now: datetime) -> RequestQuerySet:
    """The requests about owners in his area and about accounts that act for none. Vital objects do not exist here:
    their corrections go to their named verifier, everything else is done by itself."""
    reached = Q(pk__in=[])
    for duty in duties_in_force(user, now).filter(kind=DutyKind.PROTECTION):
        reached |= within(duty.reach, "area__code")
    owners = Site.objects.filter(reached, vital=False).values("partner")
    vital = Site.objects.filter(vital=True).values("partner")
    return SubjectRequest.objects.filter(Q(partner__isnull=True) | Q(partner__in=owners)).exclude(partner__in=vital)


def breaches_kept_by(user: User, now: datetime) -> BreachQuerySet:
    """The register of his area."""
    reached = Q(pk__in=[])
    for duty in duties_in_force(user, now).filter(kind=DutyKind.PROTECTION):
        reached |= within(duty.reach, "area_code")
    return Breach.objects.filter(reached)


def protectors(now: datetime) -> QuerySet[User]:
    """Whoever protects data now, wherever."""
    duties = Duty.objects.in_force(now).filter(kind=DutyKind.PROTECTION, user__is_active=True)
    return User.objects.filter(pk__in=duties.values("user")).order_by("pk")
