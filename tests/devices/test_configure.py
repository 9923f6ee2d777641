"""onvif-zeep on our terms: the verified address, the allow-list, nothing left on the device."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from onvif import ONVIFError

from devices.configure import ConfiguredCamera
from devices.deadline import Deadline
from devices.report import Target
from tests.devices.hostile import LOOPBACK, OWNER, Server, camera, serving, soap

pytestmark = pytest.mark.slow

CAPABILITIES = soap(
    "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media>"
    "<tt:XAddr>http://169.254.169.254/onvif/media</tt:XAddr><tt:StreamingCapabilities/></tt:Media>"
    "</tds:Capabilities></tds:GetCapabilitiesResponse>"
)
NTP = soap(
    "<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>true</tt:FromDHCP></tds:NTPInformation></tds:GetNTPResponse>"
)


@contextmanager
def little_camera(**answers: bytes) -> Iterator[Server]:
    """A little server in a thread, for callers that bring their own loop."""
    ready, stop = threading.Event(), threading.Event()
    found: list[Server] = []

    async def run() -> None:
        async with serving(camera(GetCapabilities=CAPABILITIES, GetNTP=NTP, **answers)) as server:
            found.append(server)
            ready.set()
            await asyncio.to_thread(stop.wait, 10)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(5)
        yield found[0]
    finally:
        stop.set()
        thread.join()


def connect(server: Server) -> ConfiguredCamera:
    where = Target("127.0.0.1", server.port)
    return ConfiguredCamera(where, OWNER, route=LOOPBACK, deadline=Deadline.after(5), clock_offset_seconds=0.0)


def test_it_asks_the_verified_address_whatever_the_device_says(dialled: list[tuple[str, int]]) -> None:
    with little_camera() as server:
        device = connect(server)
        profiles = device.create_onvif_service("media").GetProfiles()
        from_dhcp = device.devicemgmt.GetNTP().FromDHCP
        device.close()

    assert [p.token for p in profiles] == ["p1"]
    assert from_dhcp is True
    assert set(dialled) == {("127.0.0.1", server.port)}
    assert not any(b"CreatePullPointSubscription" in request for request in server.requests)


@pytest.mark.parametrize("name", ["SystemReboot", "SetSystemFactoryDefault", "DeleteUsers", "SetNetworkInterfaces"])
def test_what_is_not_allowed_is_never_sent(name: str) -> None:
    with little_camera() as server:
        device = connect(server)
        before = len(server.requests)
        arguments = {
            "SetSystemFactoryDefault": {"FactoryDefault": "Hard"},
            "DeleteUsers": {"Username": ["x"]},
            "SetNetworkInterfaces": {"InterfaceToken": "e", "NetworkInterface": {}},
        }.get(name, {})
        with pytest.raises(ONVIFError, match="not on the list"):
            getattr(device.devicemgmt, name)(arguments)
        device.close()

    assert len(server.requests) == before
