"""A connected stream to a device: every read bounded by bytes and by the total deadline, with one timer for all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import cast

from devices.deadline import Deadline
from devices.errors import Dropped, Misbehaving, Unreachable

#: What may lie unread before the device is left to wait; a read that wants more gets more.
UNREAD_MAX = 128 * 1024
READ_MAX = 64 * 1024


class _Scratch(threading.local):
    """Where a loop puts what it just received, until the connection takes it over: one for each thread."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(READ_MAX))


_SCRATCH = _Scratch()


class Connection(asyncio.BufferedProtocol):
    """What has come from the other side, and the words to ask for it.

    One task reads; any may write. The deadline may be moved between questions: the timer is set once and looks at
    the deadline when it rings, so that a read costs none of its own. `on_made` is told of a connection that others
    opened to us.
    """

    def __init__(self, deadline: Deadline, on_made: Callable[[Connection], None] | None = None) -> None:
        self.deadline = deadline
        self.tls_fingerprint = ""
        self.received = 0
        self._on_made = on_made
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._wanted = 0
        self._ended = False
        self._lost = False
        self._failed = False
        self._resting = False
        self._over_tls = False
        self._reading: asyncio.Future[None] | None = None
        self._writing: list[asyncio.Future[None]] = []
        self._full = False
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0

    # What the event loop says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of no class of asyncio's.
        self._over_tls = transport.get_extra_info("sslcontext") is not None
        if self._on_made is not None:
            self._on_made(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _SCRATCH.view

    def buffer_updated(self, size: int) -> None:
        self._buffer += _SCRATCH.view[:size]
        self.received += size
        held = len(self._buffer)
        if held >= self._wanted:
            self._wake_reader()
            if held >= UNREAD_MAX and not self._resting and self._transport is not None:
                self._resting = True
                self._transport.pause_reading()

    def eof_received(self) -> bool:
        """The other side has said all; ours stays open (TLS closes by itself)."""
        self._ended = True
        self._wake_reader()
        return not self._over_tls

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = self._lost = True
        self._failed = error is not None
        self._wake_reader()
        self._wake_writers()
        self._silence_timer()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._wake_writers()

    # What the owner of the connection asks.

    async def write(self, data: bytes) -> None:
        """Send, and wait where the other side does not take it."""
        if self._lost or self._transport is None:
            raise Dropped("reset")
        self._transport.write(data)
        if self._full:
            waiter = self._waiter()
            self._writing.append(waiter)
            try:
                await waiter
            except TimeoutError:
                raise Misbehaving("slow") from None
            finally:
                self._writing.remove(waiter)
            if self._lost:
                raise Dropped("reset")

    async def until(self, mark: bytes, cap: int, *, too_big: str = "header_size", or_bare: bool = False) -> bytes:
        """Everything up to and with `mark`; more than `cap` bytes without it is `Misbehaving`.

        With `or_bare`, where the first line ends without a CR, as old CGI programs write it, the mark is the same
        without CRs.
        """
        start = 0
        while True:
            if or_bare and (first := self._buffer.find(b"\n")) >= 0:
                or_bare = False
                mark = mark if self._buffer[:first].endswith(b"\r") else mark.replace(b"\r", b"")
            found = self._buffer.find(mark, start)
            if 0 <= found <= cap:
                return self._take(found + len(mark))
            if len(self._buffer) > cap:
                raise Misbehaving(too_big)
            start = max(0, len(self._buffer) - len(mark) + 1)
            if not await self._more():
                raise Dropped("cut_off" if self.received else "empty")

    def at_hand(self, size: int) -> bytes | None:
        """The next `size` bytes, if they have come already."""
        return self._take(size) if len(self._buffer) >= size else None

    async def exactly(self, size: int) -> bytes:
        """The next `size` bytes; the caller has bounded them."""
        while len(self._buffer) < size:
            if not await self._more(size):
                raise Dropped("cut_off")
        return self._take(size)

    async def to_end(self, cap: int) -> bytes:
        """Everything until the other side closes; more than `cap` bytes is `Misbehaving`."""
        while True:
            if len(self._buffer) > cap:
                raise Misbehaving("body_size")
            if not await self._more(min(cap + 1, len(self._buffer) + UNREAD_MAX)):
                return self._take(len(self._buffer))

    async def peek(self) -> bytes:
        """The next byte, left in place; empty at the end of the stream."""
        if not self._buffer:
            await self._more()
        return bytes(self._buffer[:1])

    async def some(self) -> bytes:
        """Whatever is at hand, at least one byte; empty at the end of the stream."""
        if not self._buffer:
            await self._more()
        return self._take(len(self._buffer))

    def close(self) -> None:
        """Drop the connection at once; a device gets no say in how long that takes."""
        self._silence_timer()
        if self._transport is not None:
            self._transport.abort()

    # How it waits.

    async def _more(self, wanted: int = 0) -> bool:
        """Wait until `wanted` bytes lie here (0: any more than now) or the end has come; whether anything came."""
        if self._ended:
            if self._failed:
                raise Dropped("reset")
            return False
        held = len(self._buffer)
        self._wanted = wanted or held + 1
        if self._resting and self._transport is not None:
            self._resting = False
            self._transport.resume_reading()
        self._reading = self._waiter()
        try:
            await self._reading
        except TimeoutError:
            raise (Misbehaving("slow") if self.received else Unreachable("silent")) from None
        finally:
            self._reading = None
            self._wanted = 0
        if len(self._buffer) == held and self._failed:
            raise Dropped("reset")
        return len(self._buffer) > held

    def _waiter(self) -> asyncio.Future[None]:
        """What is woken by what comes, or by the deadline with TimeoutError."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.deadline.passed:
            waiter.set_exception(TimeoutError())
        elif self._timer is None or self._rings_at > self.deadline.at:
            self._set_timer()
        return waiter

    def _set_timer(self) -> None:
        self._silence_timer()
        self._rings_at = self.deadline.at
        self._timer = asyncio.get_running_loop().call_later(self.deadline.left(), self._ring)

    def _ring(self) -> None:
        self._timer = None
        waiting = [w for w in (self._reading, *self._writing) if w is not None and not w.done()]
        if waiting and not self.deadline.passed:
            self._set_timer()
            return
        for waiter in waiting:
            waiter.set_exception(TimeoutError())

    def _silence_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake_reader(self) -> None:
        if self._reading is not None and not self._reading.done():
            self._reading.set_result(None)

    def _wake_writers(self) -> None:
        for waiter in self._writing:
            if not waiter.done():
                waiter.set_result(None)

    def _take(self, size: int) -> bytes:
        if size == len(self._buffer):
            data, self._buffer = bytes(self._buffer), bytearray()
            return data
        with memoryview(self._buffer) as view:
            data = bytes(view[:size])
        del self._buffer[:size]
        return data
