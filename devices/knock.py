"""One RTSP question to each of many devices, with as little as possible around it, for the sweep.

A question is a small state of its own: no task, no stream, no timer; one epoll for all of them stands on the loop.
Its guards are the dialler's: each address is judged before a socket is made, the peer is compared before a byte is
sent, what comes is capped, and one deadline counts for all of it. Only addresses in figures are asked here, without
TLS: a name has to be resolved first, by `devices.dial`. Where there is no epoll (macOS), nobody is asked here.
"""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from devices import dial, rtsp
from devices.addresses import Address
from devices.dial import Endpoint, Route
from devices.errors import DeviceError, Dropped, Misbehaving, Unreachable
from devices.http import HEADER_CAP

HERE = hasattr(select, "epoll")
TICK_SECONDS = 0.1  # How late a deadline may be noticed.
_READ_MAX = 4096


class Question(NamedTuple):
    """Who is asked; `ended` hears of the error if there was one, and how long it took."""

    address: Address
    endpoint: Endpoint
    route: Route
    deadline_seconds: float
    ended: Callable[[DeviceError | None, float], None]


async def ask_all(questions: Iterator[Question], concurrency: int) -> None:
    """Ask all of them, `concurrency` at once. Whatever ends it, no socket stays open and each one has ended."""
    await _Round(questions, concurrency).run()


class _Round:
    def __init__(self, questions: Iterator[Question], concurrency: int) -> None:
        self._questions = questions
        self._concurrency = concurrency
        self._lines: dict[int, _Line] = {}
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        clock = loop.create_task(self._watch_deadlines())
        with select.epoll() as self._epoll:
            loop.add_reader(self._epoll.fileno(), self._look)
            try:
                self._fill()
                await self._over
            finally:
                loop.remove_reader(self._epoll.fileno())
                clock.cancel()
                for line in self._lines.values():
                    line.sock.close()
                    line.question.ended(Unreachable("no_time"), time.monotonic() - line.began)

    def _fill(self) -> None:
        while len(self._lines) < self._concurrency:
            question = next(self._questions, None)
            if question is None:
                if not self._lines and not self._over.done():
                    self._over.set_result(None)
                return
            try:
                question.route.judge(question.address, question.endpoint.port, typed=True)
                line = _Line(question)
            except DeviceError as error:
                question.ended(error, 0.0)
                continue
            fd = line.sock.fileno()
            self._lines[fd] = line
            # Told once when the line is there and once when something has come.
            self._epoll.register(fd, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)

    def _look(self) -> None:
        """What has happened on the lines."""
        try:
            for fd, news in self._epoll.poll(0, self._concurrency):
                line = self._lines[fd]
                try:
                    over = line.go_on(news)
                except DeviceError as error:
                    self._end(fd, line, error)
                else:
                    if over:
                        self._end(fd, line, None)
            self._fill()
        except BaseException as problem:  # The loop would only log it, and the round never end.
            if not self._over.done():
                self._over.set_exception(problem)

    def _end(self, fd: int, line: _Line, error: DeviceError | None) -> None:
        del self._lines[fd]
        line.sock.close()
        line.question.ended(error, time.monotonic() - line.began)

    async def _watch_deadlines(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            late = [(fd, line) for fd, line in self._lines.items() if line.deadline <= now]
            for fd, line in late:
                self._end(fd, line, line.too_late())
            if late:
                self._look()


class _Line:
    """One connection: being made, asked, answering."""

    __slots__ = ("_asked", "_got", "began", "deadline", "question", "sock")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.began = time.monotonic()
        self.deadline = self.began + question.deadline_seconds
        self._got = b""
        self._asked = False
        self.sock = dial.begin(question.address, question.endpoint.port)

    def too_late(self) -> DeviceError:
        if not self._asked:
            return Unreachable("filtered")
        return Misbehaving("slow") if self._got else Unreachable("silent")

    def go_on(self, news: int) -> bool:
        """Ask, and take what has come; whether it has answered."""
        try:
            if not self._asked:
                dial.require_peer(self.sock, self.question.address)
                self._asked = True
                url = rtsp.rtsp_url(self.question.endpoint, "/")
                self.sock.send(rtsp.request_bytes("OPTIONS", url, 1))  # Shorter than any empty buffer.
                if not news & select.EPOLLIN:
                    return False
            while True:  # To the end: we are told once of what has come.
                data = self.sock.recv(_READ_MAX)
                self._got = self._got + data if self._got else data
                if self._understood():
                    return True
                if not data:
                    raise Dropped("cut_off" if self._got else "empty")
        except BlockingIOError:
            return False
        except OSError:
            raise Dropped("reset") from None

    def _understood(self) -> bool:
        """Whether a whole head is there, of an answer as `rtsp` takes it; the body is of no interest."""
        end = self._got.find(b"\r\n\r\n")
        if end > HEADER_CAP or (end < 0 and len(self._got) > HEADER_CAP):
            raise Misbehaving("header_size")
        if end < 0:
            return False
        if 300 <= rtsp.status_of(self._got[: end + 4]) < 400:
            raise Misbehaving("redirect")
        return True
