"""Requests for access to a place that somebody may not see."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from access.models.cases import Case
from access.models.grants import Grant
from accounts.models import Duty, Organization
from registry.models import Area
from registry.rights import AccessRight, Purpose


class RequestOutcome(models.TextChoices):
    GRANTED = "granted", _("Diberi")
    DECLINED = "declined", _("Tidak diberi")


class AccessRequest(models.Model):
    """A viewer asks for access to an area for his organization, without learning what stands there.

    `owner` names whose places there he means, in his own words, whether or not there is such an owner.
    It waits in the queue of those who grant there; `grant` is what came of it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="access_requests")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    owner = models.CharField(max_length=120, blank=True)
    right = models.CharField(max_length=18, choices=AccessRight)
    purpose = models.CharField(max_length=13, choices=Purpose)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    words = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(max_length=8, choices=RequestOutcome, blank=True)
    answer = models.CharField(max_length=300, blank=True)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, null=True, blank=True, related_name="requests")

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                name="access_accessrequest_right_known", condition=Q(right__in=AccessRight.values)
            ),
            models.CheckConstraint(
                name="access_accessrequest_purpose_known", condition=Q(purpose__in=Purpose.values)
            ),
            models.CheckConstraint(
                name="access_accessrequest_outcome_known", condition=Q(outcome__in=["", *RequestOutcome.values])
            ),
            models.CheckConstraint(
                name="access_accessrequest_answered_whole",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, outcome="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(outcome="")),
            ),
            models.UniqueConstraint(
                name="access_accessrequest_once_open",
                fields=["organization", "area", "owner", "right", "purpose"],
                condition=Q(answered_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.get_right_display()}, {self.place_words}"

    @property
    def place_words(self) -> str:
        """The area, and whose places there, in words for a person."""
        return f"{self.area}, {self.owner}" if self.owner else str(self.area)
