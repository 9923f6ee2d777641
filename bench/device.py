"""The replay camera, a program of its own: `python -m bench.device GOOD SILENT DRIPPING`.

It prints one line of JSON with the ports of its cameras, then answers each line on standard input with one of
counts, and ends when that is closed. A good camera checks the WS-Security digest and that Created lies within
its clock's window, answers a wrong password with a fault and nothing else, and counts the event subscriptions
that are left open. A silent one accepts and says nothing; a dripping one sends one byte each half second.
"""

from __future__ import annotations

import asyncio
import base64
import calendar
import hashlib
import json
import re
import sys
import time
from collections import Counter

from bench.machine import more_files, pin
from bench.replies import PASSWORD, USER, Camera, clock, envelope, fault

CORE = 1
WINDOW_SECONDS = 10.0
DRIP_SECONDS = 0.5
_OPERATION = re.compile(rb"<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)")  # A nonce may spell Body too.
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_CREDENTIALS = {
    name: re.compile(rb"<(?:[\w-]+:)?%s(?:\s[^>]*)?>([^<]*)<" % name.encode())
    for name in ("Username", "Password", "Nonce", "Created")
}
_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|\+00:00)")
_SUBSCRIPTION = re.compile(rb"POST [^ ]*/subscription/(\d+) ")

counts: Counter[str] = Counter()


def signed(request: bytes) -> bool:
    """Whether the request carries the digest of the right password, stamped within the window of our clock."""
    found = {name: pattern.search(request) for name, pattern in _CREDENTIALS.items()}
    user, password, nonce, created = (m[1] if (m := found[name]) else b"" for name in _CREDENTIALS)
    stamp = _STAMP.fullmatch(created.decode("latin-1"))
    if stamp is None or user != USER.encode():
        return False
    if abs(calendar.timegm(tuple(map(int, stamp.groups()))) - time.time()) > WINDOW_SECONDS:
        return False
    digest = hashlib.sha1(base64.b64decode(nonce) + created + PASSWORD.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest) == password


class GoodCamera(asyncio.Protocol):
    """One connection to a good camera."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        counts["connections"] += 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            request, self._buffer = self._buffer[:whole], self._buffer[whole:]
            status, body = self._answer(request)
            head = (
                f"HTTP/1.1 {status}\r\nServer: replay\r\nContent-Type: application/soap+xml; charset=utf-8\r\n"
                f"Content-Length: {len(body)}\r\nConnection: keep-alive\r\n\r\n"
            )
            self._transport.write(head.encode() + body)  # type: ignore[attr-defined] # a socket's transport

    def _answer(self, request: bytes) -> tuple[str, bytes]:
        match = _OPERATION.search(request)
        name = match[1].decode() if match else ""
        counts["requests"] += 1
        counts[name] += 1
        if name == "GetSystemDateAndTime":
            return "200 OK", clock()
        if not signed(request):
            counts["refused" if b"UsernameToken" in request else "unsigned"] += 1
            return "400 Bad Request", fault("NotAuthorized", "Sender not Authorized")
        camera = self._camera
        if name == "SetVideoEncoderConfiguration":
            self._set_encoder(request)
        if name in camera.fixed:
            return "200 OK", camera.fixed[name]
        if name == "GetVideoEncoderConfiguration":
            token = re.search(rb"ConfigurationToken>([^<]*)<", request)
            return "200 OK", camera.encoder(token[1].decode() if token else "")
        if name == "CreatePullPointSubscription":
            return "200 OK", camera.subscribe()
        gone = _SUBSCRIPTION.match(request)
        if name == "Unsubscribe" and gone is not None:
            camera.subscriptions.discard(int(gone[1]))
            return "200 OK", envelope("<wsnt:UnsubscribeResponse/>")
        return "400 Bad Request", fault("ActionNotSupported", "Not supported")

    def _set_encoder(self, request: bytes) -> None:
        token = re.search(rb'Configuration[^>]*\stoken="([^"]*)"', request)
        for encoder in self._camera.encoders:
            if token is None or encoder.token != token[1].decode():
                continue
            for name, attribute in (("FrameRateLimit", "fps"), ("BitrateLimit", "kbps")):
                if value := re.search(rb"%s>(\d+)<" % name.encode(), request):
                    setattr(encoder, attribute, int(value[1]))
        self._camera.redraw()


class TarPit(asyncio.Protocol):
    """Accepts, and says nothing, or one byte each half second."""

    def __init__(self, *, drips: bool) -> None:
        self._drips = drips
        self._left = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: 4000\r\n\r\n" + b" " * 4000
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if self._drips:
            self._drop()

    def _drop(self) -> None:
        if self._left and not self._transport.is_closing():
            self._transport.write(self._left[:1])  # type: ignore[attr-defined] # a socket's transport
            self._left = self._left[1:]
            asyncio.get_running_loop().call_later(DRIP_SECONDS, self._drop)


async def serve(good: int, silent: int, dripping: int) -> None:
    loop = asyncio.get_running_loop()
    ports: dict[str, list[int]] = {"good": [], "silent": [], "dripping": []}
    cameras = []
    for number in range(good):
        camera = Camera(port=0, number=number)
        server = await loop.create_server(lambda camera=camera: GoodCamera(camera), "127.0.0.1", 0, backlog=128)
        camera.port = server.sockets[0].getsockname()[1]
        camera.redraw()
        cameras.append(camera)
        ports["good"].append(camera.port)
    for kind, number in (("silent", silent), ("dripping", dripping)):
        for _ in range(number):
            server = await loop.create_server(
                lambda kind=kind: TarPit(drips=kind == "dripping"), "127.0.0.1", 0, backlog=128
            )
            ports[kind].append(server.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        said = {**counts, "subscriptions": sum(len(camera.subscriptions) for camera in cameras)}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    more_files()
    pin(CORE)
    asyncio.run(serve(*map(int, sys.argv[1:4])))
