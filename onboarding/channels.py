"""The channels of a device are given to the cameras that their owner has listed. What is left over is a camera only
when he says so.

A camera is tied to a video source by the source's own token. Its number is how its owner knows it, given once: a
recorder that lists its sources in another order, or leaves one out, moves no camera to another picture.
"""

from typing import Any

import audit
from accounts.models import User
from devices.report import Channel, DeviceReport, Stream
from devices.rtsp_path import is_rtsp_token
from registry.models import Camera, Device
from registry.services import end_verification

LABEL_MAX, TOKEN_MAX, PATH_MAX, CODEC_MAX = 80, 120, 500, 20


def match_channels(*, device: Device, report: DeviceReport, by: User) -> list[Camera]:
    """Give each channel its camera, inside the caller's audit block; the cameras in the order of the report.

    A camera that holds a source keeps it, and one that the owner took off the register stays off. The rest of the
    channels go, in order, to the cameras of the site that have none yet; what is left is nobody's camera until
    the owner lists it (`tie_channel`). A camera behind which another source, profile or stream stands than before
    is to be verified again, and so is one that was verified before it had a channel.
    """
    holders = _holders(device)
    waiting = _waiting(device)
    matched = []
    for channel in report.channels:
        holder = _holder(channel, holders)
        if holder is not None:
            holders.remove(holder)
            if holder.withdrawn_at is None:
                _follow(holder, channel, by)
                matched.append(holder)
            continue
        if waiting:
            camera = waiting.pop(0)
            end_verification(camera=camera, by=by, reason="channel_given")
            tie_channel(device=device, camera=camera, channel=channel, by=by)
            matched.append(camera)
    return matched


def tie_channel(*, device: Device, camera: Camera, channel: Channel, by: User) -> None:
    """Inside the caller's audit block: this camera has none yet, and this channel is its picture from now on."""
    _write(camera, channel, by, device=device, channel=_free_number(device, channel))


def camera_on(device: Device, channel: Channel) -> Camera | None:
    """The listed camera of the channel."""
    holder = _holder(channel, _holders(device))
    return holder if holder is not None and holder.withdrawn_at is None else None


def channel_of(report: dict[str, Any], number: int) -> Channel | None:
    """The channel of this number in a report as it is kept."""
    kept = next((one for one in report.get("channels", []) if one["number"] == number), None)
    if kept is None:
        return None
    streams = tuple(Stream(**stream) for stream in kept["streams"])
    return Channel(kept["number"], kept["name"], kept["video_source_token"], streams)


def _holders(device: Device) -> list[Camera]:
    cameras = Camera.objects.filter(device=device, channel__isnull=False)
    return list(cameras.select_related("site").order_by("channel", "pk"))


def _holder(channel: Channel, holders: list[Camera]) -> Camera | None:
    """The camera of this source. One of which no source is known yet is found by its profile, else its number; so
    is one whose source was named in the other way of speaking, before its device changed to RTSP alone or back."""
    token = _fitting(channel.video_source_token, TOKEN_MAX)
    profiles = {stream.profile_token for stream in channel.streams}
    same_source = [one for one in holders if token and one.video_source_token == token]
    unknown = [one for one in holders if not (token and _named_alike(token, one.video_source_token))]
    same_profile = [one for one in unknown if one.profile_token and one.profile_token in profiles]
    same_number = [one for one in unknown if one.channel == channel.number]
    # Of a camera that was taken off and one that was listed again for the same source, the listed one holds it.
    found = same_source or same_profile or same_number
    return min(found, key=lambda one: one.withdrawn_at is not None, default=None)


def _named_alike(token: str, known: str) -> bool:
    """Whether both are names of sources in one way of speaking: ONVIF's own, or ours for RTSP alone."""
    return bool(known) and is_rtsp_token(token) == is_rtsp_token(known)


def _follow(camera: Camera, channel: Channel, by: User) -> None:
    """Write what the source answers now; if that is not what stood there before, what was verified is gone."""
    if not channel.streams:
        return  # A broken answer about a known source changes nothing.
    before = (camera.video_source_token, camera.profile_token, camera.stream_path)
    after = _ties(channel)
    if any(old and old != new for old, new in zip(before, after.values(), strict=True)):
        end_verification(camera=camera, by=by, reason="source_changed")
    _write(camera, channel, by)


def _waiting(device: Device) -> list[Camera]:
    """Cameras of the site without a channel: first those the owner named for this device, then the others."""
    free = Camera.objects.listed().filter(site=device.site, channel__isnull=True).select_related("site")
    return [*free.filter(device=device).order_by("pk"), *free.filter(device__isnull=True).order_by("pk")]


def _free_number(device: Device, channel: Channel) -> int:
    """The number that the device gives the channel, or the next one that no camera of it has."""
    taken = set(
        Camera.objects.filter(device=device, channel__isnull=False).values_list("channel", flat=True),
    )
    number = channel.number
    while number in taken:
        number += 1
    return number


def proposed_label(device: Device, channel: Channel) -> str:
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


def _ties(channel: Channel) -> dict[str, str]:
    """What ties a camera to its picture. A text too long for its column is not a fact that we can use."""
    main = channel.streams[0] if channel.streams else None
    return {
        "video_source_token": _fitting(channel.video_source_token, TOKEN_MAX),
        "profile_token": _fitting(main.profile_token, TOKEN_MAX) if main else "",
        "stream_path": _fitting(main.path, PATH_MAX) if main else "",
    }


def _fitting(text: str, most: int) -> str:
    return text if len(text) <= most else ""


def _write(camera: Camera, found: Channel, by: User, **tie: object) -> None:
    """The main stream's facts, and for a camera new to the device its `tie`: device and number. On the trail stands
    only what has changed, and no path: makers write secrets into them."""
    main = found.streams[0] if found.streams else None
    facts = {
        **tie,
        **_ties(found),
        "codec": main.codec[:CODEC_MAX] if main else "",
        "width": main.width if main else None,
        "height": main.height if main else None,
    }
    changed = sorted(name for name, value in facts.items() if getattr(camera, name) != value)
    if not changed:
        return
    Camera.objects.filter(pk=camera.pk).update(**facts)
    camera.refresh_from_db()
    audit.record(
        "camera.source_tied",
        actor=by,
        target=camera,
        device=str(camera.device.public_id) if camera.device else "",
        channel=camera.channel,
        source=camera.video_source_token,
        profile=camera.profile_token,
        changed=changed,
    )
