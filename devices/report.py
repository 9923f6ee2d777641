"""What a probe learned, in frozen dataclasses; nothing here knows a password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self, TypedDict

from devices.count import Count
from devices.facts import NO_DETAILS, Details
from devices.pictures import Picture

_SECRET_QUERY = re.compile(r"((?:pass|pwd|psw|token|auth|user|usr|key)[a-z_]*=)[^&/?]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a device is, as the owner typed it.

    `rtsp_port` is used for the streams when given; else the port that the device names, if the route admits it
    on the same address; else 554. `rtsp_path` brings in a device that speaks RTSP only; it may be a template with
    `{channel}` and `{stream}`, for which stands first `rtsp_streams[0]` (the main stream), then `rtsp_streams[1]`.
    `rtsp_tls` is for such a device; others name the scheme of their streams themselves.
    """

    host: str
    port: int = 80
    rtsp_port: int | None = None
    rtsp_path: str = field(default="", repr=False)
    rtsp_streams: tuple[str, str] = ("1", "2")
    rtsp_tls: bool = False
    tls: bool | None = None

    @property
    def uses_tls(self) -> bool:
        return self.port in (443, 8443) if self.tls is None else self.tls


#: Parts of an identity that a visit has learned by a moment of it, in the order in which it learns them.
BEFORE_SIGN_IN = ("tls_fingerprint", "shape", "endpoint")
BEFORE_MAC = (*BEFORE_SIGN_IN, "serial")
PARTS = (*BEFORE_MAC, "mac", "stream_tls_fingerprint")


@dataclass(frozen=True, slots=True)
class Identity:
    """How a device is known again. A part that was empty when it was kept is unknown and is not compared.

    `shape` is a short hash of what strangers are told, and `endpoint` one of the name that a device gives itself
    for its whole life, if it gives one: a part of its own, because a busy device may owe us the one and not the
    other. `tls_fingerprint` is there where the device was verified over TLS, and `stream_tls_fingerprint` where its
    streams alone are.
    """

    serial: str = ""
    mac: str = ""
    tls_fingerprint: str = ""
    shape: str = ""
    endpoint: str = ""
    stream_tls_fingerprint: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Self:
        """The identity that `to_dict` made, also an earlier release's, which knew fewer parts."""
        return cls(**{part.name: str((kept or {}).get(part.name) or "") for part in fields(cls)})

    def to_dict(self) -> dict[str, str]:
        """JSON-safe."""
        return asdict(self)

    def differs_before_sign_in(self, seen: Identity) -> str:
        """The part that shows another device while no credential has been sent yet, or nothing.

        Certificate, shape and endpoint must be equal: better to ask the owner after a new firmware than to send a
        secret to a neighbour's device. A serial number is compared where strangers are told one.
        """
        if part := self.differs(seen, BEFORE_SIGN_IN):
            return part
        return "serial" if self.serial and seen.serial and self.serial != seen.serial else ""

    def differs(self, seen: Identity, parts: tuple[str, ...] = PARTS) -> str:
        """The first part that shows another device, or nothing. A kept part must be answered, and equally."""
        for name in parts:
            if getattr(self, name) and getattr(self, name) != getattr(seen, name):
                return name
        return ""


@dataclass(frozen=True, slots=True)
class Stream:
    """One encoded stream of a channel. `path` is path and query only; makers hide passwords there, so `to_dict`
    shows it with such values struck out."""

    profile_token: str
    codec: str
    width: int | None
    height: int | None
    fps: int | None
    path: str = field(default="", repr=False)
    rtsp_port: int | None = None
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """One video source: a camera of its own in the registry. Streams are ordered main first.

    `video_source_token` is the device's own name for it and what a camera is tied to; `number` is for people, and
    can move where the tokens carry none.
    """

    number: int
    name: str
    video_source_token: str
    streams: tuple[Stream, ...] = ()

    @property
    def h265_only(self) -> bool:
        """Whether it sends H.265 and no H.264, which few browsers play."""
        codecs = {stream.codec for stream in self.streams}
        return "H265" in codecs and "H264" not in codecs


PictureSource = Literal["", "snapshot", "keyframe"]


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """Everything one probe learned. `worked` is what the next visit begins with (`OnvifSession.worked`).

    `snapshot_path` is that of the first channel, without its host: None where it was not asked for, empty where the
    device gave none.
    """

    host: str
    port: int
    maker: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    mac: str = ""
    clock_offset_seconds: float | None = None
    onvif: bool = True
    auth_not_enforced: bool = False
    channels: tuple[Channel, ...] = ()
    picture: Picture | None = None
    picture_source: PictureSource = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    identity: Identity = Identity()
    sign_in_method: str = ""
    worked: str = ""
    refusals: int = 0
    doubts: tuple[str, ...] = ()
    details: Details = NO_DETAILS
    snapshot_path: str | None = field(default=None, repr=False)

    @property
    def count(self) -> Count:
        """What stands against the secret by the end of the visit."""
        return Count(self.refusals, self.doubts)

    def to_dict(self) -> dict[str, object]:
        """JSON-safe, without the picture's bytes and without secrets."""
        return {
            "host": self.host,
            "port": self.port,
            "maker": self.maker,
            "model": self.model,
            "firmware": self.firmware,
            "serial": self.serial,
            "mac": self.mac,
            "clock_offset_seconds": self.clock_offset_seconds,
            "onvif": self.onvif,
            "auth_not_enforced": self.auth_not_enforced,
            "channels": [_channel_dict(channel) for channel in self.channels],
            "picture": _picture_dict(self.picture),
            "picture_source": self.picture_source,
            "warnings": list(self.warnings),
            "seconds": round(self.seconds, 3),
            "identity": self.identity.to_dict(),
            "sign_in_method": self.sign_in_method,
            "worked": self.worked,
            "refusals": self.refusals,
            "doubts": list(self.doubts),
            "details": self.details.to_dict(),
            "snapshot_path": None if self.snapshot_path is None else without_secrets(self.snapshot_path),
        }


class PictureDict(TypedDict):
    width: int
    height: int
    bytes: int


def _picture_dict(picture: Picture | None) -> PictureDict | None:
    if picture is None:
        return None
    return {"width": picture.width, "height": picture.height, "bytes": len(picture.jpeg)}


def _channel_dict(channel: Channel) -> dict[str, object]:
    return {
        "number": channel.number,
        "name": channel.name,
        "video_source_token": channel.video_source_token,
        "h265_only": channel.h265_only,
        "streams": [
            {
                "profile_token": stream.profile_token,
                "codec": stream.codec,
                "width": stream.width,
                "height": stream.height,
                "fps": stream.fps,
                "path": without_secrets(stream.path),
                "rtsp_port": stream.rtsp_port,
                "tls": stream.tls,
            }
            for stream in channel.streams
        ],
    }


def without_secrets(path: str) -> str:
    """A stream path with the values of password-like parameters struck out (XM writes them into the path)."""
    return _SECRET_QUERY.sub(r"\1***", path)
