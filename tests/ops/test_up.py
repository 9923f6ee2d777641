"""`manage.py up`: it says READY when it works, mends what dies, and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.outbox import Outbox
from config.supervisor import spawn
from tests.ops.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.slow


class Run:
    """One `up` without the demo, in a state folder whose name has a space."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "a place"
        self.port = free_port()
        self.said = folder / "said"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        ours = ("MITRA_", "DATABASE_URL", "REDIS_URL", "DJANGO_")
        plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**plain, "MITRA_VAR": str(self.var)}

    def argv(self, *more: str) -> list[str]:
        return [sys.executable, "manage.py", "up", "--no-demo", "--port", str(self.port), *more]

    def start(self) -> None:
        with self.said.open("wb") as output:
            self.process = spawn(self.argv(), cwd=ROOT, env=self.env, out=output, err=subprocess.STDOUT)
        self.until(lambda: f"READY http://127.0.0.1:{self.port}/" in self.text.splitlines())

    @property
    def text(self) -> str:
        return self.said.read_text()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def until(self, answer, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not answer():
            assert time.monotonic() < end, self.text
            assert self.process.poll() is None, self.text
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def wrong(self) -> set[str]:
        """What the doctor finds not to be well."""
        argv = [sys.executable, "manage.py", "doctor", "--json"]
        said = subprocess.run(argv, cwd=ROOT, env=self.env, capture_output=True, check=False).stdout
        return {row["what"] for row in json.loads(said)["findings"] if row["level"] != "ok"}


@pytest.fixture
def up(tmp_path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    if run.process is not None and run.process.poll() is None:
        run.process.send_signal(signal.SIGTERM)
        run.process.wait(15)


def alive(family: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_it_starts_shows_messages_mends_a_dead_child_and_stops_within_five_seconds(up):
    up.start()
    assert up.answers()

    second = subprocess.run(up.argv(), cwd=ROOT, env=up.env, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert re.fullmatch(
        r"Mitra Kamera already runs here \(process \d+, .*\): stop that one first\.\n", second.stderr
    )

    up.until(lambda: up.wrong() == {"people"})  # There are none yet, but all else is at work.

    (up.var / "outbox" / "1.text").write_text("To: +6281234567890\n\nKode masuk: KLMN-1234.\n")
    up.until(lambda: "| Kode masuk: KLMN-1234." in up.text)

    web = next(one for one in up.family() if "uvicorn" in one.cmdline())
    assert "--no-proxy-headers" in web.cmdline(), "uvicorn would believe whoever sends X-Forwarded-For"
    web.kill()
    up.until(lambda: "web stopped (signal SIGKILL); starting it again in 1 s." in up.text)
    up.until(up.answers)

    family, began = up.family(), time.monotonic()
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(10) == 0
    assert time.monotonic() - began < 5
    assert not alive(family)


def test_killing_it_leaves_nothing_and_the_next_start_keeps_the_data(up):
    up.start()
    keys = (up.var / "keys.json").read_text()
    family = up.family()
    assert len(family) >= 4, "broker, web, worker and the worker's own"

    up.process.kill()
    up.process.wait(5)
    end = time.monotonic() + 5
    while alive(family) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(family)

    up.start()
    assert (up.var / "keys.json").read_text() == keys


def test_a_port_in_use_is_said_in_one_sentence(up):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", up.port))
        holder.listen()

        done = subprocess.run(up.argv(), cwd=ROOT, env=up.env, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    remedy = "end the program that holds it, or choose another with --port N"
    assert done.stderr == f"Port {up.port} is in use: {remedy}.\n"


def test_production_is_sent_elsewhere(up):
    done = subprocess.run(
        up.argv(), cwd=ROOT, env={**up.env, "MITRA_MODE": "production"}, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "MITRA_SECRET_KEY" in done.stderr


def test_the_outbox_shows_each_message_once_and_drops_old_ones(tmp_path):
    old, known = tmp_path / "1.text", tmp_path / "2.text"
    for path in (old, known):
        path.write_text("To: a\n\nlama\n")
    os.utime(old, (0, 0))
    box = Outbox(tmp_path)
    box.open()
    assert not old.exists()

    (tmp_path / "3.mail").write_bytes(b"To: b@contoh.id\nSubject: Halo\nContent-Type: text/plain\n\nbaru\n")

    assert [line for text in box.fresh() for line in text.splitlines()][1:-1] == [
        "| To: b@contoh.id",
        "| Subject: Halo",
        "| baru",
    ]
    assert box.fresh() == []
