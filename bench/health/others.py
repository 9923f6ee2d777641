"""What others would check cameras with: `python -m bench.health.others PROGRAM WHAT N PORT`. Prints CPU seconds.

`exporter`: Debian's prometheus-blackbox-exporter, asked over kept connections, each probe one request as Prometheus
sends it; whoever asks is counted with it, Prometheus and its storage are not. `check_tcp`: the plugin of Nagios and
its kin, a process for each check.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

from bench.health.addresses import address
from bench.health.floor import CONCURRENCY, QUESTIONS
from bench.health.meter import cpu_seconds
from bench.machine import more_files
from config.supervisor import spawn
from devices import soap
from tests.ops.servers import free_port

EXPORTER = "prometheus-blackbox-exporter"
CHECK_TCP = "/usr/lib/nagios/plugins/check_tcp"
AT_ONCE = 8
ANSWERED_AT_LEAST = 0.99

_MODULES = {
    "modules": {
        "rtsp": {
            "prober": "tcp",
            "timeout": "5s",
            "tcp": {
                "query_response": [
                    {"send": "OPTIONS rtsp://camera/ RTSP/1.0\r"},  # It adds the rest of the line break.
                    {"send": "CSeq: 1\r"},
                    {"send": "\r"},
                    {"expect": "^RTSP/1.0 200"},
                ]
            },
        },
        "clock": {
            "prober": "http",
            "timeout": "5s",
            "http": {
                "method": "POST",
                "headers": {"Content-Type": "application/soap+xml; charset=utf-8"},
                "body": soap.envelope(soap.GET_CLOCK).decode(),
                "fail_if_body_not_matches_regexp": ["UTCDateTime"],
            },
        },
    }
}


def missing() -> list[str]:
    """Debian packages that have to be installed first."""
    wanted = {"prometheus-blackbox-exporter": shutil.which(EXPORTER), "monitoring-plugins-basic": None}
    if Path(CHECK_TCP).exists():
        wanted["monitoring-plugins-basic"] = CHECK_TCP
    return [package for package, found in wanted.items() if not found]


class Scrape(asyncio.Protocol):
    """A kept connection to the exporter: one probe after the other, from a list that is shared."""

    def __init__(self, what: str, targets: list[str], done: asyncio.Future[None], good: list[str]) -> None:
        self._what, self._targets, self._done, self._good = what, targets, done, good
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def _next(self) -> None:
        if not self._targets:
            self._transport.close()
            if not self._done.done():
                self._done.set_result(None)
            return
        self._asked = self._targets.pop()
        scheme = "http://" if self._what == "clock" else ""
        path = "/onvif/device_service" if self._what == "clock" else ""
        query = f"/probe?module={self._what}&target={scheme}{self._asked}{path}"
        self._transport.write(f"GET {query} HTTP/1.1\r\nHost: exporter\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return
        if b"Content-Length: " in head:
            size = int(head.partition(b"Content-Length: ")[2].split(b"\r\n", 1)[0])
            if len(body) < size:
                return
        elif not body.endswith(b"0\r\n\r\n"):
            return
        if b"\nprobe_success 1" in body:
            self._good.append(self._asked)
        self._got = b""
        self._next()


async def _scrape_all(what: str, targets: list[str], port: int) -> int:
    loop = asyncio.get_running_loop()
    good: list[str] = []
    ends = [loop.create_future() for _ in range(CONCURRENCY // 4)]
    for end in ends:
        await loop.create_connection(lambda end=end: Scrape(what, targets, end, good), "127.0.0.1", port)
    await asyncio.gather(*ends)
    return len(good)


def exporter(what: str, hosts: list[str], port: int) -> float:
    import uvloop

    with tempfile.TemporaryDirectory(prefix="mitra-bench-") as folder:
        config, listen = Path(folder) / "modules.yml", free_port()
        config.write_text(json.dumps(_MODULES))
        argv = [
            EXPORTER,
            f"--config.file={config}",
            f"--web.listen-address=127.0.0.1:{listen}",
            "--log.level=error",
        ]
        server = spawn(argv, env=os.environ, cwd=Path(folder), out=subprocess.DEVNULL, err=subprocess.DEVNULL)
        try:
            _until_listening(listen)
            targets = [f"{host}:{port}" for host in hosts]
            before, asker = cpu_seconds([server.pid]), time.process_time()
            good = uvloop.run(_scrape_all(what, targets, listen))
            spent = cpu_seconds([server.pid]) - before + time.process_time() - asker
        finally:
            server.kill()
            server.wait()
    # Now and then it gives up on one of a thousand; that one was asked all the same.
    if good < len(hosts) * ANSWERED_AT_LEAST:
        raise SystemExit(f"{len(hosts) - good} of {len(hosts)} did not answer the exporter.")
    return spent


def _until_listening(port: int) -> None:
    import socket

    end = time.monotonic() + 20
    while True:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > end:
            raise SystemExit("The exporter did not start.")
        time.sleep(0.05)


def check_tcp(what: str, hosts: list[str], port: int) -> float:
    """A few processes at once, each with its question and the answer that it waits for."""
    if what != "rtsp":
        raise SystemExit("check_tcp asks RTSP alone.")
    before = os.times()
    running: set[int] = set()
    failed = 0
    for host in hosts:
        if len(running) >= AT_ONCE:
            failed += _one_ends(running)
        question = (QUESTIONS[what] % (host.encode(), port)).decode()
        argv = [CHECK_TCP, "-H", host, "-p", str(port), "-s", question, "-e", "RTSP/1.0 200", "-t", "5"]
        nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        running.add(os.posix_spawn(CHECK_TCP, argv, {"PATH": "/usr/bin"}, file_actions=nowhere))
    while running:
        failed += _one_ends(running)
    if failed:
        raise SystemExit(f"{failed} of {len(hosts)} did not answer check_tcp.")
    return sum(os.times()[:4]) - sum(before[:4])


def _one_ends(running: set[int]) -> int:
    pid, status = os.wait()
    running.discard(pid)
    return int(status != 0)


if __name__ == "__main__":
    more_files()
    program, what, count, port = sys.argv[1:]
    ask = {"exporter": exporter, "check_tcp": check_tcp}[program]
    print(ask(what, [address(number) for number in range(int(count))], int(port)))
