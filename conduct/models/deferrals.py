"""Looks of which their owner is told later."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from access.models import Look

#: Before that nobody knows whether the reason still stands.
RENEWAL_ASKED_WITHIN = timedelta(days=3)


class DeferralQuerySet(models.QuerySet["Deferral"]):
    """Questions about deferrals."""

    def waiting(self) -> "DeferralQuerySet":
        """Those that nobody has decided yet."""
        return self.filter(approved_at__isnull=True, declined_at__isnull=True)

    def approved(self) -> "DeferralQuerySet":
        return self.filter(approved_at__isnull=False)

    def in_force(self, now: datetime) -> "DeferralQuerySet":
        """Those that keep their look from its owner now."""
        return self.approved().filter(until__gt=now)

    def over(self, now: datetime) -> "DeferralQuerySet":
        """Those whose look has appeared."""
        return self.approved().filter(until__lte=now)


class Deferral(models.Model):
    """A look is kept from its owner until `until`: on a letter and a supervisor's approval, never for good.

    Asked for by somebody of the body that looked; until a supervisor approves, nothing is kept back. In its last
    days that body may ask once that it be renewed, on another letter (`renewal_letter_number`, which counts for
    nothing until `renewed_at`). Then the entry appears in Buku Tamu with these dates and letters (`told_at`: when
    the owner was told so).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    look = models.ForeignKey(Look, on_delete=models.PROTECT, related_name="deferrals")
    letter_number = models.CharField(_("nomor surat"), max_length=60)
    reason = models.CharField(_("alasan penundaan"), max_length=500)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True, db_index=True)
    declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    declined_at = models.DateTimeField(null=True, blank=True)
    renewal_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    renewal_asked_at = models.DateTimeField(null=True, blank=True)
    renewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    renewed_at = models.DateTimeField(null=True, blank=True)
    renewal_letter_number = models.CharField(_("nomor surat perpanjangan"), max_length=60, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    objects = DeferralQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="conduct_deferral_approved_by_somebody_until_a_day",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True, until__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False, until__gt=F("approved_at")),
            ),
            models.CheckConstraint(
                name="conduct_deferral_declined_by_somebody",
                condition=Q(declined_at__isnull=True, declined_by__isnull=True)
                | Q(declined_at__isnull=False, declined_by__isnull=False, approved_at__isnull=True),
            ),
            models.CheckConstraint(
                name="conduct_deferral_renewal_asked_for_on_a_letter",
                condition=Q(renewal_asked_at__isnull=True, renewal_asked_by__isnull=True, renewal_letter_number="")
                | (
                    Q(renewal_asked_at__isnull=False, renewal_asked_by__isnull=False, approved_at__isnull=False)
                    & ~Q(renewal_letter_number="")
                ),
            ),
            models.CheckConstraint(
                name="conduct_deferral_renewed_by_another_once_asked_for",
                condition=Q(renewed_at__isnull=True, renewed_by__isnull=True)
                | (
                    Q(renewed_at__isnull=False, renewed_by__isnull=False, renewal_asked_at__isnull=False)
                    & ~Q(renewed_by=F("renewal_asked_by"))
                ),
            ),
            models.CheckConstraint(name="conduct_deferral_has_a_letter", condition=~Q(letter_number="")),
            models.UniqueConstraint(
                name="conduct_deferral_one_each", fields=["look"], condition=Q(declined_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.look}, {self.letter_number}"

    @property
    def is_waiting(self) -> bool:
        return self.approved_at is None and self.declined_at is None

    @property
    def renewable_from(self) -> datetime | None:
        """When its last days begin; None where it was renewed already or is not approved."""
        return self.until - RENEWAL_ASKED_WITHIN if self.until and self.renewed_at is None else None

    def renewal_may_be_asked(self, now: datetime) -> bool:
        """Once, in its last days."""
        begins = self.renewable_from
        return begins is not None and self.until is not None and begins <= now < self.until and not self.asks_again

    def renewal_waits(self, now: datetime) -> bool:
        """Asked for and not given, while it runs."""
        return self.asks_again and self.renewed_at is None and self.until is not None and now < self.until

    @property
    def asks_again(self) -> bool:
        return self.renewal_asked_at is not None

    @property
    def letters(self) -> list[str]:
        """The numbers of the letters on which it was kept back."""
        return [self.letter_number, *([self.renewal_letter_number] if self.renewed_at else [])]
