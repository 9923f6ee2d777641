"""The sub-stream: within what the device offers, and never the main stream."""

from __future__ import annotations

import pytest

from devices.changes import Change, Wish
from tests.devices.configurable import Configurable, Encoder, running
from tests.devices.configuring import change_of, ended, find, write, wrote

pytestmark = pytest.mark.slow

STREAM = Wish("substream", "src", {"codec": "H264"})


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
