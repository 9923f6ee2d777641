"""The disturbances of cameras that answer: black, covered, turned, a clock that is off, and the like."""

from django.db import models
from django.db.models import F, Q

from registry.models import Camera


class DisturbanceQuerySet(models.QuerySet["Disturbance"]):
    """Questions about disturbances."""

    def running(self) -> "DisturbanceQuerySet":
        return self.filter(until__isnull=True)


class Disturbance(models.Model):
    """Something is wrong with a camera although it answers: its owner's people hear of it and of its end, once.

    It runs until the camera is normal, or disturbed by something less bad: of several findings the worst is the
    state of a camera (`causes.DISTURBANCES`), so one that is covered by a worse one, or by a fall, goes on.
    """

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="disturbances")
    cause = models.CharField(max_length=30)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    objects = DisturbanceQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="health_disturbance_one_running", fields=["camera", "cause"], condition=Q(until__isnull=True)
            ),
            models.CheckConstraint(
                name="health_disturbance_ends_after_it_began",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.cause} {self.since}"
