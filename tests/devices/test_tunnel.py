"""The loopback tunnel: what decodes video meets no camera, no password, no redirect and no sound."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest

from devices.deadline import Deadline
from devices.decoder import keyframe
from devices.dial import Dialler, Endpoint
from devices.errors import DeviceError
from devices.pictures import Picture
from devices.refusals import Refusals
from devices.tunnel import Tunnel
from tests.corpus.hostile import CANARY, LOOPBACK, OWNER, Exchange, Handler, Server, serving

pytestmark = pytest.mark.slow

SDP = (
    b"v=0\r\no=- 0 0 IN IP4 10.0.0.9\r\ns=x\r\nt=0 0\r\na=control:rtsp://10.0.0.9:554/live\r\n"
    b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:rtsp://10.0.0.9/live/track1\r\n"
    b"m=audio 0 RTP/AVP 0\r\na=control:track2\r\n"
)
DIGEST = b'WWW-Authenticate: Digest realm="cam", nonce="n1"\r\n'


def rtsp(status: bytes, cseq: bytes, more: bytes = b"", body: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    return b"RTSP/1.0 " + status + b"\r\nCSeq: " + cseq + b"\r\n" + more + length + b"\r\n" + body


def camera(answer: Callable[[bytes, bytes], bytes]) -> Handler:
    async def handle(exchange: Exchange) -> None:
        while request := await exchange.request():
            cseq = re.search(rb"CSeq: (\d+)", request)
            await exchange.send(answer(request, cseq[1] if cseq else b"0"))

    return handle


def signing(request: bytes, cseq: bytes) -> bytes:
    """Wants Digest for DESCRIBE, then describes itself by an address at home."""
    if request.startswith(b"OPTIONS"):
        return rtsp(b"200 OK", cseq, b"Public: DESCRIBE\r\n")
    if b"Authorization: Digest" not in request:
        return rtsp(b"401 Unauthorized", cseq, DIGEST)
    return rtsp(b"200 OK", cseq, b"Content-Base: rtsp://10.0.0.9/live/\r\nContent-Type: application/sdp\r\n", SDP)


def through_tunnel(handler: Handler, talk: Callable[[Tunnel], Awaitable[bytes]]) -> tuple[bytes, Tunnel, Server]:
    async def run() -> tuple[bytes, Tunnel, Server]:
        async with serving(handler) as server:
            where = Endpoint("127.0.0.1", server.port)
            async with Tunnel(Dialler(LOOPBACK), where, "/live", OWNER, Refusals(), Deadline.after(2)) as tunnel:
                said = await talk(tunnel)
            return said, tunnel, server

    return asyncio.run(run())


async def describe(tunnel: Tunnel) -> bytes:
    port = int(re.search(r":(\d+)/", tunnel.url)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"OPTIONS {tunnel.url} RTSP/1.0\r\nCSeq: 7\r\n\r\n".encode())
    first = await reader.readuntil(b"\r\n\r\n")
    writer.write(f"DESCRIBE {tunnel.url} RTSP/1.0\r\nCSeq: 8\r\nAuthorization: Basic eA==\r\n\r\n".encode())
    try:
        async with asyncio.timeout(1):
            rest = await reader.readuntil(b"track1\r\n")
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        rest = b""
    writer.transport.abort()
    return first + rest


def test_the_decoder_sees_only_the_loopback_side() -> None:
    said, tunnel, server = through_tunnel(camera(signing), describe)

    assert b"CSeq: 7" in said
    assert b"CSeq: 8" in said
    assert b"a=control:" + tunnel.url.removesuffix("/live").encode() + b"/live/track1" in said
    for hidden in (
        b"10.0.0.9:",
        b"/10.0.0.9",
        b"WWW-Authenticate",
        b"nonce",
        b"m=audio",
        str(server.port).encode(),
    ):
        assert hidden not in said
    assert tunnel.failure is None


def test_the_camera_sees_its_own_address_and_a_digest() -> None:
    _, _, server = through_tunnel(camera(signing), describe)

    sent = b"".join(server.requests)
    assert f"DESCRIBE rtsp://127.0.0.1:{server.port}/live RTSP/1.0".encode() in sent
    assert b"Basic" not in sent
    assert CANARY.encode() not in sent


@pytest.mark.parametrize(
    "words",
    [
        "OPTIONS rtsp://127.0.0.1:{port}/live RTSP/1.0",
        "DESCRIBE rtsp://127.0.0.1:{port}/{guess}/live RTSP/1.0",
        "OPTIONS * RTSP/1.0",
        "GET / HTTP/1.1",
        "",
    ],
    ids=["no token", "a guessed token", "no address", "another protocol", "silence"],
)
def test_a_program_that_guesses_the_port_and_not_the_token_gets_nothing(words: str) -> None:
    async def guesses(tunnel: Tunnel) -> bytes:
        port = int(re.search(r":(\d+)/", tunnel.url)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{words.format(port=port, guess='x' * 24)}\r\nCSeq: 1\r\n\r\n".encode() if words else b"")
        try:
            async with asyncio.timeout(0.3):
                return await reader.read()
        except TimeoutError:
            return b""
        finally:
            writer.transport.abort()

    said, _, server = through_tunnel(camera(signing), guesses)

    assert (said, server.connections, bytes(server.received)) == (b"", 0, b"")


TWO_LENSES = SDP + b"m=video 0 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=control:track3\r\n"


def with_two_lenses(request: bytes, cseq: bytes) -> bytes:
    """An open camera with a second video track, which sets up whatever it is asked to."""
    if request.startswith(b"DESCRIBE"):
        return rtsp(b"200 OK", cseq, b"Content-Type: application/sdp\r\n", TWO_LENSES)
    return rtsp(b"200 OK", cseq, b"Session: 1\r\n")


async def sets_up_two_tracks(tunnel: Tunnel) -> bytes:
    port = int(re.search(r":(\d+)/", tunnel.url)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    for cseq, (method, path) in enumerate([("DESCRIBE", ""), ("SETUP", "/track1"), ("SETUP", "/track3")], 1):
        transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        writer.write(f"{method} {tunnel.url}{path} RTSP/1.0\r\nCSeq: {cseq}\r\n{transport}\r\n".encode())
        said += await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()
    return said


def test_one_stream_goes_through_and_no_second_one() -> None:
    said, _, server = through_tunnel(camera(with_two_lenses), sets_up_two_tracks)

    assert b"track3" not in said
    assert b"455 Method Not Valid" in said
    assert sum(request.startswith(b"SETUP") for request in server.requests) == 1


async def asks_for_another_path(tunnel: Tunnel) -> bytes:
    port = int(re.search(r":(\d+)/", tunnel.url)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"DESCRIBE {tunnel.url}/admin RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    return await reader.read()


def test_the_door_leads_to_one_path_only() -> None:
    said, tunnel, server = through_tunnel(camera(with_two_lenses), asks_for_another_path)

    assert said == b""
    assert server.requests == []
    assert tunnel.failure is not None


async def knocks_without_the_token(tunnel: Tunnel) -> bytes:
    port = int(re.search(r":(\d+)/", tunnel.url)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"DESCRIBE rtsp://127.0.0.1:{port}/live RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    return await reader.read()


def test_a_stranger_on_the_machine_gets_nothing() -> None:
    said, _, server = through_tunnel(camera(signing), knocks_without_the_token)

    assert said == b""
    assert server.requests == []


def take(handler: Handler) -> tuple[DeviceError | Picture, Server, Refusals]:
    """Take a keyframe from a little RTSP server through the real decoder."""

    async def run() -> tuple[DeviceError | Picture, Server, Refusals]:
        refusals = Refusals()
        async with serving(handler) as server:
            where = Endpoint("127.0.0.1", server.port)
            try:
                got, _ = await keyframe(
                    Dialler(LOOPBACK), where, "/live", OWNER, refusals=refusals, deadline=Deadline.after(3)
                )
            except DeviceError as error:
                got = error
            return got, server, refusals

    return asyncio.run(run())


def test_a_redirect_reaches_nobody(dialled: list[tuple[str, int]]) -> None:
    async def run() -> tuple[DeviceError | Picture, int]:
        async with serving(camera(signing)) as trap:

            def redirects(request: bytes, cseq: bytes) -> bytes:
                if request.startswith(b"OPTIONS"):
                    return rtsp(b"200 OK", cseq)
                return rtsp(b"302 Moved", cseq, f"Location: rtsp://127.0.0.1:{trap.port}/live\r\n".encode())

            async with serving(camera(redirects)) as server:
                where = Endpoint("127.0.0.1", server.port)
                try:
                    got, _ = await keyframe(
                        Dialler(LOOPBACK), where, "/live", OWNER, refusals=Refusals(), deadline=Deadline.after(3)
                    )
                except DeviceError as error:
                    got = error
            return got, trap.connections

    got, reached = asyncio.run(run())

    assert isinstance(got, DeviceError)
    assert (got.code, got.detail) == ("misbehaving", "redirect")
    assert reached == 0


def test_basic_is_never_answered() -> None:
    def basic(request: bytes, cseq: bytes) -> bytes:
        return rtsp(b"401 Unauthorized", cseq, b'WWW-Authenticate: Basic realm="cam"\r\n')

    got, server, refusals = take(camera(basic))

    assert isinstance(got, DeviceError)
    assert (got.code, got.detail) == ("misbehaving", "basic_only")
    assert not any(b"Authorization" in request for request in server.requests)
    assert refusals.spent == 0


def test_a_refused_password_is_sent_once() -> None:
    def refuses(request: bytes, cseq: bytes) -> bytes:
        return rtsp(b"401 Unauthorized", cseq, DIGEST)

    got, server, refusals = take(camera(refuses))

    assert isinstance(got, DeviceError)
    assert got.code == "unauthorized"
    assert sum(b"Authorization" in request for request in server.requests) == 1
    assert refusals.spent == 1
