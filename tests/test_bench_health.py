"""What the bench of the sweep stands on: its addresses, its book of late checks, its questions and its meter."""

import asyncio
import os
import time

import pytest

from bench.health import floor, meter, targets
from bench.health.addresses import MOST, address
from devices.addresses import parse_host


def test_each_camera_has_an_address_of_its_own_on_loopback() -> None:
    found = {address(number) for number in [*range(300), *range(64_000, 65_000), 99_999, MOST - 1]}

    assert len(found) == 300 + 1000 + 2
    for text in found:
        host = parse_host(text)
        assert not isinstance(host, str)
        assert host.is_loopback
    with pytest.raises(ValueError, match="addresses"):
        address(MOST)


def test_a_wait_longer_than_the_period_is_late_whether_it_has_ended_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(targets.time, "monotonic", lambda: now[0])
    book = targets.Book()
    book.begin(60)
    for moment, camera in [(150, "a"), (155, "b"), (205, "a"), (300, "a")]:
        now[0] = moment
        book.note(camera)

    counts = book.counts()

    assert (counts["asked"], counts["cameras"]) == (4, 2)
    assert counts["late"] == 2  # One wait of 95 s that ended, and that of b, which goes on.
    assert counts["waiting"] == 1
    assert counts["longest_wait"] == 95


@pytest.mark.parametrize("what", ["rtsp", "clock"])
def test_the_floor_asks_what_the_simulated_cameras_answer(what: str) -> None:
    async def ask() -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(targets.Good, "127.0.0.1", 0)
        async with server:
            return await floor.ask_all(what, ["127.0.0.1"] * 3, server.sockets[0].getsockname()[1])

    assert asyncio.run(ask()) == 3


def test_the_meter_counts_a_process_and_those_below_it() -> None:
    before = meter.cpu_seconds([os.getpid()])
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass

    spent = meter.cpu_seconds([os.getpid()]) - before

    assert 0.05 <= spent < 5
    mine = meter.cpu_seconds([os.getpid()])
    assert meter.cpu_seconds([os.getppid()]) >= mine > 0
    assert meter.memory_mib(os.getpid()) > 1
