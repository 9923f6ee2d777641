"""What a day came to for the cameras of a kelurahan together."""

from django.db import models

from registry.models import Area


class AreaDay(models.Model):
    """A local day that is over: seconds of all the cameras of a kelurahan that numbers may count
    (`health.known.counted_in`) in each state, added up when the day was packed.

    So a page of a city reads some dozens of rows a day, not one for each camera. It is a number of people's cameras
    together and names none; what happens to a camera later does not change it.
    """

    # The constraint's index begins with the area and serves in place of the key's own.
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="health_days", db_index=False)
    day = models.DateField(db_index=True)
    normal = models.PositiveBigIntegerField(default=0)
    degraded = models.PositiveBigIntegerField(default=0)
    down = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="health_areaday_once", fields=["area", "day"])]

    def __str__(self) -> str:
        return f"{self.area_id} {self.day}"
