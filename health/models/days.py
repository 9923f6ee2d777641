"""What a day came to for one camera."""

from django.db import models
from django.db.models import F, Q

from registry.models import Camera


class CameraDay(models.Model):
    """A local day that is over, packed: how many seconds a camera was in each state; the rest of it is unknown.

    Written from the intervals, which may be deleted afterwards. `runs` keeps when the state changed within the day
    (`health.runs.pack`), empty for a day of one state. `cause` is that of the worst state, the one that lasted
    longest. A day of which nothing is known has no row.
    """

    # The constraint's index begins with the camera: one of its own would only cost room, a row a day for years. On
    # PostgreSQL it holds the seconds too, so that a month is summed up without a look at the table (0006_storing).
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="health_days", db_index=False)
    day = models.DateField()
    normal = models.PositiveIntegerField(default=0)
    degraded = models.PositiveIntegerField(default=0)
    down = models.PositiveIntegerField(default=0)
    cause = models.CharField(max_length=30, blank=True)
    runs = models.BinaryField(default=bytes)

    class Meta:
        # The newest day is asked for each time that news come late, the oldest are deleted, one is added up.
        indexes = [models.Index(name="health_cameraday_day", fields=["day"])]
        constraints = [
            models.UniqueConstraint(name="health_cameraday_once", fields=["camera", "day"]),
            models.CheckConstraint(
                name="health_cameraday_something_known",
                condition=Q(normal__gt=0) | Q(degraded__gt=0) | Q(down__gt=0),
            ),
            models.CheckConstraint(
                name="health_cameraday_not_longer_than_a_day",
                condition=Q(normal__lte=86_400 - F("degraded") - F("down")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.day}"
