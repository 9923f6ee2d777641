"""Consents: the ceiling of every access."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from registry.models.partners import Partner, Site
from registry.rights import IN_HOURS, Purpose, Right
from registry.texts import clock


class ConsentText(models.Model):
    """A consent text as it was shown, kept for proof (UU 27/2022 art. 24)."""

    version = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="registry_consenttext_once", fields=["version", "language", "sha256"]),
        ]

    def __str__(self) -> str:
        return f"{self.version} ({self.language})"


class Receipt(models.Model):
    """What the owner takes away after consenting; anyone who holds its code can check it."""

    code = models.CharField(max_length=20, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="receipts")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="receipts")
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Questions about consents."""

    def owned_by(self, user: object) -> "ConsentQuerySet":
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(site__partner__people=user).distinct()

    def in_force(self, now: datetime) -> "ConsentQuerySet":
        """Given, not withdrawn and not lapsed at `now` (hours and cases are judged in access)."""
        return self.filter(withdrawn_at__isnull=True, valid_from__lte=now, valid_until__gt=now)


class Consent(models.Model):
    """An owner's yes to one right, for one purpose, to one recipient, at one site.

    `hours_from` and `hours_until` are minutes of the local day (0–1440); a span that ends before it begins runs
    over midnight. Withdrawing sets `withdrawn_at` and acts at once.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="consents")
    right = models.CharField(max_length=20, choices=Right)
    purpose = models.CharField(max_length=13, choices=Purpose)
    recipient = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="consents")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    hours_from = models.PositiveSmallIntegerField(null=True, blank=True)
    hours_until = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT)
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="consents")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    signed_how = models.CharField(max_length=20, default="web_form")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["right", "recipient_id"]
        indexes = [
            models.Index(fields=["recipient", "right", "purpose", "site"], name="registry_consent_recipient"),
        ]
        constraints = [
            models.CheckConstraint(name="registry_consent_right_known", condition=Q(right__in=Right.values)),
            models.CheckConstraint(name="registry_consent_purpose_known", condition=Q(purpose__in=Purpose.values)),
            models.CheckConstraint(
                name="registry_consent_ends_after_it_began", condition=Q(valid_until__gt=F("valid_from"))
            ),
            models.CheckConstraint(
                name="registry_consent_hours_where_due",
                condition=Q(right__in=sorted(IN_HOURS), hours_from__range=(0, 1440), hours_until__range=(0, 1440))
                | (~Q(right__in=sorted(IN_HOURS)) & Q(hours_from__isnull=True, hours_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="registry_consent_withdrawn_by_somebody",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="registry_consent_one_in_force",
                fields=["site", "right", "purpose", "recipient"],
                condition=Q(withdrawn_at__isnull=True),
                violation_error_message=_("Persetujuan yang sama sudah berlaku."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_right_display()} → {self.recipient}"

    @property
    def hours_in_words(self) -> str:
        """Its hours, such as "22.00–05.00 WIB"; empty for a consent without hours."""
        if self.hours_from is None or self.hours_until is None:
            return ""
        return f"{clock(self.hours_from)}–{clock(self.hours_until)} WIB"

    def holds_at_minute(self, minute: int) -> bool:
        """Whether its hours hold at this minute of the local day."""
        return hold_at_minute(self.hours_from, self.hours_until, minute)


def hold_at_minute(hours_from: int | None, hours_until: int | None, minute: int) -> bool:
    """Whether these hours (minutes of the local day) hold at this minute of it; none of them always do."""
    if hours_from is None or hours_until is None:
        return True
    if hours_from <= hours_until:
        return hours_from <= minute < hours_until
    return minute >= hours_from or minute < hours_until
