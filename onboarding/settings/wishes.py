"""What we would wish of a device. Only differences from it are offered, and nothing is done by it."""

from typing import Any

from django.conf import settings

from devices.changes import Wish
from onboarding.identity import last_report
from onboarding.models import ChangeKind, DeviceChange, SettingsWork, WorkKind
from onboarding.settings.accounts import fresh_name, holds_our_user
from onboarding.settings.present import present_of
from registry.models import Camera, Device

CODEC = "H264"
"""Every browser plays it; H.265 only some."""

LARGEST = (1280, 720)
SENSIBLE = (640, 360)
FASTEST_FPS = 15
SOURCES_MAX = 32
_CLOCKS = frozenset({ChangeKind.CLOCK, ChangeKind.NTP})

Polygons = list[list[list[float]]]


def wishes_for(device: Device, masks: dict[str, Polygons]) -> list[Wish]:
    """The wishes for this device: its clock, by hand and by NTP, the small stream of each camera, a user of ours,
    and the areas that its owner drew, now (`masks`, by video source) or before."""
    wishes = [Wish("clock"), Wish("ntp", "", {"server": settings.NTP_SERVER})]
    wishes += [Wish("substream", token, _substream(streams)) for token, streams in _sources(device)]
    if not holds_our_user(device):
        wishes.append(Wish("user", "", {"name": fresh_name()}))
    drawn = drawn_areas(device) | masks
    return wishes + [Wish("masks", token, {"polygons": polygons}) for token, polygons in drawn.items()]


def drawn_areas(device: Device) -> dict[str, Polygons]:
    """The areas that its owner drew, by video source, as the last reading asked for them: also where the device
    could not cover them. Those that he had taken away again since are not among them."""
    reading = SettingsWork.objects.filter(device=device, kind=WorkKind.READ).first()
    if reading is None or not present_of(device).is_of(reading):
        return {}
    undone = DeviceChange.objects.filter(device=device, kind=ChangeKind.MASKS, undone_at__gt=reading.created_at)
    gone = set(undone.values_list("subject", flat=True))
    return {
        wish["subject"]: wish["values"]["polygons"]
        for wish in reading.wishes
        if wish["kind"] == ChangeKind.MASKS and wish["subject"] not in gone
    }


def wishes_after(change: DeviceChange, *, undone: bool) -> list[Wish]:
    """What is read again once this change was written, or taken back (`undone`): what it bears on, and no more."""
    if change.kind == ChangeKind.USER:
        return [Wish("user", "", {"name": fresh_name()})] if undone else []
    if change.kind == ChangeKind.MASKS and undone:
        return []  # Nobody wishes for areas that were taken away.
    return [wish for wish in wishes_for(change.device, {}) if bears_on(change, wish.kind, wish.subject)]


def bears_on(change: DeviceChange, kind: str, of: str) -> bool:
    """Whether what was found of this kind, of this video source, may be another after the change."""
    kinds = _CLOCKS if change.kind in _CLOCKS else {change.kind}
    source = change.camera.video_source_token if change.camera else ""
    return kind in kinds and of in ("", source)


def _sources(device: Device) -> list[tuple[str, list[dict[str, Any]]]]:
    """The video sources that are cameras on record, with their streams as last read."""
    cameras = Camera.objects.listed().filter(device=device).exclude(video_source_token="")
    tokens = list(cameras.order_by("channel", "pk").values_list("video_source_token", flat=True))[:SOURCES_MAX]
    channels = (last_report(device) or {}).get("channels", [])
    streams = {channel.get("video_source_token"): channel.get("streams") or [] for channel in channels}
    return [(token, streams.get(token, [])) for token in tokens]


def _substream(streams: list[dict[str, Any]]) -> dict[str, Any]:
    """H.264, and no larger or faster than a look over a phone line needs; what is small enough stays as it is."""
    values: dict[str, Any] = {"codec": CODEC}
    sub = streams[1] if len(streams) > 1 else {}
    if (sub.get("width") or 0) > LARGEST[0] or (sub.get("height") or 0) > LARGEST[1]:
        values |= {"width": SENSIBLE[0], "height": SENSIBLE[1]}
    if (sub.get("fps") or 0) > FASTEST_FPS:
        values["fps"] = FASTEST_FPS
    return values
