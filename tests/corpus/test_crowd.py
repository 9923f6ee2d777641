"""Many devices at once, on many threads and in one loop: each gets its own password and gives its own answers."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from devices.probe import probe, probe_device
from devices.report import DeviceReport, Target
from devices.secrets import Credentials
from tests.corpus.crowd import colour_of, may_open_many_files, password_of
from tests.corpus.hostile import LOOPBACK

pytestmark = pytest.mark.slow

IN_ONE_LOOP, ON_THREADS, THREADS = 500, 200, 64
SECONDS_MAX = 20.0


@pytest.fixture(scope="module")
def ports() -> Iterator[list[int]]:
    """The cameras, in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.corpus.crowd", str(IN_ONE_LOOP)],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(10)


def target(port: int) -> Target:
    return Target("127.0.0.1", port)


def owner_of(number: int) -> Credentials:
    return Credentials(f"pemilik-{number}", password_of(number))


def assert_own(number: int, report: DeviceReport) -> None:
    """Serial number, clock, profile, stream and picture are those of this camera, and its password was good."""
    [stream] = report.channels[0].streams
    assert report.serial == f"S-{number}"
    assert report.clock_offset_seconds == pytest.approx(number * 10, abs=8)
    assert (stream.profile_token, stream.path) == (f"p-{number}", f"/live-{number}")
    assert stream.rtsp_port == 10_000 + number
    assert report.refusals == 0
    assert report.picture is not None
    seen = Image.open(io.BytesIO(report.picture.jpeg)).getpixel((16, 16))
    assert isinstance(seen, tuple)
    assert all(abs(a - b) < 8 for a, b in zip(seen, colour_of(number), strict=True))


def test_200_devices_on_64_threads_each_give_their_own_answers(ports: list[int]) -> None:
    started = time.monotonic()

    def visit(number: int) -> DeviceReport:
        return probe_device(target(ports[number]), owner_of(number), route=LOOPBACK, deadline_seconds=SECONDS_MAX)

    with ThreadPoolExecutor(THREADS) as pool:
        reports = list(pool.map(visit, range(ON_THREADS)))

    assert time.monotonic() - started < SECONDS_MAX
    for number, report in enumerate(reports):
        assert_own(number, report)


def test_500_devices_in_one_loop_each_give_their_own_answers(ports: list[int]) -> None:
    may_open_many_files()
    started = time.monotonic()

    async def visit(number: int) -> DeviceReport:
        return await probe(target(ports[number]), owner_of(number), route=LOOPBACK, deadline_seconds=SECONDS_MAX)

    async def everybody() -> list[DeviceReport]:
        return await asyncio.gather(*map(visit, range(IN_ONE_LOOP)))

    reports = asyncio.run(everybody())

    assert time.monotonic() - started < SECONDS_MAX
    for number, report in enumerate(reports):
        assert_own(number, report)
