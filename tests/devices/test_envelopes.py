"""Our prebuilt envelopes ask exactly what zeep would ask from the standard's WSDL."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from devices import soap

Shape = tuple[str, dict[str, str], str, list[Any]]


def shape(node: etree._Element) -> Shape:
    return str(node.tag), dict(node.attrib), (node.text or "").strip(), [shape(child) for child in node]


def body_of(envelope: etree._Element) -> Shape:
    body = envelope.find("{http://www.w3.org/2003/05/soap-envelope}Body")
    assert body is not None
    return shape(body[0])


@pytest.fixture(scope="module")
def zeep_builds() -> Callable[[str, str, dict[str, object]], Shape]:
    import zeep
    from zeep import wsse  # noqa: F401

    spec = __import__("importlib.util").util.find_spec("onvif")
    folder = Path(spec.origin).parent.parent / "wsdl"
    clients: dict[str, zeep.Client] = {}

    def build(file: str, name: str, arguments: dict[str, object]) -> Shape:
        if file not in clients:
            clients[file] = zeep.Client(str(folder / file), settings=zeep.Settings(strict=False))
        client = clients[file]
        binding = next(b for b in client.wsdl.bindings.values() if name in b._operations)
        service = client.create_service(str(binding.name), "http://device.invalid/")
        return body_of(client.create_message(service, name, **arguments))

    return build


SETUP = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "ours", "arguments"),
    [
        ("devicemgmt.wsdl", soap.GET_CLOCK, {}),
        ("devicemgmt.wsdl", soap.GET_SERVICES, {"IncludeCapability": False}),
        ("devicemgmt.wsdl", soap.GET_CAPABILITIES, {"Category": "All"}),
        ("devicemgmt.wsdl", soap.GET_INFORMATION, {}),
        ("devicemgmt.wsdl", soap.GET_INTERFACES, {}),
        ("devicemgmt.wsdl", soap.GET_ENDPOINT, {}),
        ("media.wsdl", soap.GET_PROFILES, {}),
        ("media.wsdl", soap.get_stream_uri("p<1>"), {"StreamSetup": SETUP, "ProfileToken": "p<1>"}),
        ("media.wsdl", soap.get_snapshot_uri("p1"), {"ProfileToken": "p1"}),
    ],
    ids=lambda value: value.name if isinstance(value, soap.Operation) else None,
)
def test_an_envelope_equals_the_one_zeep_builds(
    zeep_builds: Callable[[str, str, dict[str, object]], Shape],
    file: str,
    ours: soap.Operation,
    arguments: dict[str, object],
) -> None:
    built = body_of(etree.fromstring(soap.envelope(ours)))

    assert built == zeep_builds(file, ours.name, arguments)


def test_the_token_of_the_standards_own_example() -> None:
    # ONVIF Application Programmer's Guide, 6.1.1.3.
    nonce = soap.base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    header = soap.username_token("user", "userpassword", dt.datetime(2010, 9, 16, 7, 50, 45, tzinfo=dt.UTC), nonce)
    stamped = "2010-09-16T07:50:45.000Z"
    expected = soap.hashlib.sha1(nonce + stamped.encode() + b"userpassword").digest()

    assert stamped in header
    assert soap.base64.b64encode(expected).decode() in header
    etree.fromstring(soap.envelope(soap.GET_CLOCK, header))


def test_a_user_name_cannot_break_out_of_the_envelope() -> None:
    header = soap.username_token("</wsse:Username><x>\0&\ud800", "p", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    root = etree.fromstring(soap.envelope(soap.GET_CLOCK, header))

    assert not re.search(rb"<x>", soap.envelope(soap.GET_CLOCK, header))
    assert root is not None
