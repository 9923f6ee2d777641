"""The dialler: names are resolved once, every address is judged, and what is refused opens no socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from devices.deadline import Deadline
from devices.dial import Dialler, Endpoint
from devices.errors import AddressRefused, DeviceError, Unreachable
from devices.routes import INTERNET, Route, routes_from_allow


def dial(
    answer: Sequence[str], *, route: Route = INTERNET, port: int = 80, host: str = "cam.toko.id"
) -> DeviceError:
    """Connect to a name with this answer of the name server; the error it ends in."""

    async def run() -> DeviceError:
        try:
            connection = await Dialler(route, lambda _: answer).connect(Endpoint(host, port), Deadline.after(1))
        except DeviceError as error:
            return error
        connection.close()
        return DeviceError("connected")

    return asyncio.run(run())


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1"], ["36.66.0.1", "10.0.0.1"], ["::1"], ["fe80::1%eth0"], ["64:ff9b::a00:1"], ["::ffff:10.0.0.1"]],
)
def test_one_bad_address_refuses_the_whole_name(answer: list[str], dialled: list[tuple[str, int]]) -> None:
    error = dial(answer)

    assert isinstance(error, AddressRefused)
    assert not error.from_text
    assert dialled == []


def test_a_port_outside_the_list_opens_no_socket(dialled: list[tuple[str, int]]) -> None:
    assert isinstance(dial(["36.66.0.1"], port=22), AddressRefused)
    assert dialled == []


def test_the_same_private_address_at_another_site_opens_no_socket(dialled: list[tuple[str, int]]) -> None:
    attached = Route("network", routes_from_allow("10.20.30.0/24:80").networks)

    error = dial([], route=INTERNET, host="10.20.30.5")
    other = dial([], route=Route("network", routes_from_allow("10.9.0.0/24:80").networks), host="10.20.30.5")

    assert isinstance(error, AddressRefused)
    assert isinstance(other, AddressRefused)
    assert dialled == []
    assert attached.networks


def test_a_name_without_addresses_is_unreachable() -> None:
    error = dial([])

    assert (error.code, error.detail) == (Unreachable.code, "no_name")


def test_a_name_stays_pinned_for_the_visit() -> None:
    asked: list[str] = []

    def rebinding(name: str) -> list[str]:
        asked.append(name)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    async def run() -> list[str]:
        dialler = Dialler(routes_from_allow("127.0.0.1/32:80"), rebinding)
        first = await dialler.addresses("cam.toko.id", 80, Deadline.after(1))
        again = await dialler.addresses("cam.toko.id", 80, Deadline.after(1))
        return [str(address) for address in (*first, *again)]

    assert asyncio.run(run()) == ["127.0.0.1", "127.0.0.1"]
    assert asked == ["cam.toko.id"]


@pytest.mark.slow
def test_a_slow_name_server_does_not_outlast_the_deadline() -> None:
    import threading

    gate = threading.Event()

    async def run() -> float:
        loop = asyncio.get_running_loop()
        started = loop.time()
        with pytest.raises(Unreachable):
            await Dialler(INTERNET, lambda _: [str(gate.wait(3))]).connect(
                Endpoint("cam.toko.id", 80), Deadline.after(0.2)
            )
        return loop.time() - started

    assert asyncio.run(run()) < 0.6
    gate.set()
