"""Our prebuilt envelopes ask exactly what zeep would ask from the standard's WSDL."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from devices import requests, soap
from tests.devices.media2_wsdl import media2_wsdl

Shape = tuple[str, dict[str, str], str, list[Any]]


def shape(node: etree._Element) -> Shape:
    return str(node.tag), dict(node.attrib), (node.text or "").strip(), [shape(child) for child in node]


def body_of(envelope: etree._Element) -> Shape:
    body = envelope.find("{http://www.w3.org/2003/05/soap-envelope}Body")
    assert body is not None
    return shape(body[0])


@dataclass(frozen=True)
class Built:
    """What zeep makes of one operation."""

    action: str
    body: Shape


Builder = Callable[[str, str, dict[str, object]], Built]


@pytest.fixture(scope="module")
def zeep_builds() -> Builder:
    """Asks zeep, with the WSDL of onvif-zeep, or for Media2, which it lacks, that of another wheel."""
    import zeep
    from zeep import wsse  # noqa: F401

    spec = __import__("importlib.util").util.find_spec("onvif")
    folder = Path(spec.origin).parent.parent / "wsdl"
    clients: dict[str, zeep.Client] = {}

    def build(file: str, name: str, arguments: dict[str, object]) -> Built:
        if file not in clients:
            where = media2_wsdl() if file == "media2.wsdl" else folder / file
            clients[file] = zeep.Client(str(where), settings=zeep.Settings(strict=False))
        client = clients[file]
        binding = next(b for b in client.wsdl.bindings.values() if name in b._operations)
        operation = binding._operations[name]
        action = MISPRINTED.get(operation.soapaction, operation.soapaction)
        return Built(action, body_of(operation.create(**arguments).content))

    return build


SETUP = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
ODD = "p<1>"
#: The standard's own slip in media.wsdl, mended in later editions.
MISPRINTED = {f"{soap.MEDIA}GetVideoSources/": f"{soap.MEDIA}/GetVideoSources"}


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
        ("devicemgmt.wsdl", requests.GET_SCOPES, {}),
        ("media.wsdl", soap.GET_PROFILES, {}),
        ("media.wsdl", soap.get_stream_uri(ODD), {"StreamSetup": SETUP, "ProfileToken": ODD}),
        ("media.wsdl", soap.get_snapshot_uri(ODD), {"ProfileToken": ODD}),
        ("media.wsdl", requests.GET_VIDEO_SOURCES, {}),
        ("media.wsdl", requests.GET_ENCODERS, {}),
        ("media.wsdl", requests.get_encoder_options(ODD), {"ConfigurationToken": ODD}),
        ("media2.wsdl", soap.GET_PROFILES2, {"Type": ["All"]}),
        ("media2.wsdl", soap.get_stream_uri2(ODD), {"Protocol": "RTSP", "ProfileToken": ODD}),
        ("media2.wsdl", soap.get_snapshot_uri2(ODD), {"ProfileToken": ODD}),
        ("media2.wsdl", requests.GET_ENCODERS2, {}),
        ("media2.wsdl", requests.get_encoder_options2(ODD), {"ConfigurationToken": ODD}),
        ("media2.wsdl", requests.GET_MASKS, {}),
        ("media2.wsdl", requests.get_mask_options(ODD), {"ConfigurationToken": ODD}),
        ("events.wsdl", requests.GET_EVENT_PROPERTIES, {}),
        ("recording.wsdl", requests.GET_RECORDINGS, {}),
    ],
    ids=lambda value: value.action if isinstance(value, soap.Operation) else None,
)
def test_an_envelope_equals_the_one_zeep_builds(
    zeep_builds: Builder, file: str, ours: soap.Operation, arguments: dict[str, object]
) -> None:
    ask = ours.name.removesuffix("Request")

    built = Built(ours.action, body_of(etree.fromstring(soap.envelope(ours))))

    assert built == zeep_builds(file, ask, arguments)


def test_every_operation_that_we_send_is_held_against_the_standard() -> None:
    """Those of `soap` and `requests`, read from their source, are among the cases above."""
    written = re.findall(
        r'(?:operation\(\w+, "|EventPortType/)(Get\w+?)(?:Request)?"',
        inspect.getsource(soap) + inspect.getsource(requests),
    )
    mark = next(m for m in test_an_envelope_equals_the_one_zeep_builds.pytestmark if m.name == "parametrize")
    held = Counter(case[1].name.removesuffix("Request") for case in mark.args[1])

    assert Counter(written) == held


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
