"""What we may write on a device, and that nothing else leaves, whoever asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from devices import soap
from devices.changes import Wish
from devices.configure import OperationForbidden, masks, substream, visiting
from devices.configure.allowed import ALLOWED, Own, require_allowed
from devices.configure.encoders import request
from devices.report import Target
from tests.devices.configurable import LOOPBACK, OWNER, Configurable, Mask, running

pytestmark = pytest.mark.slow


def at(device: Configurable) -> Target:
    return Target("127.0.0.1", device.port)


FORBIDDEN: dict[str, dict[str, Any]] = {
    "SystemReboot": {},
    "SetSystemFactoryDefault": {"FactoryDefault": "Hard"},
    "SetNetworkInterfaces": {"InterfaceToken": "e", "NetworkInterface": {}},
    "SetNetworkDefaultGateway": {"IPv4Address": ["10.0.0.1"]},
    "SetNetworkProtocols": {"NetworkProtocols": [{"Name": "HTTP", "Enabled": True, "Port": [80]}]},
    "SetDNS": {"FromDHCP": True},
    "SetNTP": {"FromDHCP": True},
    "SetHostname": {"Name": "x"},
    "SetScopes": {"Scopes": ["x"]},
    "SetUser": {"User": [{"Username": "mitra-abcd", "Password": "x", "UserLevel": "User"}]},
    "CreateUsers": {"User": [{"Username": "mitra-abcd", "Password": "x", "UserLevel": "Administrator"}]},
    "DeleteUsers": {"Username": ["pemilik"]},
    "SetSystemDateAndTime": {"DateTimeType": "PTP", "DaylightSavings": False},
    "StartFirmwareUpgrade": {},
    "StartSystemRestore": {},
    "SendAuxiliaryCommand": {"AuxiliaryCommand": "x"},
    "SetRemoteUser": {},
    "SetAccessPolicy": {"PolicyFile": {"Data": b"x"}},
    "SetClientCertificateMode": {"Enabled": True},
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_is_not_allowed_is_never_sent(name: str) -> None:
    device = Configurable()

    with running(device), visiting(at(device), OWNER, route=LOOPBACK) as visit:
        before = len(device.asked)
        with pytest.raises(OperationForbidden, match="not on the list"):
            getattr(visit.camera.devicemgmt, name)(**FORBIDDEN[name])

    assert len(device.asked) == before


ELSEWHERE = [
    ("http://www.onvif.org/ver20/ptz/wsdl", "ContinuousMove"),
    ("http://www.onvif.org/ver10/events/wsdl", "CreatePullPointSubscription"),
    (soap.MEDIA, "DeleteProfile"),
    (soap.MEDIA2, "DeleteProfile"),
    (soap.MEDIA2, "SetVideoSourceConfiguration"),
    ("", "SetVideoEncoderConfiguration"),
    (soap.DEVICE, "CreateMask"),
    *((soap.DEVICE, name) for name in FORBIDDEN),
]


@pytest.mark.parametrize(("namespace", "name"), ELSEWHERE)
def test_other_services_and_other_namespaces_are_as_forbidden(namespace: str, name: str) -> None:
    with pytest.raises(OperationForbidden):
        require_allowed(request(namespace, name) if namespace else etree.Element(name), Own())


def test_what_is_not_allowed_is_not_sent_by_hand_either() -> None:
    device = Configurable()

    with running(device), visiting(at(device), OWNER, route=LOOPBACK) as visit:
        before = len(device.asked)
        for namespace, name in ELSEWHERE:
            asked = request(namespace, name) if namespace else etree.Element(name)
            for send in (visit.media2, lambda asked: visit.ask(asked, visit.paths[soap.DEVICE])):
                with pytest.raises(OperationForbidden, match="not on the list"):
                    send(asked)

    assert len(device.asked) == before
    assert not visit.sent


def encoder(namespace: str, token: str, **values: str) -> Any:
    said = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return soap.parse_xml(
        f'<SetVideoEncoderConfiguration xmlns="{namespace}"><Configuration token="{token}">{said}</Configuration>'
        "</SetVideoEncoderConfiguration>".encode()
    )


@pytest.mark.parametrize("namespace", [soap.MEDIA, soap.MEDIA2])
def test_a_visit_writes_small_streams_and_masks_of_ours_whoever_asks(namespace: str) -> None:
    device = Configurable(masks={"theirs": Mask([(0, 0), (1, 0), (1, 1)])})
    with running(device), visiting(at(device), OWNER, route=LOOPBACK) as visit:
        substream.find(visit, Wish("substream", "src", {"codec": "H264"}))
        masks.find(visit, Wish("masks", "src", {"polygons": []}))
        before = list(device.asked)
        for asked in (
            encoder(namespace, "main", Encoding="H264"),
            encoder(namespace, "", Encoding="H264"),
            request(namespace, "SetVideoEncoderConfiguration"),
            request(soap.MEDIA2, "DeleteMask", Token="theirs"),
            request(soap.MEDIA2, "DeleteMask"),
        ):
            with pytest.raises(OperationForbidden):
                visit.ask(asked, visit.paths[namespace])
        require_allowed(encoder(namespace, "sub", Encoding="H264"), visit.own)

    assert device.asked == before
    assert visit.own.encoders == {"sub"}
    assert (visit.own.masks, visit.own.mains) == (set(), {})


def test_a_main_stream_may_only_be_put_back_to_what_it_was() -> None:
    own = Own(mains={"main": {"codec": "H265", "width": 1920, "height": 1080, "fps": 25, "bitrate_kbps": None}})
    size, rate = "<Width>1920</Width><Height>1080</Height>", "<FrameRateLimit>25</FrameRateLimit>"

    require_allowed(encoder(soap.MEDIA2, "main", Encoding="H265", Resolution=size, RateControl=rate), own)
    for codec, size_, rate_ in (
        ("H264", size, rate),
        ("H265", size.replace("1080", "720"), rate),
        ("H265", size, rate.replace("25", "1")),
    ):
        with pytest.raises(OperationForbidden):
            require_allowed(encoder(soap.MEDIA2, "main", Encoding=codec, Resolution=size_, RateControl=rate_), own)


def test_writes_are_few_and_named() -> None:
    """Whoever adds one must say so here too."""
    writes = {name for _, name in ALLOWED if not name.startswith("Get")}

    assert writes == {
        *("SetSystemDateAndTime", "SetNTP", "SetVideoEncoderConfiguration", "CreateUsers", "DeleteUsers"),
        *("CreateMask", "DeleteMask"),
    }
