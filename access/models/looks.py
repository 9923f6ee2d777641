"""The closed list of reasons, and looks."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import get_language, gettext

from access.models.cases import Case
from accounts.models import Duty, Organization
from registry.models import Camera
from registry.rights import AccessRight


class Reason(models.Model):
    """One entry of the closed list of reasons for looking.

    It is never deleted: looks refer to it. Those that begin the list have their English in the catalogue, the
    others in `words_en`.
    """

    code = models.SlugField(max_length=30, unique=True)
    words = models.CharField(max_length=120)
    words_en = models.CharField(max_length=120, blank=True)
    needs_case = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(Lower("words"), condition=Q(active=True), name="access_reason_words_once"),
        ]

    def __str__(self) -> str:
        """In the reader's language, as far as somebody has written it."""
        if self.words_en and (get_language() or "").startswith("en"):
            return self.words_en
        return gettext(self.words)


class LookQuerySet(models.QuerySet["Look"]):
    """Questions about looks."""

    def running(self, now: datetime) -> "LookQuerySet":
        return self.filter(ended_at__isnull=True, until__gt=now)

    def of_owner(self, user: object) -> "LookQuerySet":
        """Looks through the cameras at the sites at which this person acts for the owner."""
        return self.filter(camera__in=Camera.objects.owned_by(user).order_by().values("pk"))


class Look(models.Model):
    """Somebody looked: written and committed before the first byte of a picture.

    The owner reads it in his Buku Tamu Kamera: time, body, duty, reason, duration; not the officer's name. An
    `emergency` look rests on no grant; its owner and the supervisor are told at once. `for_case`: without its case
    it would have been refused; only then is what is saved of it kept as evidence of that case. `case_distance_m` is
    the way from the case to the camera as the look began: a place may be corrected, or erased, later. It goes with
    an erasure, for from several of them a place could be found again.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="looks")
    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="looks")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="looks")
    right = models.CharField(max_length=18, choices=AccessRight)
    reason = models.ForeignKey(Reason, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="looks")
    session_key_hash = models.CharField(max_length=64)
    started_at = models.DateTimeField(db_index=True)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_how = models.CharField(max_length=20, blank=True)
    stills_shown = models.PositiveIntegerField(default=0)
    stills_saved = models.PositiveIntegerField(default=0)
    emergency = models.BooleanField(default=False)
    for_case = models.BooleanField(default=False)
    case_distance_m = models.PositiveIntegerField(null=True, blank=True)

    objects = LookQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["camera", "-started_at"], name="access_look_camera_recent")]
        constraints = [
            models.CheckConstraint(name="access_look_right_known", condition=Q(right__in=AccessRight.values)),
            models.CheckConstraint(
                name="access_look_emergency_has_a_case",
                condition=Q(emergency=False) | Q(case__isnull=False),
            ),
            models.CheckConstraint(
                name="access_look_for_a_case_has_one",
                condition=Q(for_case=False) | Q(case__isnull=False),
            ),
            models.CheckConstraint(
                name="access_look_distance_from_its_case",
                condition=Q(case_distance_m__isnull=True) | Q(case__isnull=False),
            ),
            models.CheckConstraint(
                name="access_look_ended_somehow",
                condition=Q(ended_at__isnull=True, ended_how="") | (Q(ended_at__isnull=False) & ~Q(ended_how="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} → {self.camera}"

    def is_running(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.until
