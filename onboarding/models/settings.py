"""Changes of a device's settings: what was offered, agreed and done, and the work that each step of it is."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from devices.changes import Change
from onboarding.models.work import OPEN, DeviceWork, ProbeState
from registry.models import Camera, Device


class ChangeKind(models.TextChoices):
    """The same words as `devices.changes.ChangeKind`."""

    CLOCK = "clock", _("Jam perangkat")
    NTP = "ntp", _("Jam lewat NTP")
    SUBSTREAM = "substream", _("Tayangan kecil")
    USER = "user", _("Akun untuk Mitra Kamera")
    MASKS = "masks", _("Area yang ditutup")


class ChangeState(models.TextChoices):
    OFFERED = "offered", _("Ditawarkan")
    AGREED = "agreed", _("Disetujui")
    DONE = "done", _("Diubah")
    IGNORED = "ignored", _("Tidak berubah")
    FAILED = "failed", _("Gagal")
    UNDONE = "undone", _("Dikembalikan")


#: Why a change failed where the owner may say yes once more, if the device took nothing of it.
WORTH_ANOTHER_YES = frozenset(
    {"unauthorized", "not_permitted", "not_kept", "busy", "unreachable", "misbehaving", "device_error"}
)


class DeviceChangeQuerySet(models.QuerySet["DeviceChange"]):
    """Questions about changes."""

    def offered(self) -> "DeviceChangeQuerySet":
        return self.filter(state=ChangeState.OFFERED)

    def agreeable(self) -> "DeviceChangeQuerySet":
        """What an owner may say yes to: what is offered, and what was agreed to and never reached the device."""
        again = Q(state=ChangeState.FAILED, touched=False, why__in=WORTH_ANOTHER_YES)
        return self.filter(Q(state=ChangeState.OFFERED) | again)

    def past(self) -> "DeviceChangeQuerySet":
        """What was agreed to and tried, or is being tried."""
        return self.exclude(state=ChangeState.OFFERED)


class DeviceChange(models.Model):
    """One setting of a device, as it stood and as it would be. It is written only once an owner agreed to it.

    `old` and `new` are what `devices.changes.Change` holds, `identity` the device for which they were read, and
    `address` where: it is written to and restored on no other. `why` is the code of the reason it is offered for
    and, later, of how it ended. `touched`: the device was changed by it, or may have been, and was not restored
    yet. `needs_account`: the secret on record may not write it. `secret_kept_at`: when the user that this change
    made became the secret on record; while the device's secret is of that moment, we hold no password of its owner.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="changes")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=9, choices=ChangeKind)
    subject = models.CharField(max_length=200, blank=True)
    old = models.JSONField(default=dict)
    new = models.JSONField(default=dict)
    identity = models.JSONField(default=dict)
    address = models.CharField(max_length=260, blank=True)
    state = models.CharField(max_length=7, choices=ChangeState, default=ChangeState.OFFERED)
    why = models.CharField(max_length=40, blank=True)
    needs_account = models.BooleanField(default=False)
    seen = models.JSONField(null=True, blank=True)
    touched = models.BooleanField(default=False)
    offered_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    secret_kept_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = DeviceChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-agreed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="onboarding_devicechange_kind_known", condition=Q(kind__in=ChangeKind.values)
            ),
            models.CheckConstraint(
                name="onboarding_devicechange_state_known", condition=Q(state__in=ChangeState.values)
            ),
            models.CheckConstraint(
                name="onboarding_devicechange_agreed_by_somebody",
                condition=Q(agreed_at__isnull=True, agreed_by__isnull=True, state=ChangeState.OFFERED)
                | Q(agreed_at__isnull=False, agreed_by__isnull=False) & ~Q(state=ChangeState.OFFERED),
            ),
            models.CheckConstraint(
                name="onboarding_devicechange_undone_by_somebody",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True) & ~Q(state=ChangeState.UNDONE)
                | Q(undone_at__isnull=False, undone_by__isnull=False, state=ChangeState.UNDONE),
            ),
            models.CheckConstraint(
                name="onboarding_devicechange_touched_when_tried",
                condition=Q(touched=False) | Q(state__in=[ChangeState.DONE, ChangeState.FAILED]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"

    @property
    def may_be_agreed(self) -> bool:
        """Whether an owner may say yes to it, as `agreeable` of the queryset."""
        again = self.state == ChangeState.FAILED and not self.touched and self.why in WORTH_ANOTHER_YES
        return again or self.state == ChangeState.OFFERED

    @property
    def may_be_undone(self) -> bool:
        """Whether there is something to restore: what was sent and seen says so, and no code of an error."""
        return self.touched

    @property
    def change(self) -> Change:
        """As `devices` takes it."""
        return Change.from_dict({"kind": self.kind, "subject": self.subject, "old": self.old, "new": self.new})


class WorkKind(models.TextChoices):
    READ = "read", _("Membaca setelan")
    WRITE = "write", _("Mengubah setelan")
    UNDO = "undo", _("Mengembalikan setelan")
    PICTURE = "picture", _("Mengambil gambar")


class SettingsWork(DeviceWork):
    """One conversation about a device's settings: reading them, writing one change, restoring one, or a picture to
    draw on. At most one of a device is open.

    An account that the owner typed for this work alone lies sealed in it, for exactly this work, device and
    address, until it ends. `account_mark` tells one that was refused from others, without telling what it is;
    `refusals` counts how often it was. `keeps_account`: once our user is removed, the typed account is the secret
    on record. `identity`: which device was meant.
    """

    INTERRUPTED_WORDS: ClassVar[tuple[str, str, str]] = (
        gettext_noop("Percakapan dengan perangkat terputus"),
        gettext_noop("Percakapan dengan perangkat terputus di tengah jalan."),
        gettext_noop("Baca setelannya sekali lagi untuk melihat keadaannya sekarang."),
    )

    kind = models.CharField(max_length=7, choices=WorkKind)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="settings_works")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    change = models.ForeignKey(DeviceChange, on_delete=models.PROTECT, null=True, blank=True, related_name="works")
    identity = models.JSONField(default=dict)
    wishes = models.JSONField(default=list)
    findings = models.JSONField(null=True, blank=True)
    sealed_user = models.TextField(blank=True, editable=False)
    sealed_password = models.TextField(blank=True, editable=False)
    account_mark = models.CharField(max_length=64, blank=True, editable=False)
    keeps_account = models.BooleanField(default=False)
    refusals = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "lease_until"], name="onboarding_settings_owed")]
        constraints = [
            models.CheckConstraint(
                name="onboarding_settingswork_kind_known", condition=Q(kind__in=WorkKind.values)
            ),
            models.CheckConstraint(
                name="onboarding_settingswork_state_known", condition=Q(state__in=ProbeState.values)
            ),
            models.CheckConstraint(
                name="onboarding_settingswork_of_something",
                condition=Q(kind=WorkKind.READ, change__isnull=True)
                | Q(kind=WorkKind.PICTURE, change__isnull=True, camera__isnull=False)
                | Q(kind__in=[WorkKind.WRITE, WorkKind.UNDO], change__isnull=False),
            ),
            models.CheckConstraint(
                name="onboarding_settingswork_account_erased",
                condition=Q(state__in=OPEN) | Q(sealed_user="", sealed_password=""),
            ),
            models.UniqueConstraint(
                name="onboarding_settingswork_one_open", fields=["device"], condition=Q(state__in=OPEN)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}"

    @property
    def has_account(self) -> bool:
        """Whether it is done with an account typed for it, and not with the secret on record."""
        return bool(self.sealed_password)

    @property
    def ended_fields(self) -> dict[str, Any]:
        """The account is erased."""
        return {"sealed_user": "", "sealed_password": ""}

    @property
    def restarts(self) -> int:
        """What may have been written is not written again: the owner reads the settings and sees."""
        return 0 if self.kind in {WorkKind.WRITE, WorkKind.UNDO} else super().restarts
