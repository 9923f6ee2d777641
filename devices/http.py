"""A small HTTP/1.1 client over the dialler, for servers that lie.

No redirects, no compression, no cookies, no proxies, no Basic. Header and body are capped while they are read,
and two ways of saying how long a body is are one too many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from devices.deadline import Deadline
from devices.dial import Connection, Dialler, Endpoint
from devices.errors import RTSP_HERE, Misbehaving

HEADER_CAP = 16 * 1024
HEADERS_MAX = 100
CHUNKS_MAX = 20_000
BODY_CAP = 1024 * 1024
#: Heads that are remembered are no longer than this (and there are 256 of them).
KNOWN_HEAD_MAX = 512
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?")
_BLANK = " \t\v\f"
_FRAMING = re.compile(r"\s*(?:content-length|transfer-encoding)", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,19}")
_PATH = re.compile(r"/[!-~]{0,2047}")

_MANNERS = "User-Agent: mitra-kamera\r\nAccept-Encoding: identity\r\n"

Headers = Sequence[tuple[str, str]]


class Reply(NamedTuple):
    """A complete answer; header names are lower-case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        return values_of(self.headers, name)

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")


def values_of(headers: Headers, name: str) -> list[str]:
    return [value for key, value in headers if key == name]


def safe_path(path: str) -> bool:
    """Whether a path and query can stand in a request line and nowhere else."""
    return _PATH.fullmatch(path) is not None


class HttpClient:
    """One device, one request at a time, its connection kept while the device keeps it."""

    def __init__(self, dialler: Dialler, target: Endpoint, deadline: Deadline) -> None:
        self._dialler = dialler
        self.target = target
        self._host = target.netloc
        self._deadline = deadline
        self._connection: Connection | None = None
        self.tls_fingerprint = ""
        self.answered = False

    async def connect(self) -> Connection:
        """The open connection, dialled now where there is none."""
        if self._connection is None:
            self._connection = await self._dialler.connect(self.target, self._deadline)
            self.tls_fingerprint = self._connection.tls_fingerprint
        return self._connection

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Headers = (),
        body: bytes = b"",
        deadline: Deadline,
        body_cap: int = BODY_CAP,
    ) -> Reply:
        """One request and its whole answer.

        Raises `Misbehaving("redirect")` for any 3xx and `Dropped` when the device closed the line: with the
        detail "empty" or "reset" when nothing came, which several makers do to a kept connection.
        """
        connection = self._connection or await self.connect()  # First: a host not to be dialled ends here.
        request = request_bytes(method, path, self._host, headers, body)
        connection.deadline = self._dialler.until_heard(deadline)
        connection.received = 0
        try:
            await connection.write(request)
            reply, keep = await read_reply(connection, body_cap=body_cap)
        except BaseException:
            self.close()
            raise
        self.answered = self._dialler.heard = True
        redirected = 300 <= reply.status < 400
        if redirected or not keep:
            self.close()
        if redirected:
            raise Misbehaving("redirect")
        return reply

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def request_bytes(method: str, path: str, netloc: str, headers: Headers, body: bytes) -> bytes:
    """A whole request. The caller has made sure that no header holds a line break; raises Misbehaving for a path
    that cannot stand in a request line."""
    if not safe_path(path):
        raise Misbehaving("path")
    more = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if body or method == "POST":
        more += f"Content-Length: {len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: {netloc}\r\n{_MANNERS}{more}\r\n".encode("latin-1") + body


class Head(NamedTuple):
    """What stands above a body. `size` is how many bytes follow, `CHUNKED`, or None where the end of the stream
    tells; `keep` whether the connection can be used again."""

    status: int
    headers: tuple[tuple[str, str], ...]
    size: int | None
    keep: bool


CHUNKED = -1


async def read_reply(connection: Connection, *, body_cap: int) -> tuple[Reply, bool]:
    """The next answer on a connection, and whether the connection can be used again."""
    for _ in range(3):
        head = parse_head(await connection.until(b"\r\n\r\n", HEADER_CAP, or_bare=True))
        if head.status >= 200:
            break
    else:
        raise Misbehaving("status_line")
    if head.size is None:
        return Reply(head.status, head.headers, await connection.to_end(body_cap)), False
    if head.size == CHUNKED:
        return Reply(head.status, head.headers, await _chunks(connection, body_cap)), head.keep
    if head.size > body_cap:
        raise Misbehaving("body_size")
    body = connection.at_hand(head.size)
    if body is None:
        body = await connection.exactly(head.size)
    return Reply(head.status, head.headers, body), head.keep


def parse_head(data: bytes) -> Head:
    """The head of an answer. `Misbehaving` unless it is well-formed, short and says one thing of its body."""
    # A device answers question after question with the same few lines, and so do all of its make.
    return _known_head(data) if len(data) <= KNOWN_HEAD_MAX else _read_head(data)


def _read_head(data: bytes) -> Head:
    crlf = data.endswith(b"\r\n")
    lines = data[:-4].split(b"\r\n") if crlf else data[:-2].split(b"\n")
    match = _STATUS.fullmatch(lines[0])
    if match is None:
        raise Misbehaving("status_line", remedy=RTSP_HERE if lines[0].startswith(b"RTSP/") else "")
    status, headers = int(match[1]), parse_headers(lines[1:])
    encodings = values_of(headers, "content-encoding")
    if status >= 200 and any(value.strip().lower() not in ("", "identity") for value in encodings):
        raise Misbehaving("encoding")
    connection = values_of(headers, "connection")
    keep = crlf and lines[0][7:8] == b"1" and not (connection and "close" in connection[0].lower())
    return Head(status, headers, 0 if status < 200 or status in (204, 304) else _body_size(headers), keep)


_known_head = lru_cache(maxsize=256)(_read_head)


def parse_headers(lines: Sequence[bytes]) -> tuple[tuple[str, str], ...]:
    if len(lines) > HEADERS_MAX:
        raise Misbehaving("header_count")
    headers: list[tuple[str, str]] = []
    skipped = False
    for line in lines:
        text = line.decode("latin-1")
        name, colon, value = text.partition(":")
        if "\n" in text or "\r" in text or "\0" in text:
            raise Misbehaving("header")
        if text[:1] in (" ", "\t") and headers and not skipped:
            # A folded line goes on with the value above it (RFC 9112, 5.2) and is no header of its own.
            before, start = headers.pop()
            headers.append((before, f"{start} {text.strip(_BLANK)}"))
        elif not name.strip(_BLANK) or text[:1] in (" ", "\t"):
            raise Misbehaving("header")
        elif not colon:
            # Some web servers let their name stand there alone. What only looks like a header is passed over, as in
            # browsers, but not where it may have been meant to say how long the answer is.
            if _FRAMING.match(text):
                raise Misbehaving("header")
            skipped = True
        else:
            skipped = False
            headers.append((name.strip(_BLANK).lower(), value.strip(_BLANK)))
    return tuple(headers)


def _body_size(headers: Headers) -> int | None:
    """The `size` of a `Head`. Two ways of saying it are one too many."""
    lengths = values_of(headers, "content-length")
    if codings := values_of(headers, "transfer-encoding"):
        if [coding.strip().lower() for coding in codings] != ["chunked"] or lengths:
            raise Misbehaving("framing")
        return CHUNKED
    if not lengths:
        return None
    if len(set(lengths)) > 1 or not _LENGTH.fullmatch(lengths[0]):
        raise Misbehaving("framing")
    return int(lengths[0])


async def _chunks(connection: Connection, cap: int) -> bytes:
    body = bytearray()
    for _ in range(CHUNKS_MAX):
        line = (await connection.until(b"\r\n", 256, too_big="framing"))[:-2]
        size_text = line.split(b";", 1)[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", size_text):
            raise Misbehaving("framing")
        size = int(size_text, 16)
        if len(body) + size > cap:
            raise Misbehaving("body_size")
        if size == 0:
            await _trailers(connection)
            return bytes(body)
        body += await connection.exactly(size)
        if await connection.exactly(2) != b"\r\n":
            raise Misbehaving("framing")
    raise Misbehaving("framing")


async def _trailers(connection: Connection) -> None:
    """Read trailers and throw them away."""
    for _ in range(20):
        if await connection.until(b"\r\n", 1024) == b"\r\n":
            return
    raise Misbehaving("framing")
