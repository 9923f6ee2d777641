"""Work that is owed to a device: who holds it, what it has done so far, and how it ended."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class ProbeState(models.TextChoices):
    QUEUED = "queued", _("Menunggu")
    RUNNING = "running", _("Berjalan")
    DONE = "done", _("Selesai")
    FAILED = "failed", _("Gagal")


OPEN = (ProbeState.QUEUED, ProbeState.RUNNING)


class DeviceWork(models.Model):
    """One conversation with a device, and each step of it as it happened.

    The row is the record of work owed; the queue only carries its id. `address` is where the device was when it was
    asked for. `picture` is a JPEG that is emptied by the next one of its kind.
    """

    #: What is told where the worker died, and what can be done then.
    INTERRUPTED_WORDS: ClassVar[tuple[str, str, str]] = (
        gettext_noop("Pengujian terputus"),
        gettext_noop("Pengujian terputus di tengah jalan."),
        gettext_noop("Coba lagi beberapa saat lagi."),
    )

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=260)
    state = models.CharField(max_length=7, choices=ProbeState, default=ProbeState.QUEUED)
    steps = models.JSONField(default=list)
    code = models.CharField(max_length=30, blank=True)
    message = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    picture = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField()
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN

    @property
    def ended_fields(self) -> dict[str, Any]:
        """Further columns as they have to be once it is over."""
        return {}

    @property
    def restarts(self) -> int:
        """How often it is begun again after a worker died over it."""
        return 1
