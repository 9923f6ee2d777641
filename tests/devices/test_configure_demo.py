"""The settings of the demo's devices: a program that nobody here wrote, and a recorder that really changes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest

from demo import fleet
from devices.changes import Change, Outcome, Wish
from devices.configure import read_findings, write_change
from devices.probe import probe_device
from devices.report import Target
from devices.routes import Route, routes_from_allow
from devices.secrets import Credentials
from tests.ops.servers import free_block

pytestmark = [pytest.mark.devices, pytest.mark.slow]

NAME, PASSWORD = "mitra-demo1", "kata-sandi-baru-1"
SQUARE = [[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]]
WISHES = [
    Wish("clock"),
    Wish("substream", "VideoSource_4", {"codec": "H264"}),
    Wish("user", "", {"name": NAME}),
    Wish("masks", "VideoSource_4", {"polygons": [SQUARE]}),
]
CAMERA_WISHES = [Wish("clock"), Wish("substream", "", {"codec": "H264"}), Wish("user", "", {"name": NAME})]


@contextmanager
def started(spec: fleet.DeviceSpec) -> Iterator[None]:
    process = subprocess.Popen(spec.argv, cwd=fleet.ROOT)
    try:
        assert fleet.wait_until_answering(spec), f"{spec.name} did not start"
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def specs(tmp_path: Path) -> dict[str, fleet.DeviceSpec]:
    return {spec.name: spec for spec in fleet.specs(free_block(), state=tmp_path)}


def route(spec: fleet.DeviceSpec) -> Route:
    return routes_from_allow(f"127.0.0.1/32:{spec.onvif_port},{spec.rtsp_port}")


def write(spec: fleet.DeviceSpec, change: Change, credentials: Credentials | None = None) -> Outcome:
    return write_change(
        Target(spec.host, spec.onvif_port),
        credentials or Credentials(spec.user, spec.password),
        change,
        route=route(spec),
        new_password=PASSWORD,
    )


def frame(spec: fleet.DeviceSpec, user: str, password: str, channel: str) -> tuple[str, av.VideoFrame]:
    """The codec and the first picture of a stream, decoded by a program that is not ours."""
    url = f"rtsp://{user}:{password}@{spec.host}:{spec.rtsp_port}/Streaming/Channels/{channel}"
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=10) as stream:
        return stream.streams.video[0].codec_context.name, next(stream.decode(video=0))


def test_the_recorders_settings_are_found_changed_seen_and_undone(specs: dict[str, fleet.DeviceSpec]) -> None:
    spec = specs["recorder"]
    with started(spec):
        target, owner = Target(spec.host, spec.onvif_port), Credentials(spec.user, spec.password)
        findings = read_findings(target, owner, route=route(spec), wishes=WISHES).findings
        before, _ = frame(spec, spec.user, spec.password, "402")
        outcomes = [write(spec, finding.change) for finding in findings if finding.change]
        after, picture = frame(spec, NAME, PASSWORD, "402")
        report = probe_device(target, Credentials(NAME, PASSWORD), route=route(spec))
        ours = read_findings(target, Credentials(NAME, PASSWORD), route=route(spec), wishes=WISHES).findings
    with started(spec):  # What was changed outlives a restart.
        again = read_findings(target, owner, route=route(spec), wishes=WISHES).findings
        undone = [write(spec, outcome.change.undone()) for outcome in outcomes]
        restored = read_findings(target, owner, route=route(spec), wishes=WISHES).findings

    assert [(f.state, f.why) for f in findings] == [
        ("differs", "clock_off"),
        ("differs", "encoder_differs"),
        ("differs", "user_missing_open_line"),
        ("differs", "masks_missing"),
    ]
    assert [(o.state, o.why) for o in outcomes] == [("done", "")] * 4
    assert (before, after) == ("hevc", "h264")
    middle = picture.to_ndarray(format="gray")[60:120, 100:220]
    assert middle.mean() < 30  # Painted over by the device itself.
    assert abs(report.clock_offset_seconds or 99) < 3
    assert [s.codec for c in report.channels for s in c.streams] == ["H264"] * 8
    assert [(f.state, f.why) for f in ours] == [
        ("right", "within_5_seconds"),
        ("right", "encoder_right"),
        ("unread", "not_permitted"),
        ("right", "masks_right"),
    ]
    assert [f.state for f in again] == ["right", "right", "unsupported", "right"]
    assert [(o.state, o.why) for o in undone] == [("done", "")] * 4
    assert [f.why for f in restored] == [f.why for f in findings]


def test_the_recorder_follows_ntp_and_remembers_it(specs: dict[str, fleet.DeviceSpec]) -> None:
    spec, wishes = specs["recorder"], [Wish("clock"), Wish("ntp", "", {"server": "pool.ntp.org"})]

    def found() -> list[tuple[str, str]]:
        target, owner = Target(spec.host, spec.onvif_port), Credentials(spec.user, spec.password)
        findings = read_findings(target, owner, route=route(spec), wishes=wishes).findings
        changes.update({finding.kind: finding.change for finding in findings if finding.change})
        return [(finding.state, finding.why) for finding in findings]

    changes: dict[str, Change] = {}
    with started(spec):
        before = found()
        done = write(spec, changes["ntp"])
        clock = write(spec, changes["clock"])
    with started(spec):  # Its clock is right again, though it was started with a wrong one.
        on = found()
        undone = write(spec, done.change.undone())
    with started(spec):
        after = found()

    assert before == [("differs", "clock_off"), ("differs", "ntp_off")]
    assert [(o.state, o.why) for o in (done, clock, undone)] == [("done", ""), ("failed", "ntp_on"), ("done", "")]
    assert on == [("right", "ntp_on")] * 2
    assert after == [("right", "within_5_seconds"), ("differs", "ntp_off")]


def test_our_own_least_user_may_change_nothing(specs: dict[str, fleet.DeviceSpec]) -> None:
    spec = specs["recorder"]
    with started(spec):
        target, owner = Target(spec.host, spec.onvif_port), Credentials(spec.user, spec.password)
        findings = {
            f.kind: f.change for f in read_findings(target, owner, route=route(spec), wishes=WISHES).findings
        }
        made, clock = findings["user"], findings["clock"]
        assert made is not None
        assert clock is not None
        write(spec, made)
        outcome = write(spec, clock, Credentials(NAME, PASSWORD))

    assert (outcome.state, outcome.why, outcome.refusals) == ("failed", "not_permitted", 0)


def test_a_camera_that_offers_no_changes_says_what_it_does_not_offer(specs: dict[str, fleet.DeviceSpec]) -> None:
    """ipycam knows no Set operation at all."""
    spec = specs["wrong-clock"]
    with started(spec):
        target, owner = Target(spec.host, spec.onvif_port), Credentials(spec.user, spec.password)
        findings = read_findings(target, owner, route=route(spec), wishes=CAMERA_WISHES).findings
        outcomes = [write(spec, finding.change) for finding in findings if finding.change]

    assert [(f.state, f.why) for f in findings] == [
        ("unsupported", "ntp_on_but_off"),
        ("unread", "encoder_unread"),  # It answers with the main stream's, whatever is asked for.
        ("differs", "user_missing_open_line"),
    ]
    assert [(o.state, o.why, o.refusals) for o in outcomes] == [("failed", "refused", 0)]
