"""Outages: most devices of one place fell together, so it is told of once."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class OutageKind(models.TextChoices):
    SITE = "site", _("tempat")
    NETWORK = "network", _("jaringan")
    AREA = "area", _("kelurahan")


class OutageQuerySet(models.QuerySet["Outage"]):
    """Questions about outages."""

    def running(self) -> "OutageQuerySet":
        return self.filter(until__isnull=True)


class Outage(models.Model):
    """Most devices of one site, network or kelurahan fell within a short time. Its members are falls (`members`).

    `key` names the place: the public id of a site, the code of a kelurahan, or for a network what
    `health.places.network_of` says. Of one place one outage runs at a time. `cause` is that of most members.
    A vital site is no part of any outage but its own.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=7, choices=OutageKind)
    key = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=30, blank=True)

    objects = OutageQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "pk"]
        constraints = [
            models.CheckConstraint(name="health_outage_kind_known", condition=Q(kind__in=OutageKind.values)),
            models.UniqueConstraint(
                name="health_outage_one_running", fields=["kind", "key"], condition=Q(until__isnull=True)
            ),
            models.CheckConstraint(
                name="health_outage_ends_after_it_began", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.since}"
