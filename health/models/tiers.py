"""The checks that say more than that a device answers, and are owed less often."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from health.models.groups import owed_at
from registry.models import Device


class Tier(models.TextChoices):
    SIGNED_IN = "signed_in", _("Masuk ke perangkat")
    FULL = "full", _("Dengan gambar")


class TierCheckQuerySet(models.QuerySet["TierCheck"]):
    """Questions about owed checks of the tiers above."""

    def due(self, now: datetime, furthest: timedelta) -> "TierCheckQuerySet":
        """Checks owed at `now` that nobody holds; see `owed_at`."""
        return self.filter(owed_at(now, furthest, "next_at"), rests_since__isnull=True)


class TierCheck(models.Model):
    """The record of the signed-in, or the full, checks that a device is owed, and what the last one found.

    Claimed and written as `CheckState` is. `began_at`: a worker took this lease and may have sent credentials.
    `cause` holds for the cameras whose keys are in `of_cameras`, or for all where that is empty; it stays until a
    check says otherwise. `measured` is the clock's offset in seconds. `rests_since`: the device's secret rests, and
    so does this check, until the secret is another one.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="tier_checks")
    tier = models.CharField(max_length=9, choices=Tier)
    next_at = models.DateTimeField(db_index=True)
    lease = models.UUIDField(null=True, blank=True, db_index=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=30, blank=True)
    of_cameras = models.JSONField(default=list, blank=True)
    measured = models.FloatField(null=True, blank=True)
    rests_since = models.DateTimeField(null=True, blank=True)

    objects = TierCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="health_tiercheck_tier_known", condition=Q(tier__in=Tier.values)),
            models.UniqueConstraint(name="health_tiercheck_once", fields=["device", "tier"]),
            models.CheckConstraint(
                name="health_tiercheck_lease_whole",
                condition=Q(lease__isnull=True, lease_until__isnull=True, began_at__isnull=True)
                | Q(lease__isnull=False, lease_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.tier} {self.next_at}"
