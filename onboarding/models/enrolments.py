"""Drafts of enrolments."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import Receipt, Site


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
