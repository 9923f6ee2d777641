"""Cases."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization


class CaseKind(models.TextChoices):
    CALL_110 = "call_110", _("Panggilan 110")
    POLICE_REPORT = "police_report", _("Laporan polisi")
    ORDER = "order", _("Surat perintah")


class CaseQuerySet(models.QuerySet["Case"]):
    """Questions about cases."""

    def open_at(self, now: datetime) -> "CaseQuerySet":
        return self.filter(closed_at__isnull=True, opened_at__lte=now, until__gt=now)

    def number_overdue(self, now: datetime) -> "CaseQuerySet":
        """Cases whose number was to follow and did not, closed ones included."""
        return self.filter(number="", opened_at__lte=now - settings.CASE_NUMBER_FOLLOWS)


class Case(models.Model):
    """Something that happened at a place: it opens cameras whose owners allow looks *in an incident*, around it.

    `number` may be empty (to follow) for 24 hours; then the supervisor is told, at `number_missed_at`. `radius_m`
    is metres. `until` is moved by a second person only.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="cases")
    kind = models.CharField(max_length=13, choices=CaseKind)
    number = models.CharField(_("Nomor"), max_length=80, blank=True)
    place = models.CharField(_("Tempat kejadian"), max_length=160)
    lat = models.FloatField()
    lng = models.FloatField()
    radius_m = models.PositiveIntegerField(default=300)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    number_missed_at = models.DateTimeField(null=True, blank=True)
    extended_at = models.DateTimeField(null=True, blank=True)
    extended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(name="access_case_kind_known", condition=Q(kind__in=CaseKind.values)),
            models.CheckConstraint(name="access_case_radius_near", condition=Q(radius_m__range=(50, 2000))),
            models.CheckConstraint(name="access_case_ends_after_it_began", condition=Q(until__gt=F("opened_at"))),
            models.CheckConstraint(
                name="access_case_extended_by_another",
                condition=Q(extended_by__isnull=True) | ~Q(extended_by=F("opened_by")),
            ),
            *[
                models.CheckConstraint(
                    name=f"access_case_{fact}_by_somebody",
                    condition=Q(**{f"{fact}_at__isnull": True, f"{fact}_by__isnull": True})
                    | Q(**{f"{fact}_at__isnull": False, f"{fact}_by__isnull": False}),
                )
                for fact in ("closed", "extended")
            ],
        ]

    def __str__(self) -> str:
        number = self.number or _("(nomor menyusul)")
        return f"{self.get_kind_display()} {number}"

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.opened_at <= now < self.until
