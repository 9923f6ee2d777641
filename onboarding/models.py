"""Drafts of enrolments, probes of devices, and visits on site."""

import secrets
import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Duty
from registry.models import Camera, Device, Receipt, Site


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    """Questions about enrolments."""

    def of(self, user: object) -> "EnrolmentQuerySet":
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(user=user)

    def drafts(self) -> "EnrolmentQuerySet":
        return self.filter(submitted_at__isnull=True, dropped_at__isnull=True)


class Enrolment(models.Model):
    """An owner's answers, saved after each page; submitting turns them into facts of record once.

    `answers` holds what each step's form cleaned. A device's user and password are never in it: they are sealed for
    `device_id`, which becomes the device's public id.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrolments")
    answers = models.JSONField(default=dict)
    device_id = models.UUIDField(default=uuid.uuid4, editable=False)
    sealed_user = models.TextField(blank=True, editable=False)
    sealed_password = models.TextField(blank=True, editable=False)
    number = models.CharField(max_length=20, null=True, blank=True, unique=True)
    site = models.OneToOneField(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="enrolment")
    receipt = models.OneToOneField(Receipt, on_delete=models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        constraints = [
            models.CheckConstraint(
                name="onboarding_enrolment_submitted_whole",
                condition=Q(submitted_at__isnull=True, number__isnull=True, site__isnull=True)
                | Q(submitted_at__isnull=False, number__isnull=False, site__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(_("Draf pendataan"))


class ProbeKind(models.TextChoices):
    CONNECT = "connect", _("Menyambungkan")
    POSSESSION = "possession", _("Bukti penguasaan")


class ProbeState(models.TextChoices):
    QUEUED = "queued", _("Menunggu")
    RUNNING = "running", _("Berjalan")
    DONE = "done", _("Selesai")
    FAILED = "failed", _("Gagal")


class ProbeQuerySet(models.QuerySet["Probe"]):
    """Questions about probes."""

    def owed(self, now: datetime) -> "ProbeQuerySet":
        """Probes that nobody holds: never started, or whose worker died."""
        return self.filter(state__in=[ProbeState.QUEUED, ProbeState.RUNNING], lease_until__lt=now)


class Probe(models.Model):
    """One visit over the network to a device, and each step of it as it happened.

    The row is the record of work owed; the queue only carries its id. `picture` is a JPEG shown to the owner alone
    (or, for proof of possession, to the officer on site) and is emptied by the next probe. `proves` is what a
    proof of possession is a proof of: the device, its address and the channel as they stood when it was asked for.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=ProbeKind)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="probes")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="probes")
    visit = models.ForeignKey(
        "Verification", on_delete=models.PROTECT, null=True, blank=True, related_name="pictures"
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=260)
    state = models.CharField(max_length=7, choices=ProbeState, default=ProbeState.QUEUED)
    steps = models.JSONField(default=list)
    code = models.CharField(max_length=30, blank=True)
    message = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    report = models.JSONField(null=True, blank=True)
    proves = models.JSONField(null=True, blank=True)
    picture = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField()
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ProbeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "lease_until"], name="onboarding_probe_owed")]
        constraints = [
            models.CheckConstraint(name="onboarding_probe_kind_known", condition=Q(kind__in=ProbeKind.values)),
            models.CheckConstraint(name="onboarding_probe_state_known", condition=Q(state__in=ProbeState.values)),
            models.CheckConstraint(
                name="onboarding_probe_possession_of_camera",
                condition=~Q(kind=ProbeKind.POSSESSION) | Q(camera__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}"

    @property
    def is_over(self) -> bool:
        return self.state in {ProbeState.DONE, ProbeState.FAILED}


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
