"""Asking for a probe, and changing what a probe rests on: the device's address and password."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

import audit
from accounts.models import User
from devices.report import Channel
from onboarding.errors import (
    AddressMissing,
    ConsentFirst,
    HomeOnly,
    NothingListed,
    PasswordNeeded,
    ProbeRunning,
    SecretMissing,
    SecretRefusedBefore,
    SecretRests,
    SecretUnclear,
    TooManyProbes,
    UserNeeded,
)
from onboarding.identity import address_of
from onboarding.models import Probe, ProbeKind, ProbeState
from onboarding.probe_runs import TO_START, forget_pictures
from onboarding.queries import device_is_consented
from onboarding.replaced import tell_if_ended, verified_on
from onboarding.tasks import run_probe
from registry.models import Camera, Device
from registry.people import KEEPING
from registry.services import (
    another_try_at,
    change_device_address,
    forget_identity,
    give_another_try,
    require_person,
    set_device_brand,
    set_device_secret,
    stream_place,
)
from registry.targets import Sealed, is_home_only, seal_credentials

DAY = timedelta(hours=24)


@transaction.atomic
def request_probe(*, device: Device, by: User, now: datetime, again: bool = False) -> Probe:
    """The owner asks for his device to be read: write down that a probe is owed and send it on its way.

    `again`: a secret that rests because the device did not answer clearly shall be tried once more. Raises an
    OnboardingError with the cause in words.
    """
    device = _held(device, by, now)
    _require_within_limits(device, by, now)
    if again and device.count.rests:
        wake_secret(device=device, by=by, now=now)
        device.refresh_from_db()
    forget_pictures(device=device, kind=ProbeKind.CHANNEL)
    return owe_probe(device=device, by=by, now=now, kind=ProbeKind.CONNECT)


@transaction.atomic
def request_channel_picture(*, device: Device, channel: Channel, by: User, now: datetime) -> Probe:
    """The owner looks through a channel that is no camera yet, to know whether it shall be one.

    It counts like a test of the device. Raises an OnboardingError with the cause in words.
    """
    device = _held(device, by, now)
    _require_within_limits(device, by, now)
    return owe_probe(device=device, by=by, now=now, kind=ProbeKind.CHANNEL, proves=picture_of(channel))


def _held(device: Device, by: User, now: datetime) -> Device:
    """The device, locked, with the consents that let it be dialled; a withdrawal waits, or has been.

    Raises ConsentFirst where nothing in force needs it, and what `require_person` raises.
    """
    device = Device.objects.select_for_update().get(pk=device.pk)
    require_person(by, device.site, KEEPING)
    if not device_is_consented(device.site_id, now, lock=True):
        raise ConsentFirst
    return device


def picture_of(channel: Channel) -> dict[str, Any]:
    """Which channel a picture is of, as its probe keeps it."""
    profile = channel.streams[0].profile_token if channel.streams else ""
    return {"number": channel.number, "source": channel.video_source_token, "profile": profile}


def owe_probe(*, device: Device, by: User, now: datetime, kind: ProbeKind, **of: Any) -> Probe:
    """Owe a probe of a device that the caller has locked; at most one of a device is open."""
    require_dialable(device, now)
    if Probe.objects.filter(device=device, state__in=[ProbeState.QUEUED, ProbeState.RUNNING]).exists():
        raise ProbeRunning
    forget_pictures(device=device, kind=kind)
    probe = Probe.objects.create(
        kind=kind,
        device=device,
        requested_by=by,
        address=address_of(device),
        created_at=now,
        lease_until=now + TO_START,
        **of,
    )
    # robust: with the broker gone the row is still owed, and rescue_probes sends it.
    transaction.on_commit(lambda: run_probe.delay(probe.pk), robust=True)
    return probe


def require_dialable(device: Device, now: datetime) -> None:
    """Raises unless a camera is listed there, a consent needs its device, the address can be reached, and the
    secret need not rest."""
    require_reachable(device, now)
    if not device.has_secret:
        raise SecretMissing
    if device.count.rests:
        raise SecretUnclear if device.count.doubts else SecretRests


def wake_secret(*, device: Device, by: User, now: datetime) -> None:
    """Have a secret that rests tried once more, because its owner asks for it.

    SecretRests where the device refused it twice in so many words: that is for ever. SecretUnclear, with the moment
    from which on it may be, while its last unclear answer is too recent.
    """
    opens = another_try_at(device)
    if opens is None:
        raise SecretRests
    if opens > now:
        moment = timezone.localtime(opens + timedelta(minutes=1))
        raise SecretUnclear(str(SecretUnclear.later) % {"moment": date_format(moment, "H.i")})
    give_another_try(device=device, by=by, now=now)


def require_reachable(device: Device, now: datetime) -> None:
    """Raises unless a camera is listed there, a consent needs its device, and the address can be reached."""
    if not device_is_consented(device.site_id, now):
        raise ConsentFirst
    if not Camera.objects.listed().filter(site=device.site_id).exists():
        raise NothingListed
    if not device.host:
        raise AddressMissing
    if is_home_only(device.host, device.site):
        raise HomeOnly


def _require_within_limits(device: Device, by: User, now: datetime) -> None:
    """Per owner (the person, or anybody for the same partner), per address, each within 24 hours.

    The address counts whatever the port, so that nobody feels his way through the ports of a host.
    """
    today = Probe.objects.filter(kind__in=[ProbeKind.CONNECT, ProbeKind.CHANNEL], created_at__gt=now - DAY)
    mine = Q(requested_by=by) | Q(device__site__partner_id=device.site.partner_id)
    if today.filter(mine).count() >= settings.PROBES_PER_OWNER_PER_DAY:
        raise TooManyProbes
    host = address_of(device).rpartition(":")[0]
    if today.filter(address__startswith=f"{host}:").count() >= settings.PROBES_PER_ADDRESS_PER_DAY:
        raise TooManyProbes


@audit.atomic
def change_device(
    *,
    device: Device,
    host: str,
    onvif_port: int,
    rtsp_port: int | None,
    user: str,
    password: str,
    by: User,
    now: datetime,
    rtsp_path: str = "",
    rtsp_tls: bool = False,
    brand: str = "",
) -> Device:
    """Change where a device is and how to sign in to it.

    A blank password keeps the one on record, unless host, port or user changed: then it is asked for again. One
    that the device refused twice before is not taken (SecretRefusedBefore); one that rests in doubt is tried once
    more, after a pause (SecretUnclear). An address that works only at home is
    kept, without a password, in the queue for an agent. Another address, RTSP
    port or path ends the verification of the device's cameras; so does a new password for a device that nobody has
    verified, or in whose place another one answers.
    """
    device = _held(device, by, now)
    moved = (device.host, device.onvif_port) != (host, onvif_port)
    home = is_home_only(host, device.site)
    sealed = Sealed("", "") if home else _sealed(device, host, onvif_port, user, password, moved=moved)
    before = verified_on(device)
    streams = stream_place(device.rtsp_port, device.rtsp_path, device.rtsp_tls, device.brand)
    elsewhere = moved or stream_place(rtsp_port, rtsp_path, rtsp_tls, brand) != streams
    if elsewhere or home != device.waits_for_agent:
        change_device_address(
            device=device,
            host=host,
            onvif_port=onvif_port,
            rtsp_port=rtsp_port,
            rtsp_path=rtsp_path,
            rtsp_tls=rtsp_tls,
            brand=brand,
            sealed_user=sealed.user,
            sealed_password=sealed.password,
            waits_for_agent=home,
            by=by,
            now=now,
        )
    else:
        set_device_brand(device=device, brand=brand, by=by)
        if sealed.password:
            set_device_secret(
                device=device, sealed_user=sealed.user, sealed_password=sealed.password, by=by, now=now
            )
    if sealed.password and (device.identity is None or device.different_since is not None):
        forget_identity(device=device, by=by, reason="secret_changed")
    reason = "address_changed" if elsewhere else "secret_changed"
    tell_if_ended(device=device, before=before, reason=reason, now=now)
    device.refresh_from_db()
    if sealed.password and device.count.rests:
        if not device.count.doubts:
            raise SecretRefusedBefore
        wake_secret(device=device, by=by, now=now)
        device.refresh_from_db()
    return device


def _sealed(device: Device, host: str, port: int, user: str, password: str, *, moved: bool) -> Sealed:
    """The typed secret, sealed for the new place; empty where the one on record stays."""
    if not password:
        if user or (moved and device.host):
            raise PasswordNeeded
        return Sealed("", "")
    if not user and (moved or not device.sealed_user):
        raise UserNeeded
    fresh = seal_credentials(device_id=device.public_id, host=host, port=port, user=user, password=password)
    return fresh if user else Sealed(device.sealed_user, fresh.password)
