"""When each device is asked next, and what it said last."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from health.models.groups import CheckGroup, owed_at
from registry.models import Device


class CheckStateQuerySet(models.QuerySet["CheckState"]):
    """Questions about owed checks."""

    def due(self, now: datetime, furthest: timedelta) -> "CheckStateQuerySet":
        """Checks owed at `now` to devices by themselves, that nobody holds; see `owed_at`."""
        return self.filter(owed_at(now, furthest), asleep_since__isnull=True, group__isnull=True)

    def asked_with(self, groups: Collection[int]) -> "CheckStateQuerySet":
        """The devices of these groups, by their keys, but for those that fell asleep or are asked by themselves
        now."""
        return self.filter(group__in=groups, asleep_since__isnull=True, lease__isnull=True)

    def overdue(self, now: datetime) -> "CheckStateQuerySet":
        """Checks that should have happened a whole period ago."""
        late = now - settings.SWEEP_PERIOD
        by_itself = Q(group__isnull=True, next_check_at__lt=late)
        return self.filter(by_itself | Q(group__next_check_at__lt=late), asleep_since__isnull=True)


class CheckState(models.Model):
    """The record of the checks a device is owed: a due time, a lease, and the last result.

    A sweep claims due rows by UPDATE and writes results only for the lease it holds, so that a killed worker or a
    second beat loses nothing and counts nothing twice. `slow`: it used up its last deadline, so it is asked in a
    batch of slow ones. `address` is where the device answered its owner's probe. Once the owner has moved it, the
    row sleeps until a probe, which is limited per day, has reached the new place: the sweep never feels its way
    to an address that nobody has reached. `outcomes` are the last checks, one bit each, 1 for a failed one and the
    newest lowest, from which `flapping_since` follows (`causes.take_outcome`). In a `group` its due time and lease
    are the group's. `network` is what falls together with it (`health.places.networks_by_device`).
    """

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="check_state")
    next_check_at = models.DateTimeField()
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    first_failure_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    clock_offset_seconds = models.FloatField(null=True, blank=True)
    cause = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=280)
    asleep_since = models.DateTimeField(null=True, blank=True)
    slow = models.BooleanField(default=False)
    outcomes = models.PositiveIntegerField(default=0)
    flapping_since = models.DateTimeField(null=True, blank=True)

    group = models.ForeignKey(CheckGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    network = models.CharField(max_length=64, null=True, blank=True)  # Null: not named yet.

    objects = CheckStateQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(name="health_checkstate_due", fields=["next_check_at"], condition=Q(group__isnull=True)),
            models.Index(name="health_checkstate_leased", fields=["lease"], condition=Q(lease__isnull=False)),
            # Not `db_index`, which makes a second one for LIKE: nobody asks for the beginning of a network's name.
            models.Index(name="health_checkstate_network", fields=["network"]),
        ]
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
