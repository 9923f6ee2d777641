"""A virtual recorder with four channels: `python -m demo.recorder --name … --onvif-port … --rtsp-port … …`.

No program on the package index offers several video sources, so this one is ours, written from the ONVIF
standard (Core, Media 1, Media 2) and checked with onvif-zeep. Beyond that it differs from the cameras on
purpose, as devices in the field do: it answers an unsigned message with HTTP 400 and `ter:NotAuthorized`,
speaks Media 2 too, and its snapshots want HTTP Digest. Its clock is set by hand and a little off, the small stream
of its last channel is H.265, and it has users and masks, so that the pages of a device's settings have something
to find.
"""

from __future__ import annotations

import argparse
import io
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from lxml import etree
from PIL import Image, ImageDraw

from demo import faults, program, soap
from demo.auth import DigestChallenge, SeenNonces, UsernameTokens, path_of
from demo.recorder_onvif import Facts, RecorderOnvif, fault
from demo.recorder_settings import Coding, Refusal, Settings, User
from demo.recorder_shapes import Channel
from demo.rtsp import RtspServer
from demo.scene import Scene
from demo.server import DeviceServer
from demo.video import Video

MAX_BODY_BYTES = 64 * 1024
CHANNELS = 4
MAIN, SUB, FPS = (640, 360), (320, 180), 8
MAIN_KBIT, SUB_KBIT = 900, 300


class Recorder:
    """The recorder: its channels, its ONVIF answers and its pictures."""

    def __init__(self, options: argparse.Namespace) -> None:
        password = program.password_of(options)
        self.clock = program.clock_of(options)
        self.sign: Path | None = options.sign
        self.nonces = SeenNonces()
        self.challenge = DigestChallenge(options.user, password, realm=f"Recorder {options.serial}")
        self.scenes = {
            number: Scene(f"{options.name} - kanal {number}", options.seed + number)
            for number in range(1, CHANNELS + 1)
        }
        self.lenses = {number: faults.Lens() for number in self.scenes}
        facts = Facts(
            name=options.name,
            serial=options.serial,
            host=options.host,
            onvif_port=options.onvif_port,
            rtsp_port=options.rtsp_port,
        )
        codings = {
            (number, stream): Coding(codec_at(number, stream), width, height, FPS, kbit)
            for number in self.scenes
            for stream, (width, height), kbit in ((1, MAIN, MAIN_KBIT), (2, SUB, SUB_KBIT))
        }
        channels = [
            Channel(number, stream, f"/Streaming/Channels/{number}0{stream}", coding)
            for (number, stream), coding in codings.items()
        ]
        self.settings = Settings(
            clock=self.clock,
            users={options.user: User(password, "Administrator")},
            codings={channel.encoder: channel.coding for channel in channels},
            path=self.sign and self.sign.with_name("settings.json"),
            changed=self.follow,
        )
        self.settings.load()
        self.onvif = RecorderOnvif(facts, self.settings, channels)
        self.videos: dict[str, Video] = {}
        self.follow()

    def follow(self) -> None:
        """Serve and let in by the settings as they are now. Who watches already sees the old stream to its end."""
        self.challenge.let_in({name: user.password for name, user in self.settings.users.items()})
        for channel in self.onvif.channels:
            draw = partial(self.draw, channel.number)
            self.videos[channel.path] = Video(
                channel.width, channel.height, channel.fps, channel.kbit, draw, channel.coding.codec
            )

    def level_of(self, envelope: etree._Element) -> str:
        """The level of the user who signed this message, or nothing."""
        for name, user in self.settings.users.items():
            if UsernameTokens(name, user.password, self.clock, self.nonces).accept(envelope):
                return user.level
        return ""

    def draw(self, number: int, size: tuple[int, int]) -> Image.Image:
        """The channel's picture of this moment, its masks painted over."""
        sign = program.read_sign(channel_sign(self.sign, number), self.sign)
        wrong = faults.read_fault(self.sign, number)

        def scene(turned: float) -> Image.Image:
            return self.scenes[number].draw(size, self.clock.local(), sign, turned=turned)

        picture = self.lenses[number].see(wrong, size, scene)
        painter = ImageDraw.Draw(picture)
        for mask in list(self.settings.masks.values()):
            if mask.enabled and mask.source == f"VideoSource_{number}":
                corners = [((x + 1) / 2 * size[0], (1 - y) / 2 * size[1]) for x, y in mask.points]
                painter.polygon(corners, fill="black")
        return picture

    def snapshot(self, number: int) -> bytes:
        target = io.BytesIO()
        self.draw(number, MAIN).save(target, "JPEG", quality=85)
        return target.getvalue()


def codec_at(number: int, stream: int) -> str:
    """H.264, but for the small stream of the last channel, which the owner is asked to let us change."""
    return "H265" if (number, stream) == (CHANNELS, 2) else "H264"


def channel_sign(sign: Path | None, number: int) -> Path | None:
    """Beside `sign.txt`, which all channels see, `sign-2.txt` is held before channel 2 alone."""
    return sign and sign.with_name(f"{sign.stem}-{number}{sign.suffix}")


class Handler(BaseHTTPRequestHandler):
    """ONVIF by POST under /onvif/, snapshots by GET."""

    recorder: Recorder
    protocol_version = "HTTP/1.1"
    server_version = "Recorder"
    sys_version = ""
    timeout = 15
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: requests carry signatures."""

    def do_GET(self) -> None:
        recorder = self.recorder
        parts = path_of(self.path).split("/")
        known = parts[:3] == ["", "onvif", "snapshot"] and len(parts) == 4 and parts[3].isdecimal()
        if not known or int(parts[3]) not in recorder.scenes:
            self._send(404, b"", "text/plain")
        elif not recorder.challenge.accept(self.headers.get("Authorization"), "GET", self.path):
            self._send(401, b"", "text/plain", {"WWW-Authenticate": recorder.challenge.header()})
        else:
            self._send(200, recorder.snapshot(int(parts[3])), "image/jpeg")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not self.path.startswith("/onvif/"):
            self.close_connection = True
            self._send(404, b"", "text/plain")
        elif not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self._send(413, b"", "text/plain")
        else:
            self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        onvif = self.recorder.onvif
        try:
            envelope = soap.parse(body)
            if envelope is None:
                raise Refusal("ter:WellFormed", "The message is not a SOAP 1.2 envelope.")
            level = self.recorder.level_of(envelope)
            if not onvif.is_open(envelope) and not level:
                raise Refusal("ter:NotAuthorized", "Sender not authorized")
            answer = onvif.answer(envelope, level)
        except Refusal as refusal:
            self._send(refusal.status, fault(refusal), "application/soap+xml")
        else:
            self._send(200, answer, "application/soap+xml")

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        charset = "; charset=utf-8" if kind.endswith("xml") else ""
        self.send_header("Content-Type", kind + charset)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def main(arguments: list[str] | None = None) -> None:
    options = program.parser("A virtual ONVIF recorder on loopback.").parse_args(arguments)
    recorder = Recorder(options)
    Handler.recorder = recorder
    program.run(
        options,
        [
            partial(DeviceServer, (options.host, options.onvif_port), Handler),
            partial(RtspServer, (options.host, options.rtsp_port), recorder.videos, recorder.challenge),
        ],
    )


if __name__ == "__main__":
    main()
