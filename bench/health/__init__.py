"""The sweep: checks for each second of a core, in one run against loopback targets.

What counts is CPU: of the worker, the broker, whoever sends, and the database that the results are written to; the
targets, one server program for all of them, are not counted and have a core of their own; whoever asks shares the
other one with all that he needs. Each way is measured in turn in every round:

- `raw uvloop`: the same questions with nothing around them, the floor.
- `task per camera`: a Celery task for each device that loads, asks and writes.
- `blackbox exporter`: Debian's, with whoever asks it, without Prometheus and its storage.
- `check_tcp`: the plugin of Nagios and its kin, a process for each check.
- `store` against `COPY of samples`: rows for each second of a core (of this process and the backend together) for
  100,000 results of which one in a hundred says something new; beside it the bytes of log that each writes.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from bench.environments import ROOT
from bench.machine import more_files, pin
from bench.rows import Result, Row, row, tell

DEVICES, FEW = 20_000, 1_000  # Those that are a hundred times slower are measured with fewer.
MOST_OF_THE_LOG, MOST_UPTIME_MS = 1 / 20, 20.0
#: What each ratio is held to.
TARGETS: dict[tuple[str, str], float] = {
    ("rtsp", "raw uvloop"): 0.8,
    ("rtsp", "blackbox exporter"): 4.0,
    ("rtsp", "task per camera"): 20.0,
}
KINDS = {"rtsp": "rtsp", "onvif clock": "clock"}


def run(rounds: int) -> Result:
    """The whole bench; `MITRA_BENCH_DEVICES` and `MITRA_BENCH_RESULTS` set other numbers, for trying."""
    with surroundings(period=3600) as simulated:
        _share_a_core()
        result = Result("health", [])
        devices = int(os.environ.get("MITRA_BENCH_DEVICES", DEVICES))
        for what in KINDS:
            result.rows += _checked(what, rounds, devices, simulated.ports["good"])
        _stored(rounds, result)
        return result


def city(minutes: float) -> Result:
    """`./run bench health --city`: see `bench.health.city`."""
    with surroundings(period=60) as simulated:
        from bench.health.city import run as run_city

        return run_city(simulated, minutes)


def _share_a_core() -> None:
    """From now on the servers, this process and whatever they start leave the other core to the targets."""
    from django.db import connection

    from bench.health.product import parts

    for process in (0, *parts()):
        pin(0, process)
    connection.close()  # Its backend was started before.


@contextlib.contextmanager
def surroundings(*, period: int) -> Iterator[Simulated]:
    """Servers of our own, the product's tables in them, and the simulated cameras."""
    from bench.access.broker import broker
    from bench.health.others import missing
    from tests.ops.servers import postgres

    if packages := missing():
        raise SystemExit(f"Install what this compares with: apt-get install {' '.join(packages)}")
    more_files()
    with postgres() as url, broker() as news:
        os.environ.update(
            DATABASE_URL=url,
            REDIS_URL=news,
            DJANGO_SETTINGS_MODULE="config.settings",
            MITRA_DEMO="1",
            MITRA_SWEEP_SECONDS=str(period),
            MITRA_SIGNED_IN_SECONDS="3600",  # As where it is run for real: the demo is in a hurry.
            MITRA_FULL_CHECK_SECONDS="86400",
            MITRA_DISTURBANCE_MINUTES="60",
            MITRA_OUTAGE_MINUTES="5",
            MITRA_DIGEST_MINUTES="15",
            MITRA_ANCHOR_MINUTES="1440",
            PROBE_ALLOW="127.0.0.0/8:1024-65535",
        )
        import django

        django.setup()
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, check=True)
        with _simulated() as simulated:
            yield simulated


class Simulated:
    """The program of the simulated cameras, and their ports."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program
        self.ports: dict[str, int] = json.loads(self._line())

    def ask(self, word: str) -> dict[str, float]:
        """Give an order, or ask for the counts."""
        assert self._program.stdin is not None
        self._program.stdin.write(word + "\n")
        self._program.stdin.flush()
        return json.loads(self._line())

    def _line(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline()


@contextlib.contextmanager
def _simulated() -> Iterator[Simulated]:
    argv = [sys.executable, "-m", "bench.health.targets"]
    program = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Simulated(program)
    finally:
        program.kill()
        program.wait()


def _checked(what: str, rounds: int, devices: int, port: int) -> list[Row]:
    from django.utils import timezone

    from bench.health import world
    from bench.health.product import SINGLES, singles_once, sweep_once, worker
    from health import services

    kind = KINDS[what]
    world.write(devices, lambda _: port, timezone.now(), onvif=what != "rtsp")
    few = min(FEW, devices)
    with worker("config.celery") as ours, worker("bench.health.singles", queues=SINGLES) as theirs:
        sweep_once(ours, devices)  # The first writes what every device says for the first time.
        services.ensure_states(timezone.now())
        ways: dict[str, Callable[[], float]] = {
            "ours": lambda: devices / sweep_once(ours, devices),
            "raw uvloop": lambda: devices / _alone("floor", kind, devices, port),
            "blackbox exporter": lambda: few / _alone("others", "exporter", kind, few, port),
            "task per camera": lambda: few / singles_once(theirs, few),
        }
        if what == "rtsp":
            ways["check_tcp"] = lambda: few / _alone("others", "check_tcp", kind, few, port)
        found: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(rounds):
            for way, measure in ways.items():
                tell(f"Measuring {what}, round {number + 1}: {way} ...")
                found[way].append(measure())
    ours_found = found.pop("ours")
    how: dict[str, Any] = {"unit": "checks/core-s", "better": "higher"}
    return [
        row(what, way, ours_found, other, target=TARGETS.get((what, way)), **how) for way, other in found.items()
    ]


def _alone(program: str, *words: object) -> float:
    """A program of this bench in a process of its own; the CPU seconds that it says."""
    argv = [sys.executable, "-m", f"bench.health.{program}", *map(str, words)]
    done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv[1:])} ended with {done.returncode}: see its words above.")
    return float(done.stdout)


def _stored(rounds: int, result: Result) -> None:
    from bench.health.store import RESULTS, Months, Results

    count = int(os.environ.get("MITRA_BENCH_RESULTS", RESULTS))
    results = Results(count)
    ours, samples = [], []
    for number in range(rounds):
        tell(f"Storing {count:,} results, round {number + 1} ...")
        results.change_some()
        cost, of_samples = results.both_ways()
        ours.append(cost)
        samples.append(of_samples)
    result.rows.append(
        row(
            "store",
            "COPY of samples",
            [count / cost.cpu_seconds for cost in ours],
            [count / cost.cpu_seconds for cost in samples],
            unit="rows/core-s",
            better="higher",
            target=5.0,
        )
    )
    result.rows.append(
        row(
            "store: WAL",
            "COPY of samples",
            [cost.wal_bytes / count for cost in ours],
            [cost.wal_bytes / count for cost in samples],
            unit="bytes/row",
            target=MOST_OF_THE_LOG,
        )
    )
    months = Months()
    took = months.uptime_ms()
    result.rows.append(
        row("30-day uptime", f"{MOST_UPTIME_MS:g} ms", took, [MOST_UPTIME_MS] * len(took), unit="ms", target=1.0)
    )
    result.beside.append(months.figures())
