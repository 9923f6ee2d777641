"""Private networks that an administrator attached to a site: the only way by which a private address is dialled."""

import ipaddress
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from devices.routes import AllowedNetwork
from registry.models.partners import Site


class NetworkQuerySet(models.QuerySet["Network"]):
    """Questions about networks."""

    def attached(self) -> "NetworkQuerySet":
        return self.filter(detached_at__isnull=True)

    def detached(self) -> "NetworkQuerySet":
        return self.filter(detached_at__isnull=False)


class Network(models.Model):
    """A private range behind exactly one site, for instance its VPN, with the ports that may be dialled in it.

    While it is attached, an address in it is dialled for the devices of this site and for nobody else's. `range` is
    written as ADDRESS/PREFIX without host bits. Detaching keeps the row, so that it stays known what could be
    reached and when.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="networks")
    name = models.CharField(max_length=60)
    range = models.CharField(max_length=43)
    ports = models.JSONField()
    attached_at = models.DateTimeField()
    attached_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    detached_at = models.DateTimeField(null=True, blank=True)
    detached_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = NetworkQuerySet.as_manager()

    class Meta:
        ordering = ["-attached_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="registry_network_detached_by_somebody",
                condition=Q(detached_at__isnull=True, detached_by__isnull=True)
                | Q(detached_at__isnull=False, detached_by__isnull=False),
            ),
            models.CheckConstraint(
                name="registry_network_detached_afterwards",
                condition=Q(detached_at__isnull=True) | Q(detached_at__gte=F("attached_at")),
            ),
            models.CheckConstraint(name="registry_network_named", condition=~Q(name="") & ~Q(range="")),
            models.UniqueConstraint(
                name="registry_network_range_once",
                fields=["range"],
                condition=Q(detached_at__isnull=True),
                violation_error_message=_("Rentang ini sudah tersambung."),
            ),
            models.UniqueConstraint(
                Lower("name"),
                name="registry_network_name_once",
                condition=Q(detached_at__isnull=True),
                violation_error_message=_("Nama jaringan ini sudah dipakai."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ports_in_words(self) -> str:
        return ", ".join(map(str, self.ports))

    def allowed(self) -> AllowedNetwork:
        """The same as the dialler knows it."""
        return AllowedNetwork(ipaddress.ip_network(self.range), tuple((port, port) for port in self.ports))
