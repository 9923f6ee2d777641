"""Grants, and guardian's rows on scopes that carry them."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from guardian.models.models import GroupObjectPermissionBase

from accounts.models import Organization
from registry.models import Area, Camera, Site
from registry.rights import AccessRight, Purpose


class GrantQuerySet(models.QuerySet["Grant"]):
    """Questions about grants."""

    def in_force(self, now: datetime) -> "GrantQuerySet":
        return self.filter(revoked_at__isnull=True, valid_from__lte=now, valid_until__gt=now)

    def standing(self, now: datetime) -> "GrantQuerySet":
        """In force, and those that begin later."""
        return self.filter(revoked_at__isnull=True, valid_until__gt=now)

    def ending(self, now: datetime, within: timedelta) -> "GrantQuerySet":
        """Those that end by the clock in this time, the soonest first."""
        return self.standing(now).filter(valid_until__lte=now + within).order_by("valid_until", "pk")

    def run_out(self, now: datetime) -> "GrantQuerySet":
        """Ended by the clock, and nobody has noted it yet."""
        return self.filter(revoked_at__isnull=True, lapsed_at__isnull=True, valid_until__lte=now)

    def over(self, scope: Area | Site | Camera) -> "GrantQuerySet":
        """Those over exactly this area, site or camera."""
        return self.filter(**{f"{scope._meta.model_name}_permissions__content_object": scope})

    def for_two(self) -> "GrantQuerySet":
        """Those that open nothing until a second person approves: live video at vital sites, or everywhere if the
        setting says so."""
        live = self.filter(right=AccessRight.VIEW_LIVE)
        if settings.LIVE_NEEDS_TWO_PEOPLE:
            return live
        vital = Q(site_permissions__content_object__vital=True)
        vital |= Q(camera_permissions__content_object__site__vital=True)
        return live.filter(vital).distinct()


class Grant(models.Model):
    """The precinct's yes to an organization: one right, one purpose, over one area, site or camera.

    It opens nothing by itself: the camera must be verified and its owner's consent must name the organization.
    `lapsed_at` is when its end was noted on the trail; the end itself is `valid_until`, by the clock. `told_days`:
    the grantors were told of its end that many days before. With `declined_words` it was a second person who ended
    it, instead of approving.
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

    declined_words = models.CharField(max_length=300, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True)
    told_days = models.PositiveSmallIntegerField(null=True, blank=True)

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
            models.CheckConstraint(
                name="access_grant_approved_by_another",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("granted_by")),
                violation_error_message=_("Persetujuan diberikan oleh orang lain."),
            ),
            models.CheckConstraint(
                name="access_grant_declined_is_over", condition=Q(declined_words="") | Q(revoked_at__isnull=False)
            ),
            models.CheckConstraint(
                name="access_grant_lapsed_after_its_end",
                condition=Q(lapsed_at__isnull=True) | Q(lapsed_at__gte=F("valid_until")),
            ),
        ]
        indexes = [
            # For the tick that tells of ends and notes them.
            models.Index(
                fields=["valid_until"],
                name="access_grant_open_until",
                condition=Q(revoked_at__isnull=True, lapsed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.get_right_display()}"

    @property
    def takes_two(self) -> bool:
        """Whether it opens nothing until a second person approves it."""
        return Grant.objects.for_two().filter(pk=self.pk).exists()

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
