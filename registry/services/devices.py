"""Devices: their address, and the secret that is sealed for exactly that address."""

import uuid
from collections.abc import Iterable
from datetime import datetime

import audit
from accounts.models import User
from devices.brands import brand_of
from devices.rtsp_path import has_stream
from registry.errors import SecretIncomplete
from registry.models import Camera, Device, Site
from registry.people import KEEPING
from registry.services.people import require_person
from registry.services.refusals import count_on_record
from registry.services.standing import end_connections, forget_identity

_SECRET = ("sealed_user", "sealed_password", "secret_changed_at", "secret_refusals", "secret_doubts")


@audit.atomic
def attach_device(
    *,
    site: Site,
    by: User,
    now: datetime,
    host: str = "",
    onvif_port: int = 80,
    rtsp_port: int | None = None,
    rtsp_path: str = "",
    rtsp_tls: bool = False,
    brand: str = "",
    sealed_user: str = "",
    sealed_password: str = "",
    public_id: uuid.UUID | None = None,
    waits_for_agent: bool = False,
    wants_help: bool = False,
    cameras: Iterable[Camera] = (),
) -> Device:
    """Put a device on record at a site, for these of its cameras (a recorder has several).

    The sealed fields must have been sealed for `public_id`, `host` and `onvif_port`
    (`targets.seal_credentials`). A device without ONVIF has an `rtsp_path`, and as its ONVIF port the one it is
    signed in to (`targets.sign_in_port`). Nothing is dialled here.
    """
    require_person(by, site, KEEPING)
    secret = _is_whole(sealed_user, sealed_password)
    device = Device.objects.create(
        public_id=public_id or uuid.uuid4(),
        site=site,
        host=host,
        onvif_port=onvif_port,
        rtsp_port=rtsp_port,
        rtsp_path=rtsp_path,
        rtsp_tls=rtsp_tls,
        brand=brand,
        sealed_user=sealed_user,
        sealed_password=sealed_password,
        secret_changed_at=now if secret else None,
        waits_for_agent=waits_for_agent,
        wants_help=wants_help,
    )
    tied = Camera.objects.filter(pk__in=[camera.pk for camera in cameras], site=site)
    named = sorted(str(public_id) for public_id in tied.values_list("public_id", flat=True))
    tied.update(device=device)
    audit.record(
        "device.attached",
        actor=by,
        target=device,
        texts=_texts(host, rtsp_path),
        site=str(site.public_id),
        brand=brand,
        rtsp_only=bool(rtsp_path),
        rtsp_tls=rtsp_tls,
        secret=secret,
        waits_for_agent=waits_for_agent,
        wants_help=wants_help,
        cameras=named,
    )
    return device


@audit.atomic
def change_device_address(
    *,
    device: Device,
    host: str,
    onvif_port: int,
    by: User,
    now: datetime,
    rtsp_port: int | None = None,
    rtsp_path: str = "",
    rtsp_tls: bool = False,
    brand: str = "",
    sealed_user: str = "",
    sealed_password: str = "",
    waits_for_agent: bool = False,
) -> Device:
    """Move a device to another address. A changed host or ONVIF port forgets the password unless a new one,
    sealed for the new address, comes with it. Any changed part of the address, the RTSP port and path too, forgets
    the identity and ends the verification of the device's cameras: what stands there now was seen by nobody. The
    name of its maker is no part of the address, except where it says what stands for `{stream}` in the path.
    """
    require_person(by, device.site, KEEPING)
    secret = _is_whole(sealed_user, sealed_password)
    device = Device.objects.select_for_update().get(pk=device.pk)
    moved = (device.host, device.onvif_port) != (host, onvif_port)
    before = stream_place(device.rtsp_port, device.rtsp_path, device.rtsp_tls, device.brand)
    elsewhere = moved or stream_place(rtsp_port, rtsp_path, rtsp_tls, brand) != before
    device.host, device.onvif_port, device.rtsp_port = host, onvif_port, rtsp_port
    device.rtsp_path, device.rtsp_tls, device.brand = rtsp_path, rtsp_tls, brand
    if elsewhere:
        device.sign_in_method = ""
    device.waits_for_agent, device.wants_help = waits_for_agent, False
    if secret or moved:
        device.sealed_user, device.sealed_password = sealed_user, sealed_password
        _begin_count(device, now)
    device.save()
    audit.record(
        "device.address_changed",
        actor=by,
        target=device,
        texts=_texts(host, rtsp_path),
        onvif_port=onvif_port,
        rtsp_port=rtsp_port,
        brand=brand,
        rtsp_only=bool(rtsp_path),
        rtsp_tls=rtsp_tls,
        secret=secret,
    )
    if elsewhere:
        forget_identity(device=device, by=by, reason="address_changed")
        device.refresh_from_db()
    return device


def stream_place(rtsp_port: int | None, rtsp_path: str, rtsp_tls: bool, brand: str) -> tuple[object, ...]:
    """Where a device's streams are, beside its host and ONVIF port, as something to compare."""
    return rtsp_port, rtsp_path, rtsp_tls, brand_of(brand).streams if has_stream(rtsp_path) else ()


def _texts(host: str, rtsp_path: str) -> dict[str, str]:
    """What the trail keeps as text that can be erased."""
    return {name: text for name, text in (("host", host), ("rtsp_path", rtsp_path)) if text}


@audit.atomic
def set_device_brand(*, device: Device, brand: str, by: User) -> Device:
    """Note who made a device, where that changes nothing about its address."""
    require_person(by, device.site, KEEPING)
    if Device.objects.filter(pk=device.pk).exclude(brand=brand).update(brand=brand):
        audit.record("device.brand_noted", actor=by, target=device, brand=brand)
        device.refresh_from_db()
    return device


@audit.atomic
def set_device_secret(*, device: Device, sealed_user: str, sealed_password: str, by: User, now: datetime) -> Device:
    """Keep a new user and password; the count of refusals starts where the device left it for these very ones."""
    require_person(by, device.site, KEEPING)
    secret = _is_whole(sealed_user, sealed_password)
    if not secret:
        raise SecretIncomplete
    device = Device.objects.select_for_update().get(pk=device.pk)
    device.sealed_user, device.sealed_password = sealed_user, sealed_password
    _begin_count(device, now)
    device.save(update_fields=_SECRET)
    audit.record("device.secret_changed", actor=by, target=device)
    return device


@audit.atomic
def forget_device_secret(*, device: Device, by: User, now: datetime) -> Device:
    """Keep no user and password of a device any more. It is still the device that was verified, but without a
    secret nobody can connect to it: the stage Terhubung of its cameras ends."""
    require_person(by, device.site, KEEPING)
    device = Device.objects.select_for_update().get(pk=device.pk)
    if not device.has_secret:
        return device
    device.sealed_user = device.sealed_password = ""
    _begin_count(device, now)
    device.save(update_fields=_SECRET)
    audit.record("device.secret_forgotten", actor=by, target=device)
    end_connections(device=device, by=by, reason="secret_forgotten")
    return device


@audit.atomic
def erase_device(*, device: Device, reason: str, now: datetime) -> bool:
    """Keep neither where a device is nor how to sign in to it: no consent needs it any more. False when there was
    nothing to erase.

    Its row stays, because the history of who looked hangs on it; its maker and model say nothing of a person.
    The addresses that the trail keeps as text are emptied too; the trail itself stands.
    """
    device = Device.objects.select_for_update(of=("self",)).select_related("site").get(pk=device.pk)
    if not (device.host or device.rtsp_path or device.has_secret or device.serial or device.identity):
        return False
    forget_identity(device=device, by=None, reason=reason)
    end_connections(device=device, by=None, reason=reason)
    device.refresh_from_db()
    device.host = device.rtsp_path = device.sign_in_method = device.serial = ""
    device.onvif_port, device.rtsp_port, device.rtsp_tls = 80, None, False
    device.sealed_user = device.sealed_password = ""
    device.secret_changed_at, device.secret_refusals, device.secret_doubts = now, 0, []
    device.answered_at, device.waits_for_agent, device.wants_help = None, False, False
    device.secret_doubted_at = device.clock_offset_seconds = None
    device.save()
    device.refused_secrets.all().delete()
    audit.erase_texts(device)
    audit.record("device.erased", actor=None, target=device, site=str(device.site.public_id), reason=reason)
    return True


def note_sign_in(*, device: Device, method: str) -> None:
    """Remember how the device at this address was signed in to, so that the next visit begins with it."""
    if method:
        same = Device.objects.filter(pk=device.pk, host=device.host, onvif_port=device.onvif_port)
        same.exclude(sign_in_method=method).update(sign_in_method=method)


def _begin_count(device: Device, now: datetime) -> None:
    """The count of a secret that was just set, or forgotten, starts where the device left it for this very one."""
    count = count_on_record(device)
    device.secret_changed_at, device.secret_refusals = now, count.refusals
    device.secret_doubts = list(count.doubts)


def _is_whole(sealed_user: str, sealed_password: str) -> bool:
    """Whether there is a secret; half of one can sign in nowhere and is refused."""
    if bool(sealed_user) != bool(sealed_password):
        raise SecretIncomplete
    return bool(sealed_password)
