"""What the lens of a virtual camera lets through: an empty street is never twice one picture."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PIL import Image

from demo import faults
from demo.scene import Scene
from health.pictures.judging import FROZEN_BELOW
from health.pictures.measures import changed
from health.pictures.small import small

NOW = datetime(2026, 11, 29, 5, tzinfo=UTC)


def pictures(fault: str, count: int, size: tuple[int, int] = (640, 360)) -> list[Image.Image]:
    """One lens sees the same moment so many times."""
    scene, lens = Scene("Gang Sepi", 1), faults.Lens()
    return [lens.see(fault, size, lambda turned: scene.draw(size, NOW, turned=turned)) for _ in range(count)]


@pytest.mark.parametrize("fault", ["", faults.TURNED, faults.COVERED])
def test_two_pictures_of_one_moment_differ_by_their_grain(fault):
    first, second = pictures(fault, 2)
    assert changed(small(second), small(first)) > 10 * FROZEN_BELOW


def test_a_frozen_picture_repeats_itself_and_its_grain():
    first, second = pictures(faults.FROZEN, 2)
    assert first.tobytes() == second.tobytes()


def test_no_light_has_no_grain():
    assert pictures(faults.BLACK, 1)[0].getextrema() == ((0, 0),) * 3
