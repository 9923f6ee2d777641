"""The floor: what the seven calls cost at the least, with nothing checked, forgiven, bounded or read.

The requests are made beforehand, length and all, and only stamped with a fresh digest; one raw asyncio protocol
keeps one connection for each probe, takes the reply's length on trust and gives its body to lxml. Of what came it
looks at the name of each reply, and at the token of the first profile, which the last two requests name.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
from typing import cast

from lxml import etree

from bench.clients.meter import Orders, measure_async
from bench.replies import PASSWORD, USER, Camera
from devices import soap

TOKEN = "profile_0"  # noqa: S105 - what ONVIF calls the name of a profile
_DEVICE, _MEDIA = "/onvif/device_service", "/onvif/media_service"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_HEADER = (
    f'<s:Header><wsse:Security xmlns:wsse="{_WSS}wssecurity-secext-1.0.xsd" '
    f'xmlns:wsu="{_WSS}wssecurity-utility-1.0.xsd"><wsse:UsernameToken><wsse:Username>{USER}</wsse:Username>'
    f'<wsse:Password Type="{_WSS}username-token-profile-1.0#PasswordDigest">%s</wsse:Password>'
    f'<wsse:Nonce EncodingType="{_WSS}soap-message-security-1.0#Base64Binary">%s</wsse:Nonce>'
    "<wsu:Created>%s</wsu:Created></wsse:UsernameToken></wsse:Security></s:Header>"
)
#: What the three blanks of the header will hold: 20 and 16 bytes in base64, and a moment.
_FILLED = len(_HEADER) - 3 * len("%s") + 28 + 24 + 20


def _prebuilt(path: str, operation: soap.Operation, header: str = "") -> bytes:
    envelope = soap.envelope(operation, header)
    size = len(envelope) - len(header) + (_FILLED if header else 0)
    return (
        b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/soap+xml; charset=utf-8\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (path.encode(), size, envelope)
    )


_ASKED = (
    *((_DEVICE, one) for one in (soap.GET_SERVICES, soap.GET_INFORMATION, soap.GET_INTERFACES)),
    *((_MEDIA, one) for one in (soap.GET_PROFILES, soap.get_stream_uri(TOKEN), soap.get_snapshot_uri(TOKEN))),
)
UNSIGNED = _prebuilt(_DEVICE, soap.GET_CLOCK)
#: The signed requests, and the end of the name that the reply to each bears.
SIGNED = [(_prebuilt(path, operation, _HEADER), f"{operation.name}Response") for path, operation in _ASKED]


def stamped(request: bytes) -> bytes:
    nonce, created = os.urandom(16), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode()
    digest = hashlib.sha1(nonce + created + PASSWORD.encode(), usedforsecurity=False).digest()
    return request % (base64.b64encode(digest), base64.b64encode(nonce), created)


class Line(asyncio.Protocol):
    """One connection: a request out, a body in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._got = got = self._got + data if self._got else data
        end = got.find(b"\r\n\r\n") + 4
        if end < 4:
            return
        at = got.index(b"Content-Length: ") + 16
        if len(got) - end >= int(got[at : got.index(b"\r", at)]):
            self._got = b""
            self._answer.set_result(got[end:])

    async def ask(self, request: bytes, name: str) -> etree._Element:
        self._answer = self._loop.create_future()
        self.transport.write(request)
        reply = etree.fromstring(await self._answer)[1][0]
        if not reply.tag.endswith(name):
            raise ValueError(f"{reply.tag} came instead of {name}")
        return reply


async def read(camera: Camera) -> None:
    _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", camera.port)
    await line.ask(UNSIGNED, "GetSystemDateAndTimeResponse")
    for request, name in SIGNED:
        reply = await line.ask(stamped(request), name)
        if name == "GetProfilesResponse" and reply[0].get("token") != TOKEN:
            raise ValueError("The first profile is another one.")
    line.transport.abort()


if __name__ == "__main__":
    orders = Orders.given()
    asyncio.run(measure_async(orders, read))
