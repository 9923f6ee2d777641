"""Many devices in one loop, each read once: how fast, in how much memory, and whether tar-pits hold any up."""

from __future__ import annotations

import asyncio
import time

from bench.clients import ours
from bench.clients.meter import Orders, check, report
from devices.errors import DeviceError


async def run(orders: Orders) -> None:
    places = asyncio.Semaphore(orders.concurrency)
    pits = set(orders.pits)
    read, longest = 0, 0.0

    async def one(number: int) -> None:
        nonlocal read, longest
        camera = orders.cameras[number]
        async with places:
            started = time.monotonic()
            try:
                check(camera, await ours.read(camera))
                read += number not in pits
            except DeviceError:
                if number not in pits:
                    raise
            longest = max(longest, time.monotonic() - started)

    wall, cpu = time.monotonic(), time.process_time()
    await asyncio.gather(*(one(number) for number in range(len(orders.cameras))))
    report(
        time.process_time() - cpu,
        time.monotonic() - wall,
        len(orders.cameras),
        good=len(orders.cameras) - len(pits),
        read=read,
        longest_seconds=round(longest, 2),
    )


if __name__ == "__main__":
    ours.orders = Orders.given()
    asyncio.run(run(ours.orders))
