"""Whatever a device, a name server, a neighbour or a form says, the parsers end in a value or a declared error."""

from __future__ import annotations

import asyncio
import contextlib
import io
import random
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from devices import http, quirks, replies, rtsp, soap, values
from devices.addresses import classify, home_only, parse_endpoint, parse_host, parse_port
from devices.changes import Change
from devices.channels import by_source, channels_of, numbered
from devices.deadline import Deadline
from devices.dial import Connection, Dialler, Endpoint
from devices.digest import answer, digest_challenge
from devices.discover import read_answer
from devices.encoders import codec_name, read_encoder_options, read_encoders
from devices.errors import DeviceError, SecretMoved
from devices.http import parse_head, safe_path
from devices.pictures import clean_jpeg
from devices.probe import probe
from devices.report import Target, without_secrets
from devices.routes import Route, routes_from_allow
from devices.rtsp import read_sdp
from devices.rtsp_path import channel_of, filled, problem_with
from devices.secrets import UnknownKey, open_sealed
from devices.sign_in import Refusals
from devices.tunnel import Tunnel
from tests.corpus.hostile import (
    LOOPBACK,
    OWNER,
    PROFILES,
    SECRETS,
    Exchange,
    camera,
    clock,
    fault,
    information,
    services,
    serving,
)
from tests.corpus.snapshots import picture
from tests.corpus.streams import described
from tests.corpus.streams import rtsp as rtsp_answer

pytestmark = pytest.mark.slow

OURS = "urn:uuid:ours"
fuzz = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(fuzz, max_examples=40)

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"

READERS: tuple[Callable[..., object], ...] = (
    *(replies.clock_time, replies.read_clock_settings, replies.read_information, replies.read_services),
    *(replies.read_capabilities, replies.read_profiles, replies.read_uri, replies.read_scopes),
    *(replies.read_interfaces, replies.read_video_sources, replies.read_masks, replies.read_event_topics),
    *(replies.read_recordings, read_encoders),
    lambda reply: read_encoder_options(reply, "e"),
    lambda reply: replies.read_mask_options(reply, "v"),
)


def read_with_everything(data: bytes) -> None:
    """Each reader of the package on one answer, whatever it was asked for."""
    with contextlib.suppress(DeviceError, soap.Fault):
        reply = soap.parse_body(data)
        for read in READERS:
            read(reply)
        profiles = replies.read_profiles(reply)
        numbered(by_source(profiles))
        channels_of(profiles, {})


# --- bytes -----------------------------------------------------------------------------------------------------


@cache
def seeds() -> list[bytes]:
    """Good answers: our own, and those of several makers."""
    kept = [file.read_bytes()[:20_000] for file in sorted(RECORDINGS.rglob("*.xml"))]
    return [PROFILES, clock(), fault(), information(), services("http://1.1.1.1/"), *kept]


@st.composite
def bent(draw: st.DrawFn, good: Callable[[], list[bytes]] = seeds) -> bytes:
    """A good answer with a piece cut out, doubled or overwritten."""
    data = draw(st.sampled_from(good()))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 60)))
    middle = draw(st.one_of(st.binary(max_size=20), st.just(data[start:end] * 2), st.just(b"")))
    return data[:start] + middle + data[end:]


@fuzz
@given(st.one_of(st.binary(max_size=300), bent()))
def test_answers_of_any_bytes(data: bytes) -> None:
    read_with_everything(data)


# --- well-formed answers with any content ------------------------------------------------------------------------

NAMES = [
    *("Profiles", "Configurations", "VideoSource", "VideoEncoder", "VideoSourceConfiguration", "Encoding"),
    *("VideoEncoderConfiguration", "SourceToken", "Name", "Resolution", "Width", "Height", "RateControl"),
    *("FrameRateLimit", "BitrateLimit", "Quality", "GovLength", "H264", "H265", "Options", "ResolutionsAvailable"),
    *("QualityRange", "Min", "Max", "FrameRateRange", "EncodingInterval", "Extension", "JPEG", "MPEG4", "Bounds"),
    *(
        "SystemDateAndTime",
        "UTCDateTime",
        "LocalDateTime",
        "Date",
        "Time",
        "Year",
        "Month",
        "Day",
        "Hour",
        "Minute",
    ),
    *("Second", "DateTimeType", "TimeZone", "TZ", "DaylightSavings", "Service", "Namespace", "XAddr", "Version"),
    *("Capabilities", "Media", "Uri", "MediaUri", "Scopes", "ScopeItem", "ScopeDef", "NetworkInterfaces", "Info"),
    *("HwAddress", "Enabled", "IPv4", "IPv6", "Config", "Manual", "Address", "PrefixLength", "VideoSources"),
    *("Framerate", "Masks", "Polygon", "Point", "Color", "ConfigurationToken", "Type", "Types", "MaxMasks"),
    *("TopicSet", "MessageDescription", "RuleEngine", "RecordingItem", "RecordingToken", "Configuration"),
    *("Manufacturer", "Model", "FirmwareVersion", "SerialNumber", "Source", "Content", "Fault", "Code", "Value"),
]
VALUES = [
    *(
        "",
        "true",
        "0",
        "25.0",
        "-1",
        "1e400",
        "nan",
        "9" * 30,
        "H264",
        "MPEG4",
        "p1",
        "2026",
        "  ",
        "-0.5",
        "../..",
    ),
    *("rtsp://[::1", "http://a:b@c:9999999/%", "x" * 5000, "aa:bb:cc:dd:ee:ff", "tns1:Rule/Line"),
    "\u202e\x85\u0661\uff17",
]
KEYS = ["token", "x", "y", "topic", "Profile", "encoding", "fixed", "RectangleOnly"]


def tree(chance: random.Random, depth: int) -> str:
    """An element with a name that some reader looks for, and anything in it."""
    name = chance.choice(NAMES)
    inner = "".join(tree(chance, depth - 1) for _ in range(chance.randint(0, 4))) if depth else ""
    keys = chance.sample(KEYS, chance.randint(0, 3))
    written = "".join(f" {key}={quoteattr(chance.choice(VALUES))}" for key in keys)
    return f"<{name}{written}>{escape(chance.choice(VALUES))}{inner}</{name}>"


def trees(depth: int) -> st.SearchStrategy[str]:
    """Some such elements. By one number each: Hypothesis would take a minute to draw every part of them."""
    return st.integers(0, 2**32).map(lambda n: "".join(tree(random.Random(n + k), depth) for k in range(n % 4)))


@fuzz
@given(trees(5), st.booleans())
def test_answers_of_any_content(inside: str, twice: bool) -> None:
    read_with_everything(soap_of(inside * (2 if twice else 1)))


def soap_of(inside: str) -> bytes:
    return f'<e:Envelope xmlns:e="u"><e:Body><Answer>{inside}</Answer></e:Body></e:Envelope>'.encode()


@fuzz
@given(trees(2), st.sampled_from([*VALUES, OURS]))
def test_answers_from_the_neighbourhood(inside: str, relates: str) -> None:
    match = f"<ProbeMatch><XAddrs>{escape(relates)}</XAddrs><Scopes>onvif://www.onvif.org/name/%00%ff</Scopes>"
    body = f"<ProbeMatches>{match}{inside}</ProbeMatch></ProbeMatches>"
    data = f"<e:Envelope xmlns:e='u'><e:Header><RelatesTo>{escape(relates)}</RelatesTo></e:Header><e:Body>{body}"
    with contextlib.suppress(DeviceError):
        for found in read_answer(f"{data}</e:Body></e:Envelope>".encode(), "10.0.0.9", frozenset([OURS])):
            assert found.name.isprintable()


@fuzz
@given(st.one_of(st.binary(max_size=300), bent()))
def test_datagrams_of_any_bytes(data: bytes) -> None:
    with contextlib.suppress(DeviceError):
        read_answer(data, "10.0.0.9", frozenset([OURS]))


# --- HTTP and RTSP on the line -----------------------------------------------------------------------------------


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


# --- a whole visit -----------------------------------------------------------------------------------------------


@few
@given(st.data())
def test_a_visit_to_a_device_that_breaks_any_of_its_answers(data: st.DataObject) -> None:
    broken = data.draw(
        st.dictionaries(
            st.sampled_from(
                [
                    *("GetSystemDateAndTime", "GetDeviceInformation", "GetServices", "GetProfiles", "GetStreamUri"),
                    *("GetSnapshotUri", "GetNetworkInterfaces", "GetVideoSources", "GetScopes", "snapshot"),
                    *("GetEndpointReference", "GetVideoEncoderConfigurations", "GetEventProperties"),
                ]
            ),
            st.one_of(bent(), trees(3).map(soap_of)),
            max_size=4,
        )
    )

    async def run() -> bytes:
        async with serving(camera(**broken)) as server:
            with contextlib.suppress(DeviceError):
                await probe(
                    Target("127.0.0.1", server.port), OWNER, route=LOOPBACK, deadline_seconds=3, want_picture=False
                )
            return bytes(server.received)

    heard = asyncio.run(run())
    assert not [secret for secret in SECRETS if secret in heard]


# --- single values ------------------------------------------------------------------------------------------------


@fuzz
@given(
    st.one_of(
        st.text(max_size=100),
        st.text(max_size=60).map(lambda t: f'Digest realm="r", nonce="n", {t}'),
        st.lists(
            st.sampled_from(
                [
                    "Digest ",
                    "Basic ",
                    'realm="',
                    '"',
                    ",",
                    "nonce=",
                    "\\",
                    "qop=auth",
                    " ",
                    "=",
                    "algorithm=MD5-sess",
                ]
            ),
            max_size=30,
        ).map("".join),
    )
)
def test_challenges(text: str) -> None:
    challenge = digest_challenge([text])
    if challenge is not None:
        signed = answer(challenge, method="GET", uri="/", user="u", password="p")
        assert "\r" not in signed
        assert "\n" not in signed


@fuzz
@given(st.one_of(st.text(max_size=80), st.text("0123456789.:[]x/-abcdef%@ \u0660\uff11", max_size=40)))
def test_hosts_and_ports(text: str) -> None:
    home_only(text)
    for parse in (parse_host, parse_endpoint, parse_port):
        with contextlib.suppress(DeviceError):
            parse(text)
    with contextlib.suppress(DeviceError):
        host = parse_host(text)
        if not isinstance(host, str):
            assert str(host).isascii()
            assert classify(host)


@fuzz
@given(st.one_of(st.text(max_size=60), st.text("0123456789.:[]/-, ;abcdef", max_size=60)))
def test_allowances(text: str) -> None:
    """PROBE_ALLOW is typed by an operator: a broken one is a ValueError."""
    with contextlib.suppress(ValueError):
        route = routes_from_allow(text)
        Route("network", route.networks)


@fuzz
@given(st.text(max_size=80))
def test_texts(text: str) -> None:
    codec_name(text)
    without_secrets(text)
    quirks.time_of_date_header(text)
    quirks.time_of_date_header(f"Mon, 1 Jan {text} 00:00:00 {text}")
    problem_with(text)
    filled(text, 1, "main")
    channel_of(text)
    values.decimal(text)
    values.whole(text)
    replies.mac_address(text)
    assert len(soap.clean_text(text)) <= 120
    assert soap.parse_xml(f"<a>{soap.escape(text)}</a>".encode()) is not None
    for address in (f"http://{text}", text):
        path = quirks.path_here(address, ("http", ""))
        assert path is None or safe_path(path)
        quirks.port_named(address)


@fuzz
@given(st.binary(max_size=60))
def test_documents_in_any_alphabet(data: bytes) -> None:
    with contextlib.suppress(DeviceError):
        soap.parse_xml(b'<?xml version="1.0" encoding="' + data + b'"?><a/>')


@fuzz
@given(
    st.text(max_size=60), st.dictionaries(st.sampled_from(["kind", "subject", "old", "new"]), st.text(max_size=5))
)
def test_what_is_kept_by_us(text: str, kept: dict[str, str]) -> None:
    with contextlib.suppress(SecretMoved, UnknownKey):
        open_sealed(text, keys={1: bytes(32)}, device="d", host="h", port=1, field="f")
    with contextlib.suppress(ValueError):
        Change.from_dict(kept)


@fuzz
@given(
    st.one_of(
        st.binary(max_size=200).map(lambda data: b"\xff\xd8\xff" + data),
        bent(lambda: [picture(), picture(progressive=True)]),
    )
)
def test_pictures(data: bytes) -> None:
    with contextlib.suppress(DeviceError):
        kept = clean_jpeg(data)
        assert Image.open(io.BytesIO(kept.jpeg)).size == (kept.width, kept.height)
