"""One conversation at a time with each host, over threads and loops."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import pytest

from devices.configure import visiting
from devices.deadline import Deadline
from devices.errors import Misbehaving, Unreachable
from devices.probe import CheckTarget, check_many_now, probe_device, take_still_now
from devices.report import Target
from devices.turns import _waiting, turn_at
from tests.corpus.hostile import LOOPBACK, OWNER, Exchange, camera, in_background


class Counter:
    """How many are inside at once, at the most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.inside = self.most = self.ended = 0

    async def stay(self, host: str, seconds: float = 0.002, deadline: Deadline | None = None) -> None:
        async with turn_at(host, 80, deadline):
            with self._lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            await asyncio.sleep(seconds)
            with self._lock:
                self.inside -= 1
                self.ended += 1


@pytest.mark.slow
def test_one_at_a_time_over_threads_and_tasks() -> None:
    counter = Counter()

    async def several() -> None:
        await asyncio.gather(*(counter.stay("kamera.toko.id") for _ in range(10)))

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(asyncio.run, several()) for _ in range(8)]:
            done.result()

    assert (counter.most, counter.ended) == (1, 80)
    assert ("kamera.toko.id", 80) not in _waiting


def test_other_hosts_are_not_waited_for() -> None:
    counter = Counter()

    async def several() -> None:
        await asyncio.gather(*(counter.stay(f"kamera-{n}.toko.id", 0.02) for n in range(20)))

    asyncio.run(several())

    assert counter.most == 20


@pytest.mark.parametrize("spelling", ["KAMERA.toko.id", "kamera.toko.id."])
def test_one_host_in_two_spellings_is_one(spelling: str) -> None:
    counter = Counter()

    async def both() -> None:
        await asyncio.gather(counter.stay("kamera.toko.id"), counter.stay(spelling))

    asyncio.run(both())

    assert counter.most == 1


def test_two_households_behind_one_address_are_not_one_device() -> None:
    async def both() -> None:
        async with turn_at("203.0.113.9", 8000), turn_at("203.0.113.9", 8001, Deadline.after(0.1)):
            pass

    asyncio.run(both())


@pytest.mark.slow
def test_two_visits_to_one_device_come_one_after_the_other() -> None:
    """Visits of each kind, over threads: no question of one falls between two questions of another."""
    asking: list[int] = []
    lines: list[Exchange] = []  # Kept, so that no two have one id.
    onvif = camera()

    async def notes(exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            data = await really()
            if data:
                asking.append(id(exchange))
                await asyncio.sleep(0.005)
            return data

        exchange.request = request  # type: ignore[method-assign]
        lines.append(exchange)
        await onvif(exchange)

    def read(port: int) -> None:
        probe_device(Target("127.0.0.1", port), OWNER, route=LOOPBACK, want_picture=False)

    def photograph(port: int) -> None:
        with pytest.raises(Misbehaving):  # This camera signs us in and has no picture.
            take_still_now(Target("127.0.0.1", port), OWNER, route=LOOPBACK)

    def configure(port: int) -> None:
        with visiting(Target("127.0.0.1", port), OWNER, route=LOOPBACK):
            pass

    def check(port: int) -> None:
        check_many_now([CheckTarget(1, Target("127.0.0.1", port), LOOPBACK)])

    with in_background(notes) as server, ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(act, server.port) for act in (read, photograph, configure, check) * 2]:
            done.result()

    runs = [line for line, _ in groupby(asking)]
    assert server.connections == len(runs) == len(set(runs)) == 8


@pytest.mark.slow
def test_who_does_not_come_in_before_his_deadline_is_told_so_and_holds_up_nobody() -> None:
    counter = Counter()

    async def run() -> float:
        first = asyncio.create_task(counter.stay("h.toko.id", 0.4))
        await asyncio.sleep(0.05)
        third = asyncio.create_task(counter.stay("h.toko.id"))
        started = time.monotonic()
        with pytest.raises(Unreachable) as refused:
            await counter.stay("h.toko.id", deadline=Deadline.after(0.1))
        waited = time.monotonic() - started
        assert refused.value.detail == "busy"
        await asyncio.gather(first, third)
        return waited

    assert asyncio.run(run()) < 0.3
    assert counter.ended == 2
    assert ("h.toko.id", 80) not in _waiting


@pytest.mark.slow
def test_a_loop_that_ended_in_the_queue_is_passed_over() -> None:
    counter = Counter()

    async def given_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(counter.stay("q.toko.id"), 0.05)

    async def run() -> None:
        async with turn_at("q.toko.id", 80):
            await asyncio.to_thread(lambda: asyncio.run(given_up()))
            last = asyncio.create_task(counter.stay("q.toko.id"))
            await asyncio.sleep(0.01)
        await last

    asyncio.run(run())

    assert counter.ended == 1
