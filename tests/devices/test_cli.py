"""`manage.py probe`: its exit codes and its manners."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from devices import quirks
from devices.cli import main
from tests.corpus.hostile import CANARY, OWNER, Handler, Server, camera, fault, serving
from tests.devices.rtsp_devices import filming


def run(*argv: str, stdin: str = "", allow: str = "") -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = main(argv, io.StringIO(stdin), out, err, {"PROBE_ALLOW": allow})
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("--", "10.0.0.1"),
        ("--", "127.0.0.1:8000"),
        ("--", "1.1.1.1:22"),
        ("--", "[::1]:80"),
        ("--", "nvr"),
        ("--user", "u", "--", "1.1.1.1"),
        ("--password-stdin", "--", "1.1.1.1"),
        ("--deadline", "0", "--", "1.1.1.1"),
        ("--rtsp-port", "x", "--", "1.1.1.1"),
        ("--rtsp-path", "/user=admin&password=rahasia", "--", "1.1.1.1"),
        ("--rtsp-path", "//1.0.0.1/live", "--", "1.1.1.1"),
        ("--rtsp-brand", "nobody", "--", "1.1.1.1"),
        ("--rtsp-tls", "--", "1.1.1.1"),
        ("--unknown", "--", "1.1.1.1"),
    ],
)
def test_bad_input_and_refused_addresses_exit_2(argv: tuple[str, ...], dialled: list[tuple[str, int]]) -> None:
    code, out, err = run(*argv)

    assert (code, out) == (2, "")
    assert err
    assert "rahasia" not in err
    assert dialled == []


def test_a_broken_allowance_is_bad_input() -> None:
    assert run("--", "10.0.0.1", allow="10.0.0.0/8")[0] == 2


def test_a_password_that_is_too_long_is_bad_input_and_not_repeated() -> None:
    code, _, err = run("--user", "u", "--password-stdin", "--", "1.1.1.1", stdin="k" * 300)

    assert code == 2
    assert "kkkk" not in err


def test_a_closed_port_exits_3() -> None:
    assert run("--", "127.0.0.1:1", allow="127.0.0.1/32:1")[0] == 3


@contextmanager
def answering(handler: Handler) -> Iterator[Server]:
    """A little server in a loop of its own, because the command runs one itself."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    little = serving(handler)
    server = asyncio.run_coroutine_threadsafe(little.__aenter__(), loop).result(5)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(little.__aexit__(None, None, None), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)


@pytest.mark.slow
def test_a_device_that_is_read_exits_0_with_a_report_and_no_password() -> None:
    with answering(camera(GetSnapshotUri=fault("ter:ActionNotSupported"))) as server:
        words = ("--user", OWNER.user, "--password-stdin", "--no-picture")
        allow = f"127.0.0.1/32:{server.port}"
        code, text, steps = run(*words, "--", f"127.0.0.1:{server.port}", stdin=f"{CANARY}\n", allow=allow)
        again, told, _ = run(*words, "--json", "--", f"127.0.0.1:{server.port}", stdin=CANARY, allow=allow)

    assert (code, again) == (0, 0)
    assert "nomor seri   S-1" in text
    assert "1920x1080" in text
    assert "Membaca jam perangkat" in steps
    assert json.loads(told)["serial"] == "S-1"
    assert json.loads(told)["details"]["services"]
    assert CANARY not in text + told + steps


@pytest.mark.slow
def test_onvif_at_another_port_is_named_where_the_route_admits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(camera()) as server:
        monkeypatch.setattr(quirks, "VENDOR_PORTS", (server.port,))
        monkeypatch.setitem(quirks.PORT_WORDS, server.port, quirks.PORT_WORDS[8000])
        code, out, err = run("--", "127.0.0.1:1025", allow=f"127.0.0.1/32:1025,{server.port}")

    assert (code, out) == (3, "")
    assert "ONVIF menjawab di port 8000" in err


def test_help_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help")[0] == 0
    assert "HOST[:PORT]" in capsys.readouterr().out


def test_a_recorder_without_onvif_is_read_by_its_makers_template() -> None:
    with filming(["/cam/realmonitor"]) as server:
        port = server.server_address[1]
        code, out, err = run(
            *("--rtsp-brand", "dahua", "--no-picture", "--user", OWNER.user, "--password-stdin", "--json"),
            *("--", f"127.0.0.1:{port}"),
            stdin=OWNER.password,
            allow=f"127.0.0.1/32:{port}",
        )

    report = json.loads(out)
    assert code == 0, err
    assert report["onvif"] is False
    assert report["channels"][0]["streams"][1]["path"] == "/cam/realmonitor?channel=1&subtype=1"
    assert CANARY not in out + err
