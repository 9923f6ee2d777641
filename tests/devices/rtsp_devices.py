"""Little RTSP devices: recorders whose channels answer by a template, in the manners that tests ask for."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image, ImageDraw

from demo.auth import DigestChallenge
from demo.rtsp import RtspServer
from demo.video import Video
from tests.corpus.hostile import OWNER, Exchange, Handler

REALM = "Recorder S-77"
CHALLENGE = f'WWW-Authenticate: Digest realm="{REALM}", nonce="%s"\r\n'


def reply(status: str, cseq: bytes, more: str = "", body: str = "") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"RTSP/1.0 {status}\r\nCSeq: {cseq.decode()}\r\n{more}{length}\r\n{body}".encode()


def sdp(codec: str = "H264") -> str:
    return f"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 {codec}/90000\r\n"


def asked(request: bytes) -> tuple[str, bytes]:
    """Path and CSeq of a request."""
    path = re.search(rb"rtsps?://[^/ ]+(\S*)", request)
    cseq = re.search(rb"CSeq: (\d+)", request)
    return (path[1].decode() if path else ""), (cseq[1] if cseq else b"0")


def recorder(
    paths: Mapping[str, str],
    *,
    accepts: Callable[[str, bytes], bool] = lambda path, request: True,
    nonces: Iterator[str] | None = None,
    hangs_up_after: Callable[[int], bool] = lambda status: False,
) -> Handler:
    """Signed requests get the SDP of their path, or 404; strangers and what `accepts` refuses get a challenge.

    With `nonces` each answer wants the newest one, without ever saying that another is stale.
    """

    async def handle(exchange: Exchange) -> None:
        nonce = "n1"
        while request := await exchange.request():
            path, cseq = asked(request)
            used = re.search(rb'nonce="([^"]*)"', request)
            fresh = used is not None and used[1].decode() == nonce
            if nonces is not None:
                nonce = next(nonces)
            if not fresh or not accepts(path, request):
                status = 401
                await exchange.send(reply("401 Unauthorized", cseq, CHALLENGE % nonce))
            elif path in paths:
                status = 200
                await exchange.send(reply("200 OK", cseq, "Content-Type: application/sdp\r\n", paths[path]))
            else:
                status = 404
                await exchange.send(reply("404 Not Found", cseq))
            if hangs_up_after(status):
                return

    return handle


def paths_asked(requests: list[bytes]) -> list[str]:
    """The paths of signed questions, in order."""
    return [asked(request)[0] for request in requests if b"Authorization" in request]


@contextmanager
def filming(paths: list[str]) -> Iterator[RtspServer]:
    """A recorder that really films: each path shows a colour of its own, behind Digest."""

    def draw(number: int) -> Callable[[tuple[int, int]], Image.Image]:
        def picture(size: tuple[int, int]) -> Image.Image:
            image = Image.new("RGB", size, (40 * number % 256, 90, 255 - 40 * number % 256))
            ImageDraw.Draw(image).line((0, 0, *size), fill="white", width=3)
            return image

        return picture

    videos = {path: Video(320, 180, 8, 300, draw(number)) for number, path in enumerate(paths, 1)}
    server = RtspServer(("127.0.0.1", 0), videos, DigestChallenge(OWNER.user, OWNER.password, REALM))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A self-signed certificate, as cameras have, and its fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{signed.serial_number}.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, hashlib.sha256(signed.public_bytes(serialization.Encoding.DER)).hexdigest()


class TlsDoor:
    """`async with TlsDoor(port, context) as door:` hands on to a plain port what comes in over TLS at `door.port`.

    `heard` is what was received in clear behind the TLS.
    """

    def __init__(self, inside: int, context: ssl.SSLContext) -> None:
        self._inside, self._context = inside, context
        self.port = 0
        self.heard = b""

    async def __aenter__(self) -> TlsDoor:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind = await asyncio.open_connection("127.0.0.1", self._inside)
        ways = [
            asyncio.create_task(self._copy(reader, behind, listen=True)),
            asyncio.create_task(self._copy(behind_reader, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        behind.transport.abort()
        writer.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listen: bool = False) -> None:
        try:
            while data := await reader.read(65536):
                if listen:
                    self.heard += data
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
