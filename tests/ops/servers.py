"""Private PostgreSQL and Redis servers: real ones, on loopback, in a folder that goes with them."""

import contextlib
import os
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis

from config.supervisor import spawn

OLDEST_POSTGRES = 15


class Missing(Exception):
    """A program that has to be installed first."""


def free_block(size: int = 20) -> int:
    """The first of `size` ports on loopback that nobody holds.

    They lie below the ports that the system gives to outgoing connections, and each xdist worker has a range of
    its own, so that nobody takes one of them between this answer and the moment it is used.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    low, high = 20000 + worker * 3000, 23000 + worker * 3000
    for base in random.sample(range(low, high - size), 200):
        if all(_is_free(port) for port in range(base, base + size)):
            return base
    raise RuntimeError("No block of free ports.")


def free_port() -> int:
    """A port on loopback that nobody holds."""
    return free_block(1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def postgres_programs() -> Path | None:
    """The folder of initdb and postgres, of the newest version that will do; Debian keeps them off the PATH."""
    on_path = shutil.which("initdb")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).parent] if on_path else [])]
    found = [(_version(folder / "postgres"), folder) for folder in folders if (folder / "initdb").exists()]
    good = [pair for pair in found if pair[0] >= OLDEST_POSTGRES]
    return max(good)[1] if good else None


def redis_program() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


def chromium_program() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def _version(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A fresh PostgreSQL; gives the URL of an empty database whose owner may create others (tests need that)."""
    programs = postgres_programs()
    if programs is None:
        raise Missing("postgresql")
    with _folder() as folder:
        who = somebody_else(folder)
        password = secrets.token_hex(16)
        data, port = folder / "data", free_port()
        (folder / "password").write_text(password)
        if who:
            shutil.chown(folder / "password", who["user"], who["group"])
        init = [programs / "initdb", "-D", data, "-U", "mitra", f"--pwfile={folder / 'password'}", "--no-sync"]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([*init, *options], check=True, stdout=subprocess.DEVNULL, cwd=folder, **who)

        fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60"]
        settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *fast]
        argv = [str(programs / "postgres"), "-D", str(data), *(word for one in settings for word in ("-c", one))]
        url = f"postgres://mitra:{password}@127.0.0.1:{port}"
        with _serving(argv, folder, lambda: psycopg.connect(f"{url}/postgres").close(), who, signal.SIGINT):
            with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE mitra")
            yield f"{url}/mitra"


@contextlib.contextmanager
def redis_server(*options: str) -> Iterator[str]:
    """A fresh Redis; gives its URL."""
    program = redis_program()
    if program is None:
        raise Missing("redis-server")
    with _folder() as folder:
        port = free_port()
        url = f"redis://127.0.0.1:{port}/0"
        argv = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder), *options]
        with _serving(argv, folder, lambda: redis.Redis.from_url(url).ping(), {}, signal.SIGTERM):
            yield url


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mitra-server-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def somebody_else(folder: Path) -> dict[str, Any]:
    """Whom to run as, for subprocess: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return {}
    try:
        name = pwd.getpwnam("postgres")
    except KeyError:
        name = pwd.getpwnam("nobody")
    shutil.chown(folder, name.pw_uid, name.pw_gid)
    return {"user": name.pw_uid, "group": name.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def _serving(
    argv: list[str], folder: Path, answers: Callable[[], Any], who: dict[str, Any], goodbye: int
) -> Iterator[None]:
    log = folder / "server.log"
    with log.open("wb") as output:
        server = spawn(argv, env=os.environ, cwd=folder, out=output, err=subprocess.STDOUT, **who)
    try:
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(psycopg.OperationalError, redis.RedisError):
                answers()
                break
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{argv[0]} did not start: {log.read_text(errors='replace')[-800:]}")
            time.sleep(0.05)
        yield
    finally:
        os.kill(server.pid, goodbye)
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(5)
