"""The sweep's quick question: what it takes for an answer, what it refuses, and that nothing is left open."""

import asyncio
import errno
import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from devices import checks, dial
from devices.checks import CheckResult, CheckTarget, check_many, check_many_now
from devices.dial import INTERNET, routes_from_allow
from devices.report import Target
from devices.turns import give_on, try_take

LOOPBACK = routes_from_allow("127.0.0.0/8:1-65535")
GOOD = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"


@contextmanager
def device(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A listener that handles each connection by itself; gives its port."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            Thread(target=_answered, args=(answer, line), daemon=True).start()

    Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()


def _answered(answer: Callable[[socket.socket], None], line: socket.socket) -> None:
    with line, suppress(OSError):
        answer(line)


def says(*parts: bytes, waits: float = 0.0) -> Callable[[socket.socket], None]:
    """Hears the question, then says these parts with a pause after each, and hangs up."""

    def answer(line: socket.socket) -> None:
        line.recv(4096)
        for part in parts:
            line.sendall(part)
            time.sleep(waits)

    return answer


def speaks_first(line: socket.socket) -> None:
    line.sendall(b"SSH-2.0-Sesuatu\r\n\r\n")


def says_nothing(line: socket.socket) -> None:
    time.sleep(3)


def drips(line: socket.socket) -> None:
    for letter in GOOD * 3:
        line.sendall(bytes([letter]))
        time.sleep(0.1)


def ask(port: int, *, host: str = "127.0.0.1", seconds: float = 1.0, tls: bool = False) -> CheckResult:
    target = Target(host, port, rtsp_port=port, rtsp_path="/live", rtsp_tls=tls)
    (result,) = check_many_now([CheckTarget("one", target, LOOPBACK, seconds)])
    return result


@pytest.mark.parametrize(
    ("answer", "code", "detail"),
    [
        (says(GOOD), "", ""),
        (says(*(GOOD[n : n + 5] for n in range(0, len(GOOD), 5)), waits=0.02), "", ""),
        (says(b"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=x, nonce=y\r\n\r\n"), "", ""),
        (says(b"RTSP/1.0 302 Moved\r\nLocation: rtsp://127.0.0.1/\r\n\r\n"), "misbehaving", "redirect"),
        (says(b"HTTP/1.1 200 OK\r\n\r\n"), "misbehaving", "not_rtsp"),
        (speaks_first, "misbehaving", "not_rtsp"),
        (says(b"RTSP/1.0 200 OK\r\n: nothing\r\n\r\n"), "misbehaving", "header"),
        (says(b"x" * 20_000, waits=0.5), "misbehaving", "header_size"),
        (says(b"RTSP/1.0 200"), "misbehaving", "cut_off"),
    ],
)
def test_each_answer_is_taken_as_rtsp_takes_it(
    answer: Callable[[socket.socket], None], code: str, detail: str
) -> None:
    with device(answer) as port:
        result = ask(port)

    assert (result.reached, result.code, result.detail) == (not code, code, detail)


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "detail"), [(says_nothing, "silent"), (drips, "slow")])
def test_one_deadline_counts_for_all_of_it(answer: Callable[[socket.socket], None], detail: str) -> None:
    with device(answer) as port:
        result = ask(port, seconds=0.4)

    assert (result.reached, result.detail) == (False, detail)
    assert 0.4 <= result.seconds < 1.0


def test_a_closed_port_is_told_from_a_silent_one(dialled: list[tuple[str, int]]) -> None:
    with device(says(GOOD)) as port:
        pass

    assert ask(port).detail == "closed"
    assert dialled == [("127.0.0.1", port)]


@pytest.mark.parametrize("host", ["10.0.0.5", "169.254.169.254", "127.0.0.2", "192.168.1.10", "fd00::1"])
def test_no_socket_is_made_for_an_address_that_the_route_does_not_allow(
    host: str, dialled: list[tuple[str, int]]
) -> None:
    target = Target(host, 554, rtsp_port=554, rtsp_path="/live")

    (result,) = check_many_now([CheckTarget("one", target, INTERNET, 1.0)])

    assert (result.reached, result.code, dialled) == (False, "address_refused", [])


def test_nothing_is_said_to_another_peer_than_the_one_that_was_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    begin = dial.begin
    monkeypatch.setattr(dial, "begin", lambda _, port: begin(ipaddress.ip_address("127.0.0.1"), port))

    with device(lambda line: heard.append(line.recv(100))) as port:
        result = ask(port, host="127.0.0.9")
        time.sleep(0.05)

    assert (result.code, result.detail) == ("address_refused", "peer")
    assert set(heard) <= {b""}


def test_many_are_asked_at_once_and_told_apart() -> None:
    with device(says(GOOD)) as good, device(says(b"HTTP/1.1 200 OK\r\n\r\n")) as bad, device(says(b"")) as mute:
        ports = [good, bad, mute] * 10
        targets = [
            CheckTarget(n, Target("127.0.0.1", port, rtsp_port=port, rtsp_path="/live"), LOOPBACK, 1.0)
            for n, port in enumerate(ports)
        ]
        results = asyncio.run(check_many(targets, concurrency=4))

    assert [result.key for result in results] == list(range(30))
    assert [result.detail for result in results] == ["", "not_rtsp", "empty"] * 10


def test_a_device_in_a_conversation_is_asked_when_its_turn_comes() -> None:
    with device(says(GOOD)) as port:
        assert try_take("127.0.0.1", port)
        Thread(target=lambda: (time.sleep(0.2), give_on("127.0.0.1", port)), daemon=True).start()
        began = time.monotonic()
        result = ask(port)

    assert result.reached
    assert time.monotonic() - began >= 0.2
    assert try_take("127.0.0.1", port)
    give_on("127.0.0.1", port)


def test_whatever_ends_a_round_its_sockets_are_closed_and_its_turns_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[socket.socket] = []
    begin = dial.begin

    def watched(address: ipaddress.IPv4Address, port: int) -> socket.socket:
        made.append(begin(address, port))
        return made[-1]

    async def cut_short(port: int) -> None:
        target = Target("127.0.0.1", port, rtsp_port=port, rtsp_path="/live")
        async with asyncio.timeout(0.1):
            await check_many([CheckTarget(1, target, LOOPBACK)])

    monkeypatch.setattr(dial, "begin", watched)
    with device(says_nothing) as port:
        with pytest.raises(TimeoutError):
            asyncio.run(cut_short(port))

        assert [sock.fileno() for sock in made] == [-1]
        assert try_take("127.0.0.1", port)
        give_on("127.0.0.1", port)


def _http(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _clock(year: int = 2026) -> bytes:
    return (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        b'<GetSystemDateAndTimeResponse xmlns="http://www.onvif.org/ver10/device/wsdl"><SystemDateAndTime>'
        b'<UTCDateTime xmlns="http://www.onvif.org/ver10/schema">'
        b"<Time><Hour>5</Hour><Minute>17</Minute><Second>9</Second></Time>"
        b"<Date><Year>%d</Year><Month>11</Month><Day>25</Day></Date></UTCDateTime>"
        b"</SystemDateAndTime></GetSystemDateAndTimeResponse></s:Body></s:Envelope>" % year
    )


_FAULT = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender'
    b"</s:Value><s:Subcode><s:Value>ter:%s</s:Value></s:Subcode></s:Code></s:Fault></s:Body></s:Envelope>"
)
_CHALLENGE = b'WWW-Authenticate: Digest realm="kamera", nonce="abc", qop="auth"'
_DATE = b"Date: Wed, 25 Nov 2026 05:17:09 GMT"
#: What devices say when they are asked for their clock, by what is special about it.
CLOCK_ANSWERS = {
    "plain": [_http(_clock())],
    "in two pieces": [_http(_clock())[:200], _http(_clock())[200:]],
    "no believable year": [_http(_clock(1950))],
    "in chunks": [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(_clock()), _clock())
    ],
    "to the end of the line": [b"HTTP/1.1 200 OK\r\n\r\n" + _clock()],
    "a challenge with a date": [_http(b"", _CHALLENGE, _DATE, status=b"401 Unauthorized")],
    "a challenge": [_http(b"", _CHALLENGE, status=b"401 Unauthorized")],
    "a fault that means it": [_http(_FAULT % b"NotAuthorized", status=b"400 Bad Request")],
    "another fault": [_http(_FAULT % b"ActionNotSupported", status=b"500 Internal Server Error")],
    "a redirect": [_http(b"", b"Location: http://127.0.0.1/", status=b"302 Found")],
    "no ONVIF": [_http(b"", status=b"404 Not Found")],
    "no SOAP": [_http(b"<html></html>")],
    "no XML": [_http(b"halo")],
    "two lengths": [_http(_clock(), b"Content-Length: 3")],
    "a length beyond the cap": [b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"],
    "another protocol": [b"SSH-2.0-Sesuatu\r\n\r\n"],
    "half a head": [b"HTTP/1.1 200"],
    "half a body": [_http(_clock())[:-20]],
    "nothing": [b""],
}


@pytest.mark.parametrize("special", CLOCK_ANSWERS)
def test_the_quick_clock_says_what_the_whole_session_says(special: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with device(says(*CLOCK_ANSWERS[special], waits=0.02)) as port:
        target = [CheckTarget("one", Target("127.0.0.1", port), LOOPBACK, 1.0)]
        (quick,) = check_many_now(target)
        monkeypatch.setattr(checks, "HERE", False)
        (whole,) = check_many_now(target)

    assert (quick.reached, quick.code, quick.detail) == (whole.reached, whole.code, whole.detail)
    assert (quick.clock_offset_seconds is None) == (whole.clock_offset_seconds is None)
    assert quick.clock_offset_seconds == pytest.approx(whole.clock_offset_seconds, abs=5.0)


def test_a_plain_clock_takes_one_line(dialled: list[tuple[str, int]]) -> None:
    with device(says(_http(_clock()))) as port:
        (result,) = check_many_now([CheckTarget("one", Target("127.0.0.1", port), LOOPBACK, 1.0)])

    assert result.reached
    assert result.clock_offset_seconds is not None
    assert dialled == [("127.0.0.1", port)]


def test_where_no_more_files_may_be_opened_the_batch_fails_and_its_turns_are_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left(address: ipaddress.IPv4Address) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    with device(says(GOOD)) as port:
        with monkeypatch.context() as short:
            short.setattr(dial, "_socket", none_left)
            with pytest.raises(OSError, match="Too many"):
                ask(port)

        assert ask(port).reached, "of the device it said nothing"


def test_two_questions_of_one_device_share_its_deadline() -> None:
    def answer(line: socket.socket) -> None:
        line.recv(4096)
        time.sleep(0.4)
        line.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    with device(answer) as port:
        (result,) = check_many_now([CheckTarget("one", Target("127.0.0.1", port), LOOPBACK, 0.6)])

    assert (result.reached, result.detail) == (False, "silent")
    assert 0.5 < result.seconds < 1.2
