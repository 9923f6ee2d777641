"""Encodes a scene as H.264, and cuts it into RTP packets (RFC 6184).

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

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @cached_property
    def parameter_sets(self) -> list[bytes]:
        """SPS and PPS, for the description of the stream. They depend on the settings alone."""
        blank = Image.new("RGB", self.size)
        return [unit for unit in Encoder(self).encode(blank, 0) if unit[0] & 31 in (NAL_SPS, NAL_PPS)]

    def fmtp(self) -> str:
        """The `a=fmtp` value by which a player knows the stream before its first packet."""
        sets = self.parameter_sets
        profile = next(unit[1:4].hex() for unit in sets if unit[0] & 31 == NAL_SPS)
        sprop = ",".join(base64.b64encode(unit).decode() for unit in sets)
        return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sprop}"


class Encoder:
    """H.264 for one viewer: cheap (ultrafast), without delay, with a keyframe every second."""

    def __init__(self, video: Video) -> None:
        codec = av.CodecContext.create("libx264", "w")
        codec.width, codec.height = video.size
        codec.pix_fmt = "yuv420p"
        codec.framerate = fractions.Fraction(video.fps)
        codec.time_base = fractions.Fraction(1, TICKS_PER_SECOND)
        codec.bit_rate = video.kbit * 1000
        codec.gop_size = video.fps
        codec.thread_count = 1
        codec.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": "baseline",
            "x264-params": f"keyint={video.fps}:scenecut=0:vbv-maxrate={video.kbit}:vbv-bufsize={video.kbit}",
        }
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

    def __init__(self) -> None:
        self.ssrc = secrets.randbits(32)
        self.sequence = secrets.randbits(15)

    def packets(self, units: list[bytes], ticks: int) -> Iterator[bytes]:
        """RTP packets of one picture; the last one carries the marker bit."""
        payloads = [payload for unit in units for payload in _payloads(unit)]
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
