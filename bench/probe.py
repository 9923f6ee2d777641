"""Reading and configuring a device: CPU ms for one complete probe, against others and against the least possible.

One replay camera program (`bench.device`) answers all from its own core; each contender runs as a process of its
own on the other, in an environment of its own, and measures its user and system time. Every program makes the same
seven calls in a probe (see `bench.clients`): GetSystemDateAndTime, GetServices, GetDeviceInformation,
GetNetworkInterfaces, GetProfiles (18 KB), GetStreamUri, GetSnapshotUri. onvif-zeep asks GetCapabilities in place of
GetServices, and one call more that it cannot be kept from: its constructor subscribes to events. Start of the
process, imports and one probe to warm up (which reads WSDL where that is kept) are not counted. Ours and the floor
run 50 probes in one loop; each other at the concurrency that costs it least, tried before the rounds. The floor
parses what it gets and reads nothing; one that picks the same facts as all the others stands beside the rows.

`configure` is: connect, read an encoder, write it, read it back; a subscription that it leaves on the camera fails
the bench. Beside the rows stands how many devices are read in a second out of 500, in how much memory, and the same
with a tenth of tar-pits.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.environments import ROOT, python_of
from bench.rows import Result, Row, Value, row, tell

CAMERAS = 50
IN_ONE_LOOP = 50
TRIED = (1, 10, 50)
SWEEP, PITS = 500, 50
SWEEP_DEADLINE = 5.0
SWEEP_CONCURRENCY = 200
MEMORY_MIB = 200
SLACK_SECONDS = 0.5
PATIENCE_SECONDS = 300


@dataclass(slots=True)
class Replay:
    """The running replay cameras."""

    process: subprocess.Popen[str]
    good: list[int] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    dripping: list[int] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Requests by operation, connections and open subscriptions since the start."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def replay(good: int, silent: int = 0, dripping: int = 0) -> Iterator[Replay]:
    command = [sys.executable, "-m", "bench.device", str(good), str(silent), str(dripping)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Replay(process, **json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(10)


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to ask: its program under bench.clients, and its environment's lock file (none: the product's)."""

    name: str
    program: str
    environment: str = ""
    probes: int = 200
    tried: tuple[int, ...] = TRIED

    def run(self, ports: list[int], concurrency: int, *, probes: int = 0, **orders: object) -> dict[str, Any]:
        """What the program measured. Ends the bench with the program's own words where it failed."""
        python = python_of(self.environment) if self.environment else Path(sys.executable)
        given = {"ports": ports, "probes": probes or self.probes, "concurrency": concurrency, **orders}
        done = subprocess.run(
            [str(python), "-m", f"bench.clients.{self.program}", json.dumps(given)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, "HOME": str(ROOT / "var")},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{self.name} failed:\n{done.stderr[-2000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def best_concurrency(self, ports: list[int]) -> int:
        """The one that costs least CPU for a probe."""
        if len(self.tried) == 1:
            return self.tried[0]
        few = max(4, self.probes // 4)
        return min(self.tried, key=lambda concurrency: self.run(ports, concurrency, probes=few)["cpu_ms"])


OURS = Contender("ours", "ours", tried=(IN_ONE_LOOP,))
FLOOR = Contender("floor", "floor", tried=(IN_ONE_LOOP,))
FLOOR_WITH_FACTS = Contender("floor that picks the same facts", "floor_facts", tried=(IN_ONE_LOOP,))
#: With what each is compared, and the ratio to be held.
READING = (
    (Contender("onvif-zeep", "onvif_zeep", "onvif-zeep", probes=6, tried=(1, 4)), 1 / 60),
    (Contender("onvif-zeep-async", "onvif_zeep_async", "onvif-zeep-async", probes=60), 1 / 3),
    (Contender("onveef", "onveef", "onveef", probes=60), None),
    (FLOOR, 1.5),
)
CONFIGURING = (
    Contender("ours", "ours_configure", probes=40, tried=(1,)),
    Contender("onvif-zeep", "onvif_zeep", "onvif-zeep", probes=6, tried=(1,)),
    1 / 15,
)


def run(rounds: int) -> Result:
    result = Result("probe", [])
    for name in ("onvif-zeep", "onvif-zeep-async", "onveef"):
        python_of(name)
    result.rows += _reading(rounds, result.beside)
    result.rows.append(_configuring(rounds, result.beside))
    result.beside += [_sweep("500 devices", 0), _sweep("500 devices, a tenth of them tar-pits", PITS)]
    return result


def _reading(rounds: int, beside: list[dict[str, Value]]) -> list[Row]:
    """All contenders in each round, ours first, so that a busy moment of the machine meets all alike."""
    with replay(CAMERAS) as cameras:
        contenders = [OURS, *(contender for contender, _ in READING), FLOOR_WITH_FACTS]
        at = {contender.name: contender.best_concurrency(cameras.good) for contender in contenders}
        found: dict[str, list[float]] = {contender.name: [] for contender in contenders}
        calls: dict[str, float] = {}
        for number in range(rounds):
            tell(f"Reading, round {number + 1} of {rounds} ...")
            for contender in contenders:
                before = cameras.counts().get("requests", 0)
                found[contender.name].append(contender.run(cameras.good, at[contender.name])["cpu_ms"])
                asked = cameras.counts()["requests"] - before
                calls[contender.name] = asked / (contender.probes + 1)  # And the one to warm up.
        counts = cameras.counts()
    if counts.get("refused"):
        raise SystemExit("The camera refused a request, so what was measured is not a probe.")
    beside.append({"calls of one probe": ", ".join(f"{name} {number:g}" for name, number in calls.items())})
    beside.append({"at once": ", ".join(f"{name} {number}" for name, number in at.items())})
    beside.append({"subscriptions left by onvif-zeep": counts["subscriptions"]})
    facts = row("read", FLOOR_WITH_FACTS.name, found["ours"], found[FLOOR_WITH_FACTS.name], unit="CPU ms")
    beside.append({"against": facts.against, "CPU ms": facts.other, "ratio": facts.ratio, "spread": facts.spread})
    return [
        row("read", contender.name, found["ours"], found[contender.name], unit="CPU ms", target=target)
        for contender, target in READING
    ]


def _configuring(rounds: int, beside: list[dict[str, Value]]) -> Row:
    ours, other, target = CONFIGURING
    mine: list[float] = []
    theirs: list[float] = []
    with replay(1) as cameras:
        for number in range(rounds):
            tell(f"Configuring, round {number + 1} of {rounds} ...")
            before = cameras.counts()["subscriptions"]
            mine.append(ours.run(cameras.good, 1)["cpu_ms"])
            if cameras.counts()["subscriptions"] != before:
                raise SystemExit("A subscription of ours was left on the camera.")
            theirs.append(other.run(cameras.good, 1, what="configure")["cpu_ms"])
        if cameras.counts().get("refused"):
            raise SystemExit("The camera refused a request, so what was measured is not a change.")
    beside.append({"subscriptions left by ours": 0})
    return row("configure", other.name, mine, theirs, unit="CPU ms", target=target)


def _sweep(what: str, pits: int) -> dict[str, Value]:
    """Ours over many devices at once; half of the pits are silent, half drip."""
    tell(f"Reading {what} ...")
    with replay(SWEEP - pits, pits // 2, pits - pits // 2) as cameras:
        # A pit after each so many good ones, as they would stand in a batch.
        every = SWEEP // pits if pits else SWEEP + 1
        bad = [*cameras.silent, *cameras.dripping]
        good = iter(cameras.good)
        ports = [bad[n // every] if n % every == every - 1 else next(good) for n in range(SWEEP)]
        numbers = [cameras.good.index(port) if port in cameras.good else SWEEP for port in ports]
        measured = OURS_SWEEP.run(
            ports,
            SWEEP_CONCURRENCY,
            deadline=SWEEP_DEADLINE,
            pits=[n for n in range(SWEEP) if n % every == every - 1],
            numbers=numbers,
        )
    within = measured["longest_seconds"] <= SWEEP_DEADLINE + SLACK_SECONDS
    good_enough = measured["read"] == measured["good"] and within and measured["peak_mib"] < MEMORY_MIB
    return {
        "what": what,
        "devices/s": round(measured["per_second"], 1),
        "good devices read": f"{measured['read']} of {measured['good']}",
        "longest probe (s)": measured["longest_seconds"],
        "deadline (s)": SWEEP_DEADLINE,
        "peak MiB": round(measured["peak_mib"], 1),
        "ok": good_enough,
    }


OURS_SWEEP = Contender("ours", "ours_sweep")
