"""Devices that lie: each probe ends in its stable code, within its deadline, with no other host dialled."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable

import pytest

from tests.corpus.hostile import (
    CANARY,
    OWNER,
    Exchange,
    Handler,
    Outcome,
    camera,
    clock,
    clock_now,
    fault,
    information,
    probe_server,
    services,
    soap,
    uri,
)

DEADLINE = 1.0


def says(data: bytes) -> Handler:
    """Answers every request with these raw bytes and hangs up."""

    async def handle(exchange: Exchange) -> None:
        await exchange.request()
        await exchange.send(data)

    return handle


def body(data: bytes) -> Handler:
    """Answers every request with this body."""

    async def handle(exchange: Exchange) -> None:
        while await exchange.request():
            await exchange.reply(data)

    return handle


def drips(head: bytes, drop: bytes) -> Handler:
    async def handle(exchange: Exchange) -> None:
        await exchange.request()
        await exchange.send(head)
        while True:
            await exchange.send(drop)
            await asyncio.sleep(0.1)

    return handle


async def silent(exchange: Exchange) -> None:
    await asyncio.sleep(30)


async def resets_in_the_middle(exchange: Exchange) -> None:
    await exchange.request()
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<s:Env")


async def endless(exchange: Exchange) -> None:
    await exchange.request()
    await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(300):
            await exchange.send(b"x" * 1024 * 1024)


async def asks_for_basic(exchange: Exchange) -> None:
    while await exchange.request():
        await exchange.reply(b"", "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"')


async def new_nonce_for_ever(exchange: Exchange) -> None:
    while await exchange.request():
        nonce = len(exchange.server.requests)
        await exchange.reply(
            b"", "401 No", f'WWW-Authenticate: Digest realm="r", nonce="{nonce}", qop="auth", stale=true'
        )


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
    b"<s:Body>&c;</s:Body></s:Envelope>"
)
ENVELOPE = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>%s</s:Body></s:Envelope>'


def status(line: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {line}", *headers, "", ""]).encode()


BAD, REFUSED_XML = "misbehaving", "xml_refused"

HOSTILE: dict[str, tuple[Handler, str, str]] = {
    "redirect to a file": (says(status("302 Found", "Location: file:///etc/passwd")), BAD, "redirect"),
    "redirect to loopback": (says(status("302 Found", "Location: http://127.0.0.1:22/")), BAD, "redirect"),
    "redirect of the POST": (says(status("307 Again", "Location: http://1.1.1.1/")), BAD, "redirect"),
    "entity expansion": (body(BOMB), BAD, REFUSED_XML),
    "external entity": (
        body(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + ENVELOPE % b"&e;"),
        BAD,
        REFUSED_XML,
    ),
    "external DTD": (body(b'<!doctype x SYSTEM "http://1.1.1.1/x.dtd">' + ENVELOPE % b"<a/>"), BAD, REFUSED_XML),
    "doctype hidden by UTF-7": (
        body(b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-' + ENVELOPE % b"<a/>"),
        BAD,
        REFUSED_XML,
    ),
    "UTF-16": (body(clock().decode().encode("utf-16")), BAD, REFUSED_XML),
    "NUL": (body(ENVELOPE % b"<a>\0</a>"), BAD, REFUSED_XML),
    "cut off": (body(clock()[:300]), BAD, "xml"),
    "deep": (body(b"<a>" * 40_000 + b"</a>" * 40_000), BAD, "xml"),
    "many attributes": (
        body(ENVELOPE % (b"<a " + b" ".join(b'a%d=""' % n for n in range(80_000)) + b"/>")),
        BAD,
        "xml_size",
    ),
    "many attributes over many elements": (
        body(ENVELOPE % (b"".join(b"<a %s/>" % b" ".join(b'a%d=""' % n for n in range(60)) for _ in range(1900)))),
        BAD,
        "xml_size",
    ),
    "many nodes": (body(ENVELOPE % (b"<a/>" * 60_000)), BAD, "xml_size"),
    "large text": (body(ENVELOPE % (b"<a>" + b"x" * 11_000_000 + b"</a>")), BAD, "body_size"),
    "HTML": (body(b"<html><body>router</body></html>"), BAD, "not_soap"),
    "not HTTP": (says(b"SSH-2.0-OpenSSH_9\r\n\r\n"), BAD, "status_line"),
    "no such page": (says(status("404 Not Found", "Content-Length: 0")), BAD, "not_onvif"),
    "endless body": (endless, BAD, "body_size"),
    "compressed": (
        says(status("200 OK", "Content-Encoding: gzip", "Content-Length: 4") + b"\x1f\x8b\x08\x00"),
        BAD,
        "encoding",
    ),
    "huge length": (says(status("200 OK", f"Content-Length: {2**63}")), BAD, "body_size"),
    "length twice": (says(status("200 OK", "Content-Length: 1", "Content-Length: 2") + b"xx"), BAD, "framing"),
    "length and chunks": (
        says(status("200 OK", "Content-Length: 1", "Transfer-Encoding: chunked") + b"0\r\n\r\n"),
        BAD,
        "framing",
    ),
    "huge chunk": (
        says(status("200 OK", "Transfer-Encoding: chunked") + b"ffffffffffffffff\r\n"),
        BAD,
        "body_size",
    ),
    "a million tiny chunks": (
        says(status("200 OK", "Transfer-Encoding: chunked") + b"1\r\nx\r\n" * 100_000),
        BAD,
        "framing",
    ),
    "10,000 headers": (says(status("200 OK", *(f"A{n}: b" for n in range(10_000)))), BAD, "header_size"),
    "200 headers": (says(status("200 OK", *(f"A{n}: b" for n in range(200)))), BAD, "header_count"),
    "says nothing": (silent, "unreachable", "silent"),
    "drips its body": (drips(status("200 OK", "Content-Length: 1000"), b"x"), BAD, "slow"),
    "drips its header": (drips(b"HTTP/1.1 200 OK\r\nA: ", b"x"), BAD, "slow"),
    "resets": (resets_in_the_middle, BAD, "cut_off"),
    "hangs up": (says(b""), BAD, "empty"),
    "asks for Basic": (asks_for_basic, "unauthorized", "credentials"),
    "new nonce for ever": (new_nonce_for_ever, "unauthorized", "credentials"),
    "a fault that repeats our password": (
        body(fault().replace(b">no<", f">{CANARY}<".encode())),
        "unauthorized",
        "credentials",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_device_ends_in_its_stable_code(kind: str, dialled: list[tuple[str, int]]) -> None:
    handler, code, detail = HOSTILE[kind]

    outcome = probe_server(handler, deadline=DEADLINE)

    assert (outcome.code, outcome.error.detail if outcome.error else "") == (code, detail)
    assert outcome.seconds < DEADLINE + 0.5
    assert set(dialled) == {("127.0.0.1", outcome.server.port)}
    assert_no_secret(outcome)


def assert_no_secret(outcome: Outcome) -> None:
    sent = b"".join(outcome.server.requests)
    assert CANARY.encode() not in sent
    assert b"Basic" not in sent
    assert len(outcome.server.signed) <= 2
    if outcome.error is not None:
        told = f"{outcome.error!r} {outcome.error} {outcome.error.message} {outcome.error.remedy}"
        assert CANARY not in told
        assert CANARY not in repr(outcome.error.__cause__)


ELSEWHERE: dict[str, Handler] = {
    "XAddr on the metadata address": camera(GetServices=services("http://169.254.169.254/latest")),
    "XAddr on another host": camera(GetServices=services("http://1.1.1.1:8080/media")),
    "XAddr on port 22": camera(GetServices=services("http://127.0.0.1:22/media")),
    "XAddr that is no address": camera(GetServices=services("http://[::1/ x")),
    "StreamUri elsewhere": camera(GetStreamUri=uri("GetStreamUri", "rtsp://10.0.0.5/live")),
    "StreamUri concat": camera(GetStreamUri=uri("GetStreamUri", "concat:/etc/passwd|x")),
    "StreamUri pipe": camera(GetStreamUri=uri("GetStreamUri", "pipe:0")),
    "StreamUri option": camera(GetStreamUri=uri("GetStreamUri", "-i /etc/passwd")),
    "SnapshotUri elsewhere": camera(GetSnapshotUri=uri("GetSnapshotUri", "http://1.1.1.1/snap")),
    "SnapshotUri file": camera(GetSnapshotUri=uri("GetSnapshotUri", "file:///etc/passwd")),
    "snapshot that is HTML": camera(snapshot=b"<html><script>alert(1)</script></html>"),
    "snapshot that is SVG": camera(snapshot=b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
    "snapshot cut short": camera(snapshot=b"\xff\xd8\xff\xe0\x00\x10JFIF"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ELSEWHERE)
def test_what_a_device_points_to_is_sought_on_the_device_itself(kind: str, dialled: list[tuple[str, int]]) -> None:
    outcome = probe_server(ELSEWHERE[kind], deadline=3.0)

    assert outcome.report is not None
    assert outcome.report.picture is None
    assert {address for address, _ in dialled} == {"127.0.0.1"}
    assert {port for _, port in dialled} <= {outcome.server.port, 1, 554}
    assert_no_secret_in_clear(outcome)


def assert_no_secret_in_clear(outcome: Outcome) -> None:
    assert CANARY.encode() not in b"".join(outcome.server.requests)
    assert CANARY not in repr(outcome.report)


@pytest.mark.slow
def test_one_broken_answer_does_not_fail_the_probe() -> None:
    outcome = probe_server(camera(GetDeviceInformation=BOMB, GetServices=b"<", GetStreamUri=BOMB), deadline=3.0)

    assert outcome.report is not None
    assert [c.name for c in outcome.report.channels] == ["Front"]
    assert {"no_information", "no_services", "no_stream_address"} <= set(outcome.report.warnings)


@pytest.mark.slow
def test_what_a_device_calls_itself_is_one_clean_line() -> None:
    nasty = "&lt;script&gt;\r\n=cmd|' /C calc'!A0 \u202eabc" + "x" * 100_000

    outcome = probe_server(camera(GetDeviceInformation=information(nasty)), deadline=3.0)

    assert outcome.report is not None
    maker = outcome.report.maker
    assert len(maker) <= 120
    assert not re.search(r"[\x00-\x1f\u202e]", maker)


@pytest.mark.slow
@pytest.mark.parametrize(("year", "believed"), [(1970, True), (9999, False)])
def test_a_device_that_lives_in_another_age_is_read(year: int, believed: bool) -> None:
    outcome = probe_server(camera(GetSystemDateAndTime=clock(year)), deadline=3.0)

    assert outcome.report is not None
    assert (outcome.report.clock_offset_seconds is not None) == believed


# --- signing in -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_wrong_password_is_tried_once(dialled: list[tuple[str, int]]) -> None:
    outcome = probe_server(refusing())

    assert outcome.code == "unauthorized"
    assert len(outcome.server.signed) == 1
    assert outcome.error.refusals == 1  # type: ignore[union-attr]


def refusing(shift: Callable[[int], float] = lambda _: 0.0) -> Handler:
    """Refuses everything but its clock, which may move between readings."""
    readings = 0

    async def handle(exchange: Exchange) -> None:
        nonlocal readings
        while request := await exchange.request():
            if b"GetSystemDateAndTime" in request:
                readings += 1
                await exchange.reply(clock_now(shift(readings)))
            else:
                await exchange.reply(fault(), "400 Bad Request")

    return handle


@pytest.mark.slow
@pytest.mark.parametrize(
    "shift",
    [lambda n: 0.0 if n == 1 else 60.0, lambda _: 7 * 3600.0],
    ids=["the clock was set meanwhile", "local time is called UTC"],
)
def test_new_evidence_about_the_clock_earns_one_more_signing(shift: Callable[[int], float]) -> None:
    outcome = probe_server(refusing(shift))

    assert outcome.code == "unauthorized"
    assert len(outcome.server.signed) == 2


@pytest.mark.slow
def test_a_clock_that_is_minutes_off_is_no_new_evidence() -> None:
    outcome = probe_server(refusing(lambda _: 7 * 60.0))

    assert len(outcome.server.signed) == 1


@pytest.mark.slow
def test_a_device_that_calls_local_time_utc_is_signed_in_with_real_utc() -> None:
    def strict(request: bytes) -> bytes:
        created = re.search(rb"<wsu:Created>([^<]+)<", request)
        now = time.strftime("%Y-%m-%dT%H", time.gmtime()).encode()
        return information() if created and created[1].startswith(now) else fault()

    outcome = probe_server(
        camera(GetSystemDateAndTime=lambda _: clock_now(7 * 3600), GetDeviceInformation=strict), deadline=3.0
    )

    assert outcome.report is not None
    assert "local_time_as_utc" in outcome.report.warnings


@pytest.mark.slow
def test_without_credentials_nothing_is_signed() -> None:
    outcome = probe_server(refusing(), credentials=None)

    assert (outcome.code, outcome.server.signed) == ("unauthorized", [])


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_digest_challenge_is_answered(algorithm: str) -> None:
    async def digest_only(exchange: Exchange) -> None:
        while request := await exchange.request():
            if b"GetSystemDateAndTime" in request:
                await exchange.reply(clock_now())
            elif b"Authorization: Digest" in request:
                await exchange.reply(information() if b"GetDeviceInformation" in request else fault("ter:Unknown"))
            else:
                challenge = f'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm={algorithm}'
                await exchange.reply(b"", "401 Unauthorized", challenge)

    outcome = probe_server(digest_only, deadline=3.0)

    assert outcome.report is not None
    assert (outcome.report.serial, outcome.report.sign_in_method, outcome.report.refusals) == ("S-1", "digest", 0)


@pytest.mark.slow
def test_a_device_that_answers_anyone_is_recorded_so() -> None:
    async def open_camera(exchange: Exchange) -> None:
        answers = {b"GetSystemDateAndTime": clock_now(), b"GetDeviceInformation": information()}
        answers |= {b"GetProfiles": soap("<x/>"), b"GetServices": services("http://1.1.1.1/m")}
        while request := await exchange.request():
            name = next((n for n in answers if n in request), None)
            await exchange.reply(answers[name] if name else fault("ter:Unknown"))

    outcome = probe_server(open_camera, credentials=OWNER, deadline=3.0)

    assert outcome.report is not None
    assert outcome.report.auth_not_enforced


@pytest.mark.slow
def test_a_wrong_password_shows_although_the_device_tells_its_name_to_anyone() -> None:
    async def half_open(exchange: Exchange) -> None:
        answers = {b"GetSystemDateAndTime": clock_now(), b"GetDeviceInformation": information()}
        answers |= {b"GetServices": services("http://1.1.1.1/m")}
        while request := await exchange.request():
            name = next((n for n in answers if n in request), None)
            await exchange.reply(answers[name] if name else fault())

    outcome = probe_server(half_open, deadline=3.0)

    assert outcome.code == "unauthorized"
    refused = [r for r in outcome.server.signed if b"GetProfiles" in r]
    assert len(refused) == 1


@pytest.mark.slow
def test_one_operation_denied_to_good_credentials_is_a_warning() -> None:
    outcome = probe_server(camera(GetNetworkInterfaces=fault(), GetSnapshotUri=fault()), deadline=3.0)

    assert outcome.report is not None
    assert {"no_mac", "no_snapshot_address"} <= set(outcome.report.warnings)
    assert outcome.report.refusals == 0


@pytest.mark.slow
def test_a_closed_port_is_unreachable() -> None:
    async def closed(exchange: Exchange) -> None:
        raise AssertionError

    async def run() -> str:
        from devices.errors import DeviceError
        from devices.probe import probe
        from devices.report import Target
        from tests.corpus.hostile import LOOPBACK, serving

        async with serving(closed) as server:
            port = server.port
        try:
            await probe(Target("127.0.0.1", port), OWNER, route=LOOPBACK, deadline_seconds=1)
        except DeviceError as error:
            return f"{error.code} {error.detail}"
        return "read"

    assert asyncio.run(run()) == "unreachable closed"
