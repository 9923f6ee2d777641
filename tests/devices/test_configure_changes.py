"""Each of the four changes: found, written, read back, undone; and what is said where the device does otherwise."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from devices.changes import WHY_WORDS, Change, Finding, Outcome, Wish
from devices.configure import read_findings, write_change
from devices.errors import Unauthorized
from devices.report import Target
from devices.secrets import Credentials
from tests.devices.configurable import LOOPBACK, OWNER, SECRET, Configurable, Encoder, Mask, running

pytestmark = pytest.mark.slow

NEW_PASSWORD = "kata-baru-9938"
NAME = "mitra-ab12"
STREAM = Wish("substream", "src", {"codec": "H264"})
USER = Wish("user", "", {"name": NAME})
TRIANGLE = [[-0.5, -0.5], [0.5, -0.5], [0.0, 0.5]]
MASKS = Wish("masks", "src", {"polygons": [TRIANGLE]})


def find(device: Configurable, wish: Wish) -> Finding:
    (finding,) = read_findings(Target("127.0.0.1", device.port), OWNER, route=LOOPBACK, wishes=[wish])
    assert finding.why in WHY_WORDS
    assert Finding.from_dict(json.loads(json.dumps(finding.to_dict()))) == finding
    return finding


def change_of(device: Configurable, wish: Wish) -> Change:
    finding = find(device, wish)
    assert finding.state == "differs"
    assert finding.change is not None
    return finding.change


def write(device: Configurable, change: Change, credentials: Credentials = OWNER) -> Outcome:
    """Written after a way through JSON, as a task does it."""
    kept = Change.from_dict(json.loads(json.dumps(change.to_dict())))
    outcome = write_change(
        Target("127.0.0.1", device.port), credentials, kept, route=LOOPBACK, new_password=NEW_PASSWORD
    )
    told = json.dumps([outcome.change.to_dict(), outcome.seen]) + repr(outcome)
    assert NEW_PASSWORD not in told
    assert SECRET not in told
    assert outcome.why == "" or outcome.why in WHY_WORDS
    return outcome


def ended(outcome: Outcome) -> tuple[str, str]:
    return outcome.state, outcome.why


def wrote(device: Configurable) -> list[str]:
    return [name for name in device.asked if not name.startswith("Get")]


# The clock


def test_a_clock_seven_minutes_off_is_set_right_and_back_with_its_own_time_zone() -> None:
    device = Configurable(offset=420, zone="<+07>-7:00:00  ", dst=True)
    with running(device):
        change = change_of(device, Wish("clock"))
        done = write(device, change)
        right = device.offset
        again = find(device, Wish("clock"))
        undone = write(device, done.change.undone())

    assert change.old["offset_seconds"] == pytest.approx(420, abs=2)
    assert change.differing == ("offset_seconds",)
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


# The sub-stream


@pytest.mark.parametrize("media2", [True, False])
def test_a_substream_becomes_h264_within_what_is_offered_and_comes_back(media2: bool) -> None:
    device = Configurable(media2=media2)
    with running(device):
        change = change_of(device, STREAM)
        done = write(device, change)
        became = Encoder(**vars(device.encoders["sub"]))
        again = find(device, STREAM)
        undone = write(device, done.change.undone())

    assert change.subject == "sub"
    assert ended(done) == ("done", "")
    if media2:
        assert became == Encoder("H264", 640, 360, 12.5, 768, 40, "High")
    else:
        assert became == Encoder("H264", 640, 360, 12, 512, 24, "Main")
    assert (again.state, again.why) == ("right", "encoder_right")
    if media2:
        assert ended(undone) == ("done", "")
        assert device.encoders["sub"] == Encoder("H265", 704, 576, 20, 768, 40, "Main")
    else:  # This device offers no way back to H.265 by Media1, and is not asked for it.
        assert ended(undone) == ("failed", "codec_not_offered")
    assert device.encoders["main"] == Encoder("H265", 1920, 1080, 25, 4096, 50)


def test_what_is_wished_is_kept_within_the_devices_limits() -> None:
    device = Configurable()
    wish = Wish(
        "substream", "sub", {"codec": "H264", "width": 1280, "height": 720, "fps": 30, "bitrate_kbps": 9000}
    )

    with running(device):
        new = change_of(device, wish).new

    assert (new["width"], new["height"], new["fps"], new["bitrate_kbps"]) == (640, 360, 12.5, 800)


@pytest.mark.parametrize(
    ("subject", "profiles", "why"),
    [
        ("main", {"p_main": ("src", "main"), "p_sub": ("src", "sub")}, "main_stream"),
        ("src", {"p_main": ("src", "main")}, "no_substream"),
        ("src", {"p_main": ("src", "main"), "p_sub": ("src", "main")}, "no_substream"),
        ("src", {"p_main": ("src", "main"), "p_sub": ("src", "sub"), "x": ("other", "sub")}, "no_substream"),
    ],
)
def test_the_main_stream_is_never_touched(subject: str, profiles: dict[str, tuple[str, str]], why: str) -> None:
    device = Configurable(profiles=profiles)
    forged = Change("substream", "main", {"codec": "H265"}, {"codec": "H264", "width": 640, "height": 360})

    with running(device):
        finding = find(device, Wish("substream", subject, {"codec": "H264"}))
        outcome = write(device, forged)

    assert (finding.state, finding.why, finding.change) == ("unsupported", why, None)
    assert ended(outcome) == ("failed", "main_stream")
    assert wrote(device) == []


def test_a_device_without_h264_says_so() -> None:
    device = Configurable(h264_sizes=())

    with running(device):
        finding = find(device, STREAM)

    assert (finding.state, finding.why) == ("unsupported", "codec_not_offered")


@pytest.mark.parametrize("media2", [True, False])
def test_an_encoder_that_says_yes_and_stays_is_reported_as_ignored(media2: bool) -> None:
    device = Configurable(media2=media2, ignores={"SetVideoEncoderConfiguration"})
    with running(device):
        outcome = write(device, change_of(device, STREAM))

    assert ended(outcome) == ("ignored", "ignored")
    assert outcome.seen["codec"] == "H265"


def test_another_value_than_asked_is_reported_and_can_be_undone_from_there() -> None:
    device = Configurable(hooks={"SetVideoEncoderConfiguration": lambda d: setattr(d.encoders["sub"], "kbps", 33)})
    with running(device):
        outcome = write(device, change_of(device, STREAM))
        device.hooks.clear()
        undone = write(device, outcome.change.undone())

    assert ended(outcome) == ("failed", "other_value")
    assert outcome.seen["bitrate_kbps"] == 33
    assert ended(undone) == ("done", "")
    assert device.encoders["sub"] == Encoder("H265", 704, 576, 20, 768, 40, "Main")


def test_a_device_that_changes_its_main_stream_too_is_found_out() -> None:
    def both(device: Configurable) -> None:
        device.encoders["main"].codec = "H264"

    device = Configurable(hooks={"SetVideoEncoderConfiguration": both})
    with running(device):
        outcome = write(device, change_of(device, STREAM))

    assert ended(outcome) == ("failed", "main_changed")
    assert outcome.seen["main_changed"] is True


def test_an_encoder_that_the_owner_changed_meanwhile_is_left() -> None:
    device = Configurable()
    with running(device):
        change = change_of(device, STREAM)
        device.encoders["sub"].kbps = 300
        outcome = write(device, change)

    assert ended(outcome) == ("failed", "changed_meanwhile")
    assert wrote(device) == []


# The user


def test_our_user_is_made_signs_in_and_is_removed_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    device = Configurable()
    with running(device):
        finding = find(device, USER)
        assert finding.change is not None
        done = write(device, finding.change)
        made = dict(device.users)
        ours = Credentials(NAME, NEW_PASSWORD)
        itself = write(device, done.change.undone(), ours)
        undone = write(device, done.change.undone())

    assert finding.why == "user_missing_open_line"
    assert ended(done) == ("done", "")
    assert done.seen == {"name": NAME, "level": "User", "signed_in": True}
    assert made[NAME] == (NEW_PASSWORD, "User")
    assert ended(itself) == ("failed", "own_user")
    assert ended(undone) == ("done", "")
    assert set(device.users) == {"pemilik"}
    assert NEW_PASSWORD not in caplog.text
    assert SECRET not in caplog.text


def test_a_name_that_exists_or_is_not_ours_is_refused() -> None:
    device = Configurable()
    device.users[NAME] = ("theirs", "Operator")
    change = Change("user", NAME, {}, {"name": NAME, "level": "User"})
    with running(device):
        exists = find(device, USER)
        stranger = find(device, Wish("user", "", {"name": "admin"}))
        outcome = write(device, change)
        forged = [
            write(device, Change("user", "pemilik", {"name": "pemilik", "level": "User"}, {})),
            write(device, Change("user", NAME, {}, {"name": NAME, "level": "Administrator"})),
            write(device, Change("user", NAME, {"name": "pemilik", "level": "User"}, {})),
        ]

    assert (exists.state, exists.why) == ("unsupported", "user_exists")
    assert (stranger.state, stranger.why) == ("unsupported", "not_our_user")
    assert ended(outcome) == ("failed", "user_exists")
    assert [ended(o) for o in forged] == [("failed", "not_our_user")] * 3
    assert device.users[NAME] == ("theirs", "Operator")
    assert wrote(device) == []


@pytest.mark.parametrize("given", ["Administrator", "Operator", "Extended"])
def test_a_device_that_maps_the_level_to_another_gets_its_user_back(given: str) -> None:
    device = Configurable(level_given=given)
    with running(device):
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("failed", "level_differs")
    assert outcome.seen["level"] == given
    assert NAME not in device.users


def test_a_user_that_cannot_sign_in_is_not_left_behind() -> None:
    device = Configurable(new_users_sign_in=False)
    with running(device):
        before = device.credentialed
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("failed", "cannot_sign_in")
    assert outcome.refusals == 0  # Refused was the new secret, once, not the owner's.
    assert NAME not in device.users
    assert sum(NAME.encode() in raw and b"UsernameToken><wsse:Username>mitra" in raw for raw in device.raw) == 1
    assert device.credentialed > before


def test_a_user_that_will_not_go_is_told() -> None:
    device = Configurable(level_given="Administrator", ignores={"DeleteUsers"})
    with running(device):
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("failed", "user_left_behind")
    assert outcome.seen == {"name": NAME, "level": "Administrator"}


@pytest.mark.parametrize(
    ("subcode", "why"),
    [("TooManyUsers", "users_full"), ("NotAuthorized", "not_permitted"), ("PasswordTooWeak", "refused")],
)
def test_why_a_user_was_not_made(subcode: str, why: str) -> None:
    device = Configurable(refuses={"tds_CreateUsers": subcode})
    with running(device):
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("failed", why)


def test_a_device_that_says_yes_and_makes_nobody_is_reported_as_ignored() -> None:
    device = Configurable(ignores={"CreateUsers"})
    with running(device):
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("ignored", "ignored")


def test_a_device_that_touches_another_user_is_found_out() -> None:
    def demote(device: Configurable) -> None:
        device.users["pemilik"] = (SECRET, "User")

    device = Configurable(hooks={"CreateUsers": demote})
    with running(device):
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("failed", "others_changed")


def test_removing_our_user_wants_the_owners_password_and_takes_nobody_else() -> None:
    device = Configurable()
    with running(device):
        done = write(device, change_of(device, USER))
        with pytest.raises(Unauthorized):
            write(device, done.change.undone(), Credentials("pemilik", "salah"))
        device.users["mitra-zz99"] = ("x", "User")
        undone = write(device, done.change.undone())
        again = write(device, done.change.undone())

    assert ended(undone) == ended(again) == ("done", "")
    assert set(device.users) == {"pemilik", "mitra-zz99"}


# The masks


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


def test_a_write_whose_reading_back_fails_is_not_taken_for_undone() -> None:
    def fall_silent(device: Configurable) -> None:
        device.refuses["tr2_GetMasks"] = "Busy"

    device = Configurable(hooks={"CreateMask": fall_silent})
    with running(device):
        outcome = write(device, change_of(device, MASKS))

    assert ended(outcome) == ("failed", "not_read_back")


def test_a_change_of_another_kind_is_no_change() -> None:
    with pytest.raises(ValueError, match="not a change"):
        Change.from_dict({"kind": "reboot", "subject": "", "old": {}, "new": {}})
