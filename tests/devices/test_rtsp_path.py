"""Whatever is typed as the path of a stream: what is taken names no host, holds no secret and ends no line."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.brands import BRANDS, OTHER, brand_of
from devices.report import without_secrets
from devices.rtsp_path import PATH_MAX, PROBLEM_WORDS, channel_of, filled, has_channel, is_rtsp_token, problem_with

PLACES = ["{channel}", "{channel:02}", "{stream}", "{channel!r}", "{", "}"]
SIGNS = ["/", "//", "..", "?a=", "&", "@", "%", "%40", "%2f", "#", "\\", " ", "\r\n", "\x00", "é"]
PIECES = st.sampled_from([*PLACES, *SIGNS, "live", "password=", "rtsp://h"])


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=8).map(lambda pieces: "/" + "".join(pieces))))
def test_a_path_that_is_taken_leads_to_the_device_itself(path: str) -> None:
    problem = problem_with(path)

    assert problem == "" or problem in PROBLEM_WORDS
    if problem:
        return
    asked = filled(path, 64, "main")
    there = urlsplit(f"rtsp://device.example:554{asked}")
    assert (there.hostname, there.port, there.username) == ("device.example", 554, None)
    assert len(path) <= PATH_MAX
    assert asked.isascii()
    assert asked.isprintable()
    assert not set(asked) & set(' {}\\"<>#@')
    assert without_secrets(unquote(path)) == unquote(path)


@pytest.mark.parametrize("brand", BRANDS, ids=lambda brand: brand.code)
def test_each_makers_template_may_be_typed_by_an_owner(brand: object) -> None:
    template = brand.rtsp_path  # type: ignore[attr-defined]

    assert not template or problem_with(template) == ""
    assert brand_of(brand.code) is brand  # type: ignore[attr-defined]


def test_an_unknown_maker_is_any_other() -> None:
    assert brand_of("") is brand_of("nobody") is OTHER


@pytest.mark.parametrize(
    ("token", "number"),
    [
        ("rtsp:1", 1),
        ("rtsp:64:sub", 64),
        ("rtsp:0", None),
        ("rtsp:1:third", None),
        ("VideoSource_1", None),
        ("", None),
    ],
)
def test_our_tokens_are_told_from_those_of_devices(token: str, number: int | None) -> None:
    assert channel_of(token) == number
    assert is_rtsp_token(token) is (number is not None)


def test_only_a_template_has_more_than_one_channel() -> None:
    assert has_channel("/c{channel}")
    assert has_channel("/c{channel:02}")
    assert not has_channel("/stream{stream}")
