"""The falls of devices: from the first check that failed until the device answers again."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from health.models.outages import Outage
from registry.models import Device


class Stage(models.IntegerChoices):
    """Who has been told of a fall so far, each stage once."""

    OWNER = 1, _("pemilik")
    OFFICER = 2, _("Bhabinkamtibmas")
    PRECINCT = 3, _("Polsek")


class FallQuerySet(models.QuerySet["Fall"]):
    """Questions about falls."""

    def running(self) -> "FallQuerySet":
        return self.filter(until__isnull=True)

    def folded(self) -> "FallQuerySet":
        """Those that are a part of an outage which still goes on: its letters are theirs."""
        return self.filter(outage__isnull=False, outage__until__isnull=True)


class Fall(models.Model):
    """A device went down: one row for all its cameras, written with their intervals.

    It carries the ladder of letters: `stage` is who was told last, `escalate_at` when the next one is. As a member
    of an `outage` it is told of by the outage's letters for as long as that runs; the ladder's clock is still its
    own, for another one may have fallen hours later.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="falls")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=30, blank=True)
    outage = models.ForeignKey(Outage, on_delete=models.SET_NULL, null=True, blank=True, related_name="members")
    stage = models.PositiveSmallIntegerField(choices=Stage, default=Stage.OWNER)
    escalate_at = models.DateTimeField(null=True, blank=True, db_index=True)

    objects = FallQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="health_fall_one_running", fields=["device"], condition=Q(until__isnull=True)
            ),
            models.CheckConstraint(name="health_fall_stage_known", condition=Q(stage__in=Stage.values)),
            models.CheckConstraint(
                name="health_fall_ends_after_it_began", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.since}"
