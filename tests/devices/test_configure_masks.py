"""Privacy masks: as drawn, and only ours are ever removed."""

from __future__ import annotations

from typing import Any

import pytest

from devices.changes import Change, Wish
from tests.devices.configurable import Configurable, Mask, running
from tests.devices.configuring import change_of, ended, find, write

pytestmark = pytest.mark.slow

TRIANGLE = [[-0.5, -0.5], [0.5, -0.5], [0.0, 0.5]]
MASKS = Wish("masks", "src", {"polygons": [TRIANGLE]})


def test_drawn_masks_are_made_and_only_ours_are_removed() -> None:
    theirs = Mask([(-1, 1), (-0.8, 1), (-0.8, 0.8)])
    device = Configurable(masks={"theirs": theirs})
    with running(device):
        change = change_of(device, MASKS)
        done = write(device, change)
        made = dict(device.masks)
        again = find(device, MASKS)
        undone = write(device, done.change.undone())

    assert ended(done) == ("done", "")
    assert done.change.new == {"polygons": [TRIANGLE], "tokens": ["m1"]}
    assert made["m1"].enabled
    assert (made["m1"].kind, made["m1"].colour) == ("Color", {"X": "16", "Y": "128", "Z": "128"})
    assert (again.state, again.why) == ("right", "masks_right")
    assert ended(undone) == ("done", "")
    assert device.masks == {"theirs": theirs}


def test_how_many_areas_may_be_drawn_is_known_before_any_is() -> None:
    others = {name: Mask([(-1, 1), (-0.8, 1), (-0.8, 0.8)]) for name in ("a", "b")}
    device = Configurable(masks=others)
    with running(device):
        undrawn = find(device, Wish("masks", "src", {"polygons": []}))
        drawn = find(device, MASKS)

    assert (undrawn.state, undrawn.change, undrawn.why) == ("right", None, "masks_undrawn")
    assert undrawn.limits == drawn.limits == {"most": device.masks_most - 2}


def test_a_freed_name_that_the_owner_used_again_is_not_ours_any_more() -> None:
    device = Configurable()
    with running(device):
        done = write(device, change_of(device, MASKS))
        device.masks["m1"] = Mask([(0, 0), (1, 0), (1, 1), (0, 1)])
        undone = write(device, done.change.undone())
        nameless = write(device, Change("masks", "src", {"polygons": [TRIANGLE], "tokens": []}, {"polygons": []}))

    assert ended(undone) == ended(nameless) == ("failed", "not_our_masks")
    assert "m1" in device.masks
    assert "DeleteMask" not in device.asked


def test_a_device_with_boxes_only_covers_no_less_than_was_drawn() -> None:
    device = Configurable(boxes_only=True)
    with running(device):
        finding = find(device, MASKS)
        assert finding.change is not None
        done = write(device, finding.change)

    assert finding.why == "masks_missing_as_boxes"
    assert finding.change.new["polygons"] == [[[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]]]
    assert ended(done) == ("done", "")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"media2": False}, "masks_not_offered"),
        ({"masks_most": 0}, "masks_not_offered"),
        ({"refuses": {"tr2_GetMaskOptions": "ActionNotSupported"}}, "masks_not_offered"),
        ({"masks_points": 2}, "masks_points"),
        ({"masks_most": 1, "masks": {"theirs": Mask([(0, 0), (1, 0), (1, 1)])}}, "masks_full"),
    ],
)
def test_what_a_device_cannot_mask_is_said(settings: dict[str, Any], why: str) -> None:
    device = Configurable(**settings)

    with running(device):
        finding = find(device, MASKS)

    assert (finding.state, finding.why) == ("unsupported", why)


def test_masks_that_are_not_made_or_made_otherwise_are_reported() -> None:
    silent, other = Configurable(ignores={"CreateMask"}), Configurable()
    other.hooks["CreateMask"] = lambda d: d.masks["m1"].points.__setitem__(0, (0.9, 0.9))
    with running(silent, other):
        ignored = write(silent, change_of(silent, MASKS))
        failed = write(other, change_of(other, MASKS))
        undone = write(other, failed.change.undone())

    assert ended(ignored) == ("ignored", "ignored")
    assert ended(failed) == ("failed", "other_value")
    assert ended(undone) == ("done", "")
    assert other.masks == {}


def test_a_device_that_drops_another_mask_is_found_out() -> None:
    device = Configurable(masks={"theirs": Mask([(-1, 1), (-0.8, 1), (-0.8, 0.8)])})
    device.hooks["CreateMask"] = lambda d: d.masks.pop("theirs") and None
    with running(device):
        outcome = write(device, change_of(device, MASKS))

    assert ended(outcome) == ("failed", "others_changed")


TWO = Wish("masks", "src", {"polygons": [TRIANGLE, [[0.2, 0.2], [0.6, 0.2], [0.6, -0.2]]]})


def refuse_the_next(device: Configurable) -> None:
    device.refuses["tr2_CreateMask"] = "NotAuthorized"


def test_of_two_masks_the_one_that_was_made_can_be_taken_away_again() -> None:
    device = Configurable(hooks={"CreateMask": refuse_the_next})
    with running(device):
        outcome = write(device, change_of(device, TWO))
        made = list(device.masks)
        undone = write(device, outcome.change.undone())

    assert (ended(outcome), outcome.touched, made) == (("failed", "partly_written"), True, ["m1"])
    assert outcome.change.new == {"polygons": [TRIANGLE], "tokens": ["m1"]}
    assert ended(undone) == ("done", "")
    assert device.masks == {}


def test_a_mask_refused_altogether_leaves_nothing_to_undo() -> None:
    device = Configurable(refuses={"tr2_CreateMask": "NotAuthorized"})
    with running(device):
        outcome = write(device, change_of(device, TWO))

    assert (ended(outcome), outcome.touched) == (("failed", "not_permitted"), False)


@pytest.mark.parametrize("lost", [False, True])
def test_a_mask_that_its_owner_draws_meanwhile_is_never_ours(lost: bool) -> None:
    """Also where it is like one of ours: the device named ours. Where it could not, ours is known by its shape."""
    theirs = Mask([(0, 0), (1, 0), (1, 1)]) if lost else Mask([(x, y) for x, y in TRIANGLE])

    def draw(device: Configurable) -> None:
        device.masks = {"theirs": theirs, **device.masks}  # Listed first.

    device = Configurable(hooks={"CreateMask": draw})
    if lost:
        device.garbles.add("CreateMask")
    with running(device):
        done = write(device, change_of(device, MASKS))
        undone = write(device, done.change.undone())

    assert ended(done) == ended(undone) == ("done", "")
    assert done.change.new["tokens"] == ["m1"]
    assert device.masks == {"theirs": theirs}


def test_a_mask_that_the_device_named_can_be_taken_away_though_nothing_was_read_back() -> None:
    def fall_silent(device: Configurable) -> None:
        device.refuses["tr2_GetMasks"] = "Busy"

    device = Configurable(hooks={"CreateMask": fall_silent})
    with running(device):
        outcome = write(device, change_of(device, MASKS))
        device.refuses.clear()
        undone = write(device, outcome.change.undone())

    assert (ended(outcome), outcome.touched) == (("failed", "not_read_back"), True)
    assert ended(undone) == ("done", "")
    assert device.masks == {}


def test_a_write_whose_reading_back_fails_is_not_taken_for_undone() -> None:
    def fall_silent(device: Configurable) -> None:
        device.refuses["tr2_GetMasks"] = "Busy"

    device = Configurable(hooks={"CreateMask": fall_silent})
    with running(device):
        outcome = write(device, change_of(device, MASKS))

    assert ended(outcome) == ("failed", "not_read_back")
