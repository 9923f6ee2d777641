"""What a camera looked at when it was verified, and what its last picture showed."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from registry.models import Camera, Consent
from registry.models.cameras import CameraQuerySet
from registry.rights import Right


class DaySource(models.TextChoices):
    """Where the day's reference is from."""

    VISIT = "visit", _("gambar saat kunjungan petugas")
    MATCHED = "matched", _("gambar pertama yang cocok dengan gambar kunjungan")
    FIRST = "first", _("gambar pertama setelah persetujuan")


class CameraViewQuerySet(models.QuerySet["CameraView"]):
    """Questions about views."""

    def founded(self, now: datetime) -> "CameraViewQuerySet":
        """Those that may be kept: of a camera whose verification holds, with the consent they rest on in force."""
        return self.filter(
            camera__withdrawn_at__isnull=True, camera__verified_until__gt=now, camera__site__in=agreed_sites(now)
        )

    def at_fault(self) -> "CameraViewQuerySet":
        """Those in which two pictures in a row, far enough apart, were found to be wrong."""
        return self.filter(confirmed_at__isnull=False)


class CameraView(models.Model):
    """The pictures by which a camera's view is known, and its last one: 96 by 54 points in grey, sealed, and no
    others are kept. They rest on the consent `health_snapshot` and are shown to nobody.

    `found` is what the last picture showed to be wrong, since when without a good one between, by which measure and
    threshold (`health.pictures`); it is a state of the camera only once it is confirmed.
    """

    camera = models.OneToOneField(Camera, on_delete=models.CASCADE, related_name="view")
    sealed_day = models.TextField(blank=True, editable=False)
    day_source = models.CharField(max_length=7, choices=DaySource, blank=True)
    day_taken_at = models.DateTimeField(null=True, blank=True)
    sealed_night = models.TextField(blank=True, editable=False)
    night_taken_at = models.DateTimeField(null=True, blank=True)
    sealed_last = models.TextField(blank=True, editable=False)
    last_taken_at = models.DateTimeField(null=True, blank=True)
    found = models.CharField(max_length=30, blank=True)
    found_since = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    measured = models.CharField(max_length=20, blank=True)
    measure = models.FloatField(null=True, blank=True)
    threshold = models.FloatField(null=True, blank=True)

    objects = CameraViewQuerySet.as_manager()

    class Meta:
        constraints = [
            *[
                models.CheckConstraint(
                    name=f"health_cameraview_{name}_dated",
                    condition=Q(**{f"sealed_{name}": "", f"{name}_taken_at__isnull": True})
                    | (~Q(**{f"sealed_{name}": ""}) & Q(**{f"{name}_taken_at__isnull": False})),
                )
                for name in ("day", "night", "last")
            ],
            models.CheckConstraint(
                name="health_cameraview_day_source_known",
                condition=Q(sealed_day="", day_source="")
                | (~Q(sealed_day="") & Q(day_source__in=DaySource.values)),
            ),
            models.CheckConstraint(
                name="health_cameraview_finding_whole",
                condition=Q(found="", found_since__isnull=True, measure__isnull=True, threshold__isnull=True)
                | (~Q(found="") & Q(found_since__isnull=False, measure__isnull=False, threshold__isnull=False)),
            ),
            models.CheckConstraint(
                name="health_cameraview_confirmed_later",
                condition=Q(confirmed_at__isnull=True)
                | Q(found_since__isnull=False, confirmed_at__gt=F("found_since")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.found}"

    @property
    def cause(self) -> str:
        """What is wrong with the picture, once it is confirmed; empty else."""
        return self.found if self.confirmed_at is not None else ""


def agreed_sites(now: datetime) -> QuerySet[Consent, Any]:
    """The sites with the consent `health_snapshot` in force, whoever its recipient is."""
    return Consent.objects.in_force(now).filter(right=Right.HEALTH_SNAPSHOT).order_by().values("site")


def checkable(now: datetime) -> CameraQuerySet:
    """The cameras whose pictures may be checked: verified on site, tied to the device that still answers there, not
    paused, and with the consent in force."""
    running = Q(paused_until__isnull=True) | Q(paused_until__lte=now)
    return Camera.objects.verified(now).filter(
        running, device__isnull=False, connected_at__isnull=False, site__in=agreed_sites(now)
    )
