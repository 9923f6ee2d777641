"""The channels of a device become cameras: the ones the owner listed first, then new ones."""

from datetime import datetime

import audit
from accounts.models import User
from devices.report import Channel, DeviceReport
from registry.models import Camera, Device, Sees
from registry.services import end_verification

LABEL_MAX, TOKEN_MAX, PATH_MAX, CODEC_MAX = 80, 120, 500, 20


def match_channels(*, device: Device, report: DeviceReport, by: User, now: datetime) -> list[Camera]:
    """Give each channel its camera, inside the caller's audit block; the cameras in order of channels.

    A camera that already holds a channel of this device keeps it, and one whose camera the owner took off the
    register stays off. The rest of the channels go, in order, to the cameras of the site that have none yet, and
    what is left is listed as new by the owner. A camera that was
    verified before it had this channel has to be verified again.
    """
    holders = list(Camera.objects.filter(device=device, channel__isnull=False))
    known = {camera.channel: camera for camera in holders if camera.withdrawn_at is None}
    taken_off = {camera.channel for camera in holders} - set(known)
    waiting = _waiting(device)
    matched = []
    for channel in report.channels:
        if channel.number in taken_off:
            continue
        camera = known.get(channel.number)
        if camera is None:
            camera = waiting.pop(0) if waiting else _listed(device, channel, by, now)
            end_verification(camera=camera, by=by, reason="channel_given")
        _write(camera, device, channel)
        matched.append(camera)
    return matched


def _waiting(device: Device) -> list[Camera]:
    """Cameras of the site without a channel: first those the owner named for this device, then the others."""
    free = Camera.objects.listed().filter(site=device.site, channel__isnull=True)
    return [*free.filter(device=device).order_by("pk"), *free.filter(device__isnull=True).order_by("pk")]


def _listed(device: Device, channel: Channel, by: User, now: datetime) -> Camera:
    camera = Camera.objects.create(
        site=device.site,
        device=device,
        label=_free_label(device, channel),
        sees=Sees.OTHER,
        listed_at=now,
        listed_by=by,
    )
    audit.record("camera.listed", actor=by, target=camera, site=str(device.site.public_id), channel=channel.number)
    return camera


def _free_label(device: Device, channel: Channel) -> str:
    """The channel's name, numbered where the site already has a camera of that name; a bare token is no name."""
    named = channel.name not in {"", channel.video_source_token}
    wanted = (channel.name if named else f"Kanal {channel.number}")[: LABEL_MAX - 6]
    taken = {
        label.casefold()
        for label in Camera.objects.listed().filter(site=device.site).values_list("label", flat=True)
    }
    label, number = wanted, 1
    while label.casefold() in taken:
        number += 1
        label = f"{wanted} ({number})"
    return label


def _write(camera: Camera, device: Device, channel: Channel) -> None:
    """The main stream's facts. A text too long for its column is not a fact that we can use."""
    main = channel.streams[0] if channel.streams else None
    Camera.objects.filter(pk=camera.pk).update(
        device=device,
        channel=channel.number,
        profile_token=main.profile_token if main and len(main.profile_token) <= TOKEN_MAX else "",
        stream_path=main.path if main and len(main.path) <= PATH_MAX else "",
        codec=main.codec[:CODEC_MAX] if main else "",
        width=main.width if main else None,
        height=main.height if main else None,
    )
    camera.refresh_from_db()
