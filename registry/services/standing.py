"""What a site verification rests on, and how it ends when something else may answer than what was verified."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from notices.services import in_language_of, tell
from registry.models import Camera, Device
from registry.people import people_at
from registry.quiet import letters_leave


@audit.atomic
def end_verification(*, camera: Camera, by: User | None, reason: str) -> bool:
    """The verification was of something else than what answers now; with it ends the stage Terhubung.

    Listed and stickered stay as they are. `reason` is a stable code for the trail. False when there was nothing
    to end.
    """
    standing = Camera.objects.filter(pk=camera.pk).filter(
        Q(verified_at__isnull=False) | Q(connected_at__isnull=False)
    )
    was = standing.values("verified_at", "connected_at").first()
    won = standing.update(
        verified_at=None, verified_by=None, verified_until=None, connected_at=None, connected_by=None
    )
    if not won or was is None:
        return False
    facts: dict[str, Any] = {"site": str(camera.site.public_id), "reason": reason}
    if was["verified_at"]:
        audit.record("camera.verification_ended", actor=by, target=camera, **facts)
    if was["connected_at"]:
        audit.record("camera.connection_ended", actor=by, target=camera, **facts)
    return True


@audit.atomic
def end_connections(*, device: Device, by: User | None, reason: str) -> None:
    """The stage Terhubung of every camera of the device ends; its verification stays."""
    for camera in Camera.objects.filter(device=device, connected_at__isnull=False).select_related("site"):
        Camera.objects.filter(pk=camera.pk).update(connected_at=None, connected_by=None)
        audit.record(
            "camera.connection_ended", actor=by, target=camera, site=str(camera.site.public_id), reason=reason
        )


@audit.atomic
def renew_connections(*, device: Device, by: User, now: datetime) -> None:
    """The verified device answers again with its owner's credentials, and a picture came: so the stage Terhubung of
    its cameras that are verified begins anew."""
    again = Camera.objects.filter(device=device, verified_until__gt=now, connected_at__isnull=True)
    for camera in again.select_related("site"):
        Camera.objects.filter(pk=camera.pk).update(connected_at=now, connected_by=by)
        audit.record("camera.connected", actor=by, target=camera, site=str(camera.site.public_id))


@audit.atomic
def mark_source_changed(*, camera: Camera, by: User | None, now: datetime) -> bool:
    """Close one camera whose video source is gone from its device or is another now, and tell its owner.

    The other cameras of the recorder stay as they are. False when there was nothing to close.
    """
    if not end_verification(camera=camera, by=by, reason="source_changed"):
        return False
    for person in people_at(camera.site):
        with in_language_of(person):
            tell(
                person,
                code="verification_ended",
                subject=_("Verifikasi kamera Anda berakhir"),
                body=_(
                    "%(camera)s: perekamnya kini menampilkan sumber lain untuk kamera ini, atau salurannya tidak "
                    "ada lagi. Gambarnya tidak dibuka. Periksa salurannya dan uji lagi perangkatnya; petugas lalu "
                    "memeriksa ulang."
                )
                % {"camera": camera.label},
                url=reverse("registry:camera", args=[camera.public_id]),
                once_key=f"source:{camera.public_id}:{timezone.localdate(now)}:{person.pk}",
                now=now,
                mail_from=letters_leave(camera.site, now),
            )
    return True


@audit.atomic
def forget_identity(*, device: Device, by: User | None, reason: str) -> None:
    """Another device may stand there from now on, or nobody had verified this one: every camera of it is to be
    verified anew before anybody looks."""
    won = (
        Device.objects.filter(pk=device.pk)
        .exclude(identity__isnull=True, different_since__isnull=True)
        .update(identity=None, identity_kept_at=None, different_since=None)
    )
    if won:
        audit.record("device.identity_forgotten", actor=by, target=device, reason=reason)
    for camera in Camera.objects.filter(device=device).select_related("site"):
        end_verification(camera=camera, by=by, reason=reason)


@audit.atomic
def mark_device_different(*, device: Device, part: str, by: User | None, now: datetime) -> bool:
    """Close every camera of a device at whose address another one answers, end their stage Terhubung, and tell its
    owner.

    Marking twice records and tells once; told at most once a day per person. False when it was marked before.
    """
    if not Device.objects.filter(pk=device.pk, different_since__isnull=True).update(different_since=now):
        return False
    site = device.site
    audit.record("device.different", actor=by, target=device, part=part, site=str(site.public_id))
    end_connections(device=device, by=by, reason="different_device")
    day = timezone.localdate(now)
    for person in people_at(site):
        with in_language_of(person):
            tell(
                person,
                code="device_different",
                subject=_("Perangkat lain menjawab di alamat kamera Anda"),
                body=_(
                    "Di alamat perangkat Anda (%(place)s) sekarang menjawab perangkat lain dari yang "
                    "diverifikasi. Kata sandi tidak kami kirim dan gambarnya tidak dibuka. Bila Anda mengganti "
                    "perangkatnya, isi lagi kata sandinya di halaman perangkat; petugas lalu memeriksa ulang."
                )
                % {"place": site.address},
                url=reverse("onboarding:connect", args=[device.public_id]),
                once_key=f"different:{device.public_id}:{day}:{person.pk}",
                now=now,
                mail_from=letters_leave(site, now),
            )
    return True
