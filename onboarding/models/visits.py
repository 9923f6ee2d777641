"""Visits of the Bhabinkamtibmas on site."""

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Duty
from onboarding.models.probes import Probe
from registry.models import Camera


class Outcome(models.TextChoices):
    PASS = "pass", _("Sesuai")
    FIX = "fix", _("Perlu perbaikan")
    REJECT = "reject", _("Tolak")


class PositionSource(models.TextChoices):
    """How the officer's position was given."""

    GPS = "gps", _("dari GPS")
    TAP = "tap", _("ditunjuk di peta")
    TYPED = "typed", _("diketik")


def possession_code() -> str:
    """Four digits that somebody holds before the lens."""
    return f"{secrets.randbelow(10_000):04d}"


class Verification(models.Model):
    """A visit of the Bhabinkamtibmas to one camera on its site, and what he decided there.

    Identity is *seen*, never copied. `distance_m` is metres between the pin and the officer's own position.
    `possession_code` must be seen in a fresh picture of this camera before a connected camera can pass. `duty` is
    the one that the officer used; it is what the owner reads instead of a name. `revisit_asked_at`: the owner says
    that what this visit refused is mended.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="verifications")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=6, choices=Outcome, blank=True)
    identity_seen = models.BooleanField(default=False)
    lat = models.FloatField(null=True, blank=True)
    lng = models.FloatField(null=True, blank=True)
    accuracy_m = models.FloatField(null=True, blank=True)
    position_source = models.CharField(max_length=5, choices=PositionSource, blank=True)
    distance_m = models.FloatField(null=True, blank=True)
    direction_matches = models.BooleanField(default=False)
    street_facing = models.BooleanField(default=False)
    private_areas_handled = models.BooleanField(default=False)
    sticker_on_wall = models.BooleanField(default=False)
    possession_code = models.CharField(max_length=4, default=possession_code)
    possession_probe = models.ForeignKey(Probe, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    possession_seen_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)
    revisit_asked_at = models.DateTimeField(null=True, blank=True)
    revisit_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                name="onboarding_verification_outcome_known", condition=Q(outcome__in=[*Outcome.values, ""])
            ),
            models.CheckConstraint(
                name="onboarding_verification_decided_whole",
                condition=Q(decided_at__isnull=True, outcome="") | (Q(decided_at__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="onboarding_verification_reason_given",
                condition=Q(outcome__in=["", Outcome.PASS]) | ~Q(note=""),
                violation_error_message=_("Tulis alasannya."),
            ),
            models.CheckConstraint(
                name="onboarding_verification_position_source_known",
                condition=Q(position_source__in=[*PositionSource.values, ""]),
            ),
            models.CheckConstraint(
                name="onboarding_verification_revisit_whole",
                condition=Q(revisit_asked_at__isnull=True, revisit_asked_by__isnull=True)
                | Q(revisit_asked_at__isnull=False, revisit_asked_by__isnull=False, decided_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="onboarding_verification_one_open",
                fields=["camera"],
                condition=Q(decided_at__isnull=True),
                violation_error_message=_("Kunjungan ke kamera ini sudah dimulai."),
            ),
        ]

    def __str__(self) -> str:
        outcome = self.get_outcome_display() or _("berjalan")
        return f"{self.camera}: {outcome}"
