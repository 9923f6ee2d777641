"""Of which looks an owner is told. Everything that an owner reads about looks begins here, so that what was
deferred is kept from him everywhere alike, and appears everywhere on the same day."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from access.models import Look, LookQuerySet
from accounts.models import User
from conduct.models import Deferral


def kept_back(now: datetime) -> QuerySet[Look, int]:
    """The keys of the looks that a deferral keeps from their owners now."""
    deferred = Deferral.objects.in_force(now).values("look")
    return Look.objects.filter(pk__in=deferred).order_by().values_list("pk", flat=True)


def looks_told_to(owner: User, now: datetime) -> LookQuerySet:
    """The looks through the cameras at the sites at which this person acts for the owner, without those that a
    deferral keeps back now; the newest first. Who looked is not loaded: an owner reads the body, not the name."""
    deferred = Deferral.objects.in_force(now).filter(look=OuterRef("pk"))
    return (
        Look.objects.of_owner(owner)
        .filter(~Exists(deferred))
        .select_related("camera__site", "organization", "duty", "reason", "case")
        .defer("viewer")
        .order_by("-started_at", "-pk")
    )
