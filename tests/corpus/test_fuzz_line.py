"""Whatever comes over the line, HTTP, RTSP and the tunnel end in an answer or a declared error."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import http, rtsp
from devices.deadline import Deadline
from devices.dial import Connection, Dialler, Endpoint
from devices.errors import DeviceError
from devices.http import parse_head
from devices.refusals import Refusals
from devices.rtsp import read_sdp
from devices.tunnel import Tunnel
from tests.corpus.bending import bent, few, fuzz
from tests.corpus.hostile import LOOPBACK, OWNER, SECRETS, Exchange, serving
from tests.corpus.streams import described
from tests.corpus.streams import rtsp as rtsp_answer

pytestmark = pytest.mark.slow


def fed(data: bytes, read: Callable[[Connection], Awaitable[object]]) -> None:
    """Read from a connection on which exactly this comes before the other side hangs up."""

    async def says(exchange: Exchange) -> None:
        await exchange.send(data)

    async def run() -> None:
        async with serving(says) as server:
            where = Endpoint("127.0.0.1", server.port)
            connection = await Dialler(LOOPBACK).connect(where, Deadline.after(2))
            with contextlib.suppress(DeviceError):
                await read(connection)
            connection.close()

    asyncio.run(run())


HEADERS = st.sampled_from(
    [
        *(b"Content-Length: 5", b"Content-Length: 05", b"Content-Length: ", b"Transfer-Encoding: chunked"),
        *(
            b"Connection: close",
            b"Content-Encoding: identity",
            b"Content-Encoding: gzip",
            b" folded",
            b"\tfolded: x",
        ),
        *(b"WWW-Authenticate: Digest nonce=1", b"A:", b":", b"", b"CSeq: 1", b"Content-Length: 999999999999"),
    ]
)
CHUNKS = st.sampled_from(
    [b"5\r\nabcde\r\n", b"0\r\n\r\n", b"0\r\n", b"A: b\r\n", b"fffffff\r\n", b"-1\r\n", b";\r\n", b"a"]
)


@st.composite
def spoken(draw: st.DrawFn, first: tuple[bytes, ...]) -> bytes:
    """A status line, headers and a body, from pieces that fit and pieces that do not."""
    lines = [draw(st.sampled_from(first)), *draw(st.lists(st.one_of(HEADERS, st.binary(max_size=12)), max_size=6))]
    return b"\r\n".join([*lines, b"", b""]) + b"".join(
        draw(st.lists(st.one_of(CHUNKS, st.binary(max_size=9)), max_size=5))
    )


@fuzz
@given(
    st.one_of(st.binary(max_size=200), spoken((b"HTTP/1.1 200 OK", b"HTTP/1.0 401 No", b"HTTP/1.1 100 Go", b"X")))
)
def test_http_answers(data: bytes) -> None:
    fed(data, lambda connection: http.read_reply(connection, body_cap=1000))
    with contextlib.suppress(DeviceError):
        parse_head(data + b"\r\n\r\n")


@fuzz
@given(
    st.one_of(
        st.binary(max_size=200),
        spoken((b"RTSP/1.0 200 OK", b"RTSP/1.0 401 No", b"$\0\0\4abcd", b"REDIRECT * RTSP/1.0")),
    )
)
def test_rtsp_answers(data: bytes) -> None:
    fed(data, rtsp.read_reply)


SDP_LINES = st.sampled_from(
    [
        *(b"m=video 0 RTP/AVP 96", b"m=audio 0 RTP/AVP 0", b"m=video 0 RTP/AVP 26", b"a=rtpmap:96 H264/90000"),
        *(
            b"a=x-dimensions:1,2",
            b"a=framesize:96 1-2",
            b"a=framerate:25.0",
            b"a=rtpmap:96 /",
            b"a=framerate:",
            b"m=",
        ),
    ]
)


@fuzz
@given(st.one_of(st.binary(max_size=200), st.lists(st.one_of(SDP_LINES, st.binary(max_size=30))).map(b"\r\n".join)))
def test_sdp(data: bytes) -> None:
    with contextlib.suppress(DeviceError):
        read_sdp(data)


TRUTHS = [rtsp_answer("200 OK", b"1"), described(b"1"), b"$\0\0\4abcd"]


@few
@given(
    st.lists(st.one_of(st.binary(max_size=60), bent(lambda: TRUTHS)), max_size=3),
    st.binary(max_size=80),
    st.booleans(),
)
def test_both_sides_of_the_tunnel(camera_says: list[bytes], decoder_says: bytes, knows_the_door: bool) -> None:
    async def talkative(exchange: Exchange) -> None:
        for data in camera_says:
            await exchange.send(data)
        await asyncio.sleep(0.01)

    async def run() -> None:
        async with serving(talkative) as server:
            where = Endpoint("127.0.0.1", server.port)
            async with Tunnel(Dialler(LOOPBACK), where, "/live", OWNER, Refusals(), Deadline.after(1)) as tunnel:
                door = int(tunnel.url.split(":")[2].split("/")[0])
                reader, writer = await asyncio.open_connection("127.0.0.1", door)
                line = f"SETUP {tunnel.url} RTSP/1.0\r\nTransport: interleaved\r\n" if knows_the_door else ""
                with contextlib.suppress(OSError):
                    writer.write(line.encode() + decoder_says + b"\r\n\r\n")
                    writer.write_eof()
                    await reader.read()
                writer.transport.abort()
                serving_it = tunnel._serving
                if serving_it is not None:
                    await serving_it  # Raises what was not declared.
            assert not [secret for secret in SECRETS if secret in server.received]

    asyncio.run(run())
