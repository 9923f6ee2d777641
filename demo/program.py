"""What the programs of all virtual devices share: the command line, the sign, and running until told to stop."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import os
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from demo import faults
from demo.auth import DeviceClock
from demo.server import DeviceServer

MAX_SIGN_LETTERS = 12
POLL_SECONDS = 0.2
"""How soon a server notices that it shall stop; two of them must be gone within a second."""


def parser(description: str) -> argparse.ArgumentParser:
    """The options that a camera and a recorder have in common."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--name", required=True, help="the name burnt into the picture")
    options.add_argument("--host", type=loopback, default="127.0.0.1")
    options.add_argument("--onvif-port", type=int, required=True)
    options.add_argument("--rtsp-port", type=int, required=True)
    options.add_argument("--user", required=True)
    secret = options.add_mutually_exclusive_group(required=True)
    secret.add_argument("--password")
    secret.add_argument("--password-env", metavar="NAME", help="environment variable that holds the password")
    options.add_argument("--serial", required=True)
    options.add_argument("--seed", type=int, default=1, help="which street is drawn")
    options.add_argument("--sign", type=Path, help="file whose text is held before the lens while it exists")
    options.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS")
    options.add_argument("--up", type=float, default=0.0, metavar="SECONDS", help="with --down: up this long")
    options.add_argument("--down", type=float, default=0.0, metavar="SECONDS", help="then gone this long")
    options.add_argument("--leave-with-parent", action="store_true", help="stop when the parent process dies")
    return options


def loopback(text: str) -> str:
    """A loopback IPv4 address, and nothing else: these devices must never be reachable from outside."""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IPv4 address") from error
    if not address.is_loopback:
        raise argparse.ArgumentTypeError(f"{text} is not a loopback address; use 127.0.0.1")
    return str(address)


def password_of(options: argparse.Namespace) -> str:
    """The password, from the command line or from the environment variable named there."""
    if options.password_env is None:
        return options.password
    password = os.environ.get(options.password_env, "")
    if not password:
        sys.exit(f"The environment variable {options.password_env} must hold the device's password.")
    return password


def clock_of(options: argparse.Namespace) -> DeviceClock:
    return DeviceClock(timedelta(seconds=options.clock_offset))


def endpoint_of(serial: str) -> str:
    """The device's endpoint reference: a UUID of its own that never changes. The standard lets anybody ask."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"mitra-kamera:demo:{serial}").urn


def read_sign(*paths: Path | None) -> str:
    """The text of the first of these files that exists: its first line, shortened. No file, no sign."""
    for path in paths:
        if path is None:
            continue
        try:
            text = path.read_text(encoding="utf-8", errors="replace")[:200].strip()
        except OSError:
            continue
        if text:
            return "".join(one for one in text.splitlines()[0] if one.isprintable())[:MAX_SIGN_LETTERS]
    return ""


class Listeners:
    """The device's servers, which can be closed and opened again on the same ports."""

    def __init__(self, openers: Sequence[Callable[[], DeviceServer]]) -> None:
        self._openers = openers
        self._open: list[DeviceServer] = []
        self._dead: list[socket.socket] = []

    def open(self) -> None:
        self.close()
        try:
            for opener in self._openers:
                server = opener()
                threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
                self._open.append(server)
        except OSError as error:
            self.close()
            sys.exit(f"A port of the virtual device is in use: {error}")

    def close(self) -> None:
        """Whoever calls now is refused."""
        for server in self._open:
            server.shutdown()
            server.server_close()
        for sock in self._dead:
            sock.close()
        self._open.clear()
        self._dead.clear()

    def lose_power(self) -> None:
        """Whoever calls now waits in vain."""
        addresses = [server.server_address for server in self._open]
        self.close()
        with contextlib.suppress(OSError):  # Refused, then: it is gone all the same.
            self._dead += [socket.create_server(address) for address in addresses]


def run(options: argparse.Namespace, openers: Sequence[Callable[[], DeviceServer]]) -> None:
    """Serve until SIGTERM, Ctrl-C or (if asked for) the death of the parent; go down and come back between, by the
    clock (`--up`, `--down`) and whenever somebody takes the power away (`demo.faults`)."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if options.leave_with_parent:
        threading.Thread(target=_watch_parent, args=(stop, os.getppid()), daemon=True).start()
    listeners = Listeners(openers)
    change = {"up": listeners.open, "down": listeners.close, "off": listeners.lose_power}
    began, before = time.monotonic(), ""
    while not stop.is_set():
        now = _condition(options, time.monotonic() - began)
        if now != before:
            change[now]()
            before = now
        stop.wait(POLL_SECONDS)
    listeners.close()


def _condition(options: argparse.Namespace, seconds: float) -> str:
    """Whether the device is up, down or without power so long after it started."""
    if faults.read_fault(options.sign) == faults.OFF:
        return "off"
    both = options.up + options.down
    return "down" if options.up and options.down and seconds % both >= options.up else "up"


def _watch_parent(stop: threading.Event, parent: int) -> None:
    """An orphan would keep the ports of the next start, so notice the death of the parent within a second."""
    while not stop.wait(0.8):
        if os.getppid() != parent:
            stop.set()
