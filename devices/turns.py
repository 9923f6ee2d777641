"""One conversation at a time with each host and port, over all threads and loops of this process.

Cheap devices answer one caller, and refusals of a password can be counted only one after the other.

The port is part of the key because an address is not a device: behind one address of a carrier stand hundreds of
households, and a sweep that asked them one after the other would call most of them silent. That two ports of one
recorder wait for each other too is what callers with a row of the device add above this, over all processes.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from devices.addresses import parse_host
from devices.deadline import Deadline
from devices.errors import AddressRefused, Unreachable

_Key = tuple[str, int]
_Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]

_lock = threading.Lock()
#: Who waits for each host that is spoken to now, the next one first.
_waiting: dict[_Key, deque[_Waiter]] = {}


@asynccontextmanager
async def turn_at(host: str, port: int, deadline: Deadline | None = None) -> AsyncIterator[None]:
    """Hold the turn within the block. `Unreachable("busy")` where it did not come before the deadline."""
    key = _key(host, port)
    await _take(key, deadline)
    try:
        yield
    finally:
        _give_on(key)


def try_take(host: str, port: int) -> bool:
    """Take the turn if nobody has it; `give_on` gives it back."""
    key = _key(host, port)
    with _lock:
        if key in _waiting:
            return False
        _waiting[key] = deque()
    return True


def give_on(host: str, port: int) -> None:
    """End a turn that `try_take` gave."""
    _give_on(_key(host, port))


@lru_cache(maxsize=65_536)
def _key(host: str, port: int) -> _Key:
    """By the host in its one spelling. What is no host is refused later, by whoever would dial it."""
    try:
        return str(parse_host(host)), port
    except AddressRefused:
        return host.lower(), port


async def _take(key: _Key, deadline: Deadline | None) -> None:
    loop = asyncio.get_running_loop()
    with _lock:
        if key not in _waiting:
            _waiting[key] = deque()
            return
        mine = (loop, loop.create_future())
        _waiting[key].append(mine)
    try:
        async with asyncio.timeout(deadline.left() if deadline else None):
            await mine[1]
    except BaseException as error:
        with _lock:
            queue = _waiting[key]
            still_waiting = mine in queue
            if still_waiting:
                queue.remove(mine)
        if not still_waiting:  # It was handed to us in this very moment.
            _give_on(key)
        if isinstance(error, TimeoutError):
            raise Unreachable("busy") from None
        raise


def _give_on(key: _Key) -> None:
    """Hand the turn to the next who waits; a loop that ended meanwhile is passed over."""
    with _lock:
        queue = _waiting[key]
        while queue:
            loop, waiter = queue.popleft()
            try:
                loop.call_soon_threadsafe(_wake, waiter)
            except RuntimeError:
                continue
            return
        del _waiting[key]


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
