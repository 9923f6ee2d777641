"""RTSP as we speak it to a device: small messages, Digest only, no redirects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from devices.deadline import Deadline
from devices.dial import Connection, Dialler, Endpoint
from devices.digest import Challenge, answer, digest_challenge
from devices.errors import DifferentDevice, Misbehaving, Unauthorized
from devices.http import HEADER_CAP, parse_headers
from devices.report import Identity
from devices.secrets import Credentials
from devices.sign_in import Refusals

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
    """What DESCRIBE told: the video codec and, where the SDP says, its size and rate."""

    codec: str
    width: int | None
    height: int | None
    fps: int | None
    identity: Identity
    auth_not_enforced: bool


def rtsp_url(target: Endpoint, path: str) -> str:
    return f"rtsp://{target.netloc}{path}"


def request_bytes(method: str, url: str, cseq: int, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {cseq}", "User-Agent: mitra-kamera"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


async def read_reply(connection: Connection) -> RtspReply:
    """The next whole reply; `Misbehaving` for anything else, media frames included."""
    head = await connection.until(b"\r\n\r\n", HEADER_CAP)
    lines = head[:-4].split(b"\r\n")
    match = _STATUS.fullmatch(lines[0])
    if match is None:
        raise Misbehaving("not_rtsp")
    headers = parse_headers(lines[1:])
    body = await read_body(connection, headers)
    return RtspReply(int(match[1]), headers, body)


async def read_body(connection: Connection, headers: Sequence[tuple[str, str]]) -> bytes:
    lengths = [value for name, value in headers if name == "content-length"]
    if not lengths:
        return b""
    if len(lengths) > 1 or not re.fullmatch(r"[0-9]{1,9}", lengths[0]) or int(lengths[0]) > SDP_CAP:
        raise Misbehaving("body_size")
    return await connection.exactly(int(lengths[0]))


async def options(dialler: Dialler, target: Endpoint, deadline: Deadline) -> int:
    """The status with which the device answers OPTIONS without credentials: any status means it is alive."""
    connection = await dialler.connect(target, deadline)
    try:
        await connection.write(request_bytes("OPTIONS", rtsp_url(target, "/"), 1))
        return (await read_reply(connection)).status
    finally:
        connection.close()


async def describe(
    dialler: Dialler,
    target: Endpoint,
    path: str,
    credentials: Credentials | None,
    refusals: Refusals,
    deadline: Deadline,
    expected: Identity | None = None,
) -> Description:
    """Ask what a path sends. Credentials go out only in answer to a Digest challenge, and once.

    All that RTSP tells of a device is the realm of its challenge (makers write a model or serial number there), or
    where it asks for nothing its server's name; that is compared with `expected` before anything is signed.
    """
    connection = await dialler.connect(target, deadline)
    try:
        reply, identity, open_to_all = await _describe(
            connection, rtsp_url(target, path), credentials, refusals, expected or Identity()
        )
    finally:
        connection.close()
    if reply.status == 404:
        raise Misbehaving("no_such_path")
    if reply.status != 200:
        raise Misbehaving(f"rtsp_{reply.status}")
    codec, width, height, fps = read_sdp(reply.body)
    return Description(codec, width, height, fps, identity, open_to_all)


async def _describe(
    connection: Connection, url: str, credentials: Credentials | None, refusals: Refusals, expected: Identity
) -> tuple[RtspReply, Identity, bool]:
    accept = ("Accept", "application/sdp")
    await connection.write(request_bytes("DESCRIBE", url, 1, [accept]))
    reply = not_redirected(await read_reply(connection))
    if reply.status != 401:
        return reply, _same(reply, None, expected), reply.status == 200
    challenge = usable_challenge(reply)
    identity = _same(reply, challenge, expected)
    if credentials is None:
        raise Unauthorized("no_credentials", refusals=refusals.spent)
    for cseq in (2, 3):
        if refusals.used_up:
            raise Unauthorized("resting", refusals=refusals.spent)
        signed = authorization(challenge, "DESCRIBE", url, credentials)
        await connection.write(request_bytes("DESCRIBE", url, cseq, [accept, ("Authorization", signed)]))
        reply = not_redirected(await read_reply(connection))
        if reply.status != 401:
            return reply, identity, False
        fresh = digest_challenge(reply.all("www-authenticate"))
        if fresh is None or not fresh.stale or cseq == 3:
            break
        challenge = fresh
    refusals.spent += 1
    raise Unauthorized("rtsp", refusals=refusals.spent)


def _same(reply: RtspReply, challenge: Challenge | None, expected: Identity) -> Identity:
    told = (challenge.realm if challenge else "") or reply.first("server")
    identity = Identity(shape=f"rtsp:{told}"[:120])
    if part := expected.differs(identity):
        raise DifferentDevice(part)
    return identity


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
    return answer(
        challenge, method=method, uri=url, user=credentials.user, password=credentials.password, count=count
    )


def read_sdp(data: bytes) -> tuple[str, int | None, int | None, int | None]:
    """Codec, width, height and rate of the first video track; `Misbehaving` where there is none."""
    codec, width, height, fps, in_video = "", None, None, None, False
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
            codec = match[1].upper()
        elif match := _SIZE.fullmatch(line):
            width, height = int(match[1]), int(match[2])
        elif match := _RATE.fullmatch(line):
            fps = int(match[1])
    if not codec:
        raise Misbehaving("no_video")
    return codec, width, height, fps
