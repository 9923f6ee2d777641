"""Grants on scopes, cases, and looks."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from guardian.models.models import GroupObjectPermissionBase

from accounts.models import Duty, Organization
from registry.models import Area, Camera, Site
from registry.rights import AccessRight, Purpose


class GrantQuerySet(models.QuerySet["Grant"]):
    """Questions about grants."""

    def in_force(self, now: datetime) -> "GrantQuerySet":
        return self.filter(revoked_at__isnull=True, valid_from__lte=now, valid_until__gt=now)


class Grant(models.Model):
    """The precinct's yes to an organization: one right, one purpose, over one area, site or camera.

    It opens nothing by itself: the camera must be verified and its owner's consent must name the organization.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="grants")
    right = models.CharField(max_length=18, choices=AccessRight)
    purpose = models.CharField(max_length=13, choices=Purpose)
    letter_number = models.CharField(_("Nomor Surat Perintah"), max_length=80)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["-granted_at"]
        constraints = [
            models.CheckConstraint(name="access_grant_right_known", condition=Q(right__in=AccessRight.values)),
            models.CheckConstraint(name="access_grant_purpose_known", condition=Q(purpose__in=Purpose.values)),
            models.CheckConstraint(
                name="access_grant_ends_after_it_began", condition=Q(valid_until__gt=F("valid_from"))
            ),
            *[
                models.CheckConstraint(
                    name=f"access_grant_{fact}_by_somebody",
                    condition=Q(**{f"{fact}_at__isnull": True, f"{fact}_by__isnull": True})
                    | Q(**{f"{fact}_at__isnull": False, f"{fact}_by__isnull": False}),
                )
                for fact in ("approved", "revoked")
            ],
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.get_right_display()}"

    @property
    def scope(self) -> Area | Site | Camera:
        """What the grant is over (its permission rows all point to the same object)."""
        for rows in (self.area_permissions, self.site_permissions, self.camera_permissions):
            row = rows.select_related("content_object").first()
            if row is not None:
                return row.content_object
        raise LookupError(f"Grant {self.public_id} has no scope.")


class AreaPermission(GroupObjectPermissionBase):
    """A guardian row for an area. Each subclass has a Meta of its own: the base's would forbid a second purpose."""

    content_object = models.ForeignKey(Area, on_delete=models.PROTECT)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="area_permissions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="access_areapermission_once", fields=["grant", "permission", "content_object"]
            )
        ]


class SitePermission(GroupObjectPermissionBase):
    """A guardian row for a site."""

    content_object = models.ForeignKey(Site, on_delete=models.PROTECT)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="site_permissions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="access_sitepermission_once", fields=["grant", "permission", "content_object"]
            )
        ]


class CameraPermission(GroupObjectPermissionBase):
    """A guardian row for one camera."""

    content_object = models.ForeignKey(Camera, on_delete=models.PROTECT)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="camera_permissions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="access_camerapermission_once", fields=["grant", "permission", "content_object"]
            )
        ]


class CaseKind(models.TextChoices):
    CALL_110 = "call_110", _("Panggilan 110")
    POLICE_REPORT = "police_report", _("Laporan polisi")
    ORDER = "order", _("Surat perintah")


class CaseQuerySet(models.QuerySet["Case"]):
    """Questions about cases."""

    def open_at(self, now: datetime) -> "CaseQuerySet":
        return self.filter(closed_at__isnull=True, opened_at__lte=now, until__gt=now)


class Case(models.Model):
    """Something that happened at a place: it opens cameras whose owners allow looks *in an incident*, around it.

    `number` may be empty (to follow) for 24 hours. `radius_m` is metres.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="cases")
    kind = models.CharField(max_length=13, choices=CaseKind)
    number = models.CharField(_("Nomor"), max_length=80, blank=True)
    place = models.CharField(_("Tempat kejadian"), max_length=160)
    lat = models.FloatField()
    lng = models.FloatField()
    radius_m = models.PositiveIntegerField(default=300)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(name="access_case_kind_known", condition=Q(kind__in=CaseKind.values)),
            models.CheckConstraint(name="access_case_radius_near", condition=Q(radius_m__range=(50, 2000))),
            models.CheckConstraint(name="access_case_ends_after_it_began", condition=Q(until__gt=F("opened_at"))),
            models.CheckConstraint(
                name="access_case_closed_by_somebody",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        number = self.number or _("(nomor menyusul)")
        return f"{self.get_kind_display()} {number}"

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.opened_at <= now < self.until


class Reason(models.Model):
    """One entry of the closed list of reasons for looking."""

    code = models.SlugField(max_length=30, unique=True)
    words = models.CharField(max_length=120)
    needs_case = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        """In the reader's language, where the catalogue knows these words; an administrator may add others."""
        return gettext(self.words)


class LookQuerySet(models.QuerySet["Look"]):
    """Questions about looks."""

    def running(self, now: datetime) -> "LookQuerySet":
        return self.filter(ended_at__isnull=True, until__gt=now)

    def of_owner(self, user: object) -> "LookQuerySet":
        """Looks through the cameras of this owner; empty for the signed-out."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(camera__site__partner__people=user).distinct()


class Look(models.Model):
    """Somebody looked: written and committed before the first byte of a picture.

    The owner reads it in his Buku Tamu Kamera: time, body, duty, reason, duration; not the officer's name.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="looks")
    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="looks")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="looks")
    right = models.CharField(max_length=18, choices=AccessRight)
    reason = models.ForeignKey(Reason, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="looks")
    session_key_hash = models.CharField(max_length=64)
    started_at = models.DateTimeField(db_index=True)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_how = models.CharField(max_length=20, blank=True)
    stills_shown = models.PositiveIntegerField(default=0)

    objects = LookQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["camera", "-started_at"], name="access_look_camera_recent")]
        constraints = [
            models.CheckConstraint(name="access_look_right_known", condition=Q(right__in=AccessRight.values)),
            models.CheckConstraint(
                name="access_look_ended_somehow",
                condition=Q(ended_at__isnull=True, ended_how="") | (Q(ended_at__isnull=False) & ~Q(ended_how="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} → {self.camera}"

    def is_running(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.until
