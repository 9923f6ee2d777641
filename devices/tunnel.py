"""A loopback door for one connection and one stream.

Whatever decodes video sees only this door: the camera's address, its password, its redirects and its sound stay
on our side. Each request is written anew for the camera, signed when it asks; each answer is written anew for
the decoder, its addresses pointing back here. RTP travels interleaved on the same connection.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from types import TracebackType

from devices.count import STREAM
from devices.deadline import Deadline
from devices.dial import Connection, Dialler, Endpoint
from devices.digest import Challenge, digest_challenge
from devices.errors import DeviceError, DifferentDevice, Dropped, Misbehaving, Unauthorized
from devices.http import HEADER_CAP, parse_headers
from devices.refusals import Refusals, Trial
from devices.report import Identity
from devices.rtsp import RtspReply, authorization, read_reply, request_bytes, rtsp_url, shape_of
from devices.secrets import Credentials

_METHODS = frozenset(["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "PAUSE", "GET_PARAMETER", "TEARDOWN"])
_REQUEST = re.compile(rb"([A-Z_]{3,16}) (\S{1,4096}) RTSP/1\.0")
_HOME_OF_MEDIA = re.compile(r"^([oc]=.*IN IP)[46] \S+")
_URL = re.compile(r"rtsps?://[^/\s;,\"]*")
_TO_CAMERA = ("accept", "transport", "session", "range", "require", "scale", "speed", "blocksize")
_TO_CLIENT = (
    "session",
    "transport",
    "range",
    "public",
    "content-type",
    "content-base",
    "content-location",
    "rtp-info",
)


@dataclass(slots=True)
class _Pending:
    """A request that the camera has not answered yet."""

    cseq: str
    method: str
    url: str
    headers: list[tuple[str, str]]
    signed: bool = False
    renewed: bool = False


class Tunnel:
    """`async with Tunnel(...) as tunnel:` gives `tunnel.url`. What went wrong, if anything, is in `failure`."""

    def __init__(
        self,
        dialler: Dialler,
        target: Endpoint,
        path: str,
        credentials: Credentials | None,
        refusals: Refusals,
        deadline: Deadline,
        expected: Identity | None = None,
    ) -> None:
        self._expected = (expected or Identity()).shape
        self._dialler, self._target, self._path = dialler, target, path
        self._credentials, self._refusals, self._deadline = credentials, refusals, deadline
        self._server: asyncio.Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._token = secrets.token_urlsafe(18)
        self._base = ""
        self._challenge: Challenge | None = None
        self._trial = Trial(refusals, STREAM)
        self._count = 0
        self._cseq = 0
        self._track = ""
        self._pending: dict[int, _Pending] = {}
        self.failure: DeviceError | None = None
        self.described_to_stranger = False

    @property
    def url(self) -> str:
        return self._base + self._path

    async def __aenter__(self) -> Tunnel:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._deadline, self._accept), "127.0.0.1", 0, backlog=1
        )
        port = self._server.sockets[0].getsockname()[1]
        self._base = f"rtsp://127.0.0.1:{port}/{self._token}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)

    def _accept(self, client: Connection) -> None:
        if self._serving is not None or self._server is None:
            client.close()
            return
        self._server.close()
        self._serving = asyncio.create_task(self._serve_until_over(client))

    async def _serve_until_over(self, client: Connection) -> None:
        try:
            await self._serve(client)
        except DeviceError as error:
            self.failure = self.failure or error
        finally:
            client.close()

    async def _serve(self, client: Connection) -> None:
        """The camera is dialled once the client has named our token: who only guessed the port learns nothing."""
        try:
            knock = await client.until(b"\r\n\r\n", HEADER_CAP)
        except Dropped:
            return
        if not self._knows_token(knock):
            raise Misbehaving("tunnel_client")
        camera = await self._dialler.connect(self._target, self._deadline)
        ways = [
            asyncio.create_task(self._requests(knock, client, camera)),
            asyncio.create_task(self._replies(client, camera)),
        ]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in done:
                way.result()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            camera.close()

    def _knows_token(self, head: bytes) -> bool:
        match = _REQUEST.fullmatch(head[:-4].split(b"\r\n")[0])
        return match is not None and match[2].decode("latin-1").startswith(self._base)

    async def _requests(self, knock: bytes, client: Connection, camera: Connection) -> None:
        """Decoder to camera, its first request first. Its hanging up is no failure of the camera."""
        await self._forward(knock, client, camera)
        while True:
            try:
                first = await client.peek()
                if not first:
                    return
                if first == b"$":
                    await camera.write(await _frame(client))
                    continue
                head = await client.until(b"\r\n\r\n", HEADER_CAP)
            except Dropped:
                return
            await self._forward(head, client, camera)

    async def _forward(self, head: bytes, client: Connection, camera: Connection) -> None:
        lines = head[:-4].split(b"\r\n")
        match = _REQUEST.fullmatch(lines[0])
        headers = dict(parse_headers(lines[1:]))
        if match is None:
            raise Misbehaving("tunnel_client")
        method, url = match[1].decode(), match[2].decode("latin-1")
        cseq = headers.get("cseq", "0")
        if method not in _METHODS or not (url.startswith(self._base) or (url == "*" and method == "OPTIONS")):
            raise Misbehaving("tunnel_client")
        path = self._path if url == "*" else url[len(self._base) :]
        if method == "DESCRIBE" and path != self._path:
            raise Misbehaving("tunnel_client")
        if method == "SETUP":
            refusal = self._refusal_of_track(path, headers.get("transport", ""))
            if refusal:
                await client.write(f"RTSP/1.0 {refusal}\r\nCSeq: {cseq}\r\n\r\n".encode())
                return
        # The body of a request (GET_PARAMETER may have one) is not passed on: we ask for nothing by name.
        length = headers.get("content-length", "0")
        if not re.fullmatch(r"[0-9]{1,4}", length):
            raise Misbehaving("tunnel_client")
        await client.exactly(int(length))
        kept = [(name.title(), headers[name]) for name in _TO_CAMERA if name in headers]
        await self._send(camera, _Pending(cseq, method, rtsp_url(self._target, path), kept))

    def _refusal_of_track(self, path: str, transport: str) -> str:
        """Why a track may not be set up: over the connection itself, and no second one, or nothing."""
        if "interleaved" not in transport:
            return "461 Unsupported Transport"
        if self._track not in ("", path):
            return "455 Method Not Valid in This State"
        self._track = path
        return ""

    async def _send(self, camera: Connection, request: _Pending) -> None:
        headers = list(request.headers)
        if self._challenge is not None and self._credentials is not None:
            self._trial.begin()
            self._count += 1
            signed = authorization(self._challenge, request.method, request.url, self._credentials, self._count)
            headers.append(("Authorization", signed))
            request.signed = True
        self._cseq += 1
        self._pending[self._cseq] = request
        await camera.write(request_bytes(request.method, request.url, self._cseq, headers))

    async def _replies(self, client: Connection, camera: Connection) -> None:
        """Camera to decoder, until either hangs up."""
        while True:
            first = await camera.peek()
            if not first:
                raise Dropped("cut_off")
            if first == b"$":
                await client.write(await _frame(camera))
                continue
            reply = await read_reply(camera)
            if 300 <= reply.status < 400:
                raise Misbehaving("redirect")
            request = self._answered_by(reply)
            if reply.status == 401:
                await self._answer_challenge(camera, request, reply)
                continue
            if request.signed and reply.status == 403:
                raise self._refused()
            if request.signed and reply.status == 200:
                self._trial.accepted()
            await client.write(self._for_client(reply, request))
            if request.signed and not self._trial.proven:
                raise Misbehaving(f"rtsp_{reply.status}")  # Counted, and what the decoder asks next would be too.

    def _answered_by(self, reply: RtspReply) -> _Pending:
        """The request that was answered; one without a number answers the only one there is."""
        key = reply.first("cseq") or (str(*self._pending) if len(self._pending) == 1 else "")
        request = self._pending.pop(int(key), None) if re.fullmatch(r"[0-9]{1,9}", key) else None
        if request is None:
            raise Misbehaving("cseq")
        return request

    async def _answer_challenge(self, camera: Connection, request: _Pending, reply: RtspReply) -> None:
        challenge = digest_challenge(reply.all("www-authenticate"))
        if self._credentials is None:
            raise Unauthorized("no_credentials", refusals=self._refusals.spent)
        if challenge is None:
            raise Misbehaving("basic_only")
        if self._expected.startswith("rtsp:") and shape_of(reply, challenge) != self._expected:
            raise DifferentDevice("shape")  # A device without ONVIF is known by its realm: no answer to another.
        if request.signed:
            if request.renewed or not challenge.stale or self._refusals.used_up:
                raise self._refused()
            request.renewed = True
        self._challenge, self._count = challenge, 0
        await self._send(camera, request)

    def _refused(self) -> Unauthorized:
        self._trial.refused()
        return Unauthorized("rtsp", refusals=self._refusals.spent)

    def _for_client(self, reply: RtspReply, request: _Pending) -> bytes:
        if request.method == "DESCRIBE" and reply.status == 200 and not request.signed:
            self.described_to_stranger = True
        body = self._video_only(reply.body) if request.method == "DESCRIBE" and reply.status == 200 else b""
        reason = "OK" if reply.status == 200 else "Refused"
        lines = [f"RTSP/1.0 {reply.status} {reason}", f"CSeq: {request.cseq}"]
        for name, value in reply.headers:
            if name == "transport" and reply.status != 200:
                continue
            if name in _TO_CLIENT:
                shown = _over_the_connection(value) if name == "transport" else self._local(value)
                lines.append(f"{name.title()}: {shown}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + body

    def _local(self, text: str) -> str:
        """Addresses of the camera, whatever host it gives, as addresses of this door."""
        return _URL.sub(lambda _: self._base, text)

    def _video_only(self, sdp: bytes) -> bytes:
        """The SDP with its addresses turned and every track left out but the first of video: sound never leaves."""
        kept, keep, video = [], True, False
        for line in sdp.decode("utf-8", "replace").splitlines():
            if line.startswith("m="):
                keep = line.startswith("m=video ") and not video
                video = video or keep
            if keep and line.strip():
                kept.append(_HOME_OF_MEDIA.sub(r"\g<1>4 127.0.0.1", self._local(line.strip())))
        return ("\r\n".join(kept) + "\r\n").encode()


def _over_the_connection(transport: str) -> str:
    """What a camera says of its transport, without the hosts and ports that it names for the media."""
    protocol, *parameters = transport.split(",", 1)[0].split(";")
    if protocol.strip().upper() != "RTP/AVP/TCP":
        raise Misbehaving("transport")
    kept = [p.strip() for p in parameters if re.fullmatch(r"\s*(unicast|(interleaved|ssrc|mode)=[^\s;]+)\s*", p)]
    return ";".join([protocol.strip(), *kept])


async def _frame(connection: Connection) -> bytes:
    """One interleaved RTP or RTCP frame."""
    head = await connection.exactly(4)
    return head + await connection.exactly(int.from_bytes(head[2:4], "big"))
