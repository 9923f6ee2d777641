"""The faults, and what has to be true after each.

Some cameras fall before a fault and come back after it, and the others never do. So what the record must say is
known beforehand: one interval "down" for each fall, none for the others, one letter that it fell and one that it is
back.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from proof.health.rig import PERIOD, UP_NOW, Rig, rig
from proof.rows import Result, Row, most, same, tell

CAMERAS, FALLING = 120, 24
WORKER_KILLS, BROKER_KILLS, FLUSHES, DATABASE_RESTARTS = 30, 10, 3, 5
SECONDS, PATIENCE = 90.0, 180.0

Fault = Callable[[Rig], list[Row]]


def kill_workers(it: Rig) -> list[Row]:
    """Whole workers and single processes of them, at random moments."""
    kills = 0
    while kills < WORKER_KILLS:
        it.tend(random.uniform(0.5, 4))  # noqa: S311
        kills += it.kill(random.choice(["worker", "sweeps", "sweeps"]), whole=kills % 3 == 0)  # noqa: S311
    return [same("worker kills", kills, WORKER_KILLS)]


def kill_broker(it: Rig) -> list[Row]:
    """The broker, killed and flushed in turn."""
    kills = flushes = 0
    while kills < BROKER_KILLS:
        it.tend(random.uniform(1, 5))  # noqa: S311
        kills += it.kill("broker", whole=True)
        if kills % 3 == 0 and flushes < kills // 3:
            it.tend(3)
            it.flush_broker()
            flushes += 1
    return [same("broker kills", kills, BROKER_KILLS), same("broker flushes", flushes, FLUSHES)]


def crash_database(it: Rig) -> list[Row]:
    """PostgreSQL, shut down in the middle of whatever it did."""
    for _ in range(DATABASE_RESTARTS):
        it.tend(random.uniform(3, 9))  # noqa: S311
        it.crash_database()
    return [same("immediate restarts of PostgreSQL", DATABASE_RESTARTS, 5)]


def nothing(it: Rig) -> list[Row]:
    """Two beats and every message three times are harm enough."""
    it.tend(6 * PERIOD)
    return [same("beats running", sum("beat" in name for name in it.children), 2)]


#: Name, what is done, how Celery is started, and how many beats run.
FAULTS: dict[str, tuple[Fault, str, int]] = {
    "health-workers": (kill_workers, "config.celery", 1),
    "health-broker": (kill_broker, "config.celery", 1),
    "health-database": (crash_database, "config.celery", 1),
    "health-twice": (nothing, "proof.health.thrice", 2),
}


def run(name: str) -> Result:
    """The whole proof of one fault."""
    fault, app, beats = FAULTS[name]
    folder = Path(tempfile.mkdtemp(prefix="mitra-proof-"))
    folder.chmod(0o755)  # PostgreSQL runs as somebody else.
    with rig(folder, int(os.environ.get("MITRA_PROOF_CAMERAS", CAMERAS))) as it:
        it.start(app=app, beats=beats)
        result = Result(name, _proven(it, fault))
    if result.holds:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        tell(f"The logs are in {folder}")
    return result


def _proven(it: Rig, fault: Fault) -> list[Row]:
    falling = list(range(0, it.count, it.count // FALLING))[:FALLING]
    half = len(falling) // 2
    tell("Cameras fall, and the fault begins ...")
    it.turn("down", falling[:half])
    it.tend(PERIOD)
    rows = fault(it)
    over = time.time()
    it.turn("down", falling[half:])
    tell("The fault is over; waiting for the schedule ...")
    back = it.takes(lambda: it.unasked(over) == 0, PATIENCE)
    it.takes(lambda: _falls(it) >= len(falling), PATIENCE)
    it.turn("up", falling)
    it.takes(lambda: it.number(_DOWN_NOW) == 0, PATIENCE)
    it.tend(2 * PERIOD)
    it.takes(lambda: it.number(_UNTOLD) == 0, PATIENCE)
    return [
        *rows,
        same("checks lost", it.unasked(time.time() - 2 * PERIOD), 0),
        same("cameras on record as up", it.number(UP_NOW), it.count),
        same("falls and returns lost", 2 * len(falling) - _fallen(it, falling) - it.number(_RETURNED), 0),
        same("falls that were none, or noted twice", max(_falls(it), it.number(_NOTED)) - len(falling), 0),
        same("intervals overlapping", it.number(_OVERLAPS), 0),
        same("intervals open more than once", it.number(_OPEN_TWICE), 0),
        same("alerts doubled", it.number(_LETTERS) - it.number(_GATHERED), 0),
        same("alerts lost", it.number(_UNTOLD), 0),
        most("back on schedule", back, SECONDS, "s"),
    ]


def _falls(it: Rig) -> int:
    return it.number("SELECT count(*) FROM health_statusinterval WHERE state = 'down'")


def _fallen(it: Rig, falling: list[int]) -> int:
    """How many of those that fell have it on record."""
    return it.number(
        "SELECT count(DISTINCT c.device_id) FROM health_statusinterval i "
        "JOIN registry_camera c ON c.id = i.camera_id WHERE i.state = 'down' AND c.device_id = ANY(%s)",
        [it.devices[number] for number in falling],
    )


_DOWN_NOW = "SELECT count(*) FROM health_statusinterval WHERE state = 'down' AND until IS NULL"
_NOTED = "SELECT count(*) FROM health_fall"
_RETURNED = "SELECT count(DISTINCT device_id) FROM health_fall WHERE until IS NOT NULL"
#: A letter gathers the lines that are due; each line is one fall's, once for each person, by constraint.
_LETTERS = (
    "SELECT count(*) FROM notices_notice "
    "WHERE code IN ('health.down', 'health.back', 'health.disturbed', 'health.mended')"
)
_GATHERED = "SELECT count(DISTINCT letter) FROM health_alert"
#: Of falls: of a disturbance that came again a line may wait for days.
_UNTOLD = "SELECT count(*) FROM health_alert WHERE letter IS NULL AND disturbance_id IS NULL"
_OVERLAPS = (
    "SELECT count(*) FROM health_statusinterval a JOIN health_statusinterval b ON a.camera_id = b.camera_id "
    "AND a.id < b.id WHERE tstzrange(a.since, a.until) && tstzrange(b.since, b.until)"
)
_OPEN_TWICE = (
    "SELECT count(*) FROM (SELECT camera_id FROM health_statusinterval WHERE until IS NULL "
    "GROUP BY camera_id HAVING count(*) > 1) x"
)
