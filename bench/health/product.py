"""The product as it sweeps: its own worker, broker and tables, and what all of them spend."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from bench.environments import PLACE, ROOT
from bench.health import world
from bench.health.meter import cpu_seconds
from bench.health.singles import check_device
from config.celery import ping
from config.supervisor import spawn
from config.up import WORKERS
from health import services
from health.models import CheckState
from health.tasks import sweep

QUEUES, SINGLES = ",".join(queues for _, queues, *_ in WORKERS), "bench"
TICK_SECONDS = 6.0
PATIENCE = 300.0


@contextlib.contextmanager
def worker(app: str, *options: str, queues: str = QUEUES, concurrency: int = 1) -> Iterator[int]:
    """A Celery worker in processes of its own; gives the key of the first."""
    PLACE.mkdir(parents=True, exist_ok=True)
    quiet = ["--without-mingle", "--without-gossip", "--without-heartbeat", "--loglevel", "WARNING"]
    argv = [sys.executable, "-m", "celery", "-A", app, "worker", "-Q", queues, "-n", f"{app}@%h"]
    log = PLACE / "health-worker.log"
    with log.open("ab") as out:
        process = spawn(
            [*argv, "--concurrency", str(concurrency), *quiet, *options],
            env=os.environ,
            cwd=ROOT,
            out=out,
            err=subprocess.STDOUT,
        )
    try:
        _until_it_works(process, log, queues.partition(",")[0])
        yield process.pid
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_it_works(process: subprocess.Popen[bytes], log: Path, queue: str) -> None:
    nonce = str(time.monotonic())
    ping.apply_async((nonce,), queue=queue)
    end = time.monotonic() + 60
    while cache.get(f"ping:{nonce}") is None:
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"The worker did not start: {log.read_text(errors='replace')[-800:]}")
        time.sleep(0.05)


def parts() -> list[int]:
    """The broker and the database server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    server = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
    return [redis.Redis.from_url(settings.REDIS_URL).info("server")["process_id"], server]


def sweep_once(worker_pid: int, count: int) -> float:
    """CPU seconds of one sweep over all devices: worker, broker, database and whoever sends."""
    began = timezone.now()
    world.all_due(began)
    spent = _spent(worker_pid, lambda: sweep.delay(), ticks=True)
    require_all_checked(count, began)
    return spent


def singles_once(worker_pid: int, count: int) -> float:
    """CPU seconds of as many tasks of one device each."""
    began = timezone.now()
    CheckState.objects.update(group=None, next_check_at=began + settings.SWEEP_PERIOD)
    CheckState.objects.filter(device_id__lte=count).update(next_check_at=began - timedelta(seconds=1))

    def send() -> None:
        for device_id in range(1, count + 1):
            check_device.apply_async(kwargs={"device_id": device_id}, queue=SINGLES)

    spent = _spent(worker_pid, send, ticks=False)  # Or the sweep would do what single tasks were sent for.
    require_all_checked(count, began)
    CheckState.objects.filter(device_id__gt=count).update(next_check_at=timezone.now())
    services.ensure_states(timezone.now())
    return spent


def _spent(worker_pid: int, send: Callable[[], object], *, ticks: bool) -> float:
    roots = [worker_pid, *parts()]
    before, sender = cpu_seconds(roots), time.process_time()
    send()
    _until_done(ticks=ticks)
    return cpu_seconds(roots) - before + time.process_time() - sender


_LEFT = """
    SELECT EXISTS (SELECT FROM health_checkgroup WHERE lease IS NULL AND next_check_at <= now())
        OR EXISTS (SELECT FROM health_checkstate
                   WHERE group_id IS NULL AND lease IS NULL AND next_check_at <= now()),
        EXISTS (SELECT FROM health_checkgroup WHERE lease IS NOT NULL)
        OR EXISTS (SELECT FROM health_checkstate WHERE lease IS NOT NULL)
"""


def _until_done(*, ticks: bool) -> None:
    """A tick claims what workers that keep up can do in time, so it is followed by others, as beat sends them."""
    end = time.monotonic() + PATIENCE
    ticked = time.monotonic()
    while True:
        time.sleep(0.5)  # Seldom: looking is counted with the product.
        with connection.cursor() as cursor:
            cursor.execute(_LEFT)
            due, held = cursor.fetchone()
        if not due and not held:
            return
        if ticks and due and time.monotonic() > ticked + TICK_SECONDS:
            ticked = time.monotonic()
            sweep.delay()
        if time.monotonic() > end:
            raise SystemExit(f"The sweep did not end in {PATIENCE:.0f} s.")


def require_all_checked(count: int, began: datetime) -> None:
    """End the bench where the product did less than is compared."""
    now = Q(checked_at__gte=began) | Q(group__checked_at__gte=began)
    good = CheckState.objects.filter(now, failures=0, cause="").count()
    if good != count:
        raise SystemExit(f"{count - good} of {count} devices were not reached by the sweep.")
