"""The people who act for a partner, in roles, at all of its sites or at one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from registry.models.partners import Site


class PersonRole(models.TextChoices):
    MANAGER = "manager", _("Pengelola")
    SIGNATORY = "signatory", _("Penanda tangan")
    TECHNICIAN = "technician", _("Teknisi")
    CONTACT = "contact", _("Narahubung 24 jam")
    READER = "reader", _("Pembaca")


#: Who reads: the cameras and their states, and Buku Tamu.
READING = frozenset(PersonRole)
#: Who signs and withdraws.
SIGNING = frozenset({PersonRole.MANAGER, PersonRole.SIGNATORY})
#: Who keeps the devices: address, password, tests and settings.
KEEPING = frozenset({PersonRole.MANAGER, PersonRole.TECHNICIAN})
#: Who acts at all: pauses a camera and opens the pause again, asks for another visit. All but readers.
ACTING = SIGNING | KEEPING | {PersonRole.CONTACT}
#: Who keeps the people.
MANAGING = frozenset({PersonRole.MANAGER})


class PartnerPersonQuerySet(models.QuerySet["PartnerPerson"]):
    """The one place that knows where a role holds: everywhere else asks it through these questions."""

    def of(self, user: object) -> "PartnerPersonQuerySet":
        """The roles of this person; none for the signed-out."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(user=user)

    def in_roles(self, roles: frozenset[PersonRole]) -> "PartnerPersonQuerySet":
        return self if roles == READING else self.filter(role__in=sorted(roles))

    def for_all_sites(self) -> "PartnerPersonQuerySet":
        return self.filter(site__isnull=True)

    def at(self, site: "Site") -> "PartnerPersonQuerySet":
        """The roles that hold at this site: those for it alone, and those for all of its partner's."""
        return self.filter(Q(site__isnull=True) | Q(site=site.pk), partner=site.partner_id)

    def over(self, partner_id: int, site: "Site | None") -> "PartnerPersonQuerySet":
        """The roles that hold at this site of the partner; without a site, at all of his."""
        return self.at(site) if site is not None else self.filter(partner=partner_id).for_all_sites()

    def at_any(self, sites: "Sequence[Site]") -> "PartnerPersonQuerySet":
        """Those that hold at any of these sites; `holds_at` says at which."""
        return self.filter(
            Q(site__isnull=True) | Q(site__in=[site.pk for site in sites]),
            partner__in={site.partner_id for site in sites},
        )

    def site_ids(self) -> models.QuerySet["PartnerPerson", int]:
        """The keys of the sites at which these roles hold, for a subquery: it begins with the person's own rows,
        so that its cost does not grow with the register."""
        held = self.filter(Q(site__isnull=True) | Q(site=F("partner__sites")), partner__sites__isnull=False)
        return held.order_by().values_list("partner__sites", flat=True)


class PartnerPerson(models.Model):
    """A person who acts for a partner in one role: at one site, or with `site` empty at all of them.

    `called` is the name by which the partner's people know him: whoever added him typed it, so that adding an
    address tells nobody whose it is.
    """

    partner = models.ForeignKey("registry.Partner", on_delete=models.PROTECT)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    role = models.CharField(max_length=10, choices=PersonRole, default=PersonRole.MANAGER)
    site = models.ForeignKey(
        "registry.Site", on_delete=models.PROTECT, null=True, blank=True, related_name="own_people"
    )
    called = models.CharField(max_length=120, blank=True)

    objects = PartnerPersonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="registry_partnerperson_once_for_all",
                fields=["partner", "user", "role"],
                condition=Q(site__isnull=True),
            ),
            models.UniqueConstraint(
                name="registry_partnerperson_once_a_site",
                fields=["site", "user", "role"],
                condition=Q(site__isnull=False),
            ),
            models.CheckConstraint(
                name="registry_partnerperson_role_known", condition=Q(role__in=PersonRole.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.called or self.user} ({self.get_role_display()})"

    def holds_at(self, site: "Site") -> bool:
        """`PartnerPersonQuerySet.at` for one row."""
        return self.partner_id == site.partner_id and self.site_id in {None, site.pk}
