"""What a hostile device costs in memory: less than 32 MiB, whatever it sends."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.errors import DeviceError
from devices.probe import probe
from devices.report import Target
from tests.corpus.answers import ADDRESS_LIES, PROFILE_LIES, TEXT_LIES
from tests.corpus.hostile import LOOPBACK, OWNER
from tests.corpus.signing import SIGNING
from tests.corpus.snapshots import NO_PICTURES, PICTURES
from tests.corpus.streams import STREAMS, TAKEN
from tests.corpus.wire import WIRE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of one probe"),
]

MIB = 1024
LIMIT = 32 * MIB

LIES = {**PROFILE_LIES, **ADDRESS_LIES, **TEXT_LIES}
HOSTILE = {f"wire: {kind}": handler for kind, (handler, _, _) in WIRE.items()}
HOSTILE |= {f"answer: {kind}": handler for kind, (handler, _) in LIES.items()}
HOSTILE |= {f"signing: {kind}": handler for kind, (handler, _, _) in SIGNING.items()}
HOSTILE |= {f"stream: {kind}": handler for kind, (handler, _, _) in STREAMS.items()}
HOSTILE |= {f"stream: {kind}": handler for kind, (handler, _) in TAKEN.items()}
HOSTILE |= {f"snapshot: {kind}": handler for kind, handler in (NO_PICTURES | PICTURES).items()}


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """The hostile devices in another process, so that what they send is not counted as ours."""
    gc.collect()
    gc.freeze()  # What earlier tests left need not be looked through before each measure.
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.corpus.hostile_server"],
        cwd=root,
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


def kib(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


def afresh() -> int:
    """The size of this process, once it gave back what it does not use, and its peak begins anew."""
    gc.collect()
    with contextlib.suppress(AttributeError):  # Only glibc has it; it makes the measure finer.
        ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return kib("VmRSS")


def growth(port: int, *, picture: bool, rtsp_path: str) -> int:
    """By how many KiB this process was larger at the peak of a probe than before it."""
    before = afresh()
    with contextlib.suppress(DeviceError):
        asyncio.run(
            probe(
                Target("127.0.0.1", port, rtsp_path=rtsp_path),
                OWNER,
                route=LOOPBACK,
                deadline_seconds=0.7,
                want_picture=picture,
            )
        )
    return kib("VmHWM") - before


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.usefixtures("no_keyframe")
def test_a_hostile_device_costs_little_memory(kind: str, ports: dict[str, int]) -> None:
    family = kind.split(":")[0]

    grown = growth(ports[kind], picture=family == "snapshot", rtsp_path="/live" if family == "stream" else "")

    assert grown < LIMIT


def test_the_measure_sees_what_it_shall_see() -> None:
    before = afresh()

    hoard = bytearray(b"x") * (2 * LIMIT * 1024)
    del hoard

    assert kib("VmHWM") - before > LIMIT
