"""Who hears of an emergency look (akses darurat), at once: the owners of the camera, and the supervisors."""

from datetime import datetime

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from access.models import Look
from accounts.models import Duty, DutyKind, User
from notices.services import tell


def tell_of_emergency(look: Look, now: datetime) -> None:
    """Leave the notices inside the block that writes the look, so that there is no such look without them."""
    for owner in look.camera.site.partner.people.filter(is_active=True).distinct():
        with translation.override(owner.language or "id"):
            tell(
                owner,
                code="look.emergency",
                subject=_("Akses darurat ke kamera Anda"),
                body=_(
                    "%(body)s membuka %(camera)s dengan akses darurat, paling lama 15 menit, untuk %(case)s. "
                    "Alasannya tercatat di Buku Tamu Kamera, dan pengawas memeriksanya. Anda dapat menjeda atau "
                    "menarik persetujuan kapan saja; itu berlaku seketika."
                )
                % {"body": look.organization, "camera": look.camera, "case": look.case},
                url="/mitra/buku-tamu/",
                now=now,
            )
    for supervisor in supervisors_of(look, now):
        with translation.override(supervisor.language or "id"):
            tell(
                supervisor,
                code="look.emergency",
                subject=_("Akses darurat dipakai"),
                body=_("%(who)s, %(body)s, membuka %(camera)s dengan akses darurat untuk %(case)s: %(reason)s.")
                % {
                    "who": look.viewer,
                    "body": look.organization,
                    "camera": look.camera,
                    "case": look.case,
                    "reason": look.reason,
                },
                url="/pengawas/",
                now=now,
            )


def supervisors_of(look: Look, now: datetime) -> list[User]:
    """The supervisors of the body that looked and of the one above it, but never whoever looked himself."""
    bodies = Q(organization=look.organization_id)
    if look.organization.parent_id:
        bodies |= Q(organization=look.organization.parent_id)
    duties = Duty.objects.in_force(now).filter(bodies, kind=DutyKind.SUPERVISOR, user__is_active=True)
    return list(User.objects.filter(pk__in=duties.values("user")).exclude(pk=look.viewer_id).order_by("pk"))
