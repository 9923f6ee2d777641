"""Our Media2 requests that change something, and the devices we try them on, held to the standard's own WSDL."""

from __future__ import annotations

from typing import Any

import pytest
import zeep
from lxml import etree

from demo.auth import DeviceClock
from demo.recorder_onvif import Facts, RecorderOnvif
from demo.recorder_settings import Coding, Mask, Settings, User
from demo.recorder_shapes import Channel
from devices.changes import Wish
from devices.configure import read_findings, write_change
from devices.report import Target
from tests.devices.configurable import LOOPBACK, OWNER, SOAP, SPACES, Configurable, enveloped, running
from tests.devices.media2_wsdl import media2_wsdl
from tests.devices.test_envelopes import Shape, body_of

pytestmark = pytest.mark.slow

TRIANGLE = [[-0.5, -0.5], [0.5, -0.5], [0.0, 0.5]]


class Standard:
    """zeep over the WSDL of Media2: what it would send, and what it makes of an answer."""

    def __init__(self) -> None:
        client = zeep.Client(str(media2_wsdl()), settings=zeep.Settings(strict=True))
        self._binding = next(iter(client.wsdl.bindings.values()))

    def asks(self, operation: str, **values: Any) -> Shape:
        return body_of(self._binding.get(operation).create(**values).content)

    def reads(self, operation: str, reply: bytes) -> Any:
        return self._binding.get(operation).process_reply(etree.fromstring(reply))


@pytest.fixture(scope="module")
def standard() -> Standard:
    return Standard()


@pytest.fixture(scope="module")
def device() -> Configurable:
    """A device that was read, changed in all that Media2 can, and changed back."""
    device = Configurable()
    wishes = [Wish("substream", "src", {"codec": "H264"}), Wish("masks", "src", {"polygons": [TRIANGLE]})]
    with running(device):
        target = Target("127.0.0.1", device.port)
        for finding in read_findings(target, OWNER, route=LOOPBACK, wishes=wishes).findings:
            assert finding.change is not None
            outcome = write_change(target, OWNER, finding.change, route=LOOPBACK)
            assert write_change(target, OWNER, outcome.change.undone(), route=LOOPBACK).state == "done"
    return device


def sent(device: Configurable, operation: str) -> Shape:
    """The first such request that is Media2's."""
    for raw in device.raw:
        envelope = etree.fromstring(raw[raw.index(b"<?xml") :])
        if envelope.find(f"{{{SOAP}}}Body/{{{SPACES['tr2']}}}{operation}") is not None:
            return body_of(envelope)
    raise AssertionError(f"{operation} was not asked.")


@pytest.mark.parametrize(
    ("operation", "values"),
    [
        ("GetProfiles", {"Type": ["All"]}),
        ("GetVideoEncoderConfigurations", {"ConfigurationToken": "sub"}),
        ("GetVideoEncoderConfigurationOptions", {"ConfigurationToken": "sub", "ProfileToken": "p_sub"}),
        ("GetMaskOptions", {"ConfigurationToken": "vsc_src"}),
        ("GetMasks", {"ConfigurationToken": "vsc_src"}),
        ("DeleteMask", {"Token": "m1"}),
        (
            "CreateMask",
            {
                "Mask": {
                    "ConfigurationToken": "vsc_src",
                    "Polygon": {"Point": [{"x": f"{x:.4f}", "y": f"{y:.4f}"} for x, y in TRIANGLE]},
                    "Type": "Color",
                    "Color": {"X": "16", "Y": "128", "Z": "128"},
                    "Enabled": True,
                }
            },
        ),
    ],
)
def test_a_request_is_the_one_that_zeep_builds(
    standard: Standard, device: Configurable, operation: str, values: dict[str, Any]
) -> None:
    assert sent(device, operation) == standard.asks(operation, **values)


def test_a_changed_encoder_is_the_devices_own_but_for_what_is_to_change(
    standard: Standard, device: Configurable
) -> None:
    """zeep reads the device's encoder, changes the same values, and would send the same."""
    reply = enveloped(device._tr2_GetVideoEncoderConfigurations(_asked("sub")))
    (encoder,) = standard.reads("GetVideoEncoderConfigurations", reply)
    encoder.Encoding, encoder.GovLength, encoder.Profile = "H264", 40, "High"
    encoder.Resolution.Width, encoder.Resolution.Height = 640, 360
    encoder.RateControl.FrameRateLimit = 12.5

    def numbers(node: Shape) -> Shape:
        tag, attributes, text, parts = node
        return (
            tag,
            attributes,
            str(float(text)) if text.replace(".", "").isdigit() else text,
            [*map(numbers, parts)],
        )

    expected = standard.asks("SetVideoEncoderConfiguration", Configuration=encoder)
    assert numbers(sent(device, "SetVideoEncoderConfiguration")) == numbers(expected)


def _asked(token: str) -> etree._Element:
    asked = etree.Element("x")
    etree.SubElement(asked, "ConfigurationToken").text = token
    return asked


def test_the_demos_recorder_answers_media2_by_the_schema(standard: Standard) -> None:
    coding = Coding("H265", 320, 180, 8, 300)
    settings = Settings(
        DeviceClock(),
        {"x": User("y", "Administrator")},
        {"Encoder_402": coding},
        {"Mask_1": Mask("VideoSource_4", [(0, 0), (1, 0), (1, 1)])},
    )
    recorder = RecorderOnvif(Facts("n", "s", "127.0.0.1", 1, 2), settings, [Channel(4, 2, "/x", coding)])

    def ask(operation: str, **values: Any) -> Any:
        asked = etree.Element(f"{{{SOAP}}}Envelope")
        body = etree.SubElement(etree.SubElement(asked, f"{{{SOAP}}}Body"), f"{{{SPACES['tr2']}}}{operation}")
        for name, value in values.items():
            etree.SubElement(body, f"{{{SPACES['tr2']}}}{name}").text = value
        return standard.reads(operation, recorder.answer(asked, "Administrator"))

    encoder = ask("GetVideoEncoderConfigurations", ConfigurationToken="Encoder_402")[0]
    options = ask("GetVideoEncoderConfigurationOptions", ConfigurationToken="Encoder_402")
    masks = ask("GetMasks", ConfigurationToken="VideoSource_4_config")
    offered = ask("GetMaskOptions", ConfigurationToken="VideoSource_4_config")

    assert (encoder.Encoding, encoder.Profile, encoder.RateControl.BitrateLimit) == ("H265", "Main", 300)
    assert [(o.Encoding, o.BitrateRange.Max) for o in options] == [("H264", 1000), ("H265", 1000)]
    assert [(m.token, len(m.Polygon.Point), m.Enabled) for m in masks] == [("Mask_1", 3, True)]
    assert (offered.MaxMasks, offered.RectangleOnly, offered.Types) == (4, False, ["Color"])
    ask("DeleteMask", Token="Mask_1")
    assert settings.masks == {}
