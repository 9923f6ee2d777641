"""The four measures on streets of the demo: what is no fault is not called one, and what is one is."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image, ImageDraw

from demo.scene import Scene
from health.pictures import judging, measures
from health.pictures.judging import judge_picture, lies_on
from health.pictures.small import HEIGHT, WIDTH, NotSmall, Small, packed, small, unpacked
from proof import spoiling

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SIZE = (640, 360)


@pytest.fixture(scope="module")
def street() -> Scene:
    return Scene("Gerbang", 3)


@pytest.fixture(scope="module")
def reference(street: Scene) -> Small:
    return small(spoiling.plain(street.draw(SIZE, NOON), 1))


@pytest.fixture(scope="module")
def elsewhere() -> Small:
    """Another place altogether: boxes in a yard."""
    chance, yard = np.random.default_rng(7), Image.new("RGB", SIZE, (130, 128, 120))
    pen = ImageDraw.Draw(yard)
    for _ in range(60):
        x, y, wide, high = chance.uniform(0, 640), chance.uniform(0, 360), *chance.uniform(20, 120, 2)
        pen.rectangle([x, y, x + wide, y + high], fill=tuple(int(one) for one in chance.uniform(30, 230, 3)))
    return small(spoiling.plain(yard.rotate(33), 5))


def later(street: Scene, minutes: int = 61, *, turned: float = 0.0) -> Image.Image:
    return street.draw(SIZE, NOON + timedelta(minutes=minutes), turned=turned)


@pytest.mark.parametrize("kind", spoiling.NO_FAULT)
def test_weather_light_and_traffic_are_no_fault(street, reference, kind):
    picture = small(spoiling.NO_FAULT[kind](later(street), 5))

    assert judge_picture(picture, [reference], reference) == judging.FINE


@pytest.mark.parametrize("kind", spoiling.BLACK)
def test_a_black_picture_says_how_bright_it_is(street, reference, kind):
    finding = judge_picture(small(spoiling.BLACK[kind](later(street), 5)), [reference], None)

    assert (finding.cause, finding.measured) == ("black", "brightness")
    assert finding.measure < finding.threshold == judging.BLACK_BELOW


@pytest.mark.parametrize("kind", spoiling.COVERED)
def test_a_covered_lens_says_how_many_details_are_lost(street, reference, kind):
    finding = judge_picture(small(spoiling.COVERED[kind](later(street), 5)), [reference], None)

    assert (finding.cause, finding.measured) == ("covered", "details_lost")
    assert finding.measure > finding.threshold == judging.LOST_ABOVE


@pytest.mark.parametrize("share", [-0.4, -0.2, -0.1, 0.1, 0.2, 0.4])
def test_a_turned_camera_says_by_how_much_of_its_view(street, reference, share):
    finding = judge_picture(small(spoiling.plain(later(street, turned=share), 5)), [reference], None)

    assert (finding.cause, finding.measured) == ("turned", "shift")
    assert finding.measure == pytest.approx(abs(share), abs=0.02)


def test_another_place_altogether_is_turned_away_by_how_little_matches(reference, elsewhere):
    finding = judge_picture(elsewhere, [reference], None)

    assert (finding.cause, finding.measured) == ("turned", "match")
    assert finding.measure < finding.threshold


def test_the_same_picture_again_is_frozen_though_the_clock_over_it_runs(street, reference):
    grain = spoiling.plain(street.draw(SIZE, NOON), 1)
    again = small(street.captioned(grain, NOON + timedelta(days=1)))

    finding = judge_picture(again, [reference], reference)

    assert (finding.cause, finding.measured) == ("frozen", "changed")
    assert judge_picture(again, [reference], None) == judging.FINE


def test_grain_alone_is_change_enough(street, reference):
    same_moment = small(spoiling.noisy(street.draw(SIZE, NOON), 2, sigma=1.0))

    assert judge_picture(same_moment, [], reference) == judging.FINE


def test_of_two_references_the_better_one_speaks(street, reference, elsewhere):
    night = small(spoiling.by_infrared(street.draw(SIZE, NOON), 3))

    assert judge_picture(small(spoiling.by_infrared(later(street), 4)), [elsewhere, night], None) == judging.FINE
    assert lies_on(night, reference)
    assert not lies_on(elsewhere, reference)


def test_without_a_reference_only_black_and_frozen_can_be_said(street, reference):
    assert judge_picture(small(spoiling.by_paper(later(street), 5)), [], reference) == judging.FINE
    assert judge_picture(small(spoiling.black(later(street), 5)), [], reference).cause == "black"


def test_a_bare_wall_shows_too_little_to_know_a_view_by(reference):
    wall = small(spoiling.noisy(Image.new("RGB", SIZE, (150, 148, 140)), 1))

    assert not measures.shows_details(wall)
    assert measures.shows_details(reference)
    assert measures.details_lost(reference, wall) == 0


def test_a_small_picture_comes_back_as_it_was_packed(reference):
    assert np.array_equal(unpacked(packed(reference)), reference)
    assert reference.shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("content", [b"", b"no picture", packed(np.zeros((2, 2), dtype=np.uint8))])
def test_other_bytes_are_no_small_picture(content):
    with pytest.raises(NotSmall):
        unpacked(content)
