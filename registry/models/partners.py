"""Owners (partners) and their sites."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.areas import within
from registry.geo import cells_within
from registry.models.areas import Area
from registry.models.people import READING, PartnerPerson, PersonRole


class PartnerKind(models.TextChoices):
    RESIDENT = "resident", _("Warga")
    BUSINESS = "business", _("Usaha")
    NEIGHBOURHOOD = "neighbourhood", _("Pengurus RT/RW atau perumahan")
    INSTITUTION = "institution", _("Instansi")
    VITAL = "vital", _("Pengelola objek vital")


class PartnerQuerySet(models.QuerySet["Partner"]):
    """Questions about partners."""

    def of(self, user: object) -> "PartnerQuerySet":
        """Partners for whom this person acts, be it at one site; empty for the signed-out."""
        return self.filter(pk__in=PartnerPerson.objects.of(user).values("partner"))


class Partner(models.Model):
    """An owner of cameras: a resident, business, neighbourhood, institution or vital-object operator.

    All but residents name a responsible person with an office and a letter of authority.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=14, choices=PartnerKind)
    name = models.CharField(max_length=120)
    responsible_name = models.CharField(max_length=120, blank=True)
    responsible_office = models.CharField(max_length=80, blank=True)
    authority_letter = models.CharField(max_length=80, blank=True)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, through="PartnerPerson", related_name="partners")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="registry_partner_kind_known", condition=Q(kind__in=PartnerKind.values)),
            models.CheckConstraint(
                name="registry_partner_responsible_named",
                condition=Q(kind=PartnerKind.RESIDENT)
                | (~Q(responsible_name="") & ~Q(responsible_office="") & ~Q(authority_letter="")),
                violation_error_message=_(
                    "Sebutkan penanggung jawab, jabatannya, dan nomor surat kuasa atau surat tugasnya."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SiteQuerySet(models.QuerySet["Site"]):
    """Questions about sites."""

    def owned_by(self, user: object, roles: frozenset[PersonRole] = READING) -> "SiteQuerySet":
        """Sites at which this person acts for the owner in one of these roles; empty for the signed-out."""
        return self.filter(pk__in=PartnerPerson.objects.of(user).in_roles(roles).site_ids())

    def near(self, lat: float, lng: float, radius_m: float) -> "SiteQuerySet":
        """Sites that may lie within `radius_m` metres, by their cells; `geo.distance_m` decides for each."""
        column, cells = cells_within(lat, lng, radius_m)
        return self.filter(**{f"{column}__in": cells})

    def in_area(self, code: str) -> "SiteQuerySet":
        """Sites in the area with this code or in any area below it."""
        return self.filter(within(code, "area__code"))


class Site(models.Model):
    """A place with cameras. Positions are WGS 84 degrees; h3 columns hold the cells around it for nearby questions.

    A vital site is seen only by its own people and by the three people whom the Polres names for it, each for one
    task: verifier, grantor and approver. To all others it does not exist.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="sites")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="sites")
    address = models.CharField(max_length=200)
    lat = models.FloatField()
    lng = models.FloatField()
    position_source = models.CharField(
        max_length=5, choices=[("gps", "GPS"), ("tap", _("peta")), ("typed", _("angka"))]
    )
    position_accuracy_m = models.FloatField(null=True, blank=True)
    vital = models.BooleanField(default=False)
    named_verifier = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    named_grantor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    named_approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    maintainer_name = models.CharField(max_length=120)
    maintainer_phone = models.CharField(max_length=20, blank=True)
    h3_r7 = models.BigIntegerField(db_index=True)
    h3_r8 = models.BigIntegerField(db_index=True)
    h3_r9 = models.BigIntegerField(db_index=True)
    h3_r10 = models.BigIntegerField(db_index=True)
    h3_r12 = models.BigIntegerField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="registry_site_position_real", condition=Q(lat__range=(-90, 90), lng__range=(-180, 180))
            ),
            models.CheckConstraint(
                name="registry_site_position_source_known", condition=Q(position_source__in=["gps", "tap", "typed"])
            ),
            # Nobody named passes: a comparison with NULL is not false.
            models.CheckConstraint(
                name="registry_site_named_three_people",
                condition=~Q(named_verifier=F("named_grantor"))
                & ~Q(named_verifier=F("named_approver"))
                & ~Q(named_grantor=F("named_approver")),
                violation_error_message=_("Pemeriksa, pemberi akses, dan penyetuju adalah tiga orang."),
            ),
        ]
        permissions = [
            ("see_position_site", "May see the position of cameras at a site"),
            ("see_health_site", "May see the health of cameras at a site"),
            ("request_recording_site", "May request recordings of cameras at a site"),
            ("view_still_site", "May view stills of cameras at a site"),
            ("view_live_site", "May view live video of cameras at a site"),
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.address}"
