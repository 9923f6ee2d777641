"""The line itself, over TCP and TLS, with and without a loop: one total deadline, caps, the pinned fingerprint."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devices.deadline import Deadline
from devices.dial import BlockingConnection, Connection, Dialler, Endpoint
from devices.errors import AddressRefused, DeviceError, DifferentDevice, Dropped, Misbehaving, Unreachable
from devices.routes import INTERNET
from devices.wire import UNREAD_MAX
from tests.corpus.hostile import LOOPBACK
from tests.devices.rtsp_devices import certificate

pytestmark = pytest.mark.slow

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Ask = Callable[[Connection], Awaitable[object]]


@contextmanager
def standing(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server in a thread of its own: its port, and what it was sent."""
    heard: list[bytes] = []
    ready, stop = threading.Event(), threading.Event()
    port = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.read(64 * 1024))
            await talk(reader, writer)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    async def run() -> None:
        nonlocal port
        server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        ready.set()
        await asyncio.to_thread(stop.wait, 20)
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(5)
        yield port, heard
    finally:
        stop.set()
        thread.join()


def saying(*parts: bytes, every: float = 0.0, stays: float = 0.0) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every)
        await asyncio.sleep(stays)
        writer.close()
        await writer.wait_closed()

    return talk


def ask(port: int, question: Ask, *, seconds: float = 3.0, tls: bool = False, fingerprint: str = "") -> object:
    """The answer to one question over a new line, or the error it ended in."""

    async def run() -> object:
        where = Endpoint("127.0.0.1", port, tls, fingerprint)
        connection = None
        try:
            connection = await Dialler(LOOPBACK).connect(where, Deadline.after(seconds))
            await connection.write(b"?")
            return await question(connection)
        except DeviceError as error:
            return error
        finally:
            if connection is not None:
                connection.close()

    return asyncio.run(run())


def test_the_same_questions_are_answered_in_whatever_pieces_the_answer_comes() -> None:
    async def question(connection: Connection) -> object:
        head = await connection.until(b"\r\n\r\n", 100)
        body = await connection.exactly(5)
        next_ = await connection.peek()
        return head, body, next_, await connection.to_end(100), await connection.some()

    answer = b"a: b\r\n\r\nhello", b"h: c\r\n\r\nrest"
    whole = (b"a: b\r\n\r\n", b"hello", b"h", b"h: c\r\n\r\nrest", b"")
    for parts in (answer, [bytes([byte]) for byte in b"".join(answer)]):
        with standing(saying(*parts, every=0.005)) as (port, _):
            assert ask(port, question) == whole


def test_a_large_answer_comes_whole_although_it_fills_the_line() -> None:
    large = bytes(range(256)) * 4096 * 3  # 3 MiB

    with standing(saying(large)) as (port, _):
        assert ask(port, lambda connection: connection.exactly(len(large)), seconds=10) == large


def test_what_nobody_asks_for_waits_at_the_device() -> None:
    async def question(connection: Connection) -> int:
        await connection.peek()
        await asyncio.sleep(0.3)
        return connection.received

    with standing(saying(b"x" * 8 * 1024 * 1024, stays=1)) as (port, _):
        received = ask(port, question)

    assert isinstance(received, int)
    assert 0 < received < UNREAD_MAX + 1024 * 1024


@pytest.mark.parametrize(
    ("talk", "expected", "detail"),
    [
        (saying(stays=5), Unreachable, "silent"),
        (saying(*[b"x"] * 100, every=0.1), Misbehaving, "slow"),
        (saying(b"x" * 200), Misbehaving, "header_size"),
        (saying(b"half"), Dropped, "cut_off"),
        (saying(), Dropped, "empty"),
    ],
    ids=["silence", "drip", "too much", "half an answer", "hung up"],
)
def test_a_read_ends_in_its_error_within_the_deadline(talk: Talk, expected: type[DeviceError], detail: str) -> None:
    with standing(talk) as (port, _):
        started = time.monotonic()
        error = ask(port, lambda connection: connection.until(b"\r\n\r\n", 100), seconds=0.5)
        took = time.monotonic() - started

    assert isinstance(error, expected)
    assert error.detail == detail
    assert took < 1.0


def test_a_moved_deadline_counts_at_once_and_in_both_ways() -> None:
    async def question(connection: Connection) -> list[float]:
        took = []
        for seconds in (0.4, 0.1, 0.3):
            connection.deadline = Deadline.after(seconds)
            started = time.monotonic()
            with pytest.raises(Unreachable):
                await connection.exactly(1)
            took.append(time.monotonic() - started)
        return took

    with standing(saying(stays=5)) as (port, _):
        took = ask(port, question)

    assert isinstance(took, list)
    assert took == pytest.approx([0.4, 0.1, 0.3], abs=0.09)


def test_a_device_that_takes_nothing_holds_no_writer_beyond_the_deadline() -> None:
    async def question(connection: Connection) -> object:
        connection.deadline = Deadline.after(0.3)
        await connection.write(b"x" * 64 * 1024 * 1024)
        return "written"

    with standing(saying(stays=5)) as (port, _):
        started = time.monotonic()
        error = ask(port, question)

    assert isinstance(error, Misbehaving)
    assert error.detail == "slow"
    assert time.monotonic() - started < 6.0


@pytest.mark.parametrize("words", [b"HTTP/1.1 200 OK\r\n\r\n", b"RTSP/1.0 200 OK\r\n\r\n"], ids=["HTTP", "RTSP"])
def test_tls_shows_the_fingerprint_and_holds_to_the_pinned_one(words: bytes, tmp_path: Path) -> None:
    context, fingerprint = certificate(tmp_path)

    async def question(connection: Connection) -> object:
        return await connection.until(b"\r\n\r\n", 100), connection.tls_fingerprint

    with standing(saying(words), context) as (port, heard):
        first_seen = ask(port, question, tls=True)
        pinned = ask(port, question, tls=True, fingerprint=fingerprint)
        other = ask(port, question, tls=True, fingerprint="0" * 64)

    assert first_seen == pinned == (words, fingerprint)
    assert isinstance(other, DifferentDevice)
    assert [part for part in heard if part] == [b"?", b"?"]


def test_a_port_without_tls_is_no_tls() -> None:
    with standing(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as (port, _):
        error = ask(port, lambda connection: connection.peek(), tls=True)

    assert isinstance(error, Misbehaving)
    assert error.detail == "tls"


@pytest.mark.parametrize("tls", [False, True], ids=["TCP", "TLS"])
def test_without_a_loop_the_same_line_holds_the_same_deadline(tls: bool, tmp_path: Path) -> None:
    context, fingerprint = certificate(tmp_path)
    talk = saying(b"head\r\n\r\nbody", stays=5)
    with standing(talk, context if tls else None) as (port, _):
        where = Endpoint("127.0.0.1", port, tls, fingerprint if tls else "")
        with BlockingConnection(where, Deadline.after(0.6), route=LOOPBACK) as line:
            line.write(b"?")
            head, body = line.until(b"\r\n\r\n", 100), line.exactly(4)
            seen = line.tls_fingerprint
            started = time.monotonic()
            with pytest.raises(Misbehaving, match=str(Misbehaving("slow"))):
                line.to_end(100)

    assert (head, body, seen) == (b"head\r\n\r\n", b"body", fingerprint if tls else "")
    assert time.monotonic() - started < 1.0


def test_without_a_loop_a_refused_address_opens_no_socket(dialled: list[tuple[str, int]]) -> None:
    with pytest.raises(AddressRefused):
        BlockingConnection(Endpoint("127.0.0.1", 80), Deadline.after(1), route=INTERNET)

    assert dialled == []
