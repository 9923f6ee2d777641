"""CPU of one answer: of this process, and of the backend of its connection."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from django.db import connection

LEAST_SECONDS = 0.04  # What is measured at once, so that the clocks are fine enough.
MOST_TIMES = 200


@lru_cache(maxsize=1)
def _backend() -> Path:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return Path(f"/proc/{cursor.fetchone()[0]}/schedstat")


def _server_seconds() -> float:
    """Time on a core, in nanoseconds as the kernel keeps it (Documentation/scheduler/sched-stats)."""
    return int(_backend().read_text().split()[0]) / 1e9


def cpu_ms(ask: Callable[[], object]) -> float:
    """CPU ms of client and server for one answer; short ones are asked several times."""
    ask()
    gc.collect()
    spent, times = 0.0, 0
    while spent < LEAST_SECONDS and times < MOST_TIMES:
        client, server = time.process_time(), _server_seconds()
        ask()
        spent += time.process_time() - client + _server_seconds() - server
        times += 1
    return spent / times * 1000
