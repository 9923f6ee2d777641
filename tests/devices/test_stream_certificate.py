"""ONVIF in the clear, streams over TLS: the stream is known again by a certificate of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.errors import DeviceError
from devices.probe import probe, take_still
from devices.report import DeviceReport, Identity, Target
from tests.corpus.hostile import LOOPBACK, OWNER, Server, camera, fault, serving, silent, uri
from tests.devices.hiccups import MAC, interfaces
from tests.devices.rtsp_devices import TlsDoor, certificate, filming
from tests.ops.servers import free_port

pytestmark = pytest.mark.slow


@dataclass
class House:
    """A camera whose streams come over TLS, and a stranger's door with another certificate, or none."""

    inside: int
    door: TlsDoor
    stranger: TlsDoor
    fingerprint: str

    @asynccontextmanager
    async def naming(self, port: int, scheme: str = "rtsps") -> AsyncIterator[Server]:
        """The camera's ONVIF service while it names this port for its stream."""
        onvif = camera(
            GetStreamUri=uri("GetStreamUri", f"{scheme}://10.0.0.9:{port}/stream1"),
            GetSnapshotUri=fault("ter:ActionNotSupported"),
            GetNetworkInterfaces=interfaces(MAC),
        )
        async with serving(onvif) as server:
            yield server

    async def read(self, port: int, expected: Identity | None = None, scheme: str = "rtsps") -> DeviceReport:
        async with self.naming(port, scheme) as onvif:
            return await probe(
                Target("127.0.0.1", onvif.port),
                OWNER,
                route=LOOPBACK,
                expected_identity=expected,
                want_details=False,
            )

    async def still(self, port: int, expected: Identity, scheme: str = "rtsps") -> int:
        async with self.naming(port, scheme) as onvif:
            where = Target("127.0.0.1", onvif.port)
            return (await take_still(where, OWNER, route=LOOPBACK, expected_identity=expected)).width


@asynccontextmanager
async def house(inside: int, tmp_path: Path) -> AsyncIterator[House]:
    (context, fingerprint), (other, _) = certificate(tmp_path), certificate(tmp_path)
    async with TlsDoor(inside, context) as door, TlsDoor(inside, other) as stranger:
        yield House(inside, door, stranger, fingerprint)


def test_the_certificate_of_the_stream_is_kept_and_the_stream_is_known_again(tmp_path: Path) -> None:
    async def run(inside: int) -> None:
        async with house(inside, tmp_path) as home:
            report = await home.read(home.door.port)
            assert report.identity.stream_tls_fingerprint == home.fingerprint
            assert report.identity.tls_fingerprint == ""
            assert report.picture_source == "keyframe"
            assert await home.still(home.door.port, report.identity) == 320
            again = await home.read(home.door.port, report.identity)
            assert again.identity == report.identity

    with filming(["/stream1"]) as server:
        asyncio.run(run(server.server_address[1]))


@pytest.mark.parametrize("visit", ["read", "still"])
@pytest.mark.parametrize("answers", ["another certificate", "no TLS"])
def test_another_certificate_and_a_stream_without_one_hear_nothing(
    visit: str, answers: str, tmp_path: Path
) -> None:
    async def run(inside: int) -> tuple[str, bytes, int]:
        async with house(inside, tmp_path) as home, serving(silent) as plain:
            known = (await home.read(home.door.port)).identity
            port, scheme = (plain.port, "rtsp") if answers == "no TLS" else (home.stranger.port, "rtsps")
            with pytest.raises(DeviceError) as refusal:
                await getattr(home, visit)(port, known, scheme)
            return refusal.value.code, home.stranger.heard, plain.connections

    with filming(["/stream1"]) as server:
        assert asyncio.run(run(server.server_address[1])) == ("different_device", b"", 0)


@pytest.mark.parametrize("where", ["refused by the route", "closed"])
def test_a_certificate_that_cannot_be_read_is_told_and_not_kept(where: str, tmp_path: Path) -> None:
    """The other parts are kept, and the next reading is no other device."""

    async def run(inside: int) -> None:
        async with house(inside, tmp_path) as home:
            first = await home.read(free_port() if where == "closed" else 1)
            assert first.identity.stream_tls_fingerprint == ""
            assert "stream_certificate_unread" in first.warnings
            second = await home.read(home.door.port, first.identity)
            assert second.identity.stream_tls_fingerprint == home.fingerprint

    with filming(["/stream1"]) as server:
        asyncio.run(run(server.server_address[1]))
