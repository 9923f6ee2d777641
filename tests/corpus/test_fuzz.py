"""Whatever bytes a device sends, the parsers end in a value or in a declared error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices import replies, soap
from devices.addresses import home_only, parse_endpoint, parse_host
from devices.digest import answer, digest_challenge
from devices.encoders import codec_name, read_encoder_options, read_encoders
from devices.errors import DeviceError
from devices.http import parse_head, safe_path
from devices.pictures import clean_jpeg
from devices.quirks import path_here, port_named
from devices.report import without_secrets
from devices.rtsp import read_sdp
from devices.sign_in import _clock_of_header
from tests.corpus.hostile import PROFILES, clock, fault, information

pytestmark = pytest.mark.slow
fuzz = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

READERS = (
    *(replies.clock_time, replies.read_clock_settings, replies.read_information, replies.read_services),
    *(replies.read_capabilities, replies.read_profiles, replies.read_uri, replies.read_scopes),
    *(replies.read_interfaces, replies.read_video_sources, replies.read_masks, replies.read_event_topics),
    replies.read_recordings,
)
SEEDS = [PROFILES, clock(), fault(), information()]


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A real answer with a piece cut out, doubled or overwritten."""
    data = draw(st.sampled_from(SEEDS))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 60)))
    middle = draw(st.one_of(st.binary(max_size=20), st.just(data[start:end] * 2), st.just(b"")))
    return data[:start] + middle + data[end:]


@fuzz
@given(st.one_of(st.binary(max_size=300), bent()))
def test_soap(data: bytes) -> None:
    with contextlib.suppress(DeviceError, soap.Fault):
        reply = soap.parse_body(data)
        read_encoders(reply)
        read_encoder_options(reply, "e")
        replies.read_mask_options(reply, "v")
        for read in READERS:
            read(reply)


@fuzz
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=80).map(lambda b: b"HTTP/1.1 200 OK\r\n" + b)))
def test_http_heads(data: bytes) -> None:
    with contextlib.suppress(DeviceError):
        parse_head(data + b"\r\n\r\n")


@fuzz
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=80).map(lambda b: b"m=video 0 RTP/AVP 96\r\na=" + b)))
def test_sdp(data: bytes) -> None:
    with contextlib.suppress(DeviceError):
        read_sdp(data)


@fuzz
@given(st.one_of(st.text(max_size=100), st.text(max_size=60).map(lambda t: f'Digest realm="r", nonce="n", {t}')))
def test_challenges(text: str) -> None:
    challenge = digest_challenge([text])
    if challenge is not None:
        signed = answer(challenge, method="GET", uri="/", user="u", password="p")
        assert "\r" not in signed
        assert "\n" not in signed


@fuzz
@given(st.text(max_size=80))
def test_texts(text: str) -> None:
    home_only(text)
    codec_name(text)
    port_named(text)
    without_secrets(text)
    _clock_of_header(text)
    assert len(soap.clean_text(text)) <= 120
    path = path_here(f"http://{text}", ("http",))
    assert path is None or safe_path(path)
    for parse in (parse_host, parse_endpoint):
        with contextlib.suppress(DeviceError):
            parse(text)


@fuzz
@given(st.binary(max_size=200))
def test_pictures(data: bytes) -> None:
    with contextlib.suppress(DeviceError):
        clean_jpeg(b"\xff\xd8\xff" + data)
