"""What is slow holds up nothing but its like: a real broker, the workers of `up`, and a queue of tar-pits."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config import up
from config.celery import app
from config.supervisor import spawn
from tests.health.listeners import Listener, answer_options, say_nothing
from tests.ops import servers

ROOT = Path(__file__).resolve().parent.parent.parent
PITS = 40
KINDS = {"work", "probes", "sweeps", "slow", "letters"}


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An embedded installation with its own tables and broker, in a folder of its own."""
    if servers.redis_program() is None:
        pytest.skip("needs Redis; ./run test installs it")
    with servers.redis_server() as broker:
        clean = {name: text for name, text in os.environ.items() if not name.startswith(("MITRA_", "DJANGO_"))}
        clean.pop("DATABASE_URL", None)
        yield {
            **clean,
            "REDIS_URL": broker,
            "MITRA_VAR": str(tmp_path),
            "MITRA_DEMO": "true",
            "PROBE_ALLOW": "127.0.0.0/8:1-65535",
        }


@pytest.fixture
def workers(environment: dict[str, str], tmp_path: Path) -> Iterator[list[Path]]:
    """The workers of `up` without its beat; gives their logs."""
    manage(environment, "manage.py", "migrate", "-v0")
    logs, running = [], []
    celery = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--loglevel", "INFO"]
    for name, queues, processes, _ in up.WORKERS:
        log = tmp_path / f"{name}.log"
        options = ["-Q", queues, "--concurrency", processes, "-n", f"{name}@%h", "--without-mingle"]
        with log.open("wb") as out:
            running.append(spawn([*celery, *options], env=environment, cwd=ROOT, out=out, err=subprocess.STDOUT))
        logs.append(log)
    for log in logs:
        until(lambda log=log: " ready." in log.read_text(), 60)
    yield logs
    for process in running:
        os.killpg(process.pid, 9)
        process.wait(5)


def manage(env: dict[str, str], *words: object) -> str:
    argv = [sys.executable, *map(str, words)]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def until(answer, seconds: float):
    end = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def ask(var: Path, query: str, *values: object) -> tuple:
    with closing(sqlite3.connect(var / "db.sqlite3", timeout=20)) as connection:
        return connection.execute(query, values).fetchone()


@pytest.mark.slow
def test_a_queue_full_of_tar_pits_delays_no_probe(
    environment: dict[str, str], workers: list[Path], tmp_path: Path
) -> None:
    pits, good = Listener(say_nothing), Listener(answer_options)
    try:
        probe = manage(environment, "-m", "tests.ops.tar_pits", pits.port, good.port, PITS).strip()
        sent = time.monotonic()
        until(lambda: ask(tmp_path, "SELECT state FROM onboarding_probe WHERE id = ?", probe)[0] != "queued", 20)
        waited = time.monotonic() - sent
        unasked = ask(tmp_path, "SELECT count(*) FROM health_checkstate WHERE lease IS NOT NULL")[0]
    finally:
        pits.stop()
        good.stop()

    assert waited < 2, [log.read_text()[-1500:] for log in workers]
    assert unasked > PITS / 2, "the slow ones were still waiting"


def test_every_queue_has_a_worker_in_both_ways_to_run() -> None:
    routed = {route["queue"] for route in app.conf.task_routes.values()} | {app.conf.task_default_queue}
    started = [queue for _, queues, *_ in up.WORKERS for queue in queues.split(",")]

    assert routed == KINDS
    assert sorted(started) == sorted(KINDS)
    assert sum(beat for *_, beat in up.WORKERS) == 1


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("health.tasks.sweep", "sweeps"),
        ("health.tasks.check_batch", "sweeps"),
        ("health.tasks.check_slow_batch", "slow"),
        ("health.tasks.check_signed_in", "slow"),
        ("onboarding.tasks.run_probe", "probes"),
        ("onboarding.settings.tasks.run_settings_work", "probes"),
        ("notices.tasks.send_due_letters", "letters"),
        ("registry.tasks.lapse_consents", "work"),
    ],
)
def test_each_task_goes_where_its_like_goes(task: str, queue: str) -> None:
    assert app.amqp.router.route({}, task)["queue"].name == queue
    app.loader.import_default_modules()
    assert task in app.tasks


def test_what_a_killed_worker_held_is_looked_for_at_once() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.broker_transport_options["unacked_restore_throttle"] == 1
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit
