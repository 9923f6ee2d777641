"""The one place that opens a connection to a device.

Parse strictly → resolve once → judge every address → connect to the pinned one → compare the peer → hold one
total deadline while reading. A name that resolves to one bad address is refused whole. Nothing here reads the
environment, follows a redirect or knows a proxy.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from devices.addresses import Address, parse_host, spelled, unmapped
from devices.deadline import Deadline
from devices.errors import AddressRefused, DifferentDevice, Misbehaving, Unreachable
from devices.routes import INTERNET, PORTS, AllowedNetwork, Route, routes_from_allow
from devices.wire import Connection

__all__ = [
    "INTERNET",
    "PORTS",
    "AllowedNetwork",
    "BlockingConnection",
    "Connection",
    "Dialler",
    "Endpoint",
    "Route",
    "routes_from_allow",
]

Resolver = Callable[[str], Sequence[str]]

CONNECT_SECONDS = 5.0
ADDRESSES_TRIED = 4
_NONBLOCKING: int = getattr(socket, "SOCK_NONBLOCK", 0)


class Endpoint(NamedTuple):
    """A host and port as typed; `tls_fingerprint` is what was seen at verification, if anything was."""

    host: str
    port: int
    tls: bool = False
    tls_fingerprint: str = ""

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def system_resolver(name: str) -> list[str]:
    """All addresses of a fully qualified name; the final dot keeps search domains out."""
    answers = socket.getaddrinfo(name + ".", None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


async def _resolve(resolver: Resolver, name: str, deadline: Deadline) -> list[Address]:
    """Ask the resolver in a thread of its own, which may outlive the deadline without holding anyone up."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str] | None, error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found or [])

    def ask() -> None:
        found: list[str] | None = None
        problem: Exception | None = None
        try:
            found = list(resolver(name))
        except Exception as error:
            problem = error
        with contextlib.suppress(RuntimeError):  # The loop is gone: the probe was over before the answer came.
            loop.call_soon_threadsafe(settle, found, problem)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        async with asyncio.timeout(deadline.left()):
            texts = await answer
    except (OSError, UnicodeError, TimeoutError):
        raise Unreachable("no_name") from None
    try:
        return [unmapped(ipaddress.ip_address(text)) for text in texts]
    except ValueError:
        raise AddressRefused("denied", from_text=False) from None  # A scoped or broken answer.


@dataclass(slots=True)
class Dialler:
    """Dials one device by one route. A name is resolved once and stays pinned for the life of this object.

    `answer_by` is when the first answer must have come, name and connection included: whoever says nothing is given
    up in the same time, wherever it was that he said nothing. It counts until `heard` is set.
    """

    route: Route = INTERNET
    resolver: Resolver = system_resolver
    answer_by: Deadline | None = None
    heard: bool = False
    _pinned: dict[str, list[Address]] = field(default_factory=dict)

    def until_heard(self, deadline: Deadline) -> Deadline:
        """This deadline, or the sooner one for a first answer."""
        if self.heard or self.answer_by is None or deadline.at <= self.answer_by.at:
            return deadline
        return self.answer_by

    async def addresses(self, host: str, port: int, deadline: Deadline) -> list[Address]:
        """The judged addresses of a host. Judged again at each call, whether pinned or not."""
        self.route.require_dialled_here()
        deadline = self.until_heard(deadline)
        parsed = parse_host(host)
        typed = not isinstance(parsed, str)
        if isinstance(parsed, str):
            if parsed not in self._pinned:
                self._pinned[parsed] = await _resolve(self.resolver, parsed, deadline.within(CONNECT_SECONDS))
            found = self._pinned[parsed]
        else:
            found = [parsed]
        if not found:
            raise Unreachable("no_name")
        for address in found:
            self.route.judge(address, port, typed=typed)
        return found[:ADDRESSES_TRIED]

    async def connect(self, target: Endpoint, deadline: Deadline) -> Connection:
        """A connection to the target. A TLS fingerprint other than the pinned one ends it before a byte is sent."""
        deadline = self.until_heard(deadline)
        return await _wrap(await self.open_socket(target, deadline), target, deadline)

    async def open_socket(self, target: Endpoint, deadline: Deadline) -> socket.socket:
        """A connected, non-blocking socket to the first judged address that answers."""
        deadline = self.until_heard(deadline)
        failure = Unreachable("no_time")
        for address in await self.addresses(target.host, target.port, deadline):
            if deadline.passed:
                break
            try:
                return await _connect(address, target.port, deadline)
            except Unreachable as error:
                failure = error
        raise failure


def begin(address: Address, port: int) -> socket.socket:
    """A non-blocking socket on its way to an address that its caller has judged; it is there once it is writable.

    For `devices.knock`; raises `Unreachable` where there is no way at all.
    """
    sock = _socket(address)
    try:
        problem = sock.connect_ex((spelled(address), port))
        if problem == errno.ECONNREFUSED:
            raise Unreachable("closed")
        if problem not in (0, errno.EINPROGRESS):
            raise Unreachable("unrouted")
    except BaseException:
        sock.close()
        raise
    return sock


def require_peer(sock: socket.socket, address: Address) -> None:
    """Raises unless the socket has reached this very address. Ask it before the first byte is sent."""
    try:
        peer = sock.getpeername()[0]
    except OSError:
        problem = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        raise Unreachable("closed" if problem == errno.ECONNREFUSED else "unrouted") from None
    if peer != spelled(address) and unmapped(ipaddress.ip_address(peer)) != address:
        raise AddressRefused("peer", from_text=False)


def _socket(address: Address) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    if _NONBLOCKING:
        return socket.socket(family, socket.SOCK_STREAM | _NONBLOCKING)  # One call to the system instead of two.
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    return sock


async def _connect(address: Address, port: int, deadline: Deadline) -> socket.socket:
    sock = _socket(address)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        async with asyncio.timeout(deadline.within(CONNECT_SECONDS).left()):
            await asyncio.get_running_loop().sock_connect(sock, (str(address), port))
        require_peer(sock, address)
    except TimeoutError:
        sock.close()
        raise Unreachable("filtered") from None
    except ConnectionRefusedError:
        sock.close()
        raise Unreachable("closed") from None
    except OSError:
        sock.close()
        raise Unreachable("unrouted") from None
    except BaseException:
        sock.close()
        raise
    return sock


async def _wrap(sock: socket.socket, target: Endpoint, deadline: Deadline) -> Connection:
    loop = asyncio.get_running_loop()
    if not target.tls:
        _, plain = await loop.create_connection(lambda: Connection(deadline), sock=sock)
        return plain
    try:
        async with asyncio.timeout(deadline.within(CONNECT_SECONDS).left()):
            transport, connection = await loop.create_connection(
                lambda: Connection(deadline), sock=sock, ssl=_tls_context(), server_hostname=target.host
            )
    except TimeoutError:
        sock.close()
        raise Misbehaving("tls_slow") from None
    except (ssl.SSLError, OSError):
        sock.close()
        raise Misbehaving("tls") from None
    certificate = transport.get_extra_info("ssl_object").getpeercert(True) or b""
    connection.tls_fingerprint = hashlib.sha256(certificate).hexdigest()
    if target.tls_fingerprint and connection.tls_fingerprint != target.tls_fingerprint:
        connection.close()
        raise DifferentDevice("tls_fingerprint")
    return connection


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    """Cameras sign their own certificates: the fingerprint is compared instead of the chain.

    Old ones know TLS 1.0, keys of 1024 bits and SHA-1 alone. They are spoken to all the same: where a line can be
    broken, it is one that the same owner would else have without TLS, and no password goes over it but in a digest.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED  # TLS 1.0: OP_NO_SSLv3 is on by default.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


class BlockingConnection:
    """A connection for callers without a loop, held to the same total deadline and the same caps.

    The dialler's door for programs that ask one plain question of a device; visits and configuring have loops.
    """

    def __init__(self, target: Endpoint, deadline: Deadline, *, route: Route = INTERNET) -> None:
        self._runner = asyncio.Runner()
        try:
            self._connection = self._runner.run(Dialler(route).connect(target, deadline))
        except BaseException:
            self._runner.close()
            raise

    @property
    def tls_fingerprint(self) -> str:
        return self._connection.tls_fingerprint

    def write(self, data: bytes) -> None:
        self._runner.run(self._connection.write(data))

    def until(self, mark: bytes, cap: int) -> bytes:
        """As `Connection.until`."""
        return self._runner.run(self._connection.until(mark, cap))

    def exactly(self, size: int) -> bytes:
        """As `Connection.exactly`."""
        return self._runner.run(self._connection.exactly(size))

    def to_end(self, cap: int) -> bytes:
        """As `Connection.to_end`."""
        return self._runner.run(self._connection.to_end(cap))

    def close(self) -> None:
        self._connection.close()
        self._runner.close()

    def __enter__(self) -> BlockingConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
