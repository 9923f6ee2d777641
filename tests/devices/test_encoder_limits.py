"""The nearest to a wish that an encoder can do, whatever the wish and whatever it offers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.configure.encoder_limits import VALUE_MAX, EncoderLimits, limits_of, plain, whole

NUMBERS = st.integers(1, 5000)
RANGES = st.none() | st.tuples(NUMBERS, NUMBERS).map(lambda pair: (min(pair), max(pair)))
LIMITS = st.builds(
    EncoderLimits,
    sizes=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=6).map(tuple),
    fps=st.lists(NUMBERS, max_size=5).map(tuple),
    fps_range=RANGES,
    bitrate_kbps=RANGES,
    gov_length=RANGES,
    profiles=st.lists(st.sampled_from(["Main", "High", "Baseline", "Odd"]), max_size=3).map(tuple),
)
WISHES = st.fixed_dictionaries(
    {"codec": st.just("H264"), "width": NUMBERS, "height": NUMBERS},
    optional={"fps": NUMBERS, "bitrate_kbps": NUMBERS, "gov_length": NUMBERS, "profile": st.just("Odd")},
)


@given(LIMITS, WISHES, st.integers(1, 9_000_000))
def test_the_nearest_is_within_the_limits_and_below_the_main_stream(
    limits: EncoderLimits, wish: dict[str, int], below: int
) -> None:
    new = limits.nearest(wish, below_pixels=below)

    offered = [size for size in limits.sizes if size[0] * size[1] < below]
    assert (new["width"], new["height"]) in (offered or [(wish["width"], wish["height"])])
    for name, within in (("bitrate_kbps", limits.bitrate_kbps), ("gov_length", limits.gov_length)):
        if name in wish and within:
            assert within[0] <= new[name] <= within[1]
    if "fps" in wish and limits.fps:
        assert new["fps"] in limits.fps
    if limits.profiles:
        assert new["profile"] in limits.profiles
    assert limits.nearest(new, below_pixels=below) == new  # What is within stays as it is.


@pytest.mark.parametrize("nonsense", ["", "x", "nan", "inf", "-1", str(VALUE_MAX + 1), None, "1e99"])
def test_nonsense_is_no_number(nonsense: object) -> None:
    assert plain(nonsense) is None
    assert whole(nonsense) is None


def test_numbers_are_whole_where_they_are_whole() -> None:
    assert (plain("25.0"), plain("12.5"), whole("25.0")) == (25, 12.5, 25)
    assert isinstance(plain("25.0"), int)
    assert not math.isnan(plain("0") or 0)
    assert (limits_of("1", "60"), limits_of("60", "1"), limits_of("", "1")) == ((1, 60), None, None)
