"""Devices of the local network: real responders on loopback, one by multicast, and hostile ones by the dozen."""

import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devices import discover as discovery
from devices.discover import GROUP, Discovery, discover, question, read_answer
from devices.discover_cli import as_text, main
from devices.errors import Misbehaving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
ENDPOINT = "urn:uuid:2419d68a-2dd2-21b2-a205-4c11bf2c8f7e"
Answers = Callable[[str], list[bytes]]


def matches(relates_to: str, *, inner: str = "", endpoint: str = ENDPOINT, more: str = "") -> bytes:
    """As a camera writes it, with the prefixes of gSOAP."""
    inner = inner or (
        f"<wsdd:ProbeMatch><wsa:EndpointReference><wsa:Address>{endpoint}</wsa:Address></wsa:EndpointReference>"
        "<wsdd:Types>dn:NetworkVideoTransmitter tds:Device</wsdd:Types>"
        "<wsdd:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Kamera%20Gerbang "
        "onvif://www.onvif.org/hardware/DS-2CD2043 onvif://www.onvif.org/location/Pos%20Satpam</wsdd:Scopes>"
        "<wsdd:XAddrs>http://192.168.1.64:8000/onvif/device_service http://[fe80::1]/onvif/device_service"
        "</wsdd:XAddrs><wsdd:MetadataVersion>10</wsdd:MetadataVersion></wsdd:ProbeMatch>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope '
        'xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:wsdd="http://schemas.xmlsoap.org/ws/2005/04/discovery"><SOAP-ENV:Header>'
        f"<wsa:RelatesTo>{relates_to}</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body>"
        f"<wsdd:ProbeMatches>{inner}</wsdd:ProbeMatches>{more}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()


@contextmanager
def responder(answers: Answers, *, group: bool = False) -> Iterator[tuple[str, int]]:
    """A little device that answers every question from where it was asked; by multicast on loopback if `group`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(GROUP if group else ("127.0.0.1", 0))
        if group:
            member = socket.inet_aton(GROUP[0]) + socket.inet_aton("127.0.0.1")
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        sock.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    asked, where = sock.recvfrom(8192)
                except TimeoutError:
                    continue
                found = re.search(rb"<a:MessageID>([^<]+)<", asked)
                for answer in answers(found[1].decode()) if found else []:
                    sock.sendto(answer, where)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield sock.getsockname()
        finally:
            stop.set()
            thread.join()


def asked(answers: Answers, seconds: float = 0.4) -> Discovery:
    with responder(answers) as where:
        return discover(seconds, interface="127.0.0.1", group=where)


def test_a_device_is_found_by_multicast_with_the_command() -> None:
    with responder(lambda message: [matches(message)], group=True):
        run = subprocess.run(
            [sys.executable, "manage.py", "discover", "--seconds", "1.2", "--interface", "127.0.0.1"],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert (run.returncode, run.stderr) == (0, "… Mendengarkan selama 1,2 detik\n")
    lines = run.stdout.splitlines()
    assert lines[0].split() == ["ALAMAT", "NAMA", "TIPE", "LOKASI", "ENDPOINT"]
    assert lines[1].split() == ["127.0.0.1:8000", "Kamera", "Gerbang", "DS-2CD2043", "Pos", "Satpam", ENDPOINT]
    assert "PROBE_ALLOW=127.0.0.1/32:8000,554 ./run manage probe" in run.stdout
    assert "192.168.1.64" not in run.stdout, "an address that a datagram names is no advice"


def test_a_device_is_one_however_often_it_answers() -> None:
    result = asked(lambda message: [matches(message)] * 3, seconds=0.6)

    (found,) = result.found
    assert (found.address, found.port, found.name) == ("127.0.0.1", 8000, "Kamera Gerbang")
    assert (found.hardware, found.location, found.endpoint) == ("DS-2CD2043", "Pos Satpam", ENDPOINT)
    assert found.xaddrs[0] == "http://192.168.1.64:8000/onvif/device_service"
    assert (result.refused, result.cut) == (0, False)


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>'
HOSTILE: dict[str, Answers] = {
    "of nobody's question": lambda _: [matches(f"urn:uuid:{uuid.uuid4()}")],
    "of no question": lambda _: [matches("")],
    "an external entity": lambda m: [ENTITY + matches(m, endpoint="&y;").split(b"?>", 1)[1]],
    "an empty one": lambda _: [b""],
    "no XML": lambda _: [b"\x00\xff" * 700],
    "cut off": lambda m: [matches(m)[:400]],
    "another message": lambda m: [matches(m).replace(b"ProbeMatches", b"ResolveMatches")],
    "huge": lambda m: [matches(m, more="<x/>" + "y" * 40_000)],
    "deep": lambda m: [matches(m, inner="<a>" * 2000 + "</a>" * 2000)],
    "a bomb of attributes": lambda m: [matches(m, inner="<a " + " ".join(f'b{n}="1"' for n in range(900)) + "/>")],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_is_thrown_away_and_the_good_one_kept(kind: str) -> None:
    result = asked(lambda message: [*HOSTILE[kind](message), matches(message)])

    assert [one.endpoint for one in result.found] == [ENDPOINT]
    assert result.refused >= 1


def test_whoever_floods_costs_himself_his_answers_and_holds_nobody_up() -> None:
    started = time.monotonic()
    result = asked(lambda m: [matches(m, endpoint=f"urn:uuid:{uuid.uuid4()}") for _ in range(500)], seconds=0.5)

    assert time.monotonic() - started < 1.5
    assert len(result.found) == discovery.ANSWERS_OF_ONE
    assert result.refused > 100


def test_the_answers_of_all_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "ANSWERS_MAX", 5)

    result = asked(lambda m: [matches(m, endpoint=f"urn:uuid:{uuid.uuid4()}") for _ in range(8)])

    assert (len(result.found), result.cut) == (5, True)
    assert "sebagian tidak dibaca" in as_text(result)


def test_what_a_device_says_of_itself_is_one_clean_line() -> None:
    scopes = "onvif://www.onvif.org/name/%1b[31mA%0a%e2%80%aeB onvif://www.onvif.org/name/A%1b%5b31m"
    inner = f"<wsdd:ProbeMatch><wsdd:Scopes>{scopes}</wsdd:Scopes><wsdd:XAddrs>http://x:99999/ y</wsdd:XAddrs>"
    (found,) = read_answer(matches("m", inner=f"{inner}</wsdd:ProbeMatch>"), "127.0.0.1", frozenset({"m"}))

    assert found.name.isprintable()
    assert "\u202e" not in found.name
    assert (found.port, found.endpoint) == (80, "")


def test_many_devices_in_one_answer_are_read_up_to_a_number() -> None:
    one = matches("m")
    inner = one[one.index(b"<wsdd:ProbeMatch>") : one.index(b"</wsdd:ProbeMatches>")].decode()

    assert len(read_answer(matches("m", inner=inner * 9), "127.0.0.1", frozenset({"m"}))) == discovery.MATCHES_MAX
    with pytest.raises(Misbehaving):
        read_answer(one, "127.0.0.1", frozenset({"n"}))


def test_both_names_of_a_device_are_asked_for_each_in_a_question_of_its_own() -> None:
    asked_for = []
    asked(lambda message: asked_for.append(message) or [])

    assert len(set(asked_for)) == 2
    assert len(asked_for) == 4, "each is asked twice: datagrams get lost"
    for kind in discovery._TYPES:
        assert f":{kind[1]}</d:Types>".encode() in question("urn:uuid:1", kind)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--seconds", "0"], "--seconds"),
        (["--seconds", "999"], "--seconds"),
        (["--seconds", "x"], "tulis angka dari 0,1 sampai 60."),
        (["--interface", "fe80::1"], "bad_input: --interface: tulis alamat IPv4 komputer ini"),
        (["--interface", "eth0"], "bukan nama antarmukanya. Lihat `ip -4 addr`."),
        (["--interface", "203.0.113.7"], "no_network: Jaringannya tidak dapat dipakai"),
        (["--what"], "bad_input: Tidak dikenal: --what."),
    ],
)
def test_bad_input_says_what_to_mend(argv: list[str], words: str) -> None:
    out, err = io.StringIO(), io.StringIO()

    assert main(argv, out, err) == 2
    assert words in " ".join(err.getvalue().split())
    assert out.getvalue() == ""
    assert max(map(len, err.getvalue().splitlines())) <= 80


def test_a_failure_for_programs_is_one_object() -> None:
    out, err = io.StringIO(), io.StringIO()

    assert main(["--json", "--interface", "eth0"], out, err) == 2
    assert json.loads(out.getvalue())["error"] == "bad_input"
    assert err.getvalue() == ""


def test_help_is_in_indonesian(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"], io.StringIO(), io.StringIO()) == 0
    assert capsys.readouterr().out.startswith("pemakaian: manage.py discover")


def test_nobody_there_is_said_with_what_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.discover_cli.discover", lambda *_a, **_o: Discovery())
    out = io.StringIO()

    assert main([], out, io.StringIO()) == 3
    assert "UDP 3702" in out.getvalue()


def test_the_answer_for_programs_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    result = asked(lambda message: [matches(message)])
    monkeypatch.setattr("devices.discover_cli.discover", lambda *_a, **_o: result)
    out = io.StringIO()

    assert main(["--json"], out, io.StringIO()) == 0
    assert json.loads(out.getvalue())["devices"][0]["endpoint"] == ENDPOINT
