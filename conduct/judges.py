"""Who judges a look, and answers for it: never whoever looked, nor his own unit."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.models import Look, LookQuerySet
from accounts.areas import within
from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from accounts.organizations import ids_kept_by

#: What `templates/conduct/_entry.html` shows of the look of a question or a deferral, for `select_related`.
SHOWN_OF_LOOK = (
    "look__organization__parent", "look__viewer", "look__duty", "look__reason", "look__case__organization",
    "look__camera__site__area",
)  # fmt: skip


def judged_by(user: User, now: datetime) -> LookQuerySet:
    """The looks that this person may judge; the one rule, of which `may_judge` and `judges_of` are readings.

    He carries a supervisor's duty now, for the body above the one that looked. Only where nobody carries one there
    does the unit's own supervisor judge, and then none who ever did other work in it (ADR 0016). Never is he who
    looked, nor has he since the look done anything but supervising for the unit that looked. If whoever looked
    supervises one of these bodies himself, only the body above that one judges him; above the topmost stand the
    bodies of oversight in its area. Vital objects exist for no supervisor (design, section 6; ADR 0015).
    """
    bodies = set(Organization.objects.filter(pk__in=_supervising(user, now).values("organization")))
    if not bodies or not user.is_active:
        return Look.objects.none()
    overseen = Q(pk__in=[])
    for body in bodies:
        if body.kind == OrganizationKind.OVERSIGHT:
            overseen |= Q(parent__isnull=True) & within(body.area_code, "area_code")
    topmost = Organization.objects.filter(overseen)
    held_since = Duty.objects.filter(
        Q(until__isnull=True) | Q(until__gt=OuterRef("started_at")),
        Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef("started_at")),
        since__lte=now,
    )
    supervises = held_since.filter(user=OuterRef("viewer"), kind=DutyKind.SUPERVISOR)
    serves_there = held_since.filter(user=user, organization=OuterRef("organization")).exclude(
        kind=DutyKind.SUPERVISOR
    )
    of_unit = Exists(supervises.filter(organization=OuterRef("organization")))
    of_above = Exists(supervises.filter(organization=OuterRef("organization__parent")))
    return (
        Look.objects.filter(
            Q(of_above, organization__parent__parent__in=bodies)
            | Q(of_above, organization__parent__in=topmost)
            | Q(of_unit, organization__in=topmost)
            | Q(~of_above, organization__parent__in=bodies)
            | Q(~of_above, ~of_unit, organization__in=_without_one_above(user, bodies, now))
        )
        .filter(~Exists(serves_there), camera__site__vital=False)
        .exclude(viewer=user)
    )


def may_judge(user: User, look: Look, now: datetime) -> bool:
    """Whether this person may judge this look; asked again when he does it."""
    return judged_by(user, now).filter(pk=look.pk).exists()


def judges_of(look: Look, now: datetime) -> list[User]:
    """All who may judge a look now; empty where nobody may."""
    bodies: list[Organization] = []
    body: Organization | None = look.organization
    while body is not None and len(bodies) < 3:  # The unit, the body above, and the one above that.
        bodies.append(body)
        body = body.parent
    near = Q(organization__in=bodies) | Q(organization__kind=OrganizationKind.OVERSIGHT)
    duties = Duty.objects.in_force(now).filter(near, kind=DutyKind.SUPERVISOR)
    asked = User.objects.filter(pk__in=duties.values("user"), is_active=True).order_by("pk")
    return [user for user in asked if may_judge(user, look, now)]


def appointers_of(body: Organization, now: datetime) -> list[User]:
    """The administrators who keep this body: those who hear where nobody may judge, for they appoint who does."""
    duties = Duty.objects.in_force(now).filter(kind=DutyKind.ADMINISTRATOR, user__is_active=True)
    keeping = [duty for duty in duties.select_related("organization") if body.pk in ids_kept_by(duty.organization)]
    return list(User.objects.filter(pk__in={duty.user_id for duty in keeping}).order_by("pk"))


def _without_one_above(user: User, bodies: Iterable[Organization], now: datetime) -> list[Organization]:
    """Those of these bodies above which nobody supervises, and in which this person never did other work."""
    above = Duty.objects.in_force(now).filter(
        kind=DutyKind.SUPERVISOR, user__is_active=True, organization__in=[body.parent_id for body in bodies]
    )
    supervised = set(above.values_list("organization", flat=True))
    served = set(Duty.objects.of(user).exclude(kind=DutyKind.SUPERVISOR).values_list("organization", flat=True))
    return [body for body in bodies if body.parent_id not in supervised and body.pk not in served]


def _supervising(user: User, now: datetime) -> QuerySet[Duty]:
    return Duty.objects.of(user).in_force(now).filter(kind=DutyKind.SUPERVISOR)
