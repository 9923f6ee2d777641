"""Consents: the ceiling of every access."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from registry.models.endings import Ending
from registry.models.partners import Partner, Site
from registry.models.people import READING, PartnerPerson, PersonRole
from registry.rights import IN_HOURS, NEEDS_DEVICE, Purpose, Right, told_to_others
from registry.wording import clock


class TextVersion(models.Model):
    """The words of the consent texts as an administrator published them, whole and in both languages.

    Version 1 is the shipped wording (`registry.wording`) and no row. A version is never changed: what owners signed
    under it stays what they read. `sha256` is over the canonical JSON of `words`; `organization` is the body in
    whose name it was published.
    """

    number = models.PositiveIntegerField(unique=True)
    words = models.JSONField()
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=200)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(name="registry_textversion_after_the_shipped", condition=Q(number__gte=2)),
        ]

    def __str__(self) -> str:
        return str(_("Versi %(number)d") % {"number": self.number})


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
    """What the owner takes away after consenting; anyone who holds its code can check it.

    `shape` is the shape of the record that `sha256` was taken over, so that an old receipt goes on verifying.
    """

    code = models.CharField(max_length=20, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="receipts")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="receipts")
    sha256 = models.CharField(max_length=64)
    shape = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class EndedHow(models.TextChoices):
    """Why a consent stopped counting before or beside its own end."""

    WITHDRAWN = "withdrawn", _("Ditarik")
    RENEWED = "renewed", _("Diperbarui")
    UNLISTED = "unlisted", _("Berakhir bersama “Terdata”")
    OWNER_CHANGED = "owner_changed", _("Pemilik berganti")


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Questions about consents."""

    def owned_by(self, user: object, roles: frozenset[PersonRole] = READING) -> "ConsentQuerySet":
        """Consents at the sites at which this person acts for the owner in one of these roles."""
        return self.filter(site__in=PartnerPerson.objects.of(user).in_roles(roles).site_ids())

    def in_force(self, now: datetime) -> "ConsentQuerySet":
        """Given, not withdrawn and not lapsed at `now` (hours and cases are judged in access)."""
        return self.filter(withdrawn_at__isnull=True, valid_from__lte=now, valid_until__gt=now)

    def connecting(self, now: datetime) -> "ConsentQuerySet":
        """On which a device may be asked anything: given for a right that needs one, not withdrawn, not run out.

        When it was given is not asked: a clock that went back finds every consent ahead of it, and no withdrawal.
        """
        return self.filter(withdrawn_at__isnull=True, valid_until__gt=now, right__in=NEEDS_DEVICE)

    def withdrawn(self) -> "ConsentQuerySet":
        """Ended by somebody's hand: what was renewed, or ended by the clock, is not among them."""
        by_hand = Q(ended_how__in=["", EndedHow.WITHDRAWN, EndedHow.OWNER_CHANGED])
        return self.filter(by_hand, withdrawn_at__isnull=False, lapsed_at__isnull=True)

    def run_out(self, now: datetime) -> "ConsentQuerySet":
        """Ended by the clock, and nobody has noted it yet."""
        return self.filter(withdrawn_at__isnull=True, lapsed_at__isnull=True, valid_until__lte=now)


class Consent(models.Model):
    """An owner's yes to one right, for one purpose, to one recipient, at one site.

    `hours_from` and `hours_until` are minutes of the local day (0–1440); a span that ends before it begins runs
    over midnight. Withdrawing sets `withdrawn_at` and acts at once; `ended_how` says what else may have closed the
    row then (empty: withdrawn). `valid_until` ends it by the clock; `lapsed_at` is when that was noted and told.
    `asked_days`: the owner was asked to renew it that many days before its end. `told_of_version`: the newest
    version of the texts of which he was told. `ending` is what was owed after it ended. `countersigned_by` is the
    second person, where the owner asks for two (`SecondSignature`); then `signed_at` is when the first proposed it.
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
    countersigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    countersigned_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_how = models.CharField(max_length=13, choices=EndedHow, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True)
    asked_days = models.PositiveSmallIntegerField(null=True, blank=True)
    told_of_version = models.CharField(max_length=20, blank=True)
    ending = models.ForeignKey(Ending, on_delete=models.PROTECT, null=True, blank=True, related_name="consents")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["right", "recipient_id"]
        indexes = [
            models.Index(fields=["recipient", "right", "purpose", "site"], name="registry_consent_recipient"),
            # For the ticks that ask for renewal and note what has run out.
            models.Index(
                fields=["valid_until"],
                name="registry_consent_open_until",
                condition=Q(withdrawn_at__isnull=True, lapsed_at__isnull=True),
            ),
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
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                | Q(withdrawn_at__isnull=False, ended_how=EndedHow.UNLISTED),  # By the clock, so by nobody.
            ),
            models.CheckConstraint(
                name="registry_consent_ended_how_known",
                condition=Q(ended_how="") | Q(ended_how__in=EndedHow.values, withdrawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="registry_consent_lapsed_after_its_end",
                condition=Q(lapsed_at__isnull=True) | Q(lapsed_at__gte=F("valid_until")),
            ),
            models.CheckConstraint(
                name="registry_consent_countersigned_by_another",
                condition=Q(countersigned_at__isnull=True, countersigned_by__isnull=True)
                | (
                    Q(countersigned_at__isnull=False, countersigned_by__isnull=False)
                    & ~Q(countersigned_by=F("signed_by"))
                ),
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
    def told_to_others(self) -> str:
        """Its right in words for whoever is not the owner."""
        return told_to_others(self.right)

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
