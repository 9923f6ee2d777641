"""Devices and cameras. A recorder is one device with many cameras."""

import uuid
from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.areas import within
from accounts.models import Organization
from devices.count import Count
from registry.models.consents import Consent
from registry.models.partners import Site
from registry.models.people import READING, PartnerPerson, PersonRole
from registry.rights import Right

#: Until then a camera is paused whose owner restricted the processing of his data: in words, until he lifts it.
#: Only `services.release_cameras` ends it, no other pause.
HELD_UNTIL = datetime(3000, 1, 1, tzinfo=UTC)


class Sees(models.TextChoices):
    STREET = "street", _("Jalan umum")
    GATE = "gate", _("Pintu atau gerbang")
    PARKING = "parking", _("Parkir")
    TILL = "till", _("Kasir atau ruang usaha")
    YARD = "yard", _("Halaman")
    OTHER = "other", _("Lainnya")


class PrivateAreas(models.TextChoices):
    NONE = "none", _("Tidak ada")
    MASKED = "masked", _("Ada, sudah ditutup")
    OPEN = "open", _("Ada, belum ditutup")
    UNKNOWN = "unknown", _("Belum ditanyakan")


class Device(models.Model):
    """What stands on the wall and answers: a camera or a recorder.

    The user and password are sealed for exactly this device, host and port (`devices.secrets`): once the address
    is edited they no longer open, and the owner is asked again. `identity` is what was kept when the officer
    verified it; `different_since` is set when another device answers at its address.

    `rtsp_path` brings in a device without ONVIF: the path of its stream, or a template with `{channel}` and
    `{stream}` for a recorder. `sign_in_method` is what the device took last ("digest", "wsse", or "wsse-lt" where
    local time had to be read for UTC), so that the next visit begins with it.

    `secret_refusals` counts what stands against the secret, `secret_doubts` names the ways of those among them that
    the device neither took nor refused (`devices.count`), and `secret_doubted_at` when the last of these came.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="devices")
    host = models.CharField(max_length=253, blank=True)
    onvif_port = models.PositiveIntegerField(default=80)
    rtsp_port = models.PositiveIntegerField(null=True, blank=True)
    rtsp_path = models.CharField(max_length=250, blank=True)
    rtsp_tls = models.BooleanField(default=False)
    brand = models.CharField(max_length=12, blank=True)
    sign_in_method = models.CharField(max_length=8, blank=True)
    sealed_user = models.TextField(blank=True, editable=False)
    sealed_password = models.TextField(blank=True, editable=False)
    secret_changed_at = models.DateTimeField(null=True, blank=True)
    secret_refusals = models.PositiveSmallIntegerField(default=0)
    secret_doubts = models.JSONField(default=list, blank=True)
    secret_doubted_at = models.DateTimeField(null=True, blank=True)
    waits_for_agent = models.BooleanField(default=False)
    wants_help = models.BooleanField(default=False)
    maker = models.CharField(max_length=120, blank=True)
    model = models.CharField(max_length=120, blank=True)
    firmware = models.CharField(max_length=120, blank=True)
    serial = models.CharField(max_length=120, blank=True)
    clock_offset_seconds = models.FloatField(null=True, blank=True)
    auth_not_enforced = models.BooleanField(default=False)
    identity = models.JSONField(null=True, blank=True)
    identity_kept_at = models.DateTimeField(null=True, blank=True)
    different_since = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="registry_device_port_real",
                condition=Q(onvif_port__range=(1, 65535))
                & (Q(rtsp_port__isnull=True) | Q(rtsp_port__range=(1, 65535))),
            ),
            models.CheckConstraint(
                name="registry_device_identity_dated",
                condition=Q(identity__isnull=True, identity_kept_at__isnull=True)
                | Q(identity__isnull=False, identity_kept_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.maker} {self.model}".strip() or str(_("Perangkat"))

    @property
    def has_secret(self) -> bool:
        return bool(self.sealed_password)

    @property
    def count(self) -> Count:
        """What stands against the secret on record."""
        return Count(self.secret_refusals, tuple(self.secret_doubts))

    @property
    def rtsp_only(self) -> bool:
        """Whether it is brought in by RTSP alone: nothing is known of its clock and serial number then."""
        return bool(self.rtsp_path)


class CameraQuerySet(models.QuerySet["Camera"]):
    """Questions about cameras."""

    def owned_by(self, user: object, roles: frozenset[PersonRole] = READING) -> "CameraQuerySet":
        """Cameras at the sites at which this person acts for the owner in one of these roles."""
        return self.filter(site__in=PartnerPerson.objects.of(user).in_roles(roles).site_ids())

    def listed(self) -> "CameraQuerySet":
        return self.filter(withdrawn_at__isnull=True)

    def verified(self, now: datetime) -> "CameraQuerySet":
        """Verified on site within its year, by the device that still answers there."""
        return (
            self.listed()
            .filter(verified_at__isnull=False, verified_until__gt=now)
            .filter(Q(device__isnull=True) | Q(device__different_since__isnull=True))
        )

    def listed_to(self, organization: Organization, now: datetime) -> "CameraQuerySet":
        """Listed cameras of which this very body may know: a consent `listed` in force names it (ADR 0007). Of a
        vital object only people by name may know, whatever its owner's consents say."""
        told = Consent.objects.in_force(now).filter(right=Right.LISTED, recipient=organization)
        return self.listed().filter(site__in=told.values("site"), site__vital=False)

    def in_area(self, code: str) -> "CameraQuerySet":
        """Cameras in the area with this code or in any area below it."""
        return self.filter(within(code, "site__area__code"))


class Camera(models.Model):
    """A camera its owner has chosen to list.

    Its stages are dated facts, never one status: listed, verified (until), aimed, connected, stickered. Withdrawing
    never deletes the row: the history of who looked must survive. `direction` is degrees clockwise from north;
    empty means unknown, never north. `video_source_token` is what ties it to its picture: `channel` is only the
    number by which its owner knows it, and a recorder may list its channels in another order tomorrow.
    `withdrawn_by` is nobody where the clock took it off: the last consent `listed` at its site lapsed.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cameras")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, blank=True, related_name="cameras")
    channel = models.PositiveSmallIntegerField(null=True, blank=True)
    label = models.CharField(max_length=80)
    sees = models.CharField(max_length=8, choices=Sees)
    indoor = models.BooleanField(default=False)
    street_facing = models.BooleanField(default=False)
    direction = models.PositiveSmallIntegerField(null=True, blank=True)
    private_areas = models.CharField(max_length=7, choices=PrivateAreas, default=PrivateAreas.UNKNOWN)
    audio = models.BooleanField(default=False)
    retention_days = models.PositiveSmallIntegerField(null=True, blank=True)
    video_source_token = models.CharField(max_length=120, blank=True)
    profile_token = models.CharField(max_length=120, blank=True)
    stream_path = models.CharField(max_length=500, blank=True)
    codec = models.CharField(max_length=20, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)

    listed_at = models.DateTimeField()
    listed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_until = models.DateTimeField(null=True, blank=True)
    aimed_at = models.DateTimeField(null=True, blank=True)
    aimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    connected_at = models.DateTimeField(null=True, blank=True)
    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    stickered_at = models.DateTimeField(null=True, blank=True)
    stickered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    paused_until = models.DateTimeField(null=True, blank=True)

    objects = CameraQuerySet.as_manager()

    class Meta:
        ordering = ["site_id", "channel", "pk"]
        indexes = [models.Index(fields=["site", "verified_until"], name="registry_camera_site_verified")]
        constraints = [
            models.CheckConstraint(name="registry_camera_sees_known", condition=Q(sees__in=Sees.values)),
            models.CheckConstraint(
                name="registry_camera_private_areas_known", condition=Q(private_areas__in=PrivateAreas.values)
            ),
            models.CheckConstraint(
                name="registry_camera_direction_degrees",
                condition=Q(direction__isnull=True) | Q(direction__range=(0, 359)),
            ),
            models.CheckConstraint(
                name="registry_camera_verified_whole",
                condition=Q(verified_at__isnull=True, verified_by__isnull=True, verified_until__isnull=True)
                | Q(verified_at__isnull=False, verified_by__isnull=False, verified_until__isnull=False),
            ),
            *[
                models.CheckConstraint(
                    name=f"registry_camera_{stage}_by_somebody",
                    condition=Q(**{f"{stage}_at__isnull": True, f"{stage}_by__isnull": True})
                    | Q(**{f"{stage}_at__isnull": False, f"{stage}_by__isnull": False}),
                )
                for stage in ("aimed", "connected", "stickered")
            ],
            models.CheckConstraint(
                name="registry_camera_withdrawn_dated",
                condition=Q(withdrawn_by__isnull=True) | Q(withdrawn_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="registry_camera_label_once_per_site",
                fields=["site", "label"],
                condition=Q(withdrawn_at__isnull=True),
                violation_error_message=_("Lokasi ini sudah punya kamera dengan nama itu."),
            ),
            models.UniqueConstraint(
                name="registry_camera_channel_once_per_device",
                fields=["device", "channel"],
                condition=Q(withdrawn_at__isnull=True, device__isnull=False),
            ),
        ]
        permissions = [
            ("see_position_camera", "May see the position of a camera"),
            ("see_health_camera", "May see the health of a camera"),
            ("request_recording_camera", "May request recordings of a camera"),
            ("view_still_camera", "May view stills of a camera"),
            ("view_live_camera", "May view live video of a camera"),
        ]

    def __str__(self) -> str:
        return self.label

    def is_paused(self, now: datetime) -> bool:
        """Whether the owner has paused it at `now`."""
        return self.paused_until is not None and self.paused_until > now

    @property
    def is_held(self) -> bool:
        """Whether its owner restricted the processing of his data: it opens for nobody until he lifts that."""
        return self.paused_until == HELD_UNTIL

    def is_verified(self, now: datetime) -> bool:
        """Whether its site verification holds at `now`."""
        return self.verified_until is not None and self.verified_until > now
