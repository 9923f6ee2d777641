"""The whole probe against ONVIF device programs that nobody here wrote, as they are published."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from demo.auth import DigestChallenge
from demo.rtsp import RtspServer
from demo.video import Video
from devices.errors import Unauthorized
from devices.probe import probe_device
from devices.report import DeviceReport, Target
from devices.routes import routes_from_allow
from devices.secrets import Credentials
from tests.ops.servers import free_block
from tests.programs import node

pytestmark = [pytest.mark.devices, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent.parent
USER, PASSWORD, WRONG = "pemilik", "kata-sandi-uji", "salah"
ROUTE = routes_from_allow("127.0.0.1/32:1024-65535")
Probe = Callable[[Credentials | None], DeviceReport]


@contextmanager
def running(argv: Sequence[str], port: int, environment: dict[str, str] | None = None) -> Iterator[None]:
    """A program of its own, from when its port answers until the end of the block."""
    process = subprocess.Popen(argv, cwd=ROOT, env={**os.environ, **(environment or {})})
    try:
        give_up = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, f"{argv[1]} ended with {process.returncode}"
                assert time.monotonic() < give_up, f"{argv[1]} does not answer"
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def video_at(path: str, port: int) -> Iterator[None]:
    """A stream behind Digest, where a program names one and serves none."""
    picture = Video(320, 180, 8, 300, lambda size: Image.new("RGB", size, "teal"))
    server = RtspServer(("127.0.0.1", port), {path: picture}, DigestChallenge(USER, PASSWORD, realm="mockup"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def ipycam() -> Iterator[Probe]:
    onvif = free_block()
    argv = [
        *(sys.executable, "-m", "tests.programs.as_shipped", "--name", "Gudang", "--serial", "MK-UJI-0007"),
        *("--onvif-port", str(onvif), "--rtsp-port", str(onvif + 1), "--user", USER, "--password", PASSWORD),
        "--leave-with-parent",
    ]
    with running(argv, onvif):
        yield lambda credentials: probe_device(Target("127.0.0.1", onvif), credentials, route=ROUTE)


@pytest.fixture(scope="module")
def mockup() -> Iterator[Probe]:
    port = free_block()
    argv = [node.node(), str(ROOT / "tests" / "programs" / "mockup.js")]
    where = {"PORT": str(port), "HOSTNAME": "127.0.0.1"}
    with running(argv, port, where), video_at("/h264main", port + 1):
        target = Target("127.0.0.1", port, rtsp_port=port + 1)
        yield lambda credentials: probe_device(target, credentials, route=ROUTE)


def test_ipycam_as_published_is_read(ipycam: Probe) -> None:
    report = ipycam(Credentials(USER, PASSWORD))

    assert (report.maker, report.model, report.serial) == ("PythonCam", "VirtualCam-1", "MK-UJI-0007")
    assert report.firmware
    assert report.sign_in_method == "wsse"
    assert not report.auth_not_enforced
    assert report.refusals == 0
    [channel] = report.channels
    assert (channel.video_source_token, channel.name) == ("VS_1", "VideoSource_1")
    assert [(s.profile_token, s.codec, s.width, s.height) for s in channel.streams] == [
        ("Profile_Main", "H264", 1920, 1080),
        ("Profile_Sub", "H264", 640, 360),
    ]
    assert [s.path for s in channel.streams] == ["/video_main", "/video_sub"]
    assert report.picture_source == "keyframe"
    assert {"snapshot_basic_only", "no_mac"} <= set(report.warnings)


def test_ipycam_wants_a_password_even_for_its_clock_and_tells_it_all_the_same(ipycam: Probe) -> None:
    """By the Date header of its refusal, then by the clock that it tells whom it knows."""
    report = ipycam(Credentials(USER, PASSWORD))

    assert report.clock_offset_seconds == pytest.approx(0, abs=2)
    assert not {"clock_unread", "clock_off"} & set(report.warnings)


def test_ipycam_refuses_the_wrong_password_once(ipycam: Probe) -> None:
    with pytest.raises(Unauthorized) as refusal:
        ipycam(Credentials(USER, WRONG))

    assert (refusal.value.detail, refusal.value.refusals) == ("credentials", 1)
    with pytest.raises(Unauthorized) as stranger:
        ipycam(None)
    assert (stranger.value.detail, stranger.value.refusals) == ("no_credentials", 0)


def test_the_mockup_of_npms_onvif_is_read(mockup: Probe, dialled: list[tuple[str, int]]) -> None:
    """It checks no password, names a private host for all it has, and breaks its faults."""
    report = mockup(Credentials(USER, PASSWORD))

    assert (report.maker, report.model) == ("Mockup Manufacturer", "Mockup Model")
    assert (report.firmware, report.serial) == ("Mockup_15_14_13", "00000000")
    assert report.mac == "28:57:be:65:7d:d5"
    assert report.auth_not_enforced
    assert report.refusals == 0
    [channel] = report.channels
    [stream] = channel.streams
    assert (channel.video_source_token, stream.profile_token) == ("vidsrc0", "main")
    assert (stream.codec, stream.width, stream.height, stream.fps) == ("H264", 1920, 1080, 5)
    assert (stream.path, stream.rtsp_port) == ("/h264main", None)
    assert report.picture_source == "keyframe"
    assert {"auth_not_enforced", "snapshot_failed"} <= set(report.warnings)
    assert {host for host, _ in dialled} == {"127.0.0.1"}  # It names 192.168.68.111 throughout.


def test_the_mockups_clock_stands_in_2014(mockup: Probe) -> None:
    report = mockup(Credentials(USER, PASSWORD))

    assert report.clock_offset_seconds is not None
    its_time = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=report.clock_offset_seconds)
    assert its_time.strftime("%Y-%m-%d %H:%M") == "2014-12-24 19:14"
    assert "clock_off" in report.warnings


def test_the_mockup_takes_any_password_but_its_stream_does_not(mockup: Probe) -> None:
    report = mockup(Credentials(USER, WRONG))

    assert report.auth_not_enforced
    assert report.picture is None
    assert "stream_not_authorized" in report.warnings
    assert 1 <= report.refusals <= 2
