"""What storing costs: results of a sweep against samples by COPY, bytes for a year, and the uptime of a month."""

from __future__ import annotations

import gc
import random
import statistics
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from bench.access.meter import _server_seconds
from bench.copies import copied
from bench.health import world
from bench.rows import Value, tell
from health import services
from health.causes import Answer
from health.models import CameraDay, StatusInterval
from health.uptime import uptime_of

RESULTS, CHANGED = 100_000, 0.01
DRIFT = 600.0  # Seconds: a clock that is off, which changes the state of its camera at once.
CAMERAS, MONTH = 1_000, timedelta(days=30)
SAMPLES_A_YEAR = 365 * 24 * 60


@dataclass(frozen=True, slots=True)
class Cost:
    """What a round of results came to."""

    cpu_seconds: float
    wal_bytes: int


class Clock:
    """CPU of this process and of its backend within its blocks, and the bytes of log that the server wrote then."""

    def __init__(self) -> None:
        self.cost = Cost(0.0, 0)

    def __enter__(self) -> None:
        self._wal, self._client, self._server = _wal_position(), time.process_time(), _server_seconds()

    def __exit__(self, *_: object) -> None:
        spent = time.process_time() - self._client + _server_seconds() - self._server
        self.cost = Cost(self.cost.cpu_seconds + spent, self.cost.wal_bytes + _wal_position() - self._wal)


def _wal_position() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'")
        return int(cursor.fetchone()[0])


class Asked(NamedTuple):
    """A batch that was asked, as `record_results` takes it."""

    lease: uuid.UUID
    answers: list[Answer]
    known: dict[int, float | None]


class Results:
    """The same cameras checked round after round, of which one in a hundred says something new each time."""

    def __init__(self, count: int) -> None:
        self.count, self.chance = count, random.Random(20261125)  # noqa: S311 - the same each time
        self.now = timezone.now()
        world.write(count, lambda _: 8554, self.now, onvif=True)
        self.offsets = dict.fromkeys(range(1, count + 1), 0.5)
        self.ours()  # The first round writes everything; then those who have nothing to tell are gathered.
        services.ensure_states(self.now)
        world.settle()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS bench_sample (device_id bigint NOT NULL, checked_at timestamptz "
                "NOT NULL, answered boolean NOT NULL, cause varchar(30) NOT NULL, clock_offset double precision, "
                "PRIMARY KEY (device_id, checked_at))"
            )

    def change_some(self) -> None:
        for device in self.chance.sample(range(1, self.count + 1), int(self.count * CHANGED)):
            self.offsets[device] = 0.5 if self.offsets[device] == DRIFT else DRIFT

    def ours(self) -> None:
        """Every device asked once, and what it said written by the product's own service."""
        for asked in self._asked():
            self._record(asked)

    def both_ways(self) -> tuple[Cost, Cost]:
        """A round stored by the product, and the same devices as samples; only the writing is counted.

        Batch by batch in turn: the speed of a machine that is shared with others changes from second to second.
        """
        batches = self._asked()
        gc.collect()
        gc.freeze()  # As the product's workers do; what was made ready here is none of its cost.
        ours, samples, answered = Clock(), Clock(), 0
        for asked in batches:
            with ours:
                answered += self._record(asked)
            with samples:
                self._copy(asked.answers)
        if answered != self.count:
            raise SystemExit("Not every result was stored.")
        return ours.cost, samples.cost

    def _asked(self) -> list[Asked]:
        self.now += timedelta(minutes=2)
        world.all_due(self.now)
        claims = []
        while claim := services.claim_due(now=self.now, limit=services.batch_of(slow=False)):
            claims.append(claim)
        asked = []
        for claim in claims:
            known = services.leased_devices(lease=claim.lease, now=self.now).known
            answers = [Answer(pk, True, clock_offset_seconds=self.offsets[pk]) for pk in known]
            asked.append(Asked(claim.lease, answers, known))
        return asked

    def _record(self, asked: Asked) -> int:
        """How many answers were written."""
        return services.record_results(**asked._asdict(), now=self.now).answered

    def _copy(self, answers: Sequence[Answer]) -> None:
        """A row for each check."""
        with (
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy("COPY bench_sample FROM STDIN") as copy,
        ):
            for answer in answers:
                copy.write_row((answer.device_id, self.now, True, "", answer.clock_offset_seconds))


class Months:
    """Some months of a thousand cameras, which change their states every few days, packed as in the product."""

    DAYS = 90

    CHANGES_EVERY_HOURS = 72  # An assumption: one outage or other change in three days.

    def __init__(self) -> None:
        chance = random.Random(20261125)  # noqa: S311 - the same each time
        self.now = datetime(2026, 11, 25, 5, 17, tzinfo=UTC)
        world.write(CAMERAS, lambda _: 8554, self.now)
        tell(f"Writing and packing {self.DAYS} days of {CAMERAS:,} cameras ...")
        rows = []
        for camera in range(1, CAMERAS + 1):
            since, up = self.now - timedelta(days=self.DAYS), True
            while since < self.now:
                lasts = timedelta(
                    hours=chance.expovariate(1 / self.CHANGES_EVERY_HOURS) if up else chance.uniform(0, 6)
                )
                until = since + lasts
                state, cause = ("up", "") if up else ("down", "no_answer")
                rows.append(
                    StatusInterval(
                        camera_id=camera,
                        state=state,
                        cause=cause,
                        since=since,
                        until=until if until < self.now else None,
                    )
                )
                since, up = until, not up
        self.intervals = len(rows)
        copied(StatusInterval, rows)
        world.settle()
        began = time.process_time()
        ago = self.now - timedelta(days=self.DAYS)
        while ago <= self.now:
            services.pack_days(ago)
            ago += timedelta(days=7)
        self.packing = time.process_time() - began
        services.pack_days(self.now)
        world.settle()

    def figures(self) -> dict[str, Value]:
        days, bytes_of_days = _size(CameraDay._meta.db_table)
        kept, bytes_of_intervals = _size(StatusInterval._meta.db_table)
        samples, bytes_of_samples = _size("bench_sample")
        a_day, an_interval = bytes_of_days / days, bytes_of_intervals / kept
        return {
            "what": "bytes per camera-year",
            "packed days": round(a_day * 365),
            "intervals": round(an_interval * self.intervals / CAMERAS * 365 / self.DAYS),
            "samples": round(bytes_of_samples / samples * SAMPLES_A_YEAR),
            "bytes per packed day": round(a_day, 1),
            "CPU µs of Python to pack a day": round(self.packing / days * 1e6, 1),
        }

    def uptime_ms(self, times: int = 101) -> list[float]:
        """How long each of some askings took, by the clock on the wall, as whoever waits for the page feels it."""
        cameras = list(range(1, CAMERAS + 1))
        took = []
        for _ in range(times):
            began = time.perf_counter()
            found = uptime_of(cameras, self.now - MONTH, self.now, self.now)
            took.append((time.perf_counter() - began) * 1000)
        shares = [share for share in found.values() if share is not None]
        if len(shares) != CAMERAS or not 0.9 < statistics.mean(shares) < 1:
            raise SystemExit("The uptime of the month is not that of the cameras.")
        return took


def _size(table: str) -> tuple[int, int]:
    """Rows of a table, and bytes with its indexes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), pg_total_relation_size('{table}') FROM {table}")  # noqa: S608 - our own names
        rows, size = cursor.fetchone()
    return rows, size
