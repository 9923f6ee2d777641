"""How the little device of `configurable` is on the wire: SOAP in and out, and what it lets in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from tests.devices.configurable import Configurable

SOAP = "http://www.w3.org/2003/05/soap-envelope"
SPACES = {
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
    "tt": "http://www.onvif.org/ver10/schema",
    "tev": "http://www.onvif.org/ver10/events/wsdl",
    "ter": "http://www.onvif.org/ver10/error",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
_PREFIX = {uri: prefix for prefix, uri in SPACES.items()}


class Refusal(Exception):
    """A SOAP fault with one subcode."""


def texts(node: etree._Element, name: str) -> list[str]:
    return [(n.text or "") for n in node.iter() if etree.QName(n).localname == name]


OPEN = {"tds_GetSystemDateAndTime", "tds_GetEndpointReference"}


def _handler(device: Configurable) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10
        disable_nagle_algorithm = True

        def log_message(self, *args: Any) -> None:
            """Silent."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            envelope = etree.fromstring(body)
            asked = envelope.find(f"{{{SOAP}}}Body")[0]  # type: ignore[index]
            qname = etree.QName(asked)
            name = f"{_PREFIX.get(qname.namespace or '', 'x')}_{qname.localname}"
            device.asked.append(qname.localname)
            device.raw.append(str(self.headers).encode() + body)
            authorization = self.headers.get("Authorization")
            if b"UsernameToken" in body or authorization:
                device.credentialed += 1
            open_to_all = name in OPEN and not (device.guards_clock and "DateAndTime" in name)
            if not open_to_all and not device.admits(envelope, authorization, self.path):
                if device.digest:
                    self._send(401, b"", device.challenge)
                else:
                    self._send(400, _fault("NotAuthorized"))
                return
            if name in device.raw_answers:
                self._send(200, device.raw_answers[name])
                return
            try:
                said = device.answer(name, asked)
            except Refusal as refusal:
                self._send(400, _fault(str(refusal)))
            else:
                self._send(200, b"?" if qname.localname in device.garbles else enveloped(said))

        def _send(self, status: int, body: bytes, challenge: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            if challenge:
                self.send_header("WWW-Authenticate", challenge)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def enveloped(body: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}" {_DECLARED}><s:Body>{body}</s:Body></s:Envelope>'.encode()


def _fault(subcode: str) -> bytes:
    return enveloped(
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode>"
        f"<s:Value>ter:{subcode}</s:Value></s:Subcode></s:Code><s:Reason>"
        '<s:Text xml:lang="en">no</s:Text></s:Reason></s:Fault>'
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # Kept connections end with their clients.
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client who hangs up is no news."""


@contextmanager
def running(*devices: Configurable) -> Iterator[None]:
    """Let devices listen on free loopback ports."""
    servers = []
    for device in devices:
        server = _Server(("127.0.0.1", 0), _handler(device))
        device.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
