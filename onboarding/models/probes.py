"""Probes of devices."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from onboarding.models.work import DeviceWork, ProbeState
from registry.models import Camera, Device


class ProbeKind(models.TextChoices):
    CONNECT = "connect", _("Menyambungkan")
    POSSESSION = "possession", _("Bukti penguasaan")
    CHANNEL = "channel", _("Gambar satu saluran")


class Probe(DeviceWork):
    """One visit over the network to a device.

    `picture` is shown to the owner alone (or, for proof of possession, to the officer on site). `proves` is what a
    proof of possession is a proof of: the device, its address and the channel as they stood when it was asked for.
    Of a picture of one channel, which no camera has yet, it is that channel.
    """

    kind = models.CharField(max_length=10, choices=ProbeKind)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="probes")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="probes")
    visit = models.ForeignKey(
        "Verification", on_delete=models.PROTECT, null=True, blank=True, related_name="pictures"
    )
    report = models.JSONField(null=True, blank=True)
    proves = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "lease_until"], name="onboarding_probe_owed")]
        constraints = [
            models.CheckConstraint(name="onboarding_probe_kind_known", condition=Q(kind__in=ProbeKind.values)),
            models.CheckConstraint(name="onboarding_probe_state_known", condition=Q(state__in=ProbeState.values)),
            models.CheckConstraint(
                name="onboarding_probe_possession_of_camera",
                condition=~Q(kind=ProbeKind.POSSESSION) | Q(camera__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}"
