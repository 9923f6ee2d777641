"""How a device is signed in to: by evidence, with at most two refusals, and never with the password itself."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

import pytest

from devices.sign_in import REFUSED_IN_A_ROW_MAX
from tests.corpus.hostile import (
    OWNER,
    Exchange,
    Handler,
    camera,
    clock_now,
    fault,
    information,
    probe_server,
    services,
    soap,
)
from tests.corpus.signing import SIGNING, takes_it_once

pytestmark = pytest.mark.slow

Dialled = list[tuple[str, int]]


@pytest.mark.parametrize("kind", SIGNING)
def test_who_asks_for_a_password_in_a_hostile_way_is_told_it_at_most_twice(kind: str, dialled: Dialled) -> None:
    handler, code, most = SIGNING[kind]

    outcome = probe_server(handler)

    assert outcome.code == code
    assert len(outcome.server.signed) <= most
    assert outcome.error is not None
    assert outcome.error.refusals <= 2
    assert outcome.seconds < 1.0
    outcome.assert_harmless(dialled)


def test_who_took_the_password_once_and_then_refuses_for_ever_is_read_with_warnings(dialled: Dialled) -> None:
    outcome = probe_server(takes_it_once, deadline=3.0)

    assert outcome.report is not None
    assert outcome.report.serial == "S-1"
    assert "no_profiles" in outcome.report.warnings
    assert len(outcome.server.signed) == 1 + REFUSED_IN_A_ROW_MAX
    outcome.assert_harmless(dialled)


def test_one_answer_between_refusals_lets_them_be_counted_anew() -> None:
    """A user who may not ask everything: of three questions one is answered."""
    asked = 0

    async def now_and_then(exchange: Exchange) -> None:
        nonlocal asked
        while request := await exchange.request():
            if b"GetSystemDateAndTime" in request:
                await exchange.reply(clock_now())
            elif b"UsernameToken" not in request:
                await exchange.reply(fault(), "400 No")
            else:
                asked += 1
                await exchange.reply(*((information(), "200 OK") if asked % 3 == 1 else (fault(), "400 No")))

    outcome = probe_server(now_and_then, deadline=3.0)

    assert outcome.report is not None
    assert len(outcome.server.signed) > 1 + 2 * REFUSED_IN_A_ROW_MAX


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


@pytest.mark.parametrize(
    "shift",
    [lambda n: 0.0 if n == 1 else 60.0, lambda _: 7 * 3600.0],
    ids=["the clock was set meanwhile", "local time is called UTC"],
)
def test_new_evidence_about_the_clock_earns_one_more_signing(shift: Callable[[int], float]) -> None:
    outcome = probe_server(refusing(shift))

    assert outcome.code == "unauthorized"
    assert len(outcome.server.signed) == 2


def test_a_clock_that_is_minutes_off_is_no_new_evidence() -> None:
    outcome = probe_server(refusing(lambda _: 7 * 60.0))

    assert len(outcome.server.signed) == 1


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


def test_without_credentials_nothing_is_signed() -> None:
    outcome = probe_server(refusing(), credentials=None)

    assert (outcome.code, outcome.server.signed) == ("unauthorized", [])


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


def test_one_operation_denied_to_good_credentials_is_a_warning() -> None:
    outcome = probe_server(camera(GetNetworkInterfaces=fault(), GetSnapshotUri=fault()), deadline=3.0)

    assert outcome.report is not None
    assert {"no_mac", "no_snapshot_address"} <= set(outcome.report.warnings)
    assert outcome.report.refusals == 0


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
