"""docker-compose.yml, held true without a Docker engine.

Each service's own command runs with its own variables, in production settings, against a private PostgreSQL and
Redis; only host names, the published port and the state folder are those of this machine.
"""

import http.client
import json
import os
import re
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import yaml

from config.supervisor import spawn
from tests.ops import servers

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "mitra.example"
OWNER_PASSWORD, APP_PASSWORD = secrets.token_hex(24), secrets.token_hex(24)
ANSWERS = {
    "MITRA_SECRET_KEY": secrets.token_urlsafe(48),
    "MITRA_DEVICE_KEYS": "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "MITRA_AUDIT_KEYS": "1:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
    "MITRA_HOSTS": HOST,
    "EMAIL_HOST": "127.0.0.1",
    "POSTGRES_OWNER_PASSWORD": OWNER_PASSWORD,
    "POSTGRES_APP_PASSWORD": APP_PASSWORD,
}

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
WORKERS = {"worker", "probes", "letters", "sweeps", "slow"}
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def filled_env_file() -> dict[str, str]:
    """`.env` as an operator makes it: the example, with every blank filled in."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {**pairs, **ANSWERS}


def interpolated(text: str, values: dict[str, str]) -> str:
    """Compose's ${NAME}, ${NAME:-default} and ${NAME:?}; `$$` is one dollar."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match["name"], "")
        if not found and match["how"] == ":?":
            raise AssertionError(f"{match['name']} is missing from .env.example")
        return found or (match["rest"] or "" if match["how"] == ":-" else "")

    text = re.sub(r"\$\{(?P<name>\w+)(?:(?P<how>:[?-])(?P<rest>[^}]*))?\}", value, text)
    return text.replace("$$", "$")


@dataclass
class Machine:
    """Where the composition's names lead in this test."""

    database_port: int
    broker_url: str
    web_port: int
    var: Path

    def env(self, service: dict[str, Any]) -> dict[str, str]:
        """The variables that this service's container would have, and nothing of ours."""
        values = filled_env_file() if service.get("env_file") == ".env" else {}
        values |= {name: interpolated(str(text), values) for name, text in service["environment"].items()}
        values["DATABASE_URL"] = values["DATABASE_URL"].replace(
            "@database:5432", f"@127.0.0.1:{self.database_port}"
        )
        values["REDIS_URL"] = values["REDIS_URL"].replace("redis://broker:6379/0", self.broker_url)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**values, "MITRA_VAR": str(self.var), "PATH": path, "HOSTNAME": "test"}

    def argv(self, service: dict[str, Any]) -> list[str]:
        words = [interpolated(word, {}) for word in shlex.split(service["command"])]
        here = {"0.0.0.0": "127.0.0.1", "8000": str(self.web_port)}
        return [here.get(word, word) for word in words]

    def run(self, argv: list[str], service: dict[str, Any], **extra: str) -> subprocess.CompletedProcess[str]:
        env = {**self.env(service), **extra}
        return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Iterator[Machine]:
    """The composition's database and broker, migrated by its own `migrate` service."""
    if servers.postgres_programs() is None or servers.redis_program() is None:
        pytest.skip("needs PostgreSQL and Redis; ./run test installs them")
    with servers.postgres() as url, servers.redis_server("--appendonly", "yes") as broker:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE mitra_owner CREATEROLE LOGIN PASSWORD '{OWNER_PASSWORD}'")
            connection.execute("ALTER DATABASE mitra OWNER TO mitra_owner")
        port = int(re.search(r":(\d+)/mitra$", url)[1])
        here = Machine(port, broker, servers.free_port(), tmp_path_factory.mktemp("var"))
        migrate = OURS["migrate"]
        done = here.run(here.argv(migrate), migrate)
        assert done.returncode == 0, done.stdout + done.stderr
        collected = here.run([sys.executable, "manage.py", "collectstatic", "--noinput"], OURS["web"])
        assert collected.returncode == 0, collected.stderr
        yield here


@pytest.fixture
def start(machine, tmp_path):
    """Starts a service by its own command; stops all of them at the end."""
    running = []

    def begin(name: str) -> Path:
        log = tmp_path / f"{name}.log"
        with log.open("wb") as output:
            argv, env = machine.argv(OURS[name]), machine.env(OURS[name])
            running.append(spawn(argv, env=env, cwd=ROOT, out=output, err=subprocess.STDOUT))
        return log

    yield begin
    for process in running:
        os.killpg(process.pid, 9)
        process.wait(5)


def until(answer, seconds: float = 40) -> Any:
    end = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def page(port: int, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": HOST, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    except OSError:
        return 0, "", {}
    finally:
        connection.close()


@pytest.mark.slow
def test_the_web_service_is_ready_and_speaks_https_only(machine, start):
    log = start("web")

    status, body, _ = until(
        lambda: page(machine.web_port, "/readyz") if page(machine.web_port, "/readyz")[0] else None
    )

    assert (status, body) == (200, '{"status": "ok", "problems": []}'), log.read_text()[-2000:]
    assert page(machine.web_port, "/")[0] == 301
    behind_tls = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"}
    status, body, headers = page(machine.web_port, "/", **behind_tls)
    assert status == 200, log.read_text()[-2000:]
    assert headers["Strict-Transport-Security"]
    for address in set(re.findall(r'(?:href|src)="(/static/[^"#?]+)', body)):
        assert page(machine.web_port, address, **behind_tls)[0] == 200, address

    check = OURS["web"]["healthcheck"]["test"][1:]
    here = [word.replace("127.0.0.1:8000", f"127.0.0.1:{machine.web_port}") for word in check]
    assert machine.run(here, OURS["web"]).returncode == 0


@pytest.mark.slow
def test_the_worker_takes_what_beat_and_web_send(machine, start):
    log = start("worker")
    sweeps = start("sweeps")
    start("beat")

    nonce = secrets.token_hex(8)
    ping = f"from config.celery import ping; ping.delay('{nonce}')"
    asked = machine.run([sys.executable, "-c", ping], OURS["web"])
    assert asked.returncode == 0, asked.stderr
    client = redis.Redis.from_url(machine.broker_url)
    until(lambda: client.get(f":1:ping:{nonce}"))
    until(lambda: re.search(r"health\.tasks\.sweep\S* succeeded", sweeps.read_text()))
    assert "Traceback" not in log.read_text() + sweeps.read_text()


@pytest.mark.slow
def test_the_product_cannot_rewrite_the_audit_trail(machine):
    url = machine.env(OURS["web"])["DATABASE_URL"]

    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM audit_entry").fetchone() is not None
        for statement in ("UPDATE audit_entry SET hash = hash", "DELETE FROM audit_entry", "TRUNCATE audit_entry"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DROP TABLE audit_entry")


def test_nothing_but_the_web_port_is_published_and_that_to_this_machine_only():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_every_variable_of_the_composition_stands_in_the_example():
    listed = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    given = {name for service in OURS.values() for name in service["environment"]}

    assert asked | given <= listed


def test_the_composition_is_production_with_a_broker_that_keeps_its_queue():
    assert set(OURS) == {"web", "beat", "migrate"} | WORKERS
    for service in OURS.values():
        assert service["environment"]["MITRA_MODE"] == "production"
        assert service["environment"]["MITRA_DEMO"] == "false"
        assert service["env_file"] == ".env"
    assert "--appendonly yes" in SERVICES["broker"]["command"]
    assert {volume.split(":")[0] for one in SERVICES.values() for volume in one.get("volumes", [])} == set(
        COMPOSE["volumes"]
    )
    for name in ("web", "database", "broker", *WORKERS):
        assert SERVICES[name]["healthcheck"]["test"], name


def test_the_image_starts_as_the_web_service_does():
    command = re.search(r"^CMD (\[.*?\])", (ROOT / "Dockerfile").read_text(), re.M | re.S)

    assert command
    assert json.loads(command[1].replace("\\\n", "")) == shlex.split(OURS["web"]["command"])


def test_the_image_holds_locked_requirements_and_runs_as_an_ordinary_user():
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert "--require-hashes -r requirements/base.lock" in dockerfile.replace("--no-deps ", "")
    assert re.search(r"^USER (?!root)\w+$", dockerfile, re.M)
    assert "demo.lock" not in dockerfile
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", "var", "demo", "tests", ".git"} <= set(ignored)
