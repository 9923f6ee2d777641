"""One small question to each of many devices, with as little as possible around it, for the sweep.

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
from typing import ClassVar, Protocol

from devices import dial, http, replies, rtsp, soap
from devices.addresses import Address
from devices.dial import Endpoint, Route
from devices.errors import DeviceError, Dropped, Misbehaving, Unreachable
from devices.http import HEADER_CAP
from devices.sign_in import DEVICE_PATH, DeviceClock

HERE = hasattr(select, "epoll")
TICK_SECONDS = 0.1  # How late a deadline may be noticed.
CLOCK_CAP = 32 * 1024  # Of the body; a clock takes 4 KB at most, and what drips is looked at again at each drop.
_READ_MAX = 16 * 1024
_FAMILIAR = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET if HERE else 0


class NotPlain(Exception):
    """The device wants more than one plain question to be understood; nothing is said of it yet."""


class Unfinished(Exception):
    """More of the answer has to come."""


class Form(Protocol):
    """What is asked, and how the answer is read."""

    def request(self, endpoint: Endpoint) -> bytes:
        """The bytes to send; fewer than any empty buffer takes."""
        ...

    def read(self, got: bytes) -> float | None:
        """The offset of the device's clock in seconds, where it tells one. Raises Unfinished, NotPlain, or the
        usual errors of a device."""
        ...


class RtspOptions:
    """RTSP OPTIONS: whatever status it is answered with, the device is alive."""

    def request(self, endpoint: Endpoint) -> bytes:
        return rtsp.options_bytes(endpoint)

    def read(self, got: bytes) -> None:
        end = got.find(b"\r\n\r\n")
        if end > HEADER_CAP or (end < 0 and len(got) > HEADER_CAP):
            raise Misbehaving("header_size")
        if end < 0:
            raise Unfinished
        if 300 <= rtsp.status_of(got[: end + 4]) < 400:
            raise Misbehaving("redirect")


class OnvifClock:
    """GetSystemDateAndTime without credentials, answered in one piece of known length as nearly all devices do it.

    Whatever is not understood at once (a challenge, chunks, a fault, odd XML) is `NotPlain`: `devices.sign_in`
    knows what devices mean by it.
    """

    _TEXT: ClassVar[bytes] = soap.envelope(soap.GET_CLOCK)

    def request(self, endpoint: Endpoint) -> bytes:
        return http.request_bytes("POST", DEVICE_PATH, endpoint.netloc, soap.headers_of(soap.GET_CLOCK), self._TEXT)

    def read(self, got: bytes) -> float | None:
        end = got.find(b"\r\n\r\n")
        if end < 0 and len(got) <= HEADER_CAP:
            raise Unfinished
        try:
            head = http.parse_head(got[: end + 4])
            if head.status != 200 or head.size is None or not 0 < head.size <= CLOCK_CAP:
                raise NotPlain
            whole = end + 4 + head.size
            if len(got) < whole:
                raise Unfinished
            when = replies.clock_time(soap.parse_body(got[end + 4 : whole]))
        except (DeviceError, soap.Fault):
            raise NotPlain from None
        return None if when is None else DeviceClock.read_now(when).offset_seconds


RTSP_OPTIONS, ONVIF_CLOCK = RtspOptions(), OnvifClock()


class Question:
    """One device that is asked: a connection being made, the question, the answer.

    `key` is its asker's own name for it. `seconds` and `offset_seconds` are there once it has ended.
    """

    __slots__ = (
        "_asked",
        "_began",
        "_form",
        "_got",
        "address",
        "deadline",
        "deadline_seconds",
        "endpoint",
        "key",
        "offset_seconds",
        "route",
        "seconds",
        "sock",
    )

    def __init__(
        self, key: int, address: Address, endpoint: Endpoint, form: Form, route: Route, deadline_seconds: float
    ) -> None:
        self.key, self.address, self.endpoint, self.route = key, address, endpoint, route
        self.deadline_seconds = deadline_seconds
        self.offset_seconds: float | None = None
        self.seconds = 0.0
        self._form = form
        self._got = b""
        self._asked = False

    def begin(self) -> None:
        """Judge the address and call it. Raises the usual errors."""
        self.route.judge(self.address, self.endpoint.port, typed=True)
        self._began = time.monotonic()
        self.deadline = self._began + self.deadline_seconds
        self.sock = dial.begin(self.address, self.endpoint.port)

    def end(self) -> None:
        """Close the line and look at the clock."""
        self.sock.close()
        self.seconds = time.monotonic() - self._began

    def too_late(self) -> DeviceError:
        """The error of a question whose deadline is over."""
        if not self._asked:
            return Unreachable("filtered")
        return Misbehaving("slow") if self._got else Unreachable("silent")

    def go_on(self, news: int) -> bool:
        """Ask, and take what has come; whether it is answered."""
        try:
            if not self._asked:
                dial.require_peer(self.sock, self.address)
                self._asked = True
                self.sock.send(self._form.request(self.endpoint))
                if not news & select.EPOLLIN:
                    return False
            while True:  # To the end: we are told once of what has come.
                data = self.sock.recv(_READ_MAX)
                self._got = self._got + data if self._got else data
                try:
                    self.offset_seconds = self._form.read(self._got)
                    return True
                except Unfinished:
                    if not data:
                        raise Dropped("cut_off" if self._got else "empty") from None
        except BlockingIOError:
            return False
        except OSError:
            raise Dropped("reset") from None


Ended = Callable[[Question, DeviceError | NotPlain | None], None]


async def ask_all(questions: Iterator[Question], ended: Ended, concurrency: int) -> None:
    """Ask all of them, `concurrency` at once; `ended` hears of each one, with its error if there was one.

    Whatever ends the round, no socket stays open and each question that was taken up has ended.
    """
    await _Round(questions, ended, concurrency).run()


class _Round:
    def __init__(self, questions: Iterator[Question], ended: Ended, concurrency: int) -> None:
        self._questions, self._ended, self._concurrency = questions, ended, concurrency
        self._running: dict[int, Question] = {}
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
                for question in self._running.values():
                    question.end()
                    self._ended(question, Unreachable("no_time"))

    def _fill(self) -> None:
        while len(self._running) < self._concurrency:
            question = next(self._questions, None)
            if question is None:
                if not self._running and not self._over.done():
                    self._over.set_result(None)
                return
            try:
                question.begin()
            except DeviceError as error:
                self._ended(question, error)
                continue
            except BaseException:  # As when no more files may be opened: of the device it says nothing.
                self._ended(question, Unreachable("no_time"))
                raise
            fd = question.sock.fileno()
            self._running[fd] = question
            # Told once when the line is there and once when something has come.
            self._epoll.register(fd, _FAMILIAR)

    def _look(self) -> None:
        """What has happened on the lines."""
        try:
            for fd, news in self._epoll.poll(0, self._concurrency):
                question = self._running[fd]
                try:
                    answered = question.go_on(news)
                except (DeviceError, NotPlain) as error:
                    self._end(fd, question, error)
                else:
                    if answered:
                        self._end(fd, question, None)
            self._fill()
        except BaseException as problem:  # The loop would only log it, and the round never end.
            if not self._over.done():
                self._over.set_exception(problem)

    def _end(self, fd: int, question: Question, error: DeviceError | NotPlain | None) -> None:
        del self._running[fd]
        question.end()
        self._ended(question, error)

    async def _watch_deadlines(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            late = [(fd, question) for fd, question in self._running.items() if question.deadline <= now]
            try:
                for fd, question in late:
                    self._end(fd, question, question.too_late())
            except Exception as problem:  # As in `_look`.
                if not self._over.done():
                    self._over.set_exception(problem)
            if late:
                self._look()
