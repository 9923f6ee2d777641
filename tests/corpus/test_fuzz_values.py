"""Whatever a text, a challenge or a picture holds, what reads it ends in a value or a declared error."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from devices import quirks, replies, soap, values
from devices.addresses import classify, home_only, parse_endpoint, parse_host, parse_port
from devices.changes import Change
from devices.digest import answer, digest_challenge
from devices.encoders import codec_name
from devices.errors import DeviceError, SecretMoved
from devices.http import safe_path
from devices.pictures import clean_jpeg
from devices.report import without_secrets
from devices.routes import Route, routes_from_allow
from devices.rtsp_path import channel_of, filled, problem_with
from devices.secrets import UnknownKey, open_sealed
from tests.corpus.bending import bent, fuzz
from tests.corpus.snapshots import picture

pytestmark = pytest.mark.slow


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
@example("0\x1f")
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
