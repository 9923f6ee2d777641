"""The sub-stream: within what the device offers, and never the main stream."""

from __future__ import annotations

from collections.abc import Callable

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
    assert ended(undone) == ("done", "")  # By Media1 too, whose options do not name H.265.
    assert (undone.seen["codec"], undone.seen["width"], undone.seen["fps"]) == ("H265", 704, 20)
    if media2:
        assert device.encoders["sub"] == Encoder("H265", 704, 576, 20, 768, 40, "Main")
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


@pytest.mark.parametrize(
    "sub",
    [Encoder("JPEG", 704, 576, 10, 500, 30), Encoder("MPEG4", 704, 576, 10, 500, 25, "ASP")],
    ids=["JPEG", "MPEG4"],
)
def test_an_older_codec_comes_back_whether_or_not_it_is_offered(sub: Encoder) -> None:
    device = Configurable(media2=False, encoders={"main": Encoder("H264", 1920, 1080, 25, 4096, 50), "sub": sub})
    was = Encoder(**vars(sub))
    with running(device):
        done = write(device, change_of(device, STREAM))
        became = device.encoders["sub"].codec
        undone = write(device, done.change.undone())
        now = find(device, STREAM).change

    assert (became, ended(undone)) == ("H264", ("done", ""))
    assert now is not None
    assert now.old == done.change.old
    assert device.encoders["sub"].codec == was.codec
    assert was.codec == "JPEG" or device.encoders["sub"] == was


@pytest.mark.parametrize("media2", [True, False])
def test_old_values_come_back_as_they_were_though_the_device_offers_less_now(media2: bool) -> None:
    beyond = Encoder("H265", 704, 576, 25, 2000, 90)
    device = Configurable(media2=media2)
    device.encoders["sub"] = Encoder(**vars(beyond))
    with running(device):
        done = write(device, change_of(device, STREAM))
        undone = write(device, done.change.undone())

    assert (done.change.new["codec"], ended(undone)) == ("H264", ("done", ""))
    assert (undone.seen["width"], undone.seen["fps"], undone.seen["bitrate_kbps"]) == (704, 25, 2000)
    assert not media2 or device.encoders["sub"] == beyond


def test_a_device_that_does_not_take_the_old_values_back_is_told_and_can_be_asked_again() -> None:
    device = Configurable()
    with running(device):
        done = write(device, change_of(device, STREAM))
        device.hooks["SetVideoEncoderConfiguration"] = lambda d: setattr(d.encoders["sub"], "kbps", 700)
        half = write(device, done.change.undone())
        device.refuses["tr2_SetVideoEncoderConfiguration"] = "ConfigModify"
        refused = write(device, half.change)
        device.refuses.clear()
        device.hooks.clear()
        undone = write(device, refused.change)

    assert (ended(half), half.seen["bitrate_kbps"]) == (("failed", "other_value"), 700)
    assert ended(refused) == ("failed", "refused")
    assert ended(undone) == ("done", "")
    assert device.encoders["sub"] == Encoder("H265", 704, 576, 20, 768, 40, "Main")


# --- a device that changes its main stream too ---------------------------------------------------------------


def slows_main(device: Configurable) -> None:
    device.encoders["main"].fps = 5


def shrinks_main(device: Configurable) -> None:
    device.encoders["main"].width, device.encoders["main"].height = 320, 180


@pytest.mark.parametrize("media2", [True, False])
@pytest.mark.parametrize("spoil", [slows_main, shrinks_main])
def test_a_main_stream_that_the_device_changed_too_is_put_back(
    media2: bool, spoil: Callable[[Configurable], None]
) -> None:
    device = Configurable(media2=media2, hooks={"SetVideoEncoderConfiguration": spoil})
    main = Encoder(**vars(device.encoders["main"]))
    with running(device):
        outcome = write(device, change_of(device, STREAM))
        device.hooks.clear()
        undone = write(device, outcome.change.undone())

    assert (ended(outcome), outcome.touched) == (("failed", "main_changed"), True)
    assert ended(undone) == ("done", "")
    assert (device.encoders["sub"].codec, device.encoders["sub"].width) == ("H265", 704)
    assert (device.encoders["main"] == main) if media2 else (device.encoders["main"].fps, main.fps) == (25, 25)
    assert (device.encoders["main"].width, device.encoders["main"].codec) == (1920, "H265")


def test_a_main_stream_that_does_not_come_back_is_told_and_can_be_asked_again() -> None:
    device = Configurable(hooks={"SetVideoEncoderConfiguration": slows_main})
    with running(device):
        outcome = write(device, change_of(device, STREAM))
        half = write(device, outcome.change.undone())
        device.hooks.clear()
        undone = write(device, half.change)

    assert ended(half) == ("failed", "main_not_restored")
    assert ended(undone) == ("done", "")
    assert device.encoders["main"].fps == 25


def test_a_main_stream_that_its_owner_set_since_is_left() -> None:
    device = Configurable(hooks={"SetVideoEncoderConfiguration": slows_main})
    with running(device):
        outcome = write(device, change_of(device, STREAM))
        device.hooks.clear()
        device.encoders["main"].fps = 12
        undone = write(device, outcome.change.undone())

    assert ended(undone) == ("done", "")
    assert device.encoders["main"].fps == 12


def test_a_way_back_that_changes_the_main_stream_puts_it_back_at_once() -> None:
    device = Configurable()
    with running(device):
        done = write(device, change_of(device, STREAM))

        def once(device: Configurable) -> None:
            slows_main(device)
            device.hooks.clear()

        device.hooks["SetVideoEncoderConfiguration"] = once
        undone = write(device, done.change.undone())

    assert ended(undone) == ("done", "")
    assert device.encoders["main"] == Encoder("H265", 1920, 1080, 25, 4096, 50)


def test_an_encoder_that_the_owner_changed_meanwhile_is_left() -> None:
    device = Configurable()
    with running(device):
        change = change_of(device, STREAM)
        device.encoders["sub"].kbps = 300
        outcome = write(device, change)

    assert ended(outcome) == ("failed", "changed_meanwhile")
    assert wrote(device) == []
