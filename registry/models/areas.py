"""Administrative areas with their Kemendagri codes."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.areas import within


class AreaLevel(models.TextChoices):
    CITY = "city", _("Kota")
    KECAMATAN = "kecamatan", _("Kecamatan")
    KELURAHAN = "kelurahan", _("Kelurahan")


class AreaQuerySet(models.QuerySet["Area"]):
    """Questions about areas."""

    def kelurahan(self) -> "AreaQuerySet":
        return self.filter(level=AreaLevel.KELURAHAN)

    def below(self, code: str) -> "AreaQuerySet":
        """The area with this code and every area inside it."""
        return self.filter(within(code, "code"))


class Area(models.Model):
    """A city, kecamatan or kelurahan.

    `outline` is a GeoJSON MultiPolygon coordinate array in WGS 84 (longitude, latitude); `schematic` says that
    it was drawn for the demo and is no boundary.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=13, unique=True)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=AreaLevel)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts")
    lat = models.FloatField(null=True, blank=True)
    lng = models.FloatField(null=True, blank=True)
    outline = models.JSONField(null=True, blank=True)
    schematic = models.BooleanField(default=False)

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="registry_area_level_known", condition=Q(level__in=AreaLevel.values)),
        ]
        permissions = [
            ("see_position_area", "May see the position of cameras in an area"),
            ("see_health_area", "May see the health of cameras in an area"),
            ("request_recording_area", "May request recordings of cameras in an area"),
            ("view_still_area", "May view stills of cameras in an area"),
            ("view_live_area", "May view live video of cameras in an area"),
        ]

    def __str__(self) -> str:
        return self.name
