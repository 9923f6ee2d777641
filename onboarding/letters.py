"""What the owner is told about a visit to his camera, in his language, once for each cause."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notices.services import in_language_of, tell
from onboarding.models import Outcome, Verification
from registry.models import Camera, Device
from registry.people import people_at


def tell_of_decision(visit: Verification, camera: Camera, now: datetime) -> None:
    """How the visit ended, and why."""
    for person in people_at(camera.site):
        with in_language_of(person):
            subject, body = _decision(visit, camera)
            tell(
                person,
                code=f"visit_{visit.outcome}",
                subject=subject,
                body=body,
                url=reverse("registry:camera", args=[camera.public_id]),
                once_key=f"visit:{visit.public_id}:{person.pk}",
                now=now,
            )


def tell_of_picture(visit: Verification, camera: Camera, now: datetime) -> None:
    """That an officer took a picture for the proof, once per visit and officer; each one is in the guest book."""
    for person in people_at(camera.site):
        with in_language_of(person):
            tell(
                person,
                code="visit_picture",
                subject=_("Petugas mengambil gambar %(camera)s") % {"camera": camera.label},
                body=_(
                    "Untuk memeriksa kamera ini di tempat, petugas mengambil gambar baru dari kamera Anda. Hanya "
                    "ia yang melihatnya, dan gambarnya dihapus sesudah kunjungan. Bila tidak ada petugas di tempat "
                    "Anda, jeda kamera ini dan laporkan. Semua kunjungan dan gambar tercatat di Buku Tamu."
                ),
                url=reverse("desks:guest-book"),
                once_key=f"visit-picture:{visit.public_id}:{visit.officer_id}:{person.pk}",
                now=now,
            )


def tell_of_ended_verification(device: Device, cameras: list[str], words: Callable[[], str], now: datetime) -> None:
    """That these cameras are verified no more. `words` says why, in the language that is active then."""
    for person in people_at(device.site):
        with in_language_of(person):
            tell(
                person,
                code="verification_ended",
                subject=_("Verifikasi kamera Anda berakhir"),
                body=f"{', '.join(cameras)}: {words()}",
                url=reverse("onboarding:connect", args=[device.public_id]),
                now=now,
            )


def _decision(visit: Verification, camera: Camera) -> tuple[str, str]:
    facts = {"camera": camera.label, "reason": visit.note}
    if visit.outcome == Outcome.PASS:
        days = settings.VERIFICATION_LASTS.days
        return (
            _("%(camera)s sudah diverifikasi") % facts,
            ngettext(
                "Petugas sudah memeriksa kamera ini di lokasi. Berlaku %(days)s hari.",
                "Petugas sudah memeriksa kamera ini di lokasi. Berlaku %(days)s hari.",
                days,
            )
            % {"days": days},
        )
    if visit.outcome == Outcome.FIX:
        return (
            _("%(camera)s perlu perbaikan") % facts,
            _("Petugas meminta perbaikan sebelum kamera ini dapat diverifikasi: %(reason)s") % facts,
        )
    return (
        _("%(camera)s tidak diverifikasi") % facts,
        _("Petugas tidak dapat memverifikasi kamera ini: %(reason)s") % facts,
    )
