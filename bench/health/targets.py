"""Many simulated cameras in one server program: `python -m bench.health.targets`.

It listens on three ports of every address of 127.0.0.0/8, through the loopback interface alone, and prints them
as one line of JSON. `good` answers RTSP OPTIONS and the ONVIF clock, and DESCRIBE to whoever signs with Digest;
`tar_pit` says one byte a second, whatever it is asked; `dead` is a listener whose queue is full: whoever calls
waits in vain, as with a camera without power.

Each line on standard input is answered with one of JSON: `start PERIOD` begins to count anew, `counts` says how
many good cameras were asked, how often, how often one had waited longer than the period since the time before
(or since the start), and how often one was signed in to. It ends when standard input is closed.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from typing import cast

from bench.machine import more_files, pin
from bench.replies import PASSWORD, USER, clock
from demo.auth import DigestChallenge

CORE = 1
BACKLOG = 4096
SO_BINDTODEVICE = 25
RTSP = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY\r\n\r\n"
DOOR = DigestChallenge(USER, PASSWORD, realm="IP Camera(K7135)")
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Media\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
    "a=rtpmap:96 H264/90000\r\na=framerate:15\r\n"
)
DESCRIBED = f"200 OK\r\nContent-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}"


class Book:
    """When each good camera was asked last, and how often too late."""

    def __init__(self) -> None:
        self.begin(0.0)

    def begin(self, period: float) -> None:
        self.period, self.began = period, time.monotonic()
        self.last: dict[str, float] = {}
        self.asked = self.late = 0
        self.latest = 0.0
        self.were_late: set[str] = set()
        self.sessions = 0

    def note(self, address: str) -> None:
        now = time.monotonic()
        self._gap(address, now)
        self.last[address] = now
        self.asked += 1

    def _gap(self, address: str, now: float) -> None:
        gap = now - self.last.get(address, self.began)
        self.latest = max(self.latest, gap)
        if gap > self.period:
            self.late += 1
            self.were_late.add(address)

    def counts(self) -> dict[str, float]:
        """Whoever waits now for longer than the period is late too."""
        now = time.monotonic()
        waiting = sum(now - moment > self.period for moment in self.last.values())
        return {
            "seconds": round(now - self.began, 1),
            "cameras": len(self.last),
            "asked": self.asked,
            "waiting": waiting,
            "late": self.late + waiting,
            "cameras_late": len(self.were_late),
            "longest_wait": round(self.latest, 1),
            "sessions": self.sessions,
        }


book = Book()


class Good(asyncio.Protocol):
    """A camera that answers at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._held = b""

    def data_received(self, data: bytes) -> None:
        self._held += data
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return
        if self._held.startswith(b"DESCRIBE"):
            self._describe(self._held.decode("latin-1"))
            self._held = b""
            return
        if self._held.startswith(b"OPTIONS"):
            self._transport.write(RTSP)
        elif self._held.endswith(b"Envelope>"):
            body = clock()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: %d\r\n\r\n" % len(
                body
            )
            self._transport.write(head + body)
        else:
            return
        self._held = b""
        if book.period:
            book.note(self._transport.get_extra_info("sockname")[0])

    def _describe(self, request: str) -> None:
        first, *lines = request.split("\r\n")
        said = dict(line.split(": ", 1) for line in lines if line)
        signed = DOOR.accept(said.get("Authorization"), "DESCRIBE", first.split()[1])
        book.sessions += signed
        answer = DESCRIBED if signed else f"401 Unauthorized\r\nWWW-Authenticate: {DOOR.header()}\r\n\r\n"
        status, rest = answer.split("\r\n", 1)
        self._transport.write(f"RTSP/1.0 {status}\r\nCSeq: {said['CSeq']}\r\n{rest}".encode())


class TarPit(asyncio.Protocol):
    """One byte a second for as long as one listens."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._timer = asyncio.get_running_loop().call_later(1, self._drip)

    def _drip(self) -> None:
        self._transport.write(b"R")
        self._timer = asyncio.get_running_loop().call_later(1, self._drip)

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()


def _everywhere(port: int = 0) -> socket.socket:
    """A socket at every address of the loopback interface, and of no other."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b"lo\0")
    sock.bind(("0.0.0.0", port))  # noqa: S104 - of one interface
    return sock


def _full() -> tuple[socket.socket, list[socket.socket]]:
    """A listener that takes nobody, and those who fill its queue."""
    sock = _everywhere()
    sock.listen(0)
    waiting = []
    for _ in range(4):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", sock.getsockname()[1]))
        waiting.append(one)
    return sock, waiting


async def main() -> None:
    more_files()
    pin(CORE)
    loop = asyncio.get_running_loop()
    good, tar_pit = _everywhere(), _everywhere()
    dead, _waiting = _full()
    await loop.create_server(Good, sock=good, backlog=BACKLOG)
    await loop.create_server(TarPit, sock=tar_pit, backlog=BACKLOG)
    names = {"good": good, "tar_pit": tar_pit, "dead": dead}
    print(json.dumps({name: sock.getsockname()[1] for name, sock in names.items()}), flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        word, *rest = line.split()
        if word == "start":
            book.begin(float(rest[0]))
        print(json.dumps(book.counts()), flush=True)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
