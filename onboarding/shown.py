"""How a probe is told on a page: its steps, and what came back, in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from devices.words import FOR_TECHNICIANS, STEP_WORDS, warning_words
from onboarding.models import Probe, ProbeKind
from onboarding.probe_runs import INTERRUPTED
from onboarding.tasks import PICTURE_WORDS
from registry.models import Camera, Device

CLOCK_TOLERANCE_SECONDS = 5
MENDABLE = frozenset({"clock_off", "h265_only"})
_STATES = {"started": "running", "done": "done", "failed": "failed"}


@dataclass(frozen=True)
class StepLine:
    """One step: waiting, running, done or failed."""

    label: str
    state: str
    detail: str = ""


@dataclass(frozen=True)
class Fact:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True)
class ChannelLine:
    """One channel: its camera (none where its owner has listed none), its main stream, and the format of the sub
    stream where there is one. `at` is its number in the report, where its camera is known by another."""

    number: int
    at: int
    name: str
    camera: Camera | None
    codec: str
    size: str
    sub_codec: str = ""
    h265_only: bool = False


def step_lines(probe: Probe) -> list[StepLine]:
    """The steps so far and, while the probe runs, those still to come."""
    lines = [StepLine(_(step["words"]), _STATES[step["state"]]) for step in _told(probe)]
    if probe.is_over:
        return [StepLine(line.label, "failed") if line.state == "running" else line for line in lines]
    seen = {step["code"] for step in _told(probe)}
    coming = STEP_WORDS if probe.kind == ProbeKind.CONNECT else {"picture": PICTURE_WORDS}
    return lines + [StepLine(_(words), "waiting") for code, words in coming.items() if code not in seen]


def _told(probe: Probe) -> list[dict[str, str]]:
    """The steps under their own names: what failed is said below them, once, with its remedy.

    Once an interrupted probe runs again, its first try is no longer told.
    """
    steps = list(probe.steps)
    while any(step["code"] == INTERRUPTED for step in steps[:-1]):
        steps.pop(0)
    names = STEP_WORDS if probe.kind == ProbeKind.CONNECT else {"picture": PICTURE_WORDS}
    return [{**step, "words": names.get(step["code"], step["words"])} for step in steps]


def facts_of(report: dict[str, Any]) -> list[Fact]:
    """What the device says about itself."""
    unknown = _("Tidak disebut perangkat")
    if not report.get("onvif", True):
        unread = _("Tidak diketahui tanpa ONVIF")
        return [Fact(label, unread) for label in (_("Merek dan tipe"), _("Nomor seri"), _("Jam perangkat"))]
    return [
        Fact(_("Merek"), str(report.get("maker") or unknown)),
        Fact(_("Tipe"), str(report.get("model") or unknown)),
        Fact(_("Nomor seri"), str(report.get("serial") or unknown)),
        Fact(_("Firmware"), str(report.get("firmware") or unknown)),
        Fact(_("Jam perangkat"), clock_words(report.get("clock_offset_seconds"))),
    ]


def warnings_of(report: dict[str, Any]) -> list[str]:
    """What the owner might mend, in sentences."""
    return [_(warning_words(code)) for code in report.get("warnings", []) if code not in FOR_TECHNICIANS]


def may_be_mended(report: dict[str, Any]) -> bool:
    """Whether it warns of something that we can change on the device, if its owner agrees."""
    return bool(report.get("onvif", True) and MENDABLE & set(report.get("warnings", [])))


def channel_lines(probe: Probe, report: dict[str, Any]) -> list[ChannelLine]:
    """The channels of a report with their cameras."""
    cameras = list(Camera.objects.listed().filter(device=probe.device, channel__isnull=False))
    by_source = {camera.video_source_token: camera for camera in cameras if camera.video_source_token}
    by_number = {camera.channel: camera for camera in cameras if not camera.video_source_token}
    lines = []
    for channel in report.get("channels", []):
        camera = by_source.get(channel.get("video_source_token")) or by_number.get(channel["number"])
        main, sub = [*(channel.get("streams") or []), {}, {}][:2]
        width, height = main.get("width"), main.get("height")
        lines.append(
            ChannelLine(
                number=camera.channel if camera and camera.channel else channel["number"],
                at=channel["number"],
                name="" if channel.get("name") == channel.get("video_source_token") else channel["name"],
                camera=camera,
                codec=main.get("codec") or "–",
                size=f"{width} × {height}" if width and height else "–",
                sub_codec=sub.get("codec") or "",
                h265_only=bool(channel.get("h265_only")),
            )
        )
    return lines


def cameras_without_channel(device: Device) -> list[Camera]:
    """The cameras named for this device for which it has no channel."""
    return list(Camera.objects.listed().filter(device=device, channel__isnull=True).order_by("pk"))


def clock_words(offset_seconds: float | None) -> str:
    """How far a device's clock is off, as people say it."""
    if offset_seconds is None:
        return _("Tidak terbaca")
    if abs(offset_seconds) <= CLOCK_TOLERANCE_SECONDS:
        return _("Tepat")
    span = _span(round(abs(offset_seconds)))
    if offset_seconds > 0:
        return _("%(span)s lebih cepat") % {"span": span}
    return _("%(span)s lebih lambat") % {"span": span}


def _span(seconds: int) -> str:
    if seconds < 90:
        return ngettext("%(n)d detik", "%(n)d detik", seconds) % {"n": seconds}
    if seconds < 90 * 60:
        minutes = round(seconds / 60)
        return ngettext("%(n)d menit", "%(n)d menit", minutes) % {"n": minutes}
    if seconds < 36 * 3600:
        hours = round(seconds / 3600)
        return ngettext("%(n)d jam", "%(n)d jam", hours) % {"n": hours}
    days = round(seconds / 86400)
    return ngettext("%(n)d hari", "%(n)d hari", days) % {"n": days}


def direction_words(degrees: int | None) -> str:
    """A direction as people say it; unknown is never north."""
    if degrees is None:
        return _("Tidak tahu")
    names = [
        _("utara"),
        _("timur laut"),
        _("timur"),
        _("tenggara"),
        _("selatan"),
        _("barat daya"),
        _("barat"),
        _("barat laut"),
    ]
    return f"{names[round(degrees / 45) % 8]} ({degrees}°)"
