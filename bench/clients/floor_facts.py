"""The floor that picks the same facts as all the others, over asyncio's streams; it stands beside the rows.

Prebuilt envelopes stamped with a digest, one raw asyncio connection for each probe, the reply's length taken on
trust, lxml's parse, and the values that every program brings home picked by their full names.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time

from lxml import etree

from bench.clients.meter import Orders, Reading, Shown, measure_async
from bench.replies import PASSWORD, USER, Camera
from devices import soap

_DEVICE, _SCHEMA = f"{{{soap.DEVICE}}}", f"{{{soap.SCHEMA}}}"
_SIGNED_START = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
)
_BODIES = {
    operation: soap.envelope(operation).removeprefix(_SIGNED_START.encode())
    for operation in (
        *(soap.GET_CLOCK, soap.GET_SERVICES, soap.GET_INFORMATION, soap.GET_INTERFACES, soap.GET_PROFILES),
        *(soap.get_stream_uri("profile_0"), soap.get_snapshot_uri("profile_0")),
    )
}
_CLOCK, _SERVICES, _INFORMATION, _INTERFACES, _PROFILES, _STREAM, _SNAPSHOT = _BODIES.values()
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_TOKEN = (
    f'{_SIGNED_START}<s:Header><wsse:Security xmlns:wsse="{_WSS}wssecurity-secext-1.0.xsd" '
    f'xmlns:wsu="{_WSS}wssecurity-utility-1.0.xsd"><wsse:UsernameToken><wsse:Username>{USER}</wsse:Username>'
    f'<wsse:Password Type="{_WSS}username-token-profile-1.0#PasswordDigest">%s</wsse:Password>'
    f'<wsse:Nonce EncodingType="{_WSS}soap-message-security-1.0#Base64Binary">%s</wsse:Nonce>'
    "<wsu:Created>%s</wsu:Created></wsse:UsernameToken></wsse:Security></s:Header>"
)


def signed(body: bytes) -> bytes:
    nonce, created = os.urandom(16), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode()
    digest = hashlib.sha1(nonce + created + PASSWORD.encode(), usedforsecurity=False).digest()
    token = _TOKEN % (base64.b64encode(digest).decode(), base64.b64encode(nonce).decode(), created.decode())
    return token.encode() + body


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, envelope: bytes
) -> etree._Element:
    writer.write(
        b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/soap+xml; charset=utf-8\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (path.encode(), len(envelope), envelope)
    )
    head = await reader.readuntil(b"\r\n\r\n")
    at = head.index(b"Content-Length: ") + 16
    body = await reader.readexactly(int(head[at : head.index(b"\r", at)]))
    return etree.fromstring(body)[1][0]


def shown(profile: etree._Element) -> Shown:
    encoder = profile.find(f"{_SCHEMA}VideoEncoderConfiguration")
    size, rate = encoder.find(f"{_SCHEMA}Resolution"), encoder.find(f"{_SCHEMA}RateControl")
    return Shown(
        profile.get("token"),
        profile.findtext(f"{_SCHEMA}VideoSourceConfiguration/{_SCHEMA}SourceToken"),
        encoder.findtext(f"{_SCHEMA}Encoding"),
        int(size.findtext(f"{_SCHEMA}Width")),
        int(size.findtext(f"{_SCHEMA}Height")),
        int(rate.findtext(f"{_SCHEMA}FrameRateLimit")),
        int(rate.findtext(f"{_SCHEMA}BitrateLimit")),
    )


async def read(camera: Camera) -> Reading:
    reader, writer = await asyncio.open_connection("127.0.0.1", camera.port)
    device = "/onvif/device_service"
    await ask(reader, writer, device, _SIGNED_START.encode() + _CLOCK)
    services = await ask(reader, writer, device, signed(_SERVICES))
    addresses = {one.findtext(f"{_DEVICE}Namespace"): one.findtext(f"{_DEVICE}XAddr") for one in services}
    media = "/" + addresses[soap.MEDIA].split("/", 3)[3]
    information = await ask(reader, writer, device, signed(_INFORMATION))
    interfaces = await ask(reader, writer, device, signed(_INTERFACES))
    profiles = await ask(reader, writer, media, signed(_PROFILES))
    stream = await ask(reader, writer, media, signed(_STREAM))
    snapshot = await ask(reader, writer, media, signed(_SNAPSHOT))
    writer.transport.abort()
    return Reading(
        information.findtext(f"{_DEVICE}SerialNumber") or "",
        interfaces.findtext(f".//{_SCHEMA}HwAddress") or "",
        [shown(profile) for profile in profiles],
        stream.findtext(f".//{_SCHEMA}Uri") or "",
        snapshot.findtext(f".//{_SCHEMA}Uri") or "",
    )


if __name__ == "__main__":
    orders = Orders.given()
    asyncio.run(measure_async(orders, read))
