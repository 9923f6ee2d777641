"""Who may see what, among 200,000 cameras: CPU ms of client and server for one answer, on PostgreSQL.

Four ways answer the same questions under the same rules (duty, verification, grant, consent, hours, pause), and
the bench ends where two of them differ: ours; `guardian`, its stock `get_objects_for_user` and checker over a row
for each camera, with the consent rule joined; the same with direct foreign keys; and `floor`, one statement written
by hand for each question through a bare cursor. Three people ask: a command centre that sees all, an officer of a
kelurahan of 5,000 cameras, and a private body that sees 20. A row is the median of the three, the worst beside it.

The server is one backend of a private PostgreSQL without parallel workers and without JIT, so that its CPU is that
of the answer. What is asked of a world of 1,000,000 cameras is asked of ours alone.
"""

from __future__ import annotations

import logging
import os
import statistics
from collections.abc import Sequence
from functools import partial

from bench.rows import Result, Row, Value, row, tell

CAMERAS, MANY = 200_000, 1_000_000
#: What each ratio is held to.
TARGETS: dict[tuple[str, str], float] = {
    ("check", "floor"): 2.5,
    ("list", "floor"): 4.0,
    ("count", "floor"): 2.0,
    ("api list", "without permission"): 1.6,
}
PEERS = ("floor", "guardian", "guardian direct keys")


def run(rounds: int) -> Result:
    """The whole bench; `MITRA_BENCH_CAMERAS` sets another number of cameras, for trying."""
    from bench.access.broker import broker
    from tests.ops.servers import postgres

    cameras = int(os.environ.get("MITRA_BENCH_CAMERAS", CAMERAS))
    with postgres() as url, broker() as news:
        os.environ.update(DATABASE_URL=url, REDIS_URL=news, DJANGO_SETTINGS_MODULE="bench.access.settings")
        import django

        django.setup()
        _log_to_nowhere()
        return _measured(rounds, cameras)


def _log_to_nowhere() -> None:
    """Requests are logged as they are in the product, and nobody reads it here."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(open(os.devnull, "w"))  # noqa: SIM115  (as long as the process)


def _measured(rounds: int, cameras: int) -> Result:
    from bench.access import questions
    from bench.access.meter import cpu_ms
    from bench.access.world import Everything

    world = Everything(cameras)
    result = Result("access", [])
    viewers = world.viewers()
    asked = questions.all_of(world)
    for name, ways in asked.items():
        tell(f"Measuring {name} ...")
        found: dict[str, list[list[float]]] = {way: [[] for _ in viewers] for way in ways}
        for number, viewer in enumerate(viewers):
            questions.require_equal(name, ways, viewer)
            for _ in range(rounds):
                for way, ask in ways.items():
                    found[way][number].append(cpu_ms(partial(ask, viewer)) / questions.ANSWERS.get(name, 1))
        result.rows += _rows(name, found, result.beside, [viewer.name for viewer in viewers])
    result.rows += _changes(rounds, world)
    if cameras == CAMERAS:
        result.beside += _many(rounds, world, questions)
    return result


def _rows(
    name: str, found: dict[str, list[list[float]]], beside: list[dict[str, Value]], names: list[str]
) -> list[Row]:
    rows = []
    mine = found["ours"]
    for other in [way for way in found if way != "ours"]:
        theirs = found[other]
        rows.append(row(name, other, _median(mine), _median(theirs), unit="CPU ms", target=_target(name, other)))
        ratios = [statistics.median(a) / statistics.median(b) for a, b in zip(mine, theirs, strict=True)]
        each = {who: f"{ratio:.2f}×" for who, ratio in zip(names, ratios, strict=True)}
        beside.append({"what": name, "against": other, "worst": f"{max(ratios):.2f}×", **each})
    ours = {who: round(statistics.median(times), 3) for who, times in zip(names, mine, strict=True)}
    beside.append({"what": name, "ours": "CPU ms", **ours})
    return rows


def _target(what: str, against: str) -> float | None:
    return TARGETS.get((what, against), 1.0 if against.startswith("guardian") else None)


def _median(times: Sequence[Sequence[float]]) -> list[float]:
    """Round by round, the median of the viewers."""
    return [statistics.median(of_round) for of_round in zip(*times, strict=True)]


def _changes(rounds: int, world: object) -> list[Row]:
    from bench.access.changes import ways

    rows = []
    found = ways(world, rounds)
    for what in ("grant", "revoke"):
        for other in PEERS[1:]:
            rows.append(row(what, other, found["ours"][what], found[other][what], unit="CPU ms", target=1.0))
    return rows


def _many(rounds: int, world: object, questions: object) -> list[dict[str, Value]]:
    from bench.access.meter import cpu_ms

    tell(f"Growing the world to {MANY:,} cameras ...")
    world.grow_to(MANY)  # type: ignore[attr-defined]
    beside: list[dict[str, Value]] = []
    for name, ways in questions.all_of(world).items():  # type: ignore[attr-defined]
        row_: dict[str, Value] = {"what": name, "cameras": MANY, "ours": "CPU ms"}
        for viewer in world.viewers():  # type: ignore[attr-defined]
            times = [cpu_ms(partial(ways["ours"], viewer)) for _ in range(rounds)]
            row_[viewer.name] = round(statistics.median(times) / questions.ANSWERS.get(name, 1), 3)  # type: ignore[attr-defined]
        beside.append(row_)
    return beside
