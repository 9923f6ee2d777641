"""When each device is asked next, and what it said last."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.models import Device


class CheckStateQuerySet(models.QuerySet["CheckState"]):
    """Questions about owed checks."""

    def due(self, now: datetime, furthest: timedelta) -> "CheckStateQuerySet":
        """Checks owed at `now` that nobody holds.

        A moment further ahead than any check is ever set (`furthest`) was written before the clock went back: it
        counts as due, and such a lease as over, or the sweep would stand still until the old time came again.
        """
        over = now + furthest
        return self.filter(
            Q(next_check_at__lte=now) | Q(next_check_at__gt=over),
            asleep_since__isnull=True,
        ).filter(
            Q(lease_until__isnull=True) | Q(lease_until__lte=now) | Q(lease_until__gt=over),
        )

    def overdue(self, now: datetime) -> "CheckStateQuerySet":
        """Checks that should have happened a whole period ago."""
        return self.filter(asleep_since__isnull=True, next_check_at__lt=now - settings.SWEEP_PERIOD)


class CheckState(models.Model):
    """The record of the checks a device is owed: a due time, a lease, and the last result.

    A sweep claims due rows by UPDATE and writes results only for the lease it holds, so that a killed worker or a
    second beat loses nothing and counts nothing twice. `slow`: it used up its last deadline, so it is asked in a
    batch of slow ones. `address` is where the device answered its owner's probe. Once the owner has moved it, the
    row sleeps until a probe, which is limited per day, has reached the new place: the sweep never feels its way
    to an address that nobody has reached. `network` is what falls together with it (`health.places.network_of`).
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="check_state")
    next_check_at = models.DateTimeField(db_index=True)
    lease = models.UUIDField(null=True, blank=True, db_index=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    first_failure_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    clock_offset_seconds = models.FloatField(null=True, blank=True)
    cause = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=280)
    asleep_since = models.DateTimeField(null=True, blank=True)
    slow = models.BooleanField(default=False)
    network = models.CharField(max_length=64, null=True, blank=True, db_index=True)  # Null: not named yet.

    objects = CheckStateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="health_checkstate_failures_dated",
                condition=Q(failures=0, first_failure_at__isnull=True)
                | Q(failures__gt=0, first_failure_at__isnull=False),
            ),
            models.CheckConstraint(
                name="health_checkstate_lease_whole",
                condition=Q(lease__isnull=True, lease_until__isnull=True)
                | Q(lease__isnull=False, lease_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.next_check_at}"
