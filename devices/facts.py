"""What a device says of itself beyond what is needed to see through it. Frozen, JSON-safe, without secrets."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """How the clock is kept: `source` is Manual, NTP or what the device says; the zone as it writes it (POSIX)."""

    source: str = ""
    time_zone: str = ""
    daylight_saving: bool | None = None


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface; `mac` as aa:bb:cc:dd:ee:ff, addresses without their prefix length."""

    token: str
    name: str
    mac: str
    enabled: bool
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoSource:
    """One lens, or one channel of a recorder."""

    token: str
    width: int | None
    height: int | None
    fps: float | None


@dataclass(frozen=True, slots=True)
class Encoder:
    """One video encoder configuration. `kbit` is the limit of its bit rate in kbit/s, `gov_length` the frames from
    one keyframe to the next, `profile` the codec's (Main, High)."""

    token: str
    codec: str
    width: int | None
    height: int | None
    fps: int | None
    kbit: int | None = None
    gov_length: int | None = None
    profile: str = ""


NO_ENCODER = Encoder("", "", None, None, None)


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """What one encoder can be set to with one codec: sizes, frames per second, kbit/s and profiles."""

    encoder: str
    codec: str
    sizes: tuple[tuple[int, int], ...] = ()
    fps_min: float | None = None
    fps_max: float | None = None
    kbit_min: int | None = None
    kbit_max: int | None = None
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mask:
    """One privacy mask in the camera: corners in the standard's coordinates, -1 to 1, y upwards."""

    token: str
    configuration: str
    kind: str
    enabled: bool
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class MaskOptions:
    """What masks the device can hold for one video source configuration."""

    configuration: str
    masks_max: int | None
    points_max: int | None
    kinds: tuple[str, ...] = ()
    rectangle_only: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording kept in the device or on its card."""

    token: str
    name: str


@dataclass(frozen=True, slots=True)
class Details:
    """What was read beyond the essential. None where the device does not offer it or did not say; empty where it
    said that there is none. `missing` names what it offers and what could not be read or was not asked for, and
    `not_offered` what it does not offer, so that nothing empty is left without a reason."""

    clock: ClockSettings | None = None
    services: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    interfaces: tuple[Interface, ...] | None = None
    video_sources: tuple[VideoSource, ...] | None = None
    encoders: tuple[Encoder, ...] = ()
    encoder_options: tuple[EncoderOptions, ...] = ()
    masks: tuple[Mask, ...] | None = None
    mask_options: tuple[MaskOptions, ...] = ()
    event_topics: tuple[str, ...] | None = None
    recordings: tuple[Recording, ...] | None = None
    missing: tuple[str, ...] = ()
    not_offered: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """JSON-safe."""
        return asdict(self)


NO_DETAILS = Details()
#: Of a device that is not asked by ONVIF.
NOT_ASKED = Details(
    missing=tuple(part.name for part in fields(Details) if part.name not in {"missing", "not_offered"})
)
