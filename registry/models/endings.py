"""What is owed after consents ended: erasing and telling, within the time the law gives."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models.partners import Site

TOLD_FOR = timedelta(days=30)


class EndingCause(models.TextChoices):
    WITHDRAWN = "withdrawn", _("Persetujuan ditarik")
    LAPSED = "lapsed", _("Persetujuan berakhir tanpa diperbarui")
    OWNER_CHANGED = "owner_changed", _("Tempat ini bukan milik Anda lagi")


class EndingQuerySet(models.QuerySet["Ending"]):
    """Questions about what is owed."""

    def open(self) -> "EndingQuerySet":
        return self.filter(finished_at__isnull=True)

    def due(self, now: datetime) -> "EndingQuerySet":
        """Owed, and held by nobody."""
        return self.open().filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))

    def told_to_owner(self, now: datetime) -> "EndingQuerySet":
        """Those that his page shows: what is still owed, and for a month what was done."""
        return self.filter(Q(finished_at__isnull=True) | Q(finished_at__gt=now - TOLD_FOR))

    def overdue(self, now: datetime) -> "EndingQuerySet":
        """Still owed after the time that the law gives."""
        return self.open().filter(due_at__lte=now)


class Ending(models.Model):
    """Consents ended at a site, and what follows from it is owed until `due_at` (3×24 hours, UU 27/2022 art. 40).

    That nobody looks any more needs no row: it acted at once. This row is the record of what is erased and who is
    told after it; the queue is not. `began_by` is nobody where the clock ended them. A worker holds it by a lease.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="endings")
    cause = models.CharField(max_length=13, choices=EndingCause)
    began_at = models.DateTimeField()
    began_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField()
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = EndingQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], name="registry_ending_open", condition=Q(finished_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(name="registry_ending_cause_known", condition=Q(cause__in=EndingCause.values)),
            models.CheckConstraint(
                name="registry_ending_began_by_somebody",
                condition=Q(cause=EndingCause.LAPSED, began_by__isnull=True)
                | Q(~Q(cause=EndingCause.LAPSED), began_by__isnull=False),
            ),
            models.CheckConstraint(name="registry_ending_due_ahead", condition=Q(due_at__gt=F("began_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()}: {self.site}"


class EndingStep(models.Model):
    """One thing that was owed and is done: `code` names it (`registry.endings`)."""

    ending = models.ForeignKey(Ending, on_delete=models.PROTECT, related_name="steps")
    code = models.CharField(max_length=20)
    done_at = models.DateTimeField()

    class Meta:
        ordering = ["done_at", "pk"]
        constraints = [models.UniqueConstraint(name="registry_endingstep_once", fields=["ending", "code"])]

    def __str__(self) -> str:
        return self.code
