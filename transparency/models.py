"""What was counted on a day. The public page reads these rows and never counts anew."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models import Area


class Stage(models.TextChoices):
    """The stages of a camera that are counted, each by a rule of its own (design, section 1)."""

    LISTED = "listed", _("Terdata")
    VERIFIED = "verified", _("Terverifikasi")
    AIMED = "aimed", _("Dioptimalkan")
    CONNECTED = "connected", _("Terhubung")
    NORMAL = "normal", _("Normal")


class AreaStageCount(models.Model):
    """How many cameras of one kecamatan stood in one stage on one day, and how many owners they belong to.

    Written once and never changed: two visitors of the same day, or one who comes twice, read the same. `owners`
    is not published; by it small counts are held back (`transparency.suppression`).
    """

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="stage_counts")
    stage = models.CharField(max_length=9, choices=Stage)
    counted_on = models.DateField()
    cameras = models.PositiveIntegerField()
    owners = models.PositiveIntegerField()

    class Meta:
        ordering = ["counted_on", "area", "stage"]
        constraints = [
            models.CheckConstraint(
                name="transparency_areastagecount_stage_known", condition=Q(stage__in=Stage.values)
            ),
            models.CheckConstraint(
                name="transparency_areastagecount_owners_have_cameras",
                condition=Q(cameras=0, owners=0) | Q(owners__gte=1, owners__lte=F("cameras")),
            ),
            models.UniqueConstraint(
                name="transparency_areastagecount_once_a_day", fields=["counted_on", "area", "stage"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.stage} {self.counted_on}"


class WithdrawalCount(models.Model):
    """At how many places of one kecamatan a consent was withdrawn in one month (`month` is its first day), and how
    many owners these have. Written once, after the month is over."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="withdrawal_counts")
    month = models.DateField()
    places = models.PositiveIntegerField()
    owners = models.PositiveIntegerField()

    class Meta:
        ordering = ["month", "area"]
        constraints = [
            models.CheckConstraint(
                name="transparency_withdrawalcount_month_by_its_first_day", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="transparency_withdrawalcount_owners_have_places",
                condition=Q(places=0, owners=0) | Q(owners__gte=1, owners__lte=F("places")),
            ),
            models.UniqueConstraint(name="transparency_withdrawalcount_once_a_month", fields=["month", "area"]),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.month:%Y-%m}"
