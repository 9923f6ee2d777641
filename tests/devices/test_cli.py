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
        ("--deadline", "nan", "--", "1.1.1.1"),
        ("--deadline", "301", "--", "1.1.1.1"),
        ("--rtsp-port", "x", "--", "1.1.1.1"),
        ("--rtsp-port", "0", "--", "1.1.1.1"),
        ("--rtsp-port", "99999", "--", "1.1.1.1"),
        ("--rtsp-path", "", "--", "1.1.1.1"),
        ("--rtsp-path", "/live", "--rtsp-brand", "dahua", "--", "1.1.1.1"),
        ("--tls", "--rtsp-path", "/live", "--", "1.1.1.1"),
        ("--user", "", "--password-stdin", "--", "1.1.1.1"),
        ("--user", "u", "--password", "rahasia", "--", "1.1.1.1"),
        ("--user", "u", "--password=rahasia", "--", "1.1.1.1"),
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


@pytest.mark.parametrize("stdin", ["", "\n", "\r\n", "\nrahasia\n"])
def test_an_empty_password_is_bad_input_and_nothing_is_dialled(stdin: str, dialled: list[tuple[str, int]]) -> None:
    code, out, err = run("--user", "u", "--password-stdin", "--", "1.1.1.1", stdin=stdin)

    assert (code, out, dialled) == (2, "", [])
    assert "Kata sandi pada masukan standar kosong" in err


def test_a_broken_allowance_is_bad_input() -> None:
    code, _, err = run("--", "10.0.0.1", allow="10.0.0.0/8")

    assert code == 2
    assert "PROBE_ALLOW tidak terbaca" in err


@pytest.mark.parametrize(
    ("address", "detail", "words"),
    [
        ("10.20.30.5", "denied", "PROBE_ALLOW=10.20.30.0/24:80,554 ./run manage probe --no-picture -- 10.20.30.5"),
        ("10.20.30.5:8521", "port_denied", "PROBE_ALLOW=10.20.30.0/24:8521,554"),
        ("192.168.1.4:554", "denied", "PROBE_ALLOW=192.168.1.0/24:554 "),
        ("[fd00::5]:80", "denied", "PROBE_ALLOW=[fd00::/64]:80,554"),
        ("127.0.0.1:8521", "port_denied", "PROBE_ALLOW=127.0.0.1/32:8521-8540"),
        ("1.1.1.1:22", "port_denied", "80, 322, 443, 554, 888, 2020, 8000, 8080, 8443, 8554, 8899."),
        ("1.1.1.1:22", "port_denied", "PROBE_ALLOW=1.1.1.1/32:22,554"),
        ("169.254.169.254", "denied", "rentang khusus (Link Local)"),
        ("http://127.0.0.1:8521", "host_url", "tanpa http://"),
        ("203.0.113.7:80/onvif", "host_url", "tanpa jalur"),
        ("admin:rahasia@203.0.113.7", "host_user", "--user"),
        ("2404:c0::1", "host_brackets", "[2404:c0::1]:80"),
        ("fe80::1%eth0", "host_brackets", "[2404:c0::1]:80"),
        ("[fe80::1%eth0]", "host_scope", "tanpa %"),
        ("", "host_text", "kosong"),
        ("203.0.113.7 ", "host_text", "spasi"),
        ("\uff12\uff10\uff13.0.113.7", "host_text", "berlebar penuh"),
        ("a" * 300, "host_text", "terlalu panjang"),
        ("0x7f.1", "host_name", "empat angka desimal"),
        ("127.1", "host_name", "empat angka desimal"),
        ("nvr", "host_name", "Nama tanpa titik"),
        ("nvr_1.toko.id", "host_name", "bukan nama di internet"),
        ("kamera.local", "host_special_name", "hanya berlaku di jaringan setempat"),
        ("203.0.113.7:99999", "port_text", "1 sampai 65535"),
    ],
)
def test_a_refused_address_says_why_and_what_an_operator_can_do(
    address: str, detail: str, words: str, dialled: list[tuple[str, int]]
) -> None:
    code, out, err = run("--no-picture", "--", address)

    assert (code, out, dialled) == (2, "", [])
    assert f"address_refused ({detail}):" in err
    assert words in " ".join(err.replace("\\\n", "").split())
    assert "router" not in err
    assert "rahasia" not in err
    assert max(map(len, err.splitlines())) <= 80 or "PROBE_ALLOW" in max(err.splitlines(), key=len)


def test_with_an_object_for_programs_a_failure_is_that_object_alone(dialled: list[tuple[str, int]]) -> None:
    code, out, err = run("--json", "--", "10.20.30.5")
    wrong, object_too, nothing = run("--json", "--deadline", "0", "--", "1.1.1.1")

    told = json.loads(out)
    assert (code, told["error"], told["detail"], told["refusals"]) == (2, "address_refused", "denied", 0)
    assert told["remedy"].endswith("PROBE_ALLOW=10.20.30.0/24:80,554 ./run manage probe --json -- 10.20.30.5")
    assert err == "… Memeriksa alamat\n"
    assert (wrong, json.loads(object_too)["error"], nothing) == (2, "bad_input", "")
    assert "1 sampai 300" in json.loads(object_too)["message"]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((), "Belum diisi: HOST[:PORT]."),
        (("--user",), "--user perlu satu nilai."),
        (("--json=ya", "1.1.1.1"), "--json tidak memakai nilai."),
        (("--apa", "1.1.1.1"), "Tidak dikenal: --apa."),
        (("1.1.1.1", "1.0.0.1"), "Terlalu banyak kata."),
        (("--deadline", "0", "1.1.1.1"), "--deadline: tulis angka dari 1 sampai 300."),
        (("--rtsp-brand", "x", "1.1.1.1"), "--rtsp-brand: pilih salah satu: hikvision, dahua"),
    ],
)
def test_bad_input_is_told_in_indonesian(argv: tuple[str, ...], words: str) -> None:
    code, _, err = run(*argv)

    assert code == 2
    assert words in " ".join(err.split())


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


@pytest.mark.slow
def test_a_device_that_wants_a_password_is_told_from_one_that_refused_ours() -> None:
    with answering(camera()) as server:
        where, allow = f"127.0.0.1:{server.port}", f"127.0.0.1/32:{server.port}"
        without, _, asks = run("--", where, allow=allow)
        wrong, out, _ = run("--user", "u", "--password-stdin", "--json", "--", where, stdin="salah", allow=allow)

    assert (without, wrong) == (4, 4)
    assert "--user NAMA --password-stdin" in " ".join(asks.split())
    told = json.loads(out)
    assert told["error"] == "unauthorized"
    assert "menolak" in told["message"]
    assert told["refusals"] >= 1


def test_help_exits_0_in_indonesian(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help")[0] == 0

    told = capsys.readouterr().out
    assert told.startswith("pemakaian: manage.py probe")
    assert "HOST[:PORT]" in told
    for english in ("usage", "positional", "options:", "show this", "required"):
        assert english not in told


@pytest.mark.slow
def test_a_recorder_without_onvif_is_read_by_its_makers_template() -> None:
    with filming(["/cam/realmonitor"]) as server:
        port = server.server_address[1]
        code, out, err = run(
            *("--rtsp-brand", "dahua", "--user", OWNER.user, "--password-stdin", "--json"),
            *("--", f"127.0.0.1:{port}"),
            stdin=OWNER.password,
            allow=f"127.0.0.1/32:{port}",
        )

    report = json.loads(out)
    assert code == 0, err
    assert report["onvif"] is False
    main, sub = report["channels"][0]["streams"]
    assert sub["path"] == "/cam/realmonitor?channel=1&subtype=1"
    assert (main["width"], main["height"]) == (report["picture"]["width"], report["picture"]["height"])
    assert sub["width"] is None, "of this one no picture was taken"
    assert (report["details"]["interfaces"], "interfaces" in report["details"]["missing"]) == (None, True)
    assert CANARY not in out + err
