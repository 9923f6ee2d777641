"""Secrets that a device refused, told from others without being kept."""

from django.db import models

from registry.models.cameras import Device


class RefusedSecret(models.Model):
    """A user and password that a device refused, or may have refused, at an address, and how often by now.

    `mark` is keyed and tells nothing of them (`registry.targets.mark_of`). Whoever types them again goes on with
    the same count: a secret is refused at most twice, ever. `doubts` as in `Device.secret_doubts`.
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="refused_secrets")
    mark = models.CharField(max_length=64, editable=False)
    refusals = models.PositiveSmallIntegerField()
    doubts = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="registry_refusedsecret_once_per_device", fields=["device", "mark"]),
        ]

    def __str__(self) -> str:
        return f"{self.device}: {self.refusals}"
