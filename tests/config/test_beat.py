"""The periodic tasks go on whatever the clock does."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from config.beat import Scheduler
from config.celery import app

START = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


class Quiet(Scheduler):
    """Counts instead of sending."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.sent: Counter[str] = Counter()
        super().__init__(*args, **kwargs)

    def apply_async(self, entry: object, *args: object, **kwargs: object) -> None:
        self.sent[entry.task] += 1


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Quiet]:
    with time_machine.travel(START, tick=False):
        made = Quiet(app=app, schedule_filename=str(tmp_path / "beat"))
    yield made
    made.close()


def run(scheduler: Quiet, start: datetime, length: timedelta) -> Counter[str]:
    """What is sent in so much time from `start` on, waking when the scheduler asks to be woken."""
    scheduler.sent.clear()
    now = start
    while now < start + length:
        with time_machine.travel(now, tick=False):
            wait = scheduler.tick()
        now += timedelta(seconds=max(wait, 0.02))
    return Counter(scheduler.sent)


@pytest.mark.parametrize("back", [timedelta(hours=1), START - datetime(1970, 1, 2, tzinfo=UTC)])
def test_a_clock_that_goes_back_stops_no_periodic_task(scheduler: Quiet, back: timedelta) -> None:
    before = run(scheduler, START, timedelta(minutes=2))

    after = run(scheduler, START + timedelta(minutes=2) - back, timedelta(minutes=2))

    assert before["health.tasks.sweep"] >= 15
    assert after["health.tasks.sweep"] == pytest.approx(before["health.tasks.sweep"], abs=2)
    assert after["access.tasks.end_overdue_looks"] == pytest.approx(4, abs=1)


def test_a_clock_that_goes_forward_sends_each_once_and_goes_on(scheduler: Quiet) -> None:
    before = run(scheduler, START, timedelta(minutes=2))

    after = run(scheduler, START + timedelta(days=1), timedelta(minutes=2))

    assert after["health.tasks.sweep"] <= before["health.tasks.sweep"] + 2
    assert after["accounts.tasks.drop_unused_accounts"] == 1
