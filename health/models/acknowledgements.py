"""What owners said of a fall: we know, it is back on this day."""

from datetime import date

from django.conf import settings
from django.db import models

from health.models.falls import Fall


class AcknowledgementQuerySet(models.QuerySet["Acknowledgement"]):
    """Questions about acknowledgements."""

    def in_force(self, today: date) -> "AcknowledgementQuerySet":
        """Those that hold the letters to the police back: the device is still down and the day has not passed."""
        return self.filter(fall__until__isnull=True, back_on__gte=today, replaced_at__isnull=True)


class Acknowledgement(models.Model):
    """Somebody of the owner's people knows of a fall and names the day on which the device is back.

    A later day replaces it; the row stays.
    """

    fall = models.ForeignKey(Fall, on_delete=models.CASCADE, related_name="acknowledgements")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    back_on = models.DateField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="health_acknowledgement_one_of_a_fall",
                fields=["fall"],
                condition=models.Q(replaced_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fall_id} {self.back_on}"
