"""Devices that lie: each probe ends in its stable code, within its deadline, with no other host dialled."""

from __future__ import annotations

import re

import pytest

from devices.http import safe_path
from devices.report import DeviceReport
from tests.corpus.answers import ADDRESS_LIES, CLOCK_LIES, PICTURE_LIES, PROFILE_LIES, TEXT_LIES
from tests.corpus.hostile import camera, information, probe_server, session_with
from tests.corpus.snapshots import MARKS, NO_PICTURES, PICTURES
from tests.corpus.wire import BOMB, WIRE

pytestmark = pytest.mark.slow

Dialled = list[tuple[str, int]]

DEADLINE = 1.0


@pytest.mark.parametrize("kind", WIRE)
def test_a_hostile_device_ends_in_its_stable_code(kind: str, dialled: Dialled) -> None:
    handler, code, detail = WIRE[kind]

    outcome = probe_server(handler, deadline=DEADLINE)

    assert (outcome.code, outcome.error.detail if outcome.error else "") == (code, detail)
    assert outcome.seconds < DEADLINE + 0.5
    outcome.assert_harmless(dialled)
    assert len(outcome.server.signed) <= 2


@pytest.mark.parametrize("kind", WIRE)
def test_a_session_with_a_hostile_device_ends_in_time_and_harmless(kind: str, dialled: Dialled) -> None:
    outcome, result = session_with(WIRE[kind][0], deadline=2.0)

    assert result.code or not result.described
    assert outcome.seconds < 2.5
    outcome.assert_harmless(dialled)
    assert len(outcome.server.signed) <= 2
    assert result.count is None or result.count.refusals <= 2


@pytest.mark.parametrize("kind", PICTURE_LIES)
def test_no_stream_is_described_where_a_device_points(kind: str, dialled: Dialled) -> None:
    outcome, _ = session_with(PICTURE_LIES[kind][0], deadline=4.0)

    outcome.assert_harmless(dialled, ports=(1, 554, outcome.trap.port))


# --- answers that are clean SOAP, and lie ----------------------------------------------------------------------

READ = {**PROFILE_LIES, **ADDRESS_LIES, **TEXT_LIES, **CLOCK_LIES}


@pytest.mark.parametrize("kind", READ)
def test_a_lie_in_one_answer_is_a_warning_at_most(kind: str, dialled: Dialled) -> None:
    handler, warnings = READ[kind]

    outcome = probe_server(handler, deadline=3.0, picture=False)

    assert outcome.report is not None
    assert set(outcome.report.warnings) - {"no_mac"} == warnings
    assert_clean(outcome.report)
    outcome.assert_harmless(dialled)
    assert not re.search(rb"[\r\n](Evil|GET /evil)|<evil", outcome.server.received)


def assert_clean(report: DeviceReport) -> None:
    """Few channels, sizes that are sizes, one clean line for each name, and paths that can stand in a request."""
    streams = [stream for channel in report.channels for stream in channel.streams]
    assert len(report.channels) <= 64
    assert len({channel.number for channel in report.channels}) == len(report.channels)
    for stream in streams:
        assert all(size is None or 0 < size < 100_000 for size in (stream.width, stream.height, stream.fps))
        assert not stream.path or safe_path(stream.path)
    names = [report.maker, report.model, report.firmware, report.serial]
    names += [channel.name for channel in report.channels] + [stream.codec for stream in streams]
    names += [channel.video_source_token for channel in report.channels]
    for name in names:
        assert len(name) <= 256
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b\u202e\ufeff]", name)


@pytest.mark.parametrize("kind", PICTURE_LIES)
def test_no_picture_is_sought_where_a_device_points(kind: str, dialled: Dialled) -> None:
    handler, warnings = PICTURE_LIES[kind]

    outcome = probe_server(handler, deadline=8.0)

    assert outcome.report is not None
    assert outcome.report.picture is None
    assert warnings <= set(outcome.report.warnings)
    outcome.assert_harmless(dialled, ports=(1, 554, outcome.trap.port))


def test_one_broken_answer_does_not_fail_the_probe() -> None:
    broken = camera(GetDeviceInformation=BOMB, GetServices=b"<", GetStreamUri=BOMB)

    outcome = probe_server(broken, deadline=3.0, picture=False)

    assert outcome.report is not None
    assert [c.name for c in outcome.report.channels] == ["Front"]
    assert {"no_information", "no_services", "no_stream_address"} <= set(outcome.report.warnings)


def test_what_a_device_calls_itself_is_one_clean_line() -> None:
    nasty = "&lt;script&gt;\r\n=cmd|' /C calc'!A0 \u202eabc" + "x" * 100_000

    outcome = probe_server(camera(GetDeviceInformation=information(nasty)), deadline=3.0, picture=False)

    assert outcome.report is not None
    assert outcome.report.maker.startswith("<script> =cmd|' /C calc'!A0 abcxxx")
    assert len(outcome.report.maker) == 120


# --- snapshots -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NO_PICTURES)
@pytest.mark.usefixtures("no_keyframe")
def test_what_is_no_picture_is_not_kept(kind: str, dialled: Dialled) -> None:
    outcome = probe_server(NO_PICTURES[kind], deadline=4.0)

    assert outcome.report is not None
    assert outcome.report.picture is None
    assert {"snapshot_failed", "snapshot_basic_only"} & set(outcome.report.warnings)
    assert outcome.seconds < 2.0
    outcome.assert_harmless(dialled)


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.usefixtures("no_keyframe")
def test_a_picture_is_kept_without_what_was_hidden_in_it(kind: str, dialled: Dialled) -> None:
    outcome = probe_server(PICTURES[kind], deadline=4.0)

    assert outcome.report is not None
    picture = outcome.report.picture
    assert picture is not None
    assert not [mark for mark in MARKS if mark in picture.jpeg]
    assert picture.width <= 1280
    assert picture.jpeg.endswith(b"\xff\xd9")
    outcome.assert_harmless(dialled)
