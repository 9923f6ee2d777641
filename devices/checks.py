"""Whether devices are alive, without credentials and many at a time, for the health sweep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from devices import rtsp
from devices.addresses import Address, parse_host
from devices.deadline import Deadline
from devices.dial import INTERNET, Dialler, Endpoint, Resolver, Route, system_resolver
from devices.errors import AddressRefused, DeviceError, Dropped, Misbehaving, Unreachable
from devices.http import HttpClient
from devices.knock import HERE, ONVIF_CLOCK, RTSP_OPTIONS, NotPlain, Question, ask_all
from devices.limits import connections_allowed
from devices.refusals import Refusals
from devices.report import Target
from devices.sign_in import OnvifSession, Refused
from devices.soap import Fault
from devices.turns import give_on, try_take, turn_at

CONCURRENCY = 800
"""Asked at once by one process, where it may have so many connections. Each silent one holds a place for its whole
deadline."""
TURN_SECONDS = 30.0  # How long a check waits for whoever else in this process talks to its host.


@dataclass(frozen=True, slots=True)
class Alive:
    """The device answered as a camera does. The offset is None where its clock wants credentials."""

    clock_offset_seconds: float | None
    seconds: float


class CheckTarget(NamedTuple):
    """One device of a batch; `key` is the caller's own name for it."""

    key: int | str
    target: Target
    route: Route = INTERNET
    deadline_seconds: float = 5.0


class CheckResult(NamedTuple):
    """How one check ended. `code` is empty when reached, else the error's stable code; `detail` is for logs."""

    key: int | str
    reached: bool
    code: str
    detail: str
    clock_offset_seconds: float | None
    seconds: float


async def is_alive(
    target: Target, *, route: Route, deadline_seconds: float = 5, resolver: Resolver = system_resolver
) -> Alive:
    """The unauthenticated clock, or RTSP OPTIONS for a device without ONVIF. Raises the usual errors.

    A device that only says "sign in first" is alive.
    """
    started = time.monotonic()
    deadline = Deadline.after(deadline_seconds)
    dialler = Dialler(route, resolver)
    ask = _rtsp(dialler, target, deadline) if target.rtsp_path else _clock(dialler, target, deadline)
    try:
        async with asyncio.timeout(deadline_seconds + 0.3):
            offset = await ask
    except TimeoutError:
        raise Unreachable("silent") from None
    return Alive(offset, time.monotonic() - started)


async def _rtsp(dialler: Dialler, target: Target, deadline: Deadline) -> None:
    status = await rtsp.options(dialler, _stream_of(target), deadline)
    if 300 <= status < 400:
        raise Misbehaving("redirect")


def _stream_of(target: Target) -> Endpoint:
    return Endpoint(target.host, target.rtsp_port or target.port, target.rtsp_tls)


async def _clock(dialler: Dialler, target: Target, deadline: Deadline) -> float | None:
    http = HttpClient(dialler, Endpoint(target.host, target.port, target.uses_tls), deadline)
    session = OnvifSession(http, None, deadline, Refusals())
    try:
        await session.read_clock()
    except (Fault, Refused):
        pass
    finally:
        http.close()
    return session.clock.offset_seconds if session.clock else None


@dataclass(slots=True)
class _Batch:
    """Shared by the checks of one batch: how many at once."""

    slots: asyncio.Semaphore
    resolver: Resolver


async def check_many(
    targets: Sequence[CheckTarget], *, concurrency: int = CONCURRENCY, resolver: Resolver = system_resolver
) -> list[CheckResult]:
    """Check a batch; results in the order of the targets.

    Each device has its own deadline, for both questions where its first answer was no plain one.
    """
    batch = _Batch(asyncio.Semaphore(concurrency), resolver)
    found: dict[int, CheckResult] = {}
    spent: dict[int, float] = {}  # By those whose first answer was no plain one.
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []

    async def one_by_itself(number: int) -> None:
        item, before = targets[number], spent.get(number, 0.0)
        left = item._replace(deadline_seconds=item.deadline_seconds - before)
        result = await _check(left, batch)
        found[number] = result._replace(seconds=before + result.seconds)

    def quick_ones() -> Iterator[Question]:
        """Those that need no more than one question to an address in figures, each as its turn is had."""
        for number, item in enumerate(targets):
            address = _quick(item)
            if address is None or not try_take(item.target.host, item.target.port):
                tasks.append(loop.create_task(one_by_itself(number)))
            else:
                yield _question(number, address, item)

    def ended(question: Question, error: DeviceError | NotPlain | None) -> None:
        number = question.key
        item = targets[number]
        give_on(item.target.host, item.target.port)
        if isinstance(error, NotPlain) or (isinstance(error, Dropped) and not item.target.rtsp_path):
            spent[number] = question.seconds
            tasks.append(loop.create_task(one_by_itself(number)))
            return
        code, detail = (error.code, error.detail) if error else ("", "")
        found[number] = CheckResult(
            item.key, error is None, code, detail, question.offset_seconds, question.seconds
        )

    try:
        await ask_all(quick_ones(), ended, concurrency)
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    return [found[number] for number in range(len(targets))]


def _question(number: int, address: Address, item: CheckTarget) -> Question:
    target = item.target
    if target.rtsp_path:
        return Question(number, address, _stream_of(target), RTSP_OPTIONS, item.route, item.deadline_seconds)
    endpoint = Endpoint(target.host, target.port)
    return Question(number, address, endpoint, ONVIF_CLOCK, item.route, item.deadline_seconds)


def _quick(item: CheckTarget) -> Address | None:
    """Its address in figures, where one plain question to it may be all that the check takes."""
    target = item.target
    if not HERE or (target.rtsp_tls if target.rtsp_path else target.uses_tls):
        return None
    try:
        host = parse_host(target.host)
    except AddressRefused:
        return None
    return None if isinstance(host, str) else host


async def _check(item: CheckTarget, batch: _Batch) -> CheckResult:
    started = time.monotonic()
    try:
        async with turn_at(item.target.host, item.target.port, Deadline.after(TURN_SECONDS)), batch.slots:
            started = time.monotonic()
            alive = await is_alive(
                item.target, route=item.route, deadline_seconds=item.deadline_seconds, resolver=batch.resolver
            )
    except DeviceError as error:
        return CheckResult(item.key, False, error.code, error.detail, None, time.monotonic() - started)
    return CheckResult(item.key, True, "", "", alive.clock_offset_seconds, alive.seconds)


def check_many_now(targets: Sequence[CheckTarget], *, concurrency: int = CONCURRENCY) -> list[CheckResult]:
    """`check_many` for a Celery task: one uvloop run for the batch (asyncio where it is not installed)."""
    concurrency = min(concurrency, connections_allowed() // 2)  # Those asked again are as many at once.
    try:
        import uvloop
    except ImportError:
        return asyncio.run(check_many(targets, concurrency=concurrency))
    return uvloop.run(check_many(targets, concurrency=concurrency))
