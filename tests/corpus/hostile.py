"""Little servers that misbehave, each with a trap beside it that nobody should ever step into."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import queue
import re
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from devices.errors import DeviceError
from devices.probe import probe
from devices.report import DeviceReport, Target
from devices.routes import routes_from_allow
from devices.secrets import Credentials
from devices.signed_in import SessionResult, SessionTarget, sign_in_to

CANARY = "rahasia:kenari/7731"
OWNER = Credentials("pemilik", CANARY)
LOOPBACK = routes_from_allow("127.0.0.0/8:1024-65535 [::1]:1024-65535")

#: Where the trap listens: another host than the device's, which the route would admit.
TRAP_HOST = "127.0.0.2" if sys.platform == "linux" else "::1"
#: In what a server says, this stands for the trap's HOST:PORT.
TRAP = "@TRAP@"

#: The password in every form in which it must never leave: plain, base64 (Basic), and percent-encoded.
SECRETS = tuple(
    text.encode()
    for text in (
        CANARY,
        base64.b64encode(CANARY.encode()).decode().rstrip("="),
        base64.b64encode(f"{OWNER.user}:{CANARY}".encode()).decode().rstrip("="),
        quote(CANARY, safe=""),
        quote(CANARY, safe="/"),
        quote(CANARY, safe=":"),
    )
)

Handler = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One connection to the little server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: Server

    async def request(self) -> bytes:
        """The next request, body included; empty when the client hung up."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        whole = head + (await self.reader.readexactly(int(length[1])) if length else b"")
        self.server.requests.append(whole)
        return whole

    async def send(self, data: bytes) -> None:
        self.writer.write(self.server.trapped_in(data))
        await self.writer.drain()

    def reset(self) -> None:
        """Leave as a machine does that lost its power and came back: RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def reply(self, body: bytes, status: str = "200 OK", *headers: str) -> None:
        body = self.server.trapped_in(body)
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        if not any(header.startswith("Content-Type:") for header in headers):
            lines.append("Content-Type: application/soap+xml")
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


@dataclass
class Server:
    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray, repr=False)
    trap: str = f"{TRAP_HOST}:9"

    def trapped_in(self, data: bytes) -> bytes:
        """The data with the trap's address where it is named; the length that a reply of RTSP tells grows along."""
        if TRAP.encode() not in data:
            return data
        grown = len(self.trap) - len(TRAP)
        head, end, body = data.partition(b"\r\n\r\n")
        told = re.search(rb"(?m)^Content-Length: (\d+)\r?$", head) if data.startswith(b"RTSP/") else None
        if told and int(told[1]) == len(body):
            size = len(body) + grown * body.count(TRAP.encode())
            head = head.replace(told[0], b"Content-Length: %d" % size + (b"\r" if told[0].endswith(b"\r") else b""))
        return (head + end + body).replace(TRAP.encode(), self.trap.encode())

    @property
    def signed(self) -> list[bytes]:
        return [r for r in self.requests if b"UsernameToken" in r or b"Authorization:" in r]


@asynccontextmanager
async def serving(
    handler: Handler,
    host: str = "127.0.0.1",
    *,
    port: int = 0,
    trap: str = "",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Server]:
    """A server on a free loopback port, each connection in the hands of `handler`, which hears every byte."""
    state = Server(trap=trap or f"{TRAP_HOST}:9")
    handling: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        feed = reader.feed_data

        def note(data: bytes) -> None:
            state.received += data
            feed(data)

        reader.feed_data = note  # type: ignore[method-assign]
        handling.add(asyncio.ensure_future(handle(reader, writer)))

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(Exchange(reader, writer, state))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(accept, host, port, ssl=tls)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()


@contextmanager
def in_background(handler: Handler, host: str = "127.0.0.1", *, port: int = 0) -> Iterator[Server]:
    """The same in a thread of its own, for tests that have no loop."""
    ready: queue.SimpleQueue[Server | BaseException] = queue.SimpleQueue()
    over = threading.Event()

    async def serve() -> None:
        try:
            async with serving(handler, host, port=port) as server:
                ready.put(server)
                await asyncio.to_thread(over.wait)
        except BaseException as problem:
            ready.put(problem)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    server = ready.get()
    if isinstance(server, BaseException):
        raise server
    try:
        yield server
    finally:
        over.set()
        thread.join(5)


async def silent(exchange: Exchange) -> None:
    """Accepts and says nothing."""
    await asyncio.sleep(30)


@asynccontextmanager
async def trapped(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Server, Server]]:
    """A little server, and the trap to which whatever it says may point."""
    async with serving(silent, TRAP_HOST) as trap:
        host = f"[{TRAP_HOST}]" if ":" in TRAP_HOST else TRAP_HOST
        async with serving(handler, trap=f"{host}:{trap.port}", tls=tls) as server:
            yield server, trap


@dataclass
class Outcome:
    """How a visit to a little server ended."""

    seconds: float
    server: Server
    trap: Server
    report: DeviceReport | None = None
    error: DeviceError | None = None

    @property
    def code(self) -> str:
        return self.error.code if self.error else "read"

    def assert_harmless(self, dialled: list[tuple[str, int]], *, ports: tuple[int, ...] = ()) -> None:
        """Nothing but the device was dialled, and no form of the password left or is told to anybody.

        `ports` are others of the device's own address that may be dialled too.
        """
        assert set(dialled) <= {("127.0.0.1", port) for port in (self.server.port, *ports)}
        assert (self.trap.connections, bytes(self.trap.received)) == (0, b"")
        assert not [secret for secret in SECRETS if secret in self.server.received]
        assert b"Basic" not in self.server.received
        assert CANARY not in repr(self.report)
        if self.error is not None:
            error = self.error
            told = f"{error!r} {error} {error.message} {error.remedy} {error.detail} {error.__cause__!r}"
            assert CANARY not in told


def probe_server(
    handler: Handler,
    *,
    deadline: float = 1.0,
    credentials: Credentials | None = OWNER,
    rtsp_path: str = "",
    tls: bool = False,
    picture: bool = True,
) -> Outcome:
    """Probe a little server once."""

    async def run() -> Outcome:
        async with trapped(handler) as (server, trap):
            started = time.monotonic()
            outcome = Outcome(0.0, server, trap)
            try:
                outcome.report = await probe(
                    Target("127.0.0.1", server.port, rtsp_path=rtsp_path, tls=tls),
                    credentials,
                    route=LOOPBACK,
                    deadline_seconds=deadline,
                    want_picture=picture,
                )
            except DeviceError as error:
                outcome.error = error
            outcome.seconds = time.monotonic() - started
            return outcome

    return asyncio.run(run())


def session_with(handler: Handler, *, deadline: float) -> tuple[Outcome, SessionResult]:
    """Health's signed-in session with a little server, about the stream that `PROFILES` has."""

    async def run() -> tuple[Outcome, SessionResult]:
        async with trapped(handler) as (server, trap):
            started = time.monotonic()
            target = SessionTarget(1, Target("127.0.0.1", server.port), OWNER, ("p1",), route=LOOPBACK)
            result = await sign_in_to(target, deadline_seconds=deadline)
            return Outcome(time.monotonic() - started, server, trap), result

    return asyncio.run(run())


def soap(body: str) -> bytes:
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
        f'xmlns:tt="http://www.onvif.org/ver10/schema"><s:Body>{body}</s:Body></s:Envelope>'
    ).encode()


def fault(subcode: str = "ter:NotAuthorized") -> bytes:
    return soap(
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode>"
        f'<s:Value xmlns:ter="http://www.onvif.org/ver10/error">{subcode}</s:Value></s:Subcode></s:Code>'
        "<s:Reason><s:Text>no</s:Text></s:Reason></s:Fault>"
    )


def clock(
    year: int = 2026, month: int = 11, day: int = 25, hour: int = 1, minute: int = 2, second: int = 3
) -> bytes:
    return soap(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
        f"<tt:Time><tt:Hour>{hour}</tt:Hour><tt:Minute>{minute}</tt:Minute><tt:Second>{second}</tt:Second></tt:Time>"
        f"<tt:Date><tt:Year>{year}</tt:Year><tt:Month>{month}</tt:Month><tt:Day>{day}</tt:Day></tt:Date>"
        "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def clock_now(shift: float = 0.0) -> bytes:
    t = time.gmtime(time.time() + shift)
    return clock(t.tm_year, t.tm_mon, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec)


def information(maker: str = "Maker", serial: str = "S-1") -> bytes:
    return soap(
        f"<tds:GetDeviceInformationResponse><tds:Manufacturer>{maker}</tds:Manufacturer><tds:Model>M</tds:Model>"
        f"<tds:FirmwareVersion>1</tds:FirmwareVersion><tds:SerialNumber>{serial}</tds:SerialNumber>"
        "<tds:HardwareId>h</tds:HardwareId></tds:GetDeviceInformationResponse>"
    )


def services(media: str) -> bytes:
    return soap(
        "<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace>"
        f"<tds:XAddr>{media}</tds:XAddr></tds:Service></tds:GetServicesResponse>"
    )


PROFILES = soap(
    '<trt:GetProfilesResponse><trt:Profiles token="p1"><tt:Name>main</tt:Name>'
    '<tt:VideoSourceConfiguration token="v"><tt:Name>Front</tt:Name><tt:SourceToken>src</tt:SourceToken>'
    '</tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="e"><tt:Encoding>H264</tt:Encoding>'
    "<tt:Resolution><tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution>"
    "<tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit></tt:RateControl></tt:VideoEncoderConfiguration>"
    "</trt:Profiles></trt:GetProfilesResponse>"
)


def uri(operation: str, address: str) -> bytes:
    return soap(
        f"<trt:{operation}Response><trt:MediaUri><tt:Uri>{address}</tt:Uri></trt:MediaUri></trt:{operation}Response>"
    )


def token_is_right(request: bytes, password: str = CANARY) -> bool:
    """Whether a WS-Security digest is that of the password (any time)."""
    parts = {
        name: re.search(rb"<ws(?:se|u):%s[^>]*>([^<]*)<" % name.encode(), request)
        for name in ("Nonce", "Created", "Password")
    }
    if not all(parts.values()):
        return False
    nonce, created, digest = (parts[name][1] for name in ("Nonce", "Created", "Password"))
    expected = hashlib.sha1(base64.b64decode(nonce) + created + password.encode(), usedforsecurity=False).digest()
    return base64.b64encode(expected) == digest


def camera(*, password: str = CANARY, **answers: bytes | Callable[[bytes], bytes]) -> Handler:
    """A camera that wants WS-Security with this password for all but its clock, answering each operation as told.

    An answer that begins with "HTTP/" is sent as it is.
    """
    known: dict[str, bytes | Callable[[bytes], bytes]] = {
        "GetSystemDateAndTime": lambda _: clock_now(),
        "GetDeviceInformation": information(),
        "GetServices": services("http://127.0.0.1/onvif/media"),
        "GetProfiles": PROFILES,
        "GetStreamUri": uri("GetStreamUri", "rtsp://127.0.0.1:1/live"),
        "GetSnapshotUri": uri("GetSnapshotUri", "http://127.0.0.1/snap.jpg"),
        "snapshot": b"",
        **answers,
    }

    async def handle(exchange: Exchange) -> None:
        while request := await exchange.request():
            name = re.search(rb"Body><(?:\w+:)?(\w+)", request)
            if name is None:
                answer = known["snapshot"]
                answer = answer if isinstance(answer, bytes) else answer(request)
                await (
                    exchange.send(answer)
                    if answer.startswith(b"HTTP/")
                    else exchange.reply(answer, "200 OK", "Content-Type: image/jpeg")
                )
                continue
            operation = name[1].decode()
            if operation != "GetSystemDateAndTime" and not token_is_right(request, password):
                await exchange.reply(fault(), "400 Bad Request")
                continue
            answer = known.get(operation, fault("ter:ActionNotSupported"))
            answer = answer if isinstance(answer, bytes) else answer(request)
            await (exchange.send(answer) if answer.startswith(b"HTTP/") else exchange.reply(answer))

    return handle
