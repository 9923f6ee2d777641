"""What was known of each camera, as intervals."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models import Camera


class State(models.TextChoices):
    NORMAL = "up", _("Normal")  # The English word is the code that pages, map and API share.
    DEGRADED = "degraded", _("Terganggu")
    DOWN = "down", _("Terputus")
    UNKNOWN = "unknown", _("Tidak diketahui")


class StatusIntervalQuerySet(models.QuerySet["StatusInterval"]):
    """Questions about intervals."""

    def open(self) -> "StatusIntervalQuerySet":
        return self.filter(until__isnull=True)


class StatusInterval(models.Model):
    """A camera was in one state for one cause, from one moment to another; one interval is open per camera.

    The open one stays one row for as long as the camera is watched (`services.intervals`), whatever its states: its
    key does not say when it began.
    """

    # The index below begins with the camera and serves in place of the key's own. The database does not check that
    # the camera is there: that locks the camera for each change, a tenth of what is written to the log, and cameras
    # are withdrawn, not deleted.
    camera = models.ForeignKey(
        Camera, on_delete=models.CASCADE, related_name="status_intervals", db_index=False, db_constraint=False
    )
    state = models.CharField(max_length=8, choices=State)
    cause = models.CharField(max_length=30, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    objects = StatusIntervalQuerySet.as_manager()

    class Meta:
        ordering = ["-since"]
        indexes = [models.Index(name="health_statusinterval_until", fields=["camera", "until"])]
        constraints = [
            models.CheckConstraint(name="health_statusinterval_state_known", condition=Q(state__in=State.values)),
            models.UniqueConstraint(
                name="health_statusinterval_one_open", fields=["camera"], condition=Q(until__isnull=True)
            ),
            models.CheckConstraint(
                name="health_statusinterval_ends_after_it_began",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.state}"

    def lasted(self, now: datetime) -> float:
        """Seconds from its beginning to its end, or to now."""
        return ((self.until or now) - self.since).total_seconds()
