"""Who hears of an emergency look (akses darurat), at once: the owners of the camera, and the supervisors."""

from datetime import datetime

from django.utils.translation import gettext as _

from access.models import Look
from access.services.supervision import supervisors_of
from notices.services import in_language_of, tell
from registry.people import people_at


def tell_of_emergency(look: Look, now: datetime) -> None:
    """Leave the notices inside the block that writes the look, so that there is no such look without them."""
    for owner in people_at(look.camera.site):
        with in_language_of(owner):
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
    for supervisor in supervisors_of(look.organization, now, besides=look.viewer):
        with in_language_of(supervisor):
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
