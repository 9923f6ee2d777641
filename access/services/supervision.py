"""Who supervises what a body looks at."""

from datetime import datetime

from django.db.models import Q

from accounts.models import Duty, DutyKind, Organization, User


def supervisors_of(body: Organization, now: datetime, *, besides: User) -> list[User]:
    """The supervisors of this body and of the one above it, but never `besides`: nobody judges what he did."""
    bodies = Q(organization=body)
    if body.parent_id:
        bodies |= Q(organization=body.parent_id)
    duties = Duty.objects.in_force(now).filter(bodies, kind=DutyKind.SUPERVISOR, user__is_active=True)
    return list(User.objects.filter(pk__in=duties.values("user")).exclude(pk=besides.pk).order_by("pk"))
