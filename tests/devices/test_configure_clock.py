"""The clock: set right by its own time zone, and left alone where it is not ours to set."""

from __future__ import annotations

import pytest

from devices.changes import Change, Wish
from tests.devices.configurable import Configurable, running
from tests.devices.configuring import change_of, ended, find, write, wrote

pytestmark = pytest.mark.slow


def test_a_clock_seven_minutes_off_is_set_right_and_back_with_its_own_time_zone() -> None:
    device = Configurable(offset=420, zone="<+07>-7:00:00  ", dst=True)
    with running(device):
        change = change_of(device, Wish("clock"))
        done = write(device, change)
        right = device.offset
        again = find(device, Wish("clock"))
        undone = write(device, done.change.undone())

    assert change.old["offset_seconds"] == pytest.approx(420, abs=2)
    assert change.new == {**change.old, "offset_seconds": 0}
    assert ended(done) == ("done", "")
    assert abs(right) < 1.5
    assert (again.state, again.why) == ("right", "within_5_seconds")
    assert ended(undone) == ("done", "")
    assert device.offset == pytest.approx(420, abs=2)
    assert (device.zone, device.dst, device.clock_type) == ("<+07>-7:00:00  ", True, "Manual")
    assert wrote(device) == ["SetSystemDateAndTime"] * 2


@pytest.mark.parametrize(
    ("clock_type", "offset", "state", "why"),
    [
        ("NTP", 1.0, "right", "ntp_on"),
        ("NTP", 420.0, "unsupported", "ntp_on_but_off"),
        ("Manual", 4.0, "right", "within_5_seconds"),
        ("Manual", -3.0, "right", "within_5_seconds"),
        ("Manual", -9.0, "differs", "clock_off"),
        ("Manual", 3 * 365 * 86400.0, "differs", "clock_off"),
    ],
)
def test_when_a_clock_is_left_alone(clock_type: str, offset: float, state: str, why: str) -> None:
    device = Configurable(clock_type=clock_type, offset=offset)

    with running(device):
        finding = find(device, Wish("clock"))

    assert (finding.state, finding.why) == (state, why)
    assert (finding.change is not None) == (state == "differs")


def test_an_ntp_setting_made_after_the_reading_is_not_overridden() -> None:
    device = Configurable(offset=420)
    with running(device):
        change = change_of(device, Wish("clock"))
        device.clock_type = "NTP"
        outcome = write(device, change)

    assert ended(outcome) == ("failed", "ntp_on")
    assert wrote(device) == []


def test_a_clock_that_somebody_else_set_meanwhile_is_left() -> None:
    device = Configurable(offset=420)
    with running(device):
        change = change_of(device, Wish("clock"))
        device.offset = -3600
        outcome = write(device, change)
        device.offset, device.zone = 420, "UTC0"
        zone = write(device, change)

    assert ended(outcome) == ended(zone) == ("failed", "changed_meanwhile")
    assert wrote(device) == []


def test_a_clock_that_says_yes_and_stays_is_reported_as_ignored() -> None:
    device = Configurable(offset=420, ignores={"SetSystemDateAndTime"})
    with running(device):
        outcome = write(device, change_of(device, Wish("clock")))

    assert ended(outcome) == ("ignored", "ignored")
    assert outcome.seen["offset_seconds"] == pytest.approx(420, abs=2)


@pytest.mark.parametrize("ignores", [set(), {"SetSystemDateAndTime"}])
def test_a_clock_that_wants_a_signature_is_read_back_too(ignores: set[str]) -> None:
    device = Configurable(offset=420, digest=True, guards_clock=True, ignores=ignores)
    with running(device):
        outcome = write(device, change_of(device, Wish("clock")))

    assert outcome.state == ("ignored" if ignores else "done")


def test_a_clock_that_loses_its_time_zone_on_the_way_is_reported() -> None:
    device = Configurable(offset=420, hooks={"SetSystemDateAndTime": lambda d: setattr(d, "zone", "UTC0")})
    with running(device):
        outcome = write(device, change_of(device, Wish("clock")))

    assert ended(outcome) == ("failed", "other_value")
    assert outcome.seen["time_zone"] == "UTC0"
    assert outcome.change.new["time_zone"] == "UTC0"


def test_a_refused_change_is_reported_as_refused() -> None:
    device = Configurable(offset=420, refuses={"tds_SetSystemDateAndTime": "NotAuthorized"})
    with running(device):
        change = change_of(device, Wish("clock"))
        forbidden = write(device, change)
        device.refuses = {"tds_SetSystemDateAndTime": "InvalidDateTime"}
        refused = write(device, change)

    assert ended(forbidden) == ("failed", "not_permitted")
    assert ended(refused) == ("failed", "refused")
    assert forbidden.refusals == 0  # The user was known; only this was refused.


def test_a_change_of_another_kind_is_no_change() -> None:
    with pytest.raises(ValueError, match="not a change"):
        Change.from_dict({"kind": "reboot", "subject": "", "old": {}, "new": {}})
