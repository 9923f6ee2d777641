"""Reading SOAP envelopes, carefully: a virtual device also gets what a broken client sends."""

from __future__ import annotations

from lxml import etree

SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"


def parse(body: bytes) -> etree._Element | None:
    """The envelope, or None for anything that is not one. Documents with a doctype are refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        envelope = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None
    if envelope.getroottree().docinfo.internalDTD is not None or envelope.tag != f"{SOAP}Envelope":
        return None
    return envelope


def request_of(envelope: etree._Element) -> etree._Element | None:
    """The element inside the body that says what is asked."""
    return next(envelope.iterfind(f"{SOAP}Body/*"), None)


def operation_of(envelope: etree._Element) -> str:
    """The local name of what is asked (`GetProfiles`), or an empty string."""
    request = request_of(envelope)
    return "" if request is None else etree.QName(request).localname
