"""What the programs have in common: their orders, the check of what they read, and the measure of their own CPU.

The orders are one JSON object as the only argument: `ports` (one camera behind each), `probes`, `concurrency`,
`what` (read or configure), `deadline` (seconds for one probe), `pits` (which places are no cameras) and `numbers`
(which camera is behind each port, where it is not the next). The result is one JSON object on standard output.
"""

from __future__ import annotations

import asyncio
import html
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.machine import more_files, peak_mib, pin
from bench.replies import SOURCE, Camera

CORE = 0


class Shown(NamedTuple):
    """One profile: which, and how its picture is encoded."""

    token: str
    source: str
    encoding: str
    width: int
    height: int
    fps: int
    kbps: int


class Reading(NamedTuple):
    """What one probe brings home, the same from every program. The media service is asked where the device says."""

    serial: str
    mac: str
    profiles: list[Shown]
    stream: str
    snapshot: str


@dataclass
class Orders:
    ports: list[int]
    probes: int
    concurrency: int
    what: str = "read"
    deadline: float = 20.0
    pits: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    cameras: list[Camera] = field(default_factory=list)

    @classmethod
    def given(cls) -> Orders:
        """The orders on the command line; the process is on its core from now on."""
        more_files()
        pin(CORE)
        orders = cls(**json.loads(sys.argv[1]))
        numbers = orders.numbers or range(len(orders.ports))
        orders.cameras = [Camera(port, number) for port, number in zip(orders.ports, numbers, strict=True)]
        return orders

    def round(self) -> Iterable[Camera]:
        """The cameras in turn, as many as there are probes."""
        return (self.cameras[n % len(self.cameras)] for n in range(self.probes))


def check(camera: Camera, read: Reading) -> None:
    """Raise unless the reading is that of this very camera."""
    mac = read.mac.lower().replace("-", ":")
    expected = Reading(
        camera.serial,
        camera.mac,
        [
            Shown(f"profile_{n}", SOURCE, "H264", one.width, one.height, one.fps, one.kbps)
            for n, one in enumerate(camera.encoders)
        ],
        html.unescape(camera.stream),
        html.unescape(camera.snapshot),
    )
    if read._replace(mac=mac) != expected:
        raise ValueError(f"{read} is not {expected}")


def check_all(readings: list[tuple[Camera, Reading | None]]) -> None:
    """Check what was read, after the measure. What configures has compared for itself, and reads nothing."""
    for camera, read in readings:
        if read is not None:
            check(camera, read)


def report(cpu_seconds: float, seconds: float, probes: int, **more: object) -> None:
    """Print what was measured."""
    print(
        json.dumps(
            {
                "cpu_ms": cpu_seconds / probes * 1000,
                "per_second": probes / seconds,
                "peak_mib": peak_mib(),
                **more,
            }
        )
    )


async def measure_async(orders: Orders, probe: Callable[[Camera], Awaitable[Reading | None]]) -> None:
    """One probe to warm up, then all of them, at most `concurrency` at a time."""
    places = asyncio.Semaphore(orders.concurrency)

    readings: list[tuple[Camera, Reading | None]] = []

    async def one(camera: Camera) -> None:
        async with places:
            readings.append((camera, await probe(camera)))

    await one(orders.cameras[0])
    wall, cpu = time.monotonic(), time.process_time()
    await asyncio.gather(*(one(camera) for camera in orders.round()))
    spent, passed = time.process_time() - cpu, time.monotonic() - wall
    check_all(readings)
    report(spent, passed, orders.probes)


def measure(orders: Orders, probe: Callable[[Camera], Reading | None]) -> None:
    """The same for a program that waits: one probe to warm up, then `concurrency` threads (none at one)."""

    readings: list[tuple[Camera, Reading | None]] = []

    def one(camera: Camera) -> None:
        readings.append((camera, probe(camera)))

    one(orders.cameras[0])
    wall, cpu = time.monotonic(), time.process_time()
    if orders.concurrency == 1:
        for camera in orders.round():
            one(camera)
    else:
        with ThreadPoolExecutor(orders.concurrency) as threads:
            list(threads.map(one, orders.round()))
    spent, passed = time.process_time() - cpu, time.monotonic() - wall
    check_all(readings)
    report(spent, passed, orders.probes)
