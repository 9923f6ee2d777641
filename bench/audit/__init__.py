"""The audit trail on PostgreSQL: appending with eight writers, and checking a long trail.

A row says entries per second, each way measured in turn in every round:

- against `plain insert`: ours, one entry in a transaction of its own through `@audit.atomic`; the other, the same
  rows with the same bodies written by the ORM, with neither lock nor chain.
- against `history library`: the same change of the same row in both, recorded by ours and by django-simple-history,
  which lives in an environment of its own.

And checking 1,000,000 entries under anchors: entries for each second of a core (of the process and of the server's
backend together); beside it how much memory the walk took at a tenth of them and at all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.environments import ROOT, python_of
from bench.rows import Result, Row, Value, row, tell

WRITERS, ENTRIES, LONG = 8, 20_000, 1_000_000
LEAST_A_CORE_SECOND = 100_000
MOST_GROWTH_MB = 8.0


def run(rounds: int) -> Result:
    """The whole bench; `MITRA_BENCH_ENTRIES` and `MITRA_BENCH_LONG` set other numbers, for trying."""
    from bench.access.broker import broker
    from tests.ops.servers import postgres

    peer = python_of("simple-history")
    with postgres() as url, broker() as news:
        os.environ.update(DATABASE_URL=url, REDIS_URL=news, DJANGO_SETTINGS_MODULE="config.settings")
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, check=True)
        databases = _copies(url, "plain", "short", "long")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE peer")
        databases["peer"] = databases["plain"].removesuffix("plain") + "peer"
        _run([str(peer), "-m", "bench.audit.history", "tables"], databases["peer"])
        result = Result("audit", _appended(rounds, peer, databases))
        result.rows.append(_checked(rounds, databases, result.beside))
        return result


def _copies(url: str, *names: str) -> dict[str, str]:
    """Empty databases with the product's tables, beside that of `url`."""
    with psycopg.connect(url.removesuffix("/mitra") + "/postgres", autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE mitra")
    return {"mitra": url, **{name: url.removesuffix("mitra") + name for name in names}}


def _run(argv: list[str], url: str) -> str:
    """A program of this bench in its own process; what it said."""
    done = subprocess.run(
        argv, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(argv[1:])} ended with {done.returncode}: see its words above.")
    return done.stdout


def _appended(rounds: int, peer: Path, databases: dict[str, str]) -> list[Row]:
    entries = int(os.environ.get("MITRA_BENCH_ENTRIES", ENTRIES))
    ours = [sys.executable, "-m", "bench.audit", "writer"]
    ways = {
        "chain": ([*ours, "chain"], "mitra"),
        "plain insert": ([*ours, "plain"], "plain"),
        "change": ([*ours, "change"], "mitra"),
        "history library": ([str(peer), "-m", "bench.audit.history", "write"], "peer"),
    }
    found: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds):
        for way, (argv, database) in ways.items():
            tell(f"Appending {entries:,} entries with {WRITERS} writers, round {number + 1}: {way} ...")
            found[way].append(entries / _seconds(argv, number, entries, databases[database]))
    said = json.loads(_run([sys.executable, "-m", "bench.audit", "verify"], databases["mitra"]))
    if said["entries"] != 2 * rounds * entries:
        raise SystemExit(f"The trail has {said['entries']} entries instead of {2 * rounds * entries}.")
    plain, library = found["plain insert"], found["history library"]
    how: dict[str, Any] = {"unit": "entries/s", "better": "higher"}
    return [
        row("append", "plain insert", found["chain"], plain, target=0.25, **how),
        row("append", "history library", found["change"], library, target=1.0, **how),
    ]


def _seconds(argv: list[str], round_: int, entries: int, url: str) -> float:
    """Start the writers, let them go together, and wait for the last."""
    writers = [
        subprocess.Popen(
            [*argv, str(round_ * WRITERS + number), str(entries // WRITERS)],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    try:
        for writer in writers:
            _hear(writer, "ready")
        began = time.monotonic()
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        for writer in writers:
            _hear(writer, "done")
        return time.monotonic() - began
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()


def _hear(writer: subprocess.Popen[str], word: str) -> None:
    assert writer.stdout is not None
    said = writer.stdout.readline().strip()
    if said != word:
        raise SystemExit(f"A writer said {said!r} instead of {word!r}: see its words above.")


def _checked(rounds: int, databases: dict[str, str], beside: list[dict[str, Value]]) -> Row:
    """Check a long trail in a process of its own, and one of a tenth, whose memory is set beside."""
    long = int(os.environ.get("MITRA_BENCH_LONG", LONG))
    speeds: list[float] = []
    memory: dict[str, float] = {}
    for name, length in (("short", long // 10), ("long", long)):
        tell(f"Writing a trail of {length:,} entries ...")
        _run([sys.executable, "-m", "bench.audit", "trail", str(length)], databases[name])
        for number in range(rounds if name == "long" else 1):
            tell(f"Checking it, round {number + 1} ...")
            said = json.loads(_run([sys.executable, "-m", "bench.audit", "verify"], databases[name]))
            if said["entries"] != length or said["anchors"] < 1:
                raise SystemExit(f"The walk saw {said}.")
            memory[name] = max(memory.get(name, 0.0), said["peak_mb"])
            if name == "long":
                speeds.append(length / said["core_seconds"])
    beside.append(
        {
            "what": "verify, peak memory in MB",
            f"{long // 10:,} entries": memory["short"],
            f"{long:,} entries": memory["long"],
            "constant": memory["long"] - memory["short"] <= MOST_GROWTH_MB,
        }
    )
    least = [float(LEAST_A_CORE_SECOND)] * len(speeds)
    return row("verify", "100,000 a core-second", speeds, least, unit="entries/core-s", better="higher", target=1.0)
