"""A small RTSP server (RFC 2326) that sends H.264 or H.265 over the connection itself, behind HTTP Digest.

OPTIONS is open, as on most cameras; everything else wants the password. Only interleaved TCP is offered:
UDP gets 461, upon which clients turn to TCP. One thread serves one viewer, and draws and encodes only
while that viewer plays.
"""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
import socketserver
import ssl
import struct
import time
from collections.abc import Mapping

from demo.auth import DigestChallenge, path_of
from demo.server import DeviceServer
from demo.video import PAYLOAD_TYPE, TICKS_PER_SECOND, Encoder, Packetizer, Video

MAX_REQUEST_BYTES = 16 * 1024
IDLE_SECONDS = 30.0
SEND_SECONDS = 5.0

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}


class Hangup(Exception):
    """The viewer is gone, or said something that ends the connection."""


class RtspServer(DeviceServer):
    """Serves `videos`, keyed by path (`/video_main`), on one loopback port; over TLS alone with a `tls` context."""

    def __init__(
        self,
        address: tuple[str, int],
        videos: Mapping[str, Video],
        challenge: DigestChallenge,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.videos = videos  # Not a copy: a device may change a stream while it serves.
        self.challenge = challenge
        self.tls = tls
        super().__init__(address, RtspConnection)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        request, address = super().get_request()
        if self.tls is not None:  # Who is slow to shake hands keeps his own thread waiting, not this one.
            request = self.tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        return request, address


class RtspConnection(socketserver.BaseRequestHandler):
    """One viewer: answers his requests, and between them sends pictures while he plays."""

    server: RtspServer
    request: socket.socket

    def setup(self) -> None:
        self.request.settimeout(SEND_SECONDS)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        self.session = ""
        self.channel = 0
        self.video: Video | None = None
        self.playing: Playing | None = None
        self._buffer = b""

    def handle(self) -> None:
        with contextlib.suppress(Hangup, OSError, ValueError):
            while True:
                wait = self.playing.seconds_to_next() if self.playing else IDLE_SECONDS
                if self._holds_more() or select.select([self.request], [], [], wait)[0]:
                    self._read()
                elif not self.playing:
                    raise Hangup
                if self.playing and self.playing.seconds_to_next() <= 0:
                    self.request.sendall(self.playing.next_picture())

    def _holds_more(self) -> bool:
        """Whether TLS has deciphered more than was read, of which `select` knows nothing."""
        return isinstance(self.request, ssl.SSLSocket) and self.request.pending() > 0

    def _read(self) -> None:
        data = self.request.recv(4096)
        if not data:
            raise Hangup
        self._buffer += data
        while self._buffer:
            if self._buffer[0] == 0x24:  # "$": the viewer's RTCP reports, which are not needed
                if len(self._buffer) < 4:
                    return
                end = 4 + struct.unpack(">H", self._buffer[2:4])[0]
                if len(self._buffer) < end:
                    return
                self._buffer = self._buffer[end:]
                continue
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                if len(self._buffer) > MAX_REQUEST_BYTES:
                    raise Hangup
                return
            method, uri, headers = _parse(head)
            length = int(headers.get("content-length") or 0)
            if not 0 <= length <= MAX_REQUEST_BYTES:
                raise Hangup
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(method, uri, headers)

    def _answer(self, method: str, uri: str, headers: dict[str, str]) -> None:
        answers = {
            "OPTIONS": self._options,
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "PLAY": self._play,
            "PAUSE": self._pause,
            "TEARDOWN": self._teardown,
            "GET_PARAMETER": self._keep_alive,
            "SET_PARAMETER": self._keep_alive,
        }
        answer = answers.get(method)
        if answer is None:
            self._reply(headers, 501)
        elif method != "OPTIONS" and not self.server.challenge.accept(headers.get("authorization"), method, uri):
            self._reply(headers, 401, {"WWW-Authenticate": self.server.challenge.header()})
        else:
            answer(uri, headers)

    def _options(self, uri: str, headers: dict[str, str]) -> None:
        methods = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
        self._reply(headers, 200, {"Public": methods})

    def _describe(self, uri: str, headers: dict[str, str]) -> None:
        video = self.server.videos.get(path_of(uri))
        if video is None:
            self._reply(headers, 404)
            return
        more = {"Content-Base": uri.rstrip("/") + "/", "Content-Type": "application/sdp"}
        self._reply(headers, 200, more, _description(video, self.request.getsockname()[0]))

    def _setup(self, uri: str, headers: dict[str, str]) -> None:
        video = self.server.videos.get(path_of(uri).removesuffix("/trackID=1"))
        transport = headers.get("transport", "")
        if video is None:
            self._reply(headers, 404)
        elif self.playing:
            self._reply(headers, 455)
        elif "RTP/AVP/TCP" not in transport.upper():
            self._reply(headers, 461)
        else:
            self.video = video
            self.session = self.session or secrets.token_hex(8)
            self.channel = _interleaved(transport)
            said = f"RTP/AVP/TCP;unicast;interleaved={self.channel}-{self.channel + 1}"
            self._reply(headers, 200, {"Transport": said, "Session": f"{self.session};timeout=60"})

    def _play(self, uri: str, headers: dict[str, str]) -> None:
        if self.video is None or not self._is_mine(headers):
            self._reply(headers, 454)
            return
        self.playing = self.playing or Playing(self.video, self.channel)
        info = f"url={uri.rstrip('/')}/trackID=1;seq={self.playing.packetizer.sequence};rtptime=0"
        self._reply(headers, 200, {"Session": self.session, "Range": "npt=now-", "RTP-Info": info})

    def _pause(self, uri: str, headers: dict[str, str]) -> None:
        if not self._is_mine(headers):
            self._reply(headers, 454)
            return
        self.playing = None
        self._reply(headers, 200, {"Session": self.session})

    def _teardown(self, uri: str, headers: dict[str, str]) -> None:
        self._reply(headers, 200)
        raise Hangup

    def _keep_alive(self, uri: str, headers: dict[str, str]) -> None:
        self._reply(headers, 200)

    def _is_mine(self, headers: dict[str, str]) -> bool:
        return bool(self.session) and headers.get("session", "").partition(";")[0] == self.session

    def _reply(
        self, headers: dict[str, str], status: int, more: Mapping[str, str] | None = None, body: str = ""
    ) -> None:
        lines = [f"RTSP/1.0 {status} {REASONS[status]}", f"CSeq: {headers.get('cseq', '0')}"]
        lines += [f"{name}: {value}" for name, value in (more or {}).items()]
        if body:
            lines.append(f"Content-Length: {len(body.encode())}")
        self.request.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


class Playing:
    """The pictures on their way to one viewer, paced by the monotonic clock."""

    def __init__(self, video: Video, channel: int) -> None:
        self.packetizer = Packetizer(video.codec)
        self._video = video
        self._channel = channel
        self._encoder = Encoder(video)
        self._begun = self._due = time.monotonic()

    def seconds_to_next(self) -> float:
        return max(0.0, self._due - time.monotonic())

    def next_picture(self) -> bytes:
        """Draw and encode the picture of this moment. One that comes late is skipped, never queued."""
        now = time.monotonic()
        ticks = int((now - self._begun) * TICKS_PER_SECOND)
        self._due = max(self._due + 1 / self._video.fps, now)
        units = self._encoder.encode(self._video.draw(self._video.size), ticks)
        frames = []
        for packet in self.packetizer.packets(units, ticks):
            frames.append(struct.pack(">BBH", 0x24, self._channel, len(packet)) + packet)
        return b"".join(frames)


def _parse(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Method, URI and headers (names in lower case) of a request; ValueError when it is none."""
    first, *rest = head.decode("utf-8").lstrip("\r\n").split("\r\n")
    method, uri, version = first.split(" ")
    if not version.startswith("RTSP/1."):
        raise ValueError(version)
    pairs = (line.partition(":") for line in rest)
    return method, uri, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _interleaved(transport: str) -> int:
    """The channel that the viewer asked for, or 0."""
    for part in transport.split(";"):
        name, _, value = part.strip().partition("=")
        if name == "interleaved":
            number = int(value.partition("-")[0])
            return number if 0 <= number < 255 else 0
    return 0


def _description(video: Video, host: str) -> str:
    lines = (
        "v=0",
        f"o=- {secrets.randbits(31)} 1 IN IP4 {host}",
        "s=Live",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"c=IN IP4 {host}",
        f"b=AS:{video.kbit}",
        f"a=rtpmap:{PAYLOAD_TYPE} {video.codec}/{TICKS_PER_SECOND}",
        f"a=fmtp:{PAYLOAD_TYPE} {video.fmtp()}",
        f"a=framerate:{video.fps}",
        "a=control:trackID=1",
    )
    return "\r\n".join(lines) + "\r\n"
