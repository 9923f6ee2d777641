"""Each quirk by itself, and the ones that are seen from outside against little servers."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import inspect
import re
import ssl
from pathlib import Path

import pytest

from devices import quirks
from devices.deadline import Deadline
from devices.dial import Dialler
from devices.errors import DeviceError, Dropped, Misbehaving, Unreachable
from devices.facts import Encoder
from devices.http import Reply
from devices.probe import probe
from devices.quirks import PORT_WORDS, VENDOR_PORTS
from devices.replies import Profile
from devices.report import DeviceReport, Target
from devices.routes import PORTS, routes_from_allow
from devices.seek import port_that_answers
from devices.sign_in import DeviceClock
from tests.corpus.hostile import (
    CANARY,
    LOOPBACK,
    OWNER,
    Exchange,
    Handler,
    Server,
    camera,
    clock_now,
    fault,
    serving,
    token_is_right,
)
from tests.devices.test_identity import certificate

WIB = 7 * 3600


def test_every_quirk_has_a_test() -> None:
    names = {
        name for name, one in inspect.getmembers(quirks, inspect.isfunction) if one.__module__ == quirks.__name__
    }
    written = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))

    assert [name for name in names if not re.search(rf"\b{name}\(", written)] == []


def test_every_quirk_names_where_it_comes_from() -> None:
    told = {name: one.__doc__ or "" for name, one in inspect.getmembers(quirks, inspect.isfunction)}
    cited = re.compile(r"#\d+|VENDOR_PORTS|easy_onvif_workspace|standard")
    free = {"gettext_noop", "digest_challenge", "safe_path", "leaves_hope_elsewhere"}

    assert [name for name, words in told.items() if name not in free and not cited.search(words)] == []


# --- time ----------------------------------------------------------------------------------------------------


def test_signing_time_is_the_devices_own() -> None:
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)

    assert abs(quirks.signing_time(DeviceClock.read_now(tomorrow)) - tomorrow) < dt.timedelta(seconds=1)
    assert abs(quirks.signing_time(None) - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("offset", "zone"),
    [
        (WIB, WIB),
        (WIB + 80, WIB),
        (-3.5 * 3600, -12600),
        (0, None),
        (60, None),
        (WIB + 300, None),
        (15 * 3600, None),
        (86400, None),
    ],
)
def test_zone_in_offset(offset: float, zone: int | None) -> None:
    assert quirks.zone_in_offset(offset) == zone


def test_time_of_date_header() -> None:
    assert quirks.time_of_date_header("Wed, 25 Nov 2026 01:02:03 GMT") == dt.datetime(
        2026, 11, 25, 1, 2, 3, tzinfo=dt.UTC
    )
    for nothing in ("", "gestern", "Wed, 25 Nov 2026 01:02:03", "Wed, 25 Nov 1926 01:02:03 GMT"):
        assert quirks.time_of_date_header(nothing) is None


@pytest.mark.slow
def test_where_even_the_clock_wants_credentials_the_date_of_the_refusal_is_signed_with() -> None:
    """A day ahead: only a token of the device's own time is taken, and no refusal is needed to find out."""
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)

    def fresh(request: bytes) -> bool:
        created = re.search(rb"Created>([^<]+)<", request)
        return created is not None and abs(dt.datetime.fromisoformat(created[1].decode()) - ahead) < dt.timedelta(
            minutes=1
        )

    known = camera(GetSystemDateAndTime=lambda _: clock_now(86400))

    async def handle(exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            while asked := await really():
                if fresh(asked):
                    return asked
                await exchange.reply(fault(), "401 Unauthorized", f"Date: {email.utils.format_datetime(ahead)}")
            return b""

        exchange.request = request  # type: ignore[method-assign]
        await known(exchange)

    async def run() -> DeviceReport:
        async with serving(handle) as server:
            where = Target("127.0.0.1", server.port)
            return await probe(where, OWNER, route=LOOPBACK, want_picture=False)

    report = asyncio.run(run())

    assert (report.serial, report.refusals, len(report.channels)) == ("S-1", 0, 1)
    assert report.clock_offset_seconds == pytest.approx(86400, abs=3)


# --- signing in ----------------------------------------------------------------------------------------------


def refusal(*challenges: str, status: int = 401) -> Reply:
    return Reply(status, tuple(("www-authenticate", value) for value in challenges), b"")


DIGEST = 'Digest realm="r", nonce="n", qop="auth"'


def test_digest_wanted() -> None:
    assert quirks.digest_wanted(refusal('Basic realm="r"')) is None
    found = quirks.digest_wanted(refusal('Basic realm="r"', DIGEST))
    assert found is not None
    assert found.realm == "r"


def test_snapshot_challenge() -> None:
    assert quirks.snapshot_challenge(refusal(DIGEST, status=200)) is None
    assert quirks.snapshot_challenge(refusal(DIGEST)) is not None
    with pytest.raises(Misbehaving) as problem:
        quirks.snapshot_challenge(refusal('Basic realm="r"'))
    assert problem.value.detail == "basic_only"


@pytest.mark.parametrize(
    ("codes", "refused"),
    [
        (["Sender", "NotAuthorized"], True),
        (["FailedAuthentication"], True),
        (["ActionNotSupported"], False),
        ([], False),
    ],
)
def test_means_not_authorized(codes: list[str], refused: bool) -> None:
    assert quirks.means_not_authorized(codes) is refused


@pytest.mark.parametrize(
    ("codes", "reason", "refused"),
    [
        (["Sender"], "Sender not Authorized", True),
        (["Client"], "Authority failure", True),
        ([], "Unauthorized", True),
        (["Sender"], "No such profile", False),
        (["Sender", "InvalidArgVal"], "The sender is not authorized", False),
        (["Sender", "notAuthorized"], "", True),
        (["Sender", "SenderNotAuthorized"], "", True),
        (["Sender", "OperationProhibited"], "", True),
    ],
)
def test_where_the_codes_say_nothing_the_words_do(codes: list[str], reason: str, refused: bool) -> None:
    assert quirks.means_not_authorized(codes, reason) is refused


def test_a_space_in_a_path_is_encoded_and_a_second_address_is_not() -> None:
    for given, path in {
        "rtsp://h/a b": "/a%20b",
        "rtsp://h/a  b?c=d e": "/a%20%20b?c=d%20e",
        "rtsp://h/a rtsp://[fe80::1]/b": "/a",
        "rtsp://h/a\tb": None,
        "rtsp://h/a\r\nb": None,
    }.items():
        assert quirks.path_here(given, ("rtsp",)) == path


# --- addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "path", "port"),
    [
        ("http://192.168.1.64/onvif/Media", "/onvif/Media", None),
        ("http://127.0.0.1:8000/onvif/media?x=1", "/onvif/media?x=1", 8000),
        ("http://10.0.0.2/a http://[fe80::1]/a", "/a", None),
        ("http://user:pw@10.0.0.2", "/", None),
        ("ftp://10.0.0.2/a", None, None),
        ("http:///a", None, None),
        ("//10.0.0.2/a", None, None),
        ("http://[::1", None, None),
        ("http://10.0.0.2:99999/a", "/a", None),
    ],
)
def test_path_here_and_port_named(uri: str, path: str | None, port: int | None) -> None:
    assert quirks.path_here(uri, ("http", "https")) == path
    assert quirks.port_named(uri) == port


# --- what a device says wrongly ------------------------------------------------------------------------------


def test_dropped_silently() -> None:
    assert quirks.dropped_silently(Dropped("empty"))
    assert quirks.dropped_silently(Dropped("reset"))
    assert not quirks.dropped_silently(Dropped("cut_off"))
    assert not quirks.dropped_silently(Misbehaving("empty"))


@pytest.mark.slow
def test_a_line_that_is_dropped_after_each_answer_is_opened_again_once() -> None:
    async def run() -> DeviceReport:
        whole = camera()

        async def one_answer_each(exchange: Exchange) -> None:
            really = exchange.request
            asked: list[bytes] = []

            async def request() -> bytes:
                if asked:
                    return b""
                asked.append(await really())
                return asked[0]

            exchange.request = request  # type: ignore[method-assign]
            await whole(exchange)

        async with serving(one_answer_each) as server:
            where = Target("127.0.0.1", server.port)
            return await probe(where, OWNER, route=LOOPBACK, want_picture=False)

    report = asyncio.run(run())

    assert (report.serial, len(report.channels), report.details.missing) == ("S-1", 1, ("interfaces",))


def test_only_undeclared_prefixes() -> None:
    assert quirks.only_undeclared_prefixes(["NAMESPACE", "NAMESPACE"])
    assert not quirks.only_undeclared_prefixes(["NAMESPACE", "PARSER"])
    assert not quirks.only_undeclared_prefixes([])


def test_without_trailing_nuls() -> None:
    assert quirks.without_trailing_nuls(b"<a/>\r\n\0\0") == b"<a/>"
    assert quirks.without_trailing_nuls(b"<a>\0</a>") == b"<a>\0</a>"


def test_with_ampersands_escaped() -> None:
    assert quirks.with_ampersands_escaped(b"a&b=1&amp;&#38;&#x26;&c;&") == b"a&amp;b=1&amp;&#38;&#x26;&c;&amp;"


def test_as_utf8() -> None:
    assert quirks.as_utf8(b'<?xml version="1.0" encoding="utf-16"?><a>\xc3\xa9</a>') == "<a>é</a>".encode()
    assert quirks.as_utf8(b"<a>\xe8</a>") == "<a>\N{REPLACEMENT CHARACTER}</a>".encode()
    assert quirks.as_utf8(b'<?xml version="1.0" encoding="GBK"?><a>\xc4</a>').endswith(b"<a>\xc4</a>")


def profile(token: str, *, width: int | None = None, encoder: str = "e", shows: bool = True) -> Profile:
    return Profile(token, "v", "", "", encoder=Encoder(encoder, "", width, width, None), shows_something=shows)


def test_largest_first() -> None:
    small, large, untold = profile("s", width=640), profile("l", width=1920), profile("h265")

    assert quirks.largest_first([small, large]) == [large, small]
    assert quirks.largest_first([untold, small]) == [untold, small]
    assert quirks.largest_first([small, untold, large]) == [large, small, untold]
    assert quirks.largest_first([profile("", encoder=""), small])[0] == small


def test_configurations_left_out() -> None:
    assert quirks.configurations_left_out([profile("a", shows=False)])
    assert not quirks.configurations_left_out([profile("a", shows=False), profile("b")])


@pytest.mark.slow
def test_a_certificate_of_its_own_making_is_taken_and_its_fingerprint_kept(tmp_path: Path) -> None:
    context, fingerprint = certificate(tmp_path)

    async def run() -> DeviceReport:
        whole = camera()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await whole(Exchange(reader, writer, Server()))
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.transport.abort()

        server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
        try:
            where = Target("127.0.0.1", server.sockets[0].getsockname()[1], tls=True)
            return await probe(where, OWNER, route=LOOPBACK, want_picture=False)
        finally:
            server.close()

    assert isinstance(context, ssl.SSLContext)
    assert asyncio.run(run()).identity.tls_fingerprint == fingerprint


# --- ports ---------------------------------------------------------------------------------------------------


def test_ports_to_try() -> None:
    assert quirks.ports_to_try(80) == (8000, 2020, 8899, 8080, 888, 443)
    assert set(VENDOR_PORTS) <= PORTS
    assert set(PORT_WORDS) == set(VENDOR_PORTS)
    assert all(f"port {port}." in words for port, words in PORT_WORDS.items())


@pytest.mark.parametrize(
    ("problem", "hope"),
    [
        (Unreachable("closed"), True),
        (Unreachable("filtered"), True),
        (Unreachable("no_name"), False),
        (Misbehaving("http_404"), True),
        (Misbehaving("redirect"), True),
        (Misbehaving("slow"), False),
        (Misbehaving("body_size"), False),
    ],
)
def test_leaves_hope_elsewhere(problem: DeviceError, hope: bool) -> None:
    assert quirks.leaves_hope_elsewhere(problem) is hope


async def web_page(exchange: Exchange) -> None:
    while await exchange.request():
        await exchange.reply(b"<html>shop</html>", "404 Not Found")


async def router(exchange: Exchange) -> None:
    while await exchange.request():
        await exchange.reply(b"<html>router</html>", "401 Unauthorized", f"WWW-Authenticate: {DIGEST}")


async def hangs_up(exchange: Exchange) -> None:
    await exchange.request()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("other", "found"), [(camera(), True), (router, False), (hangs_up, False)], ids=["onvif", "router", "nothing"]
)
@pytest.mark.parametrize("typed", ["closed", "web page"])
def test_onvif_at_another_port_is_named_and_is_sent_no_secret(
    other: Handler, found: bool, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> tuple[DeviceError, Server, Server]:
        async with serving(web_page) as first, serving(other) as second:
            monkeypatch.setattr(quirks, "VENDOR_PORTS", (second.port,))
            monkeypatch.setitem(PORT_WORDS, second.port, PORT_WORDS[8000])
            port = first.port if typed == "web page" else 1025
            with pytest.raises(DeviceError) as refusal:
                await probe(Target("127.0.0.1", port), OWNER, route=LOOPBACK, deadline_seconds=5, seek_port=True)
            return refusal.value, first, second

    error, first, second = asyncio.run(run())

    assert error.refusals == 0
    assert (error.remedy == PORT_WORDS[8000]) is found
    assert (error.for_owner().remedy == PORT_WORDS[8000]) is found
    assert 1 <= second.connections <= 2  # A line dropped silently is opened once more.
    assert [r for r in (*first.requests, *second.requests) if CANARY.encode() in r or b"UsernameToken" in r] == []


@pytest.mark.slow
def test_no_other_port_is_dialled_unasked_or_where_onvif_spoke(
    monkeypatch: pytest.MonkeyPatch, dialled: list[tuple[str, int]]
) -> None:
    async def run(*, seek: bool, spoke: bool) -> set[int]:
        dialled.clear()
        broken = camera(GetDeviceInformation=b"<html/>", GetServices=b"<html/>", GetProfiles=b"<html/>")
        async with serving(broken if spoke else web_page) as first:
            monkeypatch.setattr(quirks, "VENDOR_PORTS", (1026,))
            with pytest.raises(DeviceError):
                await probe(
                    Target("127.0.0.1", first.port), OWNER, route=LOOPBACK, deadline_seconds=5, seek_port=seek
                )
            return {port for _, port in dialled} - {first.port}

    assert asyncio.run(run(seek=False, spoke=False)) == set()
    assert asyncio.run(run(seek=True, spoke=True)) == set()
    assert asyncio.run(run(seek=True, spoke=False)) == {1026}


@pytest.mark.slow
def test_the_search_for_a_port_ends_in_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(exchange: Exchange) -> None:
        await asyncio.sleep(30)

    async def run() -> float:
        async with serving(silent) as first, serving(silent) as second, serving(silent) as third:
            monkeypatch.setattr(quirks, "VENDOR_PORTS", (first.port, second.port, third.port))
            began = asyncio.get_running_loop().time()
            dialler = Dialler(LOOPBACK)
            assert await port_that_answers(dialler, Target("127.0.0.1", 1), Deadline.after(20)) is None
            return asyncio.get_running_loop().time() - began

    assert asyncio.run(run()) < 3.5


@pytest.mark.slow
def test_a_port_that_the_route_does_not_admit_is_not_tried(
    monkeypatch: pytest.MonkeyPatch, dialled: list[tuple[str, int]]
) -> None:
    async def run() -> int | None:
        async with serving(camera()) as server:
            monkeypatch.setattr(quirks, "VENDOR_PORTS", (server.port,))
            narrow = routes_from_allow("127.0.0.1/32:1")
            return await port_that_answers(Dialler(narrow), Target("127.0.0.1", 1), Deadline.after(2))

    assert asyncio.run(run()) is None
    assert dialled == []


# --- what worked is remembered -------------------------------------------------------------------------------


def local_time_camera() -> Handler:
    """Calls its local time UTC and checks the token's time against real UTC, as OpenIPC does."""

    def signed_in_utc(request: bytes) -> bool:
        created = re.search(rb"Created>([^<]+)<", request)
        assert created
        when = dt.datetime.fromisoformat(created[1].decode())
        return token_is_right(request) and abs((when - dt.datetime.now(dt.UTC)).total_seconds()) < 60

    known = camera(GetSystemDateAndTime=lambda _: clock_now(WIB))

    async def handle(exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            while asked := await really():
                if b"UsernameToken" not in asked or signed_in_utc(asked):
                    return asked
                await exchange.reply(fault(), "400 Bad Request")
            return b""

        exchange.request = request  # type: ignore[method-assign]
        await known(exchange)

    return handle


def late_digest_camera() -> Handler:
    """Tells its name to anyone and wants HTTP Digest for the rest: a first visit finds out by one refusal."""
    known = camera()

    async def handle(exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            while asked := await really():
                if b"GetSystemDateAndTime" in asked or b"GetDeviceInformation" in asked:
                    await exchange.reply(clock_now() if b"DateAndTime" in asked else INFORMATION)
                elif b"GetEndpointReference" in asked:
                    await exchange.reply(fault("ter:ActionNotSupported"), "400 Bad Request")
                elif b"Authorization: Digest" in asked:
                    return asked
                else:
                    await exchange.reply(b"", "401 Unauthorized", f"WWW-Authenticate: {DIGEST}")
            return b""

        exchange.request = request  # type: ignore[method-assign]
        await known(exchange)

    return handle


INFORMATION = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetDeviceInformationResponse>'
    b"<Manufacturer>M</Manufacturer><SerialNumber>S-1</SerialNumber></GetDeviceInformationResponse></s:Body></s:Envelope>"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "worked"),
    [(local_time_camera, "wsse-lt"), (late_digest_camera, "digest")],
    ids=["local time", "digest"],
)
def test_the_second_visit_begins_with_what_worked_and_is_not_refused(make: object, worked: str) -> None:
    async def run() -> tuple[DeviceReport, DeviceReport]:
        async with serving(make()) as server:  # type: ignore[operator]
            where = Target("127.0.0.1", server.port)
            first = await probe(where, OWNER, route=LOOPBACK, want_picture=False)
            second = await probe(
                where,
                OWNER,
                route=LOOPBACK,
                want_picture=False,
                refusals_before=first.refusals,
                sign_in_method=first.worked,
            )
            return first, second

    first, second = asyncio.run(run())

    assert (first.worked, second.worked) == (worked, worked)
    assert (first.refusals, second.refusals) == (1, 1)
    assert len(second.channels) == 1
    assert second.clock_offset_seconds == pytest.approx(0, abs=2)


@pytest.mark.slow
@pytest.mark.parametrize("stale", ["digest", "wsse", "wsse-lt", "nonsense"])
def test_what_was_remembered_wrongly_does_no_harm(stale: str) -> None:
    async def run() -> DeviceReport:
        async with serving(camera()) as server:
            where = Target("127.0.0.1", server.port)
            return await probe(where, OWNER, route=LOOPBACK, want_picture=False, sign_in_method=stale)

    report = asyncio.run(run())

    assert (report.worked, report.refusals, len(report.channels)) == ("wsse", 0, 1)
