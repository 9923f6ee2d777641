"""At most two signed requests reach a device that never takes one, whatever it does to them and however often it is
visited: what carried credentials and was not clearly accepted counts as refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from devices.count import Count
from devices.deadline import Deadline
from devices.dial import Dialler, Endpoint
from devices.errors import DeviceError, Unauthorized
from devices.probe import probe, take_still
from devices.refusals import Refusals
from devices.report import Target
from devices.tunnel import Tunnel
from tests.corpus.attempts import OVER_HTTP, OVER_ONVIF, OVER_RTSP, onvif, snapshot, stream
from tests.corpus.hostile import LOOPBACK, OWNER, Handler, Server, serving

pytestmark = pytest.mark.slow

VISITS = 4

#: One visit to a little server with the refusals before it; the failure it ended in.
Visit = Callable[[Server, Count], Awaitable[DeviceError]]


def visits(handler: Handler, visit: Visit, path: bytes = b"") -> tuple[list[DeviceError], list[int]]:
    """How the visits ended, and how many signed requests (to this path) had come by the end of each."""

    async def run() -> tuple[list[DeviceError], list[int]]:
        async with serving(handler) as server:
            errors: list[DeviceError] = []
            come: list[int] = []
            for _ in range(VISITS):
                before = errors[-1].count if errors else None
                errors.append(await visit(server, before or Count()))
                come.append(sum(path in request for request in server.signed))
            return errors, come

    return asyncio.run(run())


def known(before: Count) -> dict[str, Any]:
    return {"refusals_before": before.refusals, "doubts_before": before.doubts}


def assert_counted(errors: list[DeviceError], come: list[int]) -> None:
    assert 1 <= come[0] <= 2
    assert [error.refusals for error in errors] == come
    assert come[-1] == 2
    assert isinstance(errors[-1], Unauthorized)
    assert errors[-1].detail == "resting"


async def probed(server: Server, before: Count, rtsp_path: str = "") -> DeviceError:
    where = Target("127.0.0.1", server.port, rtsp_path=rtsp_path)
    try:
        report = await probe(where, OWNER, route=LOOPBACK, deadline_seconds=0.6, **known(before))
    except DeviceError as error:
        return error
    raise AssertionError(report)


@pytest.mark.parametrize("digest", [False, True], ids=["WS-Security", "Digest"])
@pytest.mark.parametrize("kind", OVER_ONVIF)
def test_onvif_is_signed_at_most_twice(kind: str, digest: bool) -> None:
    errors, come = visits(onvif(OVER_ONVIF[kind], digest=digest), probed)

    assert_counted(errors, come)


@pytest.mark.parametrize("kind", OVER_HTTP)
def test_a_snapshot_is_signed_at_most_twice(kind: str) -> None:
    async def still(server: Server, before: Count) -> DeviceError:
        where = Target("127.0.0.1", server.port)
        try:
            await take_still(where, OWNER, route=LOOPBACK, deadline_seconds=0.6, **known(before))
        except DeviceError as error:
            return error
        raise AssertionError

    errors, come = visits(snapshot(OVER_HTTP[kind]), still, b"GET /snap.jpg ")

    assert_counted(errors, come)


@pytest.mark.parametrize("kind", OVER_RTSP)
def test_a_stream_alone_is_signed_at_most_twice(kind: str) -> None:
    async def described(server: Server, before: Count) -> DeviceError:
        return await probed(server, before, "/live")

    errors, come = visits(stream(OVER_RTSP[kind]), described)

    assert_counted(errors, come)
    assert set(errors[-1].doubts or ()) <= {"stream"}  # A proof over ONVIF would lift none of them.


@pytest.mark.parametrize("kind", [kind for kind in OVER_RTSP if kind != "says 404 Not Found"])
def test_a_recorder_is_signed_at_most_twice(kind: str) -> None:
    async def walked(server: Server, before: Count) -> DeviceError:
        return await probed(server, before, "/{channel}/{stream}")

    errors, come = visits(stream(OVER_RTSP[kind]), walked)

    assert_counted(errors, come)


@pytest.mark.parametrize("kind", OVER_RTSP)
def test_the_tunnel_signs_at_most_twice(kind: str) -> None:
    async def tunnelled(server: Server, before: Count) -> DeviceError:
        refusals, where = Refusals(before.refusals, list(before.doubts)), Endpoint("127.0.0.1", server.port)
        async with Tunnel(Dialler(LOOPBACK), where, "/live", OWNER, refusals, Deadline.after(0.6)) as tunnel:
            port = int(tunnel.url.split(":")[2].split("/")[0])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                for number, method in enumerate(("OPTIONS", "DESCRIBE", "DESCRIBE", "GET_PARAMETER"), 1):
                    writer.write(f"{method} {tunnel.url} RTSP/1.0\r\nCSeq: {number}\r\n\r\n".encode())
                    if not await reader.read(4096):
                        break
            except OSError:
                pass
            finally:
                writer.transport.abort()
            failure = tunnel.failure or DeviceError("none")
        failure.refusals, failure.doubts = refusals.spent, tuple(refusals.doubts)
        return failure

    errors, come = visits(stream(OVER_RTSP[kind]), tunnelled)

    assert_counted(errors, come)


def test_a_path_that_is_not_there_costs_one_attempt_in_each_visit() -> None:
    """An owner who chose another maker's template keeps an attempt for the right one."""

    async def walked(server: Server, before: Count) -> DeviceError:
        return await probed(server, before, "/{channel}")

    errors, come = visits(stream(OVER_RTSP["says 404 Not Found"]), walked)

    assert [(error.detail, error.refusals) for error in errors] == [
        ("no_such_path", 1),
        ("no_such_path", 2),
        ("resting", 2),
        ("resting", 2),
    ]
    assert come == [3, 4, 4, 4]


def test_a_locked_account_is_told_as_one() -> None:
    errors, _ = visits(onvif(OVER_ONVIF["faults 400 AccountLocked"]), probed)

    assert (errors[0].code, errors[0].detail) == ("unauthorized", "credentials")
    assert "mengunci" in errors[0].message
