"""Encodes a scene as H.264 or H.265, and cuts it into RTP packets (RFC 6184, RFC 7798).

Each viewer has an encoder of its own: the first thing he gets is a keyframe, nothing is shared, and nothing
is drawn or encoded while nobody watches.
"""

from __future__ import annotations

import base64
import fractions
import re
import secrets
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import av
from av.video.frame import PictureType
from PIL import Image

PAYLOAD_TYPE = 96
TICKS_PER_SECOND = 90_000
MAX_PAYLOAD = 1400
NAL_SPS, NAL_PPS, FU_A = 7, 8, 28
NAL_VPS_265, NAL_SPS_265, NAL_PPS_265, FU_265 = 32, 33, 34, 49

_START_CODE = re.compile(rb"\x00{2,}\x01")

Draw = Callable[[tuple[int, int]], Image.Image]


@dataclass(frozen=True)
class Video:
    """One stream that a device offers: its size, its rate, and what draws its pictures."""

    width: int
    height: int
    fps: int
    kbit: int
    draw: Draw
    codec: str = "H264"

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @cached_property
    def parameter_sets(self) -> list[bytes]:
        """SPS and PPS (VPS before them for H.265), for the description. They depend on the settings alone."""
        units = Encoder(self).encode(Image.new("RGB", self.size), 0)
        if self.codec == "H265":
            return [u for u in units if u[0] >> 1 & 63 in (NAL_VPS_265, NAL_SPS_265, NAL_PPS_265)]
        return [unit for unit in units if unit[0] & 31 in (NAL_SPS, NAL_PPS)]

    def fmtp(self) -> str:
        """The `a=fmtp` value by which a player knows the stream before its first packet."""
        sets = self.parameter_sets
        if self.codec == "H265":
            named = {NAL_VPS_265: "vps", NAL_SPS_265: "sps", NAL_PPS_265: "pps"}
            return ";".join(f"sprop-{named[u[0] >> 1 & 63]}={base64.b64encode(u).decode()}" for u in sets)
        profile = next(unit[1:4].hex() for unit in sets if unit[0] & 31 == NAL_SPS)
        sprop = ",".join(base64.b64encode(unit).decode() for unit in sets)
        return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sprop}"


class Encoder:
    """H.264 or H.265 for one viewer: cheap (ultrafast), without delay, with a keyframe every second."""

    def __init__(self, video: Video) -> None:
        codec = av.CodecContext.create("libx265" if video.codec == "H265" else "libx264", "w")
        codec.width, codec.height = video.size
        codec.pix_fmt = "yuv420p"
        codec.framerate = fractions.Fraction(video.fps)
        codec.time_base = fractions.Fraction(1, TICKS_PER_SECOND)
        codec.bit_rate = video.kbit * 1000
        codec.gop_size = video.fps
        codec.thread_count = 1
        limits = f"keyint={video.fps}:scenecut=0:vbv-maxrate={video.kbit}:vbv-bufsize={video.kbit}"
        codec.options = {"preset": "ultrafast", "tune": "zerolatency"}
        if video.codec == "H265":
            alone = "repeat-headers=1:info=0:log-level=none:pools=none:frame-threads=1"
            codec.options |= {"x265-params": f"{limits}:{alone}"}
        else:
            codec.options |= {"profile": "baseline", "x264-params": limits}
        self._codec = codec
        self._first = True

    def encode(self, picture: Image.Image, ticks: int) -> list[bytes]:
        """The NAL units of one picture. The first picture is always a keyframe with its parameter sets."""
        frame = av.VideoFrame.from_image(picture).reformat(format="yuv420p")
        frame.pts = ticks
        frame.time_base = self._codec.time_base
        if self._first:
            frame.pict_type, self._first = PictureType.I, False
        units: list[bytes] = []
        for packet in self._codec.encode(frame):
            units.extend(unit for unit in _START_CODE.split(bytes(packet)) if unit)
        return units


class Packetizer:
    """Cuts NAL units into RTP packets, numbering them as one stream."""

    def __init__(self, codec: str = "H264") -> None:
        self._cut = _payloads_265 if codec == "H265" else _payloads
        self.ssrc = secrets.randbits(32)
        self.sequence = secrets.randbits(15)

    def packets(self, units: list[bytes], ticks: int) -> Iterator[bytes]:
        """RTP packets of one picture; the last one carries the marker bit."""
        payloads = [payload for unit in units for payload in self._cut(unit)]
        for number, payload in enumerate(payloads, start=1):
            marker = 0x80 if number == len(payloads) else 0
            header = struct.pack(
                ">BBHII", 0x80, marker | PAYLOAD_TYPE, self.sequence, ticks & 0xFFFFFFFF, self.ssrc
            )
            self.sequence = (self.sequence + 1) & 0xFFFF
            yield header + payload


def _payloads(unit: bytes) -> Iterator[bytes]:
    """A small unit as it is; a large one in fragments (FU-A)."""
    if len(unit) <= MAX_PAYLOAD:
        yield unit
        return
    indicator, kind = (unit[0] & 0xE0) | FU_A, unit[0] & 31
    body, size = unit[1:], MAX_PAYLOAD - 2
    for begin in range(0, len(body), size):
        start = 0x80 if begin == 0 else 0
        end = 0x40 if begin + size >= len(body) else 0
        yield bytes((indicator, start | end | kind)) + body[begin : begin + size]


def _payloads_265(unit: bytes) -> Iterator[bytes]:
    """The same for H.265, whose header has two bytes."""
    if len(unit) <= MAX_PAYLOAD:
        yield unit
        return
    header, kind = bytes((unit[0] & 0x81 | FU_265 << 1, unit[1])), unit[0] >> 1 & 63
    body, size = unit[2:], MAX_PAYLOAD - 3
    for begin in range(0, len(body), size):
        start = 0x80 if begin == 0 else 0
        end = 0x40 if begin + size >= len(body) else 0
        yield header + bytes((start | end | kind,)) + body[begin : begin + size]
