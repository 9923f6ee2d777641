"""Each host of the corpus: as typed text, and as what a name server answers. What is refused opens no socket."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from devices.addresses import classify, parse_host, unmapped
from devices.deadline import Deadline
from devices.dial import ADDRESSES_TRIED, Dialler, Endpoint
from devices.errors import AddressRefused, DeviceError, Unreachable
from devices.probe import is_alive, probe, take_still
from devices.report import Target
from devices.routes import INTERNET, routes_from_allow
from tests.corpus.hostile import CANARY, OWNER, Exchange, camera, serving

Dialled = list[tuple[str, int]]

PUBLIC = "36.66.0.1"
NAME = "cam.toko.id"


def listed(file: str) -> list[tuple[str, bool]]:
    """The hosts of a file of the corpus, and whether each may be dialled."""
    lines = (Path(__file__).parent / file).read_text(encoding="ascii").splitlines()[1:]
    return [(v.encode().decode("unicode_escape"), e == "ALLOW") for _, v, e in (line.split("\t") for line in lines)]


HOSTS = listed("hosts.tsv") + listed("more_hosts.tsv")
DENIED = [text for text, allowed in HOSTS if not allowed]
ALLOWED = [text for text, allowed in HOSTS if allowed]


def test_the_corpus_is_whole() -> None:
    assert len(listed("hosts.tsv")) == 86
    assert len(set(HOSTS)) == len(HOSTS)
    assert len(DENIED) > 200
    assert len(ALLOWED) > 40


@pytest.mark.parametrize(("text", "allowed"), HOSTS)
def test_each_host_is_judged_as_listed(text: str, allowed: bool) -> None:
    try:
        host = parse_host(text)
    except AddressRefused:
        assert not allowed
    else:
        assert (isinstance(host, str) or classify(host) == "public") == allowed


class NameServer:
    """Answers each question with the next of its answers, the last one for ever, and keeps the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = answers, list[str]()

    def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


Door = Callable[[str, NameServer], Coroutine[Any, Any, object]]

#: Every way in which a host that somebody typed is dialled.
DOORS: dict[str, Door] = {
    "dialler": lambda host, names: Dialler(INTERNET, names).connect(Endpoint(host, 80), Deadline.after(1)),
    "dialler, TLS": lambda host, names: Dialler(INTERNET, names).connect(
        Endpoint(host, 443, True), Deadline.after(1)
    ),
    "probe": lambda host, names: probe(Target(host), OWNER, route=INTERNET, resolver=names, deadline_seconds=1),
    "probe of a stream": lambda host, names: probe(
        Target(host, 554, rtsp_path="/live"), OWNER, route=INTERNET, resolver=names, deadline_seconds=1
    ),
    "still": lambda host, names: take_still(
        Target(host), OWNER, route=INTERNET, resolver=names, deadline_seconds=1
    ),
    "check": lambda host, names: is_alive(Target(host), route=INTERNET, resolver=names, deadline_seconds=1),
}


def knock(door: str, host: str, names: NameServer) -> DeviceError:
    """The error in which dialling this host ends (nothing outside can be reached from a test)."""
    with pytest.raises(DeviceError) as problem:
        asyncio.run(DOORS[door](host, names))  # type: ignore[arg-type]
    return problem.value


@pytest.mark.parametrize("door", DOORS)
def test_a_denied_host_opens_no_socket_and_asks_no_name_server(door: str, dialled: Dialled) -> None:
    names = NameServer([PUBLIC])

    for text in DENIED:
        error = knock(door, text, names)

        assert isinstance(error, AddressRefused), text
        assert error.from_text, text
        assert (dialled, names.asked) == ([], []), text


@pytest.mark.parametrize("door", DOORS)
def test_an_allowed_host_is_dialled_exactly_where_it_was_judged(door: str, dialled: Dialled) -> None:
    port = {"dialler, TLS": 443, "probe of a stream": 554}.get(door, 80)

    for text in ALLOWED:
        names = NameServer([PUBLIC])
        host = parse_host(text)
        where = PUBLIC if isinstance(host, str) else str(host)

        error = knock(door, text, names)

        assert (error.code, error.detail) == (Unreachable.code, "unrouted"), text
        assert dialled == [(where, port)], text
        assert names.asked == ([host] if isinstance(host, str) else [])
        dialled.clear()


# --- what a name server answers --------------------------------------------------------------------------------

ADDRESSES = [text for text in ALLOWED if not isinstance(parse_host(text), str)]


@pytest.mark.parametrize(
    "around",
    [lambda bad: [bad], lambda bad: [PUBLIC, bad], lambda bad: [bad, PUBLIC], lambda bad: [PUBLIC] * 9 + [bad]],
    ids=["alone", "after a public one", "before a public one", "beyond those that are tried"],
)
def test_one_denied_answer_refuses_the_whole_name(around: Callable[[str], list[str]], dialled: Dialled) -> None:
    for text in DENIED:
        names = NameServer(around(text))

        error = knock("dialler", NAME, names)

        assert isinstance(error, AddressRefused), text
        assert (dialled, names.asked) == ([], [NAME]), text
        told = error.for_owner()
        assert (told.code, told.message) == (Unreachable.code, Unreachable.message), text


def test_public_answers_are_dialled_in_their_order_and_no_others(dialled: Dialled) -> None:
    names = NameServer(ADDRESSES)

    knock("dialler", NAME, names)

    assert dialled == [(str(unmapped(ipaddress.ip_address(text))), 80) for text in ADDRESSES[:ADDRESSES_TRIED]]
    assert names.asked == [NAME]


def test_each_public_answer_is_judged_again_at_each_connect_and_resolved_once(dialled: Dialled) -> None:
    names = NameServer([PUBLIC], ["10.0.0.5"], ["127.0.0.1"])
    dialler = Dialler(INTERNET, names)

    for _ in range(3):
        with pytest.raises(Unreachable):
            asyncio.run(_connect(dialler))

    assert dialled == [(PUBLIC, 80)] * 3
    assert names.asked == [NAME]


async def _connect(dialler: Dialler) -> None:
    await dialler.connect(Endpoint(NAME, 80), Deadline.after(1))


@pytest.mark.slow
@pytest.mark.parametrize("second", ["10.0.0.5", "169.254.169.254", "127.0.0.2", "::1"])
def test_a_name_that_turns_inwards_during_a_visit_is_not_resolved_again(second: str, dialled: Dialled) -> None:
    """The device hangs up after each answer, so that each question dials anew; its stream is another connection."""
    onvif = camera()

    async def once(exchange: Exchange) -> None:
        really, asked = exchange.request, 0

        async def request() -> bytes:
            nonlocal asked
            asked += 1
            return await really() if asked == 1 else b""

        exchange.request = request  # type: ignore[method-assign]
        await onvif(exchange)

    async def run() -> tuple[NameServer, int, bytes]:
        names = NameServer(["127.0.0.1"], [second])
        async with serving(once) as server:
            report = await probe(
                Target(NAME, server.port),
                OWNER,
                route=routes_from_allow("127.0.0.0/8:1-65535 [::1]:1-65535"),
                resolver=names,
                deadline_seconds=5,
            )
            assert report.serial == "S-1"
            return names, server.port, b"".join(server.requests)

    names, port, heard = asyncio.run(run())

    assert names.asked == [NAME]
    assert {address for address, _ in dialled} == {"127.0.0.1"}
    assert dialled.count(("127.0.0.1", port)) > 5
    assert f"Host: {NAME}:{port}".encode() in heard
    assert CANARY.encode() not in heard


@pytest.mark.slow
def test_a_connection_that_landed_elsewhere_is_dropped_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a router that turns a public address round: the peer is not the one that was judged."""

    async def run() -> tuple[DeviceError, bytes]:
        async with serving(camera()) as server:
            monkeypatch.setattr("devices.dial.socket.socket", landing_at(server.port))
            with pytest.raises(DeviceError) as problem:
                await probe(Target(PUBLIC), OWNER, route=INTERNET, deadline_seconds=1)
            return problem.value, b"".join(server.requests)

    error, heard = asyncio.run(run())

    assert (error.code, error.detail, error.for_owner().code) == ("address_refused", "peer", "unreachable")
    assert heard == b""


def landing_at(port: int) -> type:
    """A socket that ends at this port of ours, whatever address it is given."""
    import socket

    class Turned(socket.socket):
        def connect(self, address: Any) -> None:
            super().connect(("127.0.0.1", port))

    return Turned
