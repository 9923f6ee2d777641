"""The product as it sweeps: its own worker, broker and tables, and what all of them spend."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
from health.models import CheckState
from health.tasks import sweep

QUEUES, SINGLES = "work,health,letters", "bench"
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
    world.all_due(timezone.now())
    spent = _spent(worker_pid, lambda: sweep.delay())
    require_all_checked(count)
    return spent


def singles_once(worker_pid: int, count: int) -> float:
    """CPU seconds of as many tasks of one device each."""
    world.all_due(timezone.now())
    rest = CheckState.objects.filter(device_id__gt=count)
    rest.update(next_check_at=timezone.now() + settings.SWEEP_PERIOD)

    def send() -> None:
        for device_id in range(1, count + 1):
            check_device.apply_async(kwargs={"device_id": device_id}, queue=SINGLES)

    spent = _spent(worker_pid, send)
    require_all_checked(CheckState.objects.count())
    return spent


def _spent(worker_pid: int, send: Callable[[], object]) -> float:
    roots = [worker_pid, *parts()]
    before, sender = cpu_seconds(roots), time.process_time()
    send()
    _until_done()
    return cpu_seconds(roots) - before + time.process_time() - sender


def _until_done() -> None:
    end = time.monotonic() + PATIENCE
    while True:
        time.sleep(0.2)
        now = timezone.now()
        if not CheckState.objects.filter(Q(next_check_at__lte=now) | Q(lease__isnull=False)).exists():
            return
        if time.monotonic() > end:
            left = CheckState.objects.filter(next_check_at__lte=now).count()
            raise SystemExit(f"The sweep did not end in {PATIENCE:.0f} s: {left} devices are left.")


def require_all_checked(count: int) -> None:
    """End the bench where the product did less than is compared."""
    good = CheckState.objects.filter(failures=0, cause="", checked_at__isnull=False).count()
    if good != count:
        raise SystemExit(f"{count - good} of {count} devices were not reached by the sweep.")
