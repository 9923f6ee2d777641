"""Hostile devices in RTSP: as a stream alone, through the tunnel, and over TLS."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.deadline import Deadline
from devices.decoder import keyframe
from devices.dial import Dialler, Endpoint
from devices.errors import DeviceError
from devices.probe import probe, take_still
from devices.refusals import Refusals
from devices.report import Target
from devices.tunnel import Tunnel
from tests.corpus.hostile import (
    LOOPBACK,
    OWNER,
    SECRETS,
    TRAP,
    TRAP_HOST,
    Exchange,
    Handler,
    Outcome,
    Server,
    camera,
    probe_server,
    silent,
    trapped,
)
from tests.corpus.streams import DIGEST, STREAMS, TAKEN, answering, plain_sdp, rtsp
from tests.devices.test_identity import certificate

pytestmark = pytest.mark.slow

Dialled = list[tuple[str, int]]
DEADLINE = 1.0


@pytest.mark.parametrize("kind", STREAMS)
def test_a_hostile_stream_ends_in_its_stable_code(kind: str, dialled: Dialled) -> None:
    handler, code, detail = STREAMS[kind]

    outcome = probe_server(handler, deadline=DEADLINE, rtsp_path="/live", picture=False)

    assert (outcome.code, outcome.error.detail if outcome.error else "") == (code, detail)
    assert outcome.seconds < DEADLINE + 0.5
    outcome.assert_harmless(dialled)
    assert len(outcome.server.signed) <= 2


@pytest.mark.parametrize("kind", TAKEN)
def test_what_a_stream_claims_of_other_hosts_is_not_sought(kind: str, dialled: Dialled) -> None:
    handler, width = TAKEN[kind]

    outcome = probe_server(handler, deadline=3.0, rtsp_path="/live", picture=False)

    assert outcome.report is not None
    assert [s.width for c in outcome.report.channels for s in c.streams] == [width]
    outcome.assert_harmless(dialled)


# --- through the tunnel ----------------------------------------------------------------------------------------


def film(**answers: str | bytes) -> Handler:
    """A camera that wants Digest and answers each method as told: more headers, or the raw bytes of an answer."""
    told: dict[str, str | bytes] = {
        "DESCRIBE": "Content-Type: application/sdp",
        "SETUP": "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1",
        "PLAY": "Session: 1",
        **answers,
    }

    def answer(request: bytes, cseq: bytes) -> bytes:
        method = request.split(b" ", 1)[0].decode()
        if method != "OPTIONS" and b"Authorization: Digest" not in request:
            return rtsp("401 No", cseq, DIGEST)
        more = told.get(method, "")
        if isinstance(more, bytes):
            return more.replace(b"@CSEQ@", cseq)
        return rtsp("200 OK", cseq, *filter(None, [more]), body=SDP if method == "DESCRIBE" else b"")

    return answering(answer)


SDP = (
    f"v=0\r\no=- 0 0 IN IP4 10.0.0.9\r\ns=x\r\nc=IN IP4 239.1.2.3/64\r\na=control:rtsp://{TRAP}/live\r\n".encode()
    + plain_sdp(f"a=control:rtsp://{TRAP}/live/track1".encode(), f"a=x-more:rtsps://{TRAP}/x".encode())
    + f"m=audio 0 RTP/AVP 0\r\na=control:rtsp://{TRAP}/sound\r\n".encode()
)
FRAME = b"$\x00\x00\x04abcd"
ELSEWHERE = f"destination={TRAP};source={TRAP};server_port=1-2;client_port=3-4"
LIVE = f"rtsp://{TRAP}/live"


def reply(status: str, *headers: str) -> bytes:
    return rtsp(status, b"@CSEQ@", *headers)


#: Name → camera, and the detail of what the tunnel met (nothing: the decoder hears all it asked for).
TUNNELLED: dict[str, tuple[Handler, str]] = {
    "a camera that behaves": (film(), ""),
    "media by another way round": (film(SETUP=f"Transport: RTP/AVP/TCP;unicast;interleaved=0-1;{ELSEWHERE}"), ""),
    "two transports": (film(SETUP=f"Transport: RTP/AVP/TCP;interleaved=0-1,RTP/AVP;unicast;{ELSEWHERE}"), ""),
    "media over UDP": (film(SETUP=f"Transport: RTP/AVP/UDP;unicast;{ELSEWHERE}"), "transport"),
    "media by multicast": (film(SETUP="Transport: RTP/AVP;multicast;destination=239.1.2.3;port=5-6"), "transport"),
    "base elsewhere": (film(DESCRIBE=f"Content-Base: {LIVE}/\r\nContent-Location: {LIVE}/"), ""),
    "RTP-Info elsewhere": (film(PLAY=f"RTP-Info: url={LIVE}/track1;seq=1,url=rtsps://{TRAP}/x;seq=2"), ""),
    "Location with a good answer": (film(PLAY=f"Location: {LIVE}"), ""),
    "frames before the answer": (film(PLAY=FRAME * 3 + reply("200 OK", "Session: 1")), ""),
    "302 at DESCRIBE": (film(DESCRIBE=reply("302 Moved", f"Location: {LIVE}")), "redirect"),
    "302 at SETUP": (film(SETUP=reply("302 Moved", f"Location: {LIVE}")), "redirect"),
    "301 at PLAY": (film(PLAY=reply("301 Moved", f"Location: {LIVE}")), "redirect"),
    "302 among the frames": (
        film(PLAY=reply("200 OK") + FRAME + reply("302 Moved", f"Location: {LIVE}") + FRAME),
        "redirect",
    ),
    "REDIRECT among the frames": (
        film(PLAY=reply("200 OK") + FRAME + f"REDIRECT {LIVE} RTSP/1.0\r\nCSeq: 9\r\n\r\n".encode()),
        "not_rtsp",
    ),
    "Basic at SETUP": (film(SETUP=reply("401 No", 'WWW-Authenticate: Basic realm="cam"')), "basic_only"),
    "refused at PLAY": (film(PLAY=reply("401 No", DIGEST)), "rtsp"),
    "stale at PLAY for ever": (film(PLAY=reply("401 No", f"{DIGEST}, stale=true")), "rtsp"),
    "wrong CSeq": (film(SETUP=rtsp("200 OK", b"4711", "Session: 1")), "cseq"),
    "CSeq of another question": (film(SETUP=rtsp("200 OK", b"1", "Session: 1")), "cseq"),
    "two answers": (film(SETUP=reply("200 OK", "Session: 1") * 2), "cseq"),
    "Session of 1 MB": (film(SETUP=reply("200 OK", "Session: " + "1" * 1_000_000)), "header_size"),
    "200 headers": (film(SETUP=reply("200 OK", *(f"A{n}: b" for n in range(200)))), "header_count"),
    "SDP of 1 MB": (film(DESCRIBE=reply("200 OK", "Content-Length: 1000000")), "body_size"),
    "hangs up": (film(PLAY=reply("200 OK")[:9]), "slow"),
}


@dataclass
class Heard:
    """What the decoder heard through the tunnel, and what the tunnel met."""

    said: bytes
    door: int
    failure: DeviceError | None
    outcome: Outcome


def through_tunnel(handler: Handler) -> Heard:
    """Ask for everything that a decoder asks for, through a tunnel to this camera."""

    async def run() -> Heard:
        async with trapped(handler) as (server, trap):
            refusals, started = Refusals(), time.monotonic()
            where = Endpoint("127.0.0.1", server.port)
            async with Tunnel(
                Dialler(LOOPBACK), where, "/live", OWNER, refusals, Deadline.after(DEADLINE)
            ) as tunnel:
                door = int(tunnel.url.split(":")[2].split("/")[0])
                said = await ask_for_everything(tunnel.url, door)
            return Heard(said, door, tunnel.failure, Outcome(time.monotonic() - started, server, trap))

    return asyncio.run(run())


async def ask_for_everything(base: str, door: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", door)
    said = b""
    asks = [
        ("OPTIONS", base, ""),
        ("DESCRIBE", base, "Accept: application/sdp\r\n"),
        ("SETUP", f"{base}/track1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"),
        ("PLAY", base, "Session: 1\r\n"),
        ("GET_PARAMETER", base, "Session: 1\r\n"),
    ]
    try:
        for number, (method, url, more) in enumerate(asks, 1):
            writer.write(f"{method} {url} RTSP/1.0\r\nCSeq: {number}\r\n{more}\r\n".encode())
            while f"CSeq: {number}\r\n".encode() not in said:
                if not (came := await reader.read(65536)):
                    return said
                said += came
    except OSError:
        pass  # Hung up on, as a decoder is whose camera misbehaves.
    finally:
        writer.transport.abort()
    return said


@pytest.mark.parametrize("kind", TUNNELLED)
def test_what_a_camera_says_stays_on_its_side_of_the_tunnel(kind: str, dialled: Dialled) -> None:
    handler, detail = TUNNELLED[kind]

    heard = through_tunnel(handler)

    assert (heard.failure.detail if heard.failure else "") == detail
    if not detail:
        assert b"CSeq: 5\r\n" in heard.said
        assert b"m=video" in heard.said
    server, trap = heard.outcome.server, heard.outcome.trap
    assert heard.outcome.seconds < DEADLINE + 0.5
    assert set(dialled) == {("127.0.0.1", server.port), ("127.0.0.1", heard.door)}
    assert trap.connections == 0
    for foreign in (server.trap, "10.0.0.9", "239.1.2.3", "Location: rtsp:", "m=audio", f":{server.port}"):
        assert foreign.encode() not in heard.said.replace(b"Content-Location", b"")
    assert not [secret for secret in SECRETS if secret in server.received or secret in heard.said]
    assert len([r for r in server.requests if r.startswith(b"PLAY") and b"Authorization" in r]) <= 2


# --- behind the tunnel, the real decoder ------------------------------------------------------------------------

DECODED = [
    *("media by another way round", "media over UDP", "media by multicast", "base elsewhere", "RTP-Info elsewhere"),
    *("302 at SETUP", "301 at PLAY", "REDIRECT among the frames"),
]


def that_hangs_up(handler: Handler) -> Handler:
    """The same camera, which hangs up a moment after it was told to play: no decoder waits for its pictures."""

    async def handle(exchange: Exchange) -> None:
        really, playing = exchange.request, False

        async def request() -> bytes:
            nonlocal playing
            if playing:
                await asyncio.sleep(0.2)
                return b""
            asked = await really()
            playing = asked.startswith(b"PLAY") and b"Authorization" in asked
            return asked

        exchange.request = request  # type: ignore[method-assign]
        await handler(exchange)

    return handle


@pytest.mark.parametrize("kind", DECODED)
def test_the_decoder_behind_the_tunnel_goes_nowhere_else(kind: str, dialled: Dialled) -> None:
    """It is a process of its own, so it is the trap that tells, over TCP and over UDP."""

    async def run() -> tuple[Server, Server, bytes, str, float]:
        loop = asyncio.get_running_loop()
        async with trapped(that_hangs_up(TUNNELLED[kind][0])) as (server, trap):
            with socket.socket(socket.AF_INET6 if ":" in TRAP_HOST else socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.bind((TRAP_HOST, trap.port))
                udp.setblocking(False)
                started, code = loop.time(), "picture"
                where = Endpoint("127.0.0.1", server.port)
                try:
                    await keyframe(
                        Dialler(LOOPBACK), where, "/live", OWNER, refusals=Refusals(), deadline=Deadline.after(8)
                    )
                except DeviceError as error:
                    code = error.code
                seconds = loop.time() - started
                try:
                    datagram = udp.recv(100)
                except BlockingIOError:
                    datagram = b""
            return server, trap, datagram, code, seconds

    server, trap, datagram, code, seconds = asyncio.run(run())

    assert code == "misbehaving"
    assert seconds < 8.5
    assert (trap.connections, datagram) == (0, b"")
    assert b"SETUP" in server.received
    assert set(dialled) == {("127.0.0.1", server.port)}
    assert not [secret for secret in SECRETS if secret in server.received]


# --- TLS -------------------------------------------------------------------------------------------------------


def visit(port: int, *, tls: bool, rtsp_path: str = "", deadline: float = 0.7) -> tuple[str, str, float]:
    """Code, detail and seconds of a probe of this port."""

    async def run() -> tuple[str, str, float]:
        started = time.monotonic()
        where = Target("127.0.0.1", port, tls=tls, rtsp_path=rtsp_path, rtsp_tls=tls and bool(rtsp_path))
        try:
            await probe(where, OWNER, route=LOOPBACK, deadline_seconds=deadline)
        except DeviceError as error:
            return error.code, error.detail, time.monotonic() - started
        return "read", "", time.monotonic() - started

    return asyncio.run(run())


async def drips_records(exchange: Exchange) -> None:
    """A handshake whose first record comes byte by byte."""
    await exchange.send(b"\x16\x03\x03\x40\x00")
    while True:
        await exchange.send(b"\x02")
        await asyncio.sleep(0.1)


async def says_alert(exchange: Exchange) -> None:
    await exchange.send(b"\x15\x03\x03\x00\x02\x02\x28")


async def plain_http(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 400 This is no TLS\r\nContent-Length: 0\r\n\r\n")
    await asyncio.sleep(0.1)


async def hangs_up(exchange: Exchange) -> None:
    return


TLS: dict[str, tuple[Handler, str]] = {
    "a stalled handshake": (silent, "tls_slow"),
    "a handshake byte by byte": (drips_records, "tls_slow"),
    "an alert": (says_alert, "tls"),
    "plain HTTP on the port for TLS": (plain_http, "tls"),
    "hangs up": (hangs_up, "tls"),
}


@pytest.mark.parametrize("path", ["", "/live"], ids=["ONVIF", "RTSP"])
@pytest.mark.parametrize("kind", TLS)
def test_a_hostile_handshake_ends_within_the_deadline(kind: str, path: str, dialled: Dialled) -> None:
    handler, detail = TLS[kind]

    async def run() -> tuple[Server, Server, str, str, float]:
        async with trapped(handler) as (server, trap):
            found = await asyncio.to_thread(visit, server.port, tls=True, rtsp_path=path)
            return server, trap, *found

    server, trap, code, met, seconds = asyncio.run(run())

    assert (code, met) == ("misbehaving", detail)
    assert seconds < 0.7 + 0.5
    assert set(dialled) == {("127.0.0.1", server.port)}
    assert trap.connections == 0
    assert not [secret for secret in SECRETS if secret in server.received]


def test_a_certificate_that_changes_between_connections_gets_no_secret(tmp_path: Path) -> None:
    """Read once over TLS; then another certificate answers in the middle of a visit, where the line was dropped."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (first, fingerprint), (second, _) = certificate(tmp_path / "a"), certificate(tmp_path / "b")
    onvif = camera()

    async def drops_after_three(exchange: Exchange) -> None:
        really, asked = exchange.request, 0

        async def request() -> bytes:
            nonlocal asked
            asked += 1
            return await really() if asked <= 3 else b""

        exchange.request = request  # type: ignore[method-assign]
        await onvif(exchange)

    async def run() -> tuple[str, str, bytes]:
        async with trapped(drops_after_three, tls=first) as (server, _), trapped(onvif, tls=second) as (other, _):
            where = Target("127.0.0.1", server.port, tls=True)
            known = (await probe(where, OWNER, route=LOOPBACK, want_picture=False)).identity
            assert known.tls_fingerprint == fingerprint
            moved = Target("127.0.0.1", other.port, tls=True)
            try:
                await take_still(moved, OWNER, route=LOOPBACK, expected_identity=known)
            except DeviceError as error:
                return error.code, error.detail, bytes(other.received)
            return "read", "", bytes(other.received)

    assert asyncio.run(run()) == ("different_device", "tls_fingerprint", b"")
