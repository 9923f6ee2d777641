"""RTSP as we speak it to a device: small messages, Digest only, no redirects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from devices.count import STREAM
from devices.deadline import Deadline
from devices.dial import Connection, Dialler, Endpoint
from devices.digest import Challenge, answer, digest_challenge
from devices.encoders import codec_name
from devices.errors import DifferentDevice, Dropped, Misbehaving, Unauthorized
from devices.http import HEADER_CAP, KNOWN_HEAD_MAX, parse_headers
from devices.refusals import UNCLEAR, Refusals, Trial
from devices.report import Identity
from devices.secrets import Credentials

SDP_CAP = 64 * 1024
_RTPMAP = re.compile(r"a=rtpmap:\d+ ([A-Za-z0-9.-]{1,20})/\d+.*")
_SIZE = re.compile(r"a=(?:x-dimensions:\s*|framesize:\d+ )(\d{1,5})[,-]\s*(\d{1,5}).*")
_RATE = re.compile(r"a=framerate:\s*(\d{1,3})(?:\.\d+)?")
_STATUS = re.compile(rb"RTSP/1\.0 ([1-5][0-9]{2})(?: [^\r\n]*)?")


@dataclass(frozen=True, slots=True)
class RtspReply:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")


@dataclass(frozen=True, slots=True)
class Description:
    """What an SDP tells of the first video track: its codec and, where it says so, size and rate."""

    codec: str
    width: int | None = None
    height: int | None = None
    fps: int | None = None


def rtsp_url(target: Endpoint, path: str) -> str:
    return f"{'rtsps' if target.tls else 'rtsp'}://{target.netloc}{path}"


def request_bytes(method: str, url: str, cseq: int, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """A request without a body. The caller has made sure that no part of it holds a line break."""
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {cseq}", "User-Agent: mitra-kamera"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


_OPTIONS = request_bytes("OPTIONS", "%b", 1)


def options_bytes(target: Endpoint) -> bytes:
    """OPTIONS of all that the device has, the first request on a line."""
    return _OPTIONS % rtsp_url(target, "/").encode("latin-1")


async def read_reply(connection: Connection) -> RtspReply:
    """The next whole reply; `Misbehaving` for anything else, media frames included."""
    status, headers = _read_head(await connection.until(b"\r\n\r\n", HEADER_CAP))
    return RtspReply(status, headers, await read_body(connection, headers))


def _read_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    lines = head[:-4].split(b"\r\n")
    match = _STATUS.fullmatch(lines[0])
    if match is None:
        raise Misbehaving("not_rtsp")
    return int(match[1]), parse_headers(lines[1:])


def status_of(head: bytes) -> int:
    """The status that the head of a reply says; `Misbehaving` for anything else than such a head."""
    # A device answers the same question with the same few lines, and so do all of its make.
    return _known_status(head) if len(head) <= KNOWN_HEAD_MAX else _read_head(head)[0]


@lru_cache(maxsize=256)
def _known_status(head: bytes) -> int:
    return _read_head(head)[0]


async def read_body(connection: Connection, headers: Sequence[tuple[str, str]]) -> bytes:
    lengths = [value for name, value in headers if name == "content-length"]
    if not lengths:
        return b""
    if len(set(lengths)) > 1 or not re.fullmatch(r"[0-9]{1,9}", lengths[0]) or int(lengths[0]) > SDP_CAP:
        raise Misbehaving("body_size")
    return await connection.exactly(int(lengths[0]))


async def options(dialler: Dialler, target: Endpoint, deadline: Deadline) -> int:
    """The status with which the device answers OPTIONS without credentials: any status means it is alive."""
    connection = await dialler.connect(target, deadline)
    try:
        await connection.write(options_bytes(target))
        return (await read_reply(connection)).status
    finally:
        connection.close()


class RtspSession:
    """Asks one device what its paths send, over one connection and as long as it lasts with one Digest challenge.

    Credentials go out only in answer to a Digest challenge. All that RTSP tells of a device is the realm of that
    challenge (makers write a model or serial number there), or where it asks for nothing its server's name, and
    over TLS its certificate; that is compared with `expected` before anything is signed. A refused password ends
    it: every later question would be refused too, and accounts lock. Before it was taken once, hanging up on it
    counts as refusing it.
    """

    def __init__(
        self,
        dialler: Dialler,
        target: Endpoint,
        credentials: Credentials | None,
        refusals: Refusals,
        deadline: Deadline,
        expected: Identity | None = None,
    ) -> None:
        self._dialler, self._target, self._deadline = dialler, target, deadline
        self._credentials, self._refusals = credentials, refusals
        self._expected = expected or Identity()
        self._connection: Connection | None = None
        self._challenge: Challenge | None = None
        self._count = self._cseq = 0
        self._one_nonce_each = self._met = False
        self._trial = Trial(refusals, STREAM)
        self.identity = Identity()
        self.auth_not_enforced = False

    async def describe(self, path: str) -> Description:
        """What this path sends. `Misbehaving("no_such_path")` where there is nothing; see `is_missing`."""
        reply = await self._ask(rtsp_url(self._target, path))
        if reply.status == 404:
            raise Misbehaving("no_such_path")
        if reply.status != 200:
            raise Misbehaving(f"rtsp_{reply.status}")
        return read_sdp(reply.body)

    async def _ask(self, url: str) -> RtspReply:
        """DESCRIBE, and again where the device gave a reason: a challenge, a stale nonce, a new one each time, or a
        kept line that it had given up. Signed twice at most.

        A device that wants a nonce for each answer need not say "stale". Its refusal is counted until the same
        password, signed anew, turns out to be good after all.
        """
        renewed = doubted = hung_up = False
        if self._one_nonce_each:
            self._challenge = None
        if self._challenge is not None and not self._trial.proven:
            self.close()  # An attempt that counts is not lost on a line that the device may have given up.
        while True:
            before, kept = self._challenge, self._connection is not None
            try:
                reply = await self._exchange(url)
            except Dropped:
                self.close()
                if before is not None and not self._trial.proven:
                    raise self._unclear() from None
                if hung_up or not kept:
                    raise
                hung_up = True
                continue
            if before is None:
                if reply.status != 401:
                    return reply
                self._challenge, self._count = usable_challenge(reply), 0
                if self._credentials is None:
                    raise Unauthorized("no_credentials", refusals=self._refusals.spent)
                continue
            if reply.status == 403:
                raise self._refused()
            if reply.status != 401:
                self._heed(reply)
                if doubted:
                    self._trial.forgiven()
                    self._one_nonce_each = True
                return reply
            fresh = usable_challenge(reply)
            spent = self._refusals.used_up or renewed
            if spent or not (fresh.stale or (self._trial.proven and fresh.nonce != before.nonce)):
                raise self._refused()
            renewed = True
            if not fresh.stale:
                doubted = True
                self._trial.refused()
            self._challenge, self._count = fresh, 0

    def _heed(self, reply: RtspReply) -> None:
        """What an answer to a signed question, other than a plain refusal, says of the credentials."""
        if reply.status == 200:
            self._trial.accepted()
        elif reply.status == 404:
            self._trial.evaded()
        elif self._refusals.used_up and not self._trial.proven:
            raise self._unclear()

    def _refused(self) -> Unauthorized:
        self._trial.refused()
        return Unauthorized("rtsp", refusals=self._refusals.spent)

    def _unclear(self) -> Unauthorized:
        message, remedy = UNCLEAR
        return Unauthorized("rtsp", message=message, remedy=remedy, refusals=self._refusals.spent)

    async def _exchange(self, url: str) -> RtspReply:
        """One question and its reply."""
        connection = self._connection or await self._connect()
        headers = [("Accept", "application/sdp")]
        if self._challenge is not None and self._credentials is not None:
            self._trial.begin()
            self._count += 1
            signed = authorization(self._challenge, "DESCRIBE", url, self._credentials, self._count)
            headers.append(("Authorization", signed))
        self._cseq += 1
        connection.deadline = self._dialler.until_heard(self._deadline)
        await connection.write(request_bytes("DESCRIBE", url, self._cseq, headers))
        reply = not_redirected(await read_reply(connection))
        self._dialler.heard = True
        if reply.first("cseq") not in ("", str(self._cseq)):
            raise Misbehaving("cseq")
        if not self._met:
            self._meet(reply, connection)
        return reply

    async def _connect(self) -> Connection:
        self._connection = await self._dialler.connect(self._target, self._deadline)
        self._met = False
        return self._connection

    def _meet(self, reply: RtspReply, connection: Connection) -> None:
        """Compare what a new connection tells a stranger. Only an answer or a challenge says who it is."""
        if reply.status not in (200, 401):
            return
        self._met = True
        shape = shape_of(reply, usable_challenge(reply) if reply.status == 401 else None)
        seen = Identity(tls_fingerprint=connection.tls_fingerprint, shape=shape)
        if part := self._expected.differs(seen):
            raise DifferentDevice(part)
        self.identity = seen
        self.auth_not_enforced = self.auth_not_enforced or reply.status == 200

    def close(self) -> None:
        """Hang up. The next question goes over a new line, to be challenged anew before it is signed."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._challenge = None


def shape_of(reply: RtspReply, challenge: Challenge | None) -> str:
    """By what a device without ONVIF is known again."""
    return f"rtsp:{(challenge.realm if challenge else '') or reply.first('server')}"[:120]


def is_missing(problem: Misbehaving) -> bool:
    """Whether the device only said that this path is none of its own; makers say so with more than 404."""
    return re.fullmatch(r"no_such_path|no_video|rtsp_[45][0-9]{2}", problem.detail) is not None


def not_redirected(reply: RtspReply) -> RtspReply:
    if 300 <= reply.status < 400:
        raise Misbehaving("redirect")
    return reply


def usable_challenge(reply: RtspReply) -> Challenge:
    """The Digest challenge of a 401; Basic over an open line would be the password itself, so it is refused."""
    challenge = digest_challenge(reply.all("www-authenticate"))
    if challenge is None:
        raise Misbehaving("basic_only")
    return challenge


def authorization(challenge: Challenge, method: str, url: str, credentials: Credentials, count: int = 1) -> str:
    """The value of the Authorization header; `count` numbers our answers to this nonce (RFC 7616, nc)."""
    return answer(
        challenge, method=method, uri=url, user=credentials.user, password=credentials.password, count=count
    )


def read_sdp(data: bytes) -> Description:
    """The first video track; `Misbehaving("no_video")` where there is none."""
    codec, in_video = "", False
    width: int | None = None
    height: int | None = None
    fps: int | None = None
    for line in data.decode("utf-8", "replace").splitlines():
        line = line.strip()
        if line.startswith("m="):
            if in_video:
                break
            in_video = line.startswith("m=video ")
            if in_video and re.fullmatch(r"m=video \S+ \S+ 26(?: .*)?", line):
                codec = "JPEG"
        if not in_video:
            continue
        if match := _RTPMAP.fullmatch(line):
            codec = codec or codec_name(match[1])
        elif match := _SIZE.fullmatch(line):
            width, height = int(match[1]), int(match[2])
        elif match := _RATE.fullmatch(line):
            fps = int(match[1])
    if not codec:
        raise Misbehaving("no_video")
    return Description(codec, width, height, fps)
