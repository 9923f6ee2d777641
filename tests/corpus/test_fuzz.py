"""Whatever a device or a neighbour answers, its readers end in a value or a declared error."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import replies, soap
from devices.channels import by_source, channels_of, numbered
from devices.discover import read_answer
from devices.encoders import read_encoder_options, read_encoders
from devices.errors import DeviceError
from devices.probe import probe
from devices.report import Target
from tests.corpus.bending import bent, few, fuzz
from tests.corpus.hostile import LOOPBACK, OWNER, SECRETS, camera, serving

pytestmark = pytest.mark.slow

OURS = "urn:uuid:ours"

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
