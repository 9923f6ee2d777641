"""A city for some minutes: 100,000 simulated cameras, one check a minute for each, on the product as composed.

Five in a hundred are dead and one in a hundred is a tar-pit; whoever lives is signed in to hourly. The cameras
themselves keep book of when they were asked, from the moment that beat starts: nobody has been asked before, so the
first minute has to keep up too.
"""

from __future__ import annotations

import contextlib
import os
import time
from datetime import timedelta
from statistics import median

from django.db.models import Q
from django.utils import timezone

from bench.environments import PLACE
from bench.health import Simulated, world
from bench.health.meter import cpu_seconds, memory_mib
from bench.health.product import parts, worker
from bench.replies import PASSWORD, USER
from bench.rows import Result, row, tell
from devices.secrets import Credentials
from health.models import CheckGroup, CheckState, State, StatusInterval

CAMERAS, PERIOD = 100_000, 60
IN_TIME, MILLION = 0.995, 1_000_000
#: As docker-compose.yml starts them, but for those that people wait for: queues and processes.
WORKERS = (("sweeps", 4), ("slow", 4))


def kind_of(number: int) -> str:
    """Of a hundred cameras five are dead and one is a tar-pit."""
    return "dead" if number % 20 == 7 else "tar_pit" if number % 100 == 3 else "good"


def run(simulated: Simulated, minutes: float) -> Result:
    """The whole of it; `MITRA_BENCH_CAMERAS` sets another number of cameras, for trying."""
    count = int(os.environ.get("MITRA_BENCH_CAMERAS", CAMERAS))
    good = sum(kind_of(number) == "good" for number in range(count))
    owner = Credentials(user=USER, password=PASSWORD)
    world.write(count, lambda number: simulated.ports[kind_of(number)], timezone.now(), credentials=owner)
    PLACE.mkdir(parents=True, exist_ok=True)
    schedule = PLACE / "city-beat"
    schedule.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        pids = {
            name: stack.enter_context(worker("config.celery", queues=name, concurrency=processes))
            for name, processes in WORKERS
        }
        simulated.ask(f"start {PERIOD}")
        broker, database = parts()
        work = stack.enter_context(worker("config.celery", "-B", "-s", str(schedule), queues="work,probes,letters"))
        pids |= {"work and beat": work, "broker": broker, "database": database}
        before, began = {name: cpu_seconds([pid]) for name, pid in pids.items()}, time.monotonic()
        memory: dict[str, float] = {}
        overdue: list[int] = []
        while time.monotonic() < began + minutes * 60:
            time.sleep(10)
            late = timezone.now() - timedelta(seconds=PERIOD)
            alone = Q(group__isnull=True, next_check_at__lt=late, failures=0)
            overdue.append(CheckState.objects.filter(alone | Q(group__next_check_at__lt=late)).count())
            for name, pid in pids.items():
                memory[name] = max(memory.get(name, 0.0), memory_mib(pid))
            tell(f"{time.monotonic() - began:.0f} s: {simulated.ask('counts')}, {overdue[-1]} overdue")
        seconds = time.monotonic() - began
        spent = {name: cpu_seconds([pid]) - before[name] for name, pid in pids.items()}
        counts = simulated.ask("counts")
    cores = sum(spent.values()) / seconds
    waits = counts["asked"] + counts["waiting"] + good - counts["cameras"]
    late_waits = counts["late"] + (good - counts["cameras"] if seconds > PERIOD else 0)
    share = 1 - late_waits / waits
    found = dict.fromkeys(State.values, 0)
    for state in StatusInterval.objects.open().values_list("state", flat=True):
        found[state] += 1
    result = Result("health --city", [])
    result.rows.append(
        row(
            "good cameras checked within their period",
            f"{IN_TIME:.1%}",
            [share],
            [IN_TIME],
            unit="share of waits",
            better="higher",
            target=1.0,
        )
    )
    result.beside += [
        {
            "what": f"{count:,} cameras, {minutes:g} minutes",
            "good": good,
            "checks of good ones": int(counts["asked"]),
            "late": int(late_waits),
            "longest wait s": counts["longest_wait"],
            "sessions": int(counts["sessions"]),
            "overdue by a period, median": median(overdue),
            "most": max(overdue),
        },
        {"what": "states at the end", "groups": CheckGroup.objects.count(), **found},
        {
            "what": "cores",
            **{name: round(used / seconds, 3) for name, used in spent.items()},
            "all": round(cores, 3),
        },
        {"what": "MiB at most", **{name: round(size) for name, size in memory.items()}},
        {
            "what": "a million cameras, computed from it",
            "cores": round(cores * MILLION / count, 1),
            "MiB of workers": round(sum(memory[name] for name, _ in WORKERS)),
            "connections a second": round(MILLION / PERIOD),
        },
    ]
    return result
