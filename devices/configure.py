"""Rare, rich conversations through onvif-zeep, tamed: our dialler as its transport, one allow-list, no leftovers.

onvif-zeep as shipped re-reads its WSDL for each object, has no deadline, follows redirects and XAddrs with the
password in hand, and leaves an event subscription on the device. Here the parsed WSDL is shared by the process,
every request goes to the verified address, and no operation outside `ALLOWED` is sent, whatever asks for it.
There is no writing operation in it yet.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
import zeep
from zeep.transports import Transport
from zeep.wsdl import Document

from devices import soap
from devices.deadline import Deadline
from devices.dial import Dialler, Endpoint, Route
from devices.errors import Misbehaving, Unauthorized
from devices.http import HttpClient
from devices.onvif_reader import path_of
from devices.report import Target
from devices.secrets import Credentials

_root = logging.getLogger()
_before = (_root.level, list(_root.handlers))
import onvif  # noqa: E402 - it configures the root logger when imported, which is undone below
from onvif.client import ONVIFCamera, ONVIFService, UsernameDigestTokenDtDiff  # noqa: E402
from onvif.definition import SERVICES  # noqa: E402

_root.setLevel(_before[0])
_root.handlers[:] = _before[1]

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ALLOWED = frozenset(
    (
        *("GetSystemDateAndTime", "GetCapabilities", "GetServices", "GetDeviceInformation", "GetNTP", "GetUsers"),
        *("GetProfiles", "GetVideoEncoderConfigurations", "GetVideoEncoderConfigurationOptions", "GetOSDs"),
    )
)

WSDL = Path(onvif.__file__).resolve().parent.parent / "wsdl"
SETTINGS = zeep.Settings(strict=False, forbid_dtd=True, forbid_entities=True)

_documents: dict[str, Document] = {}
_documents_lock = threading.Lock()


class OperationForbidden(Exception):
    """The operation is not one that we ever ask of somebody's device."""


class _LocalFiles(Transport):
    """Loads WSDL from the installed package and nothing from anywhere else."""

    def load(self, url: str) -> bytes:
        path = Path(url.removeprefix("file://")).resolve()
        if not path.is_relative_to(WSDL):
            raise OperationForbidden(f"{path.name} is not part of the installed WSDL.")
        return path.read_bytes()


def document(path: str) -> Document:
    """The parsed WSDL, read once in the life of the process."""
    with _documents_lock:
        if path not in _documents:
            _documents[path] = Document(path, _LocalFiles(), settings=SETTINGS)  # type: ignore[arg-type] # stubs
        return _documents[path]


class GuardedTransport(_LocalFiles):
    """zeep's transport over our dialler: the allow-list, the verified address, the deadline, clean XML."""

    def __init__(self, target: Target, route: Route, deadline: Deadline) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._deadline = deadline
        self._http = HttpClient(Dialler(route), Endpoint(target.host, target.port, target.uses_tls), deadline)

    def get(self, address: str, params: object, headers: object) -> requests.Response:
        raise OperationForbidden("GET is not used with SOAP.")

    def post_xml(self, address: str, envelope: Element, headers: dict[str, str]) -> requests.Response:
        body = soap.child(envelope, "Body")
        asked = next(soap.elements(body), None) if body is not None else None
        name = soap.local(asked) if asked is not None else ""
        if name not in ALLOWED:
            raise OperationForbidden(f"{name} is not on the list of allowed operations.")
        response: requests.Response = super().post_xml(address, envelope, headers)
        return response

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        path = path_of(address, ("http", "https"))
        if path is None:
            raise Misbehaving("path")
        kept = [("Content-Type", headers.get("Content-Type", "application/soap+xml; charset=utf-8"))]
        reply = self._loop.run_until_complete(
            self._http.send("POST", path, headers=kept, body=message, deadline=self._deadline)
        )
        if reply.status in (401, 403):
            raise Unauthorized("credentials", refusals=1)
        soap.parse_xml(reply.body)
        response = requests.Response()
        response.status_code = reply.status
        response.headers["Content-Type"] = "application/soap+xml; charset=utf-8"
        response._content = reply.body
        return response

    def close(self) -> None:
        self._http.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


class ConfiguredCamera(ONVIFCamera):
    """onvif-zeep's camera on our terms. Use it in a thread without a running loop, and `close()` it.

    `clock_offset_seconds` is the one the reader found. Errors of the device come out as `onvif.ONVIFError`,
    with ours as their cause text.
    """

    def __init__(
        self,
        target: Target,
        credentials: Credentials,
        *,
        route: Route,
        deadline: Deadline,
        clock_offset_seconds: float | None,
    ) -> None:
        self._offset = dt.timedelta(seconds=clock_offset_seconds or 0.0)
        transport = GuardedTransport(target, route, deadline)
        try:
            super().__init__(
                target.host, target.port, credentials.user, credentials.password, str(WSDL), transport=transport
            )
        except BaseException:
            transport.close()
            raise

    def update_xaddrs(self) -> None:
        """Learn where the services are, without the event subscription that the original leaves behind."""
        self.dt_diff = self._offset
        self.xaddrs: dict[str, str] = {}
        self.devicemgmt = self.create_onvif_service("devicemgmt")
        capabilities = self.devicemgmt.GetCapabilities({"Category": "All"})
        for name in capabilities:
            known, found = SERVICES.get(name.lower()), capabilities[name]
            if known is not None and found is not None:
                self.xaddrs[known["ns"]] = found["XAddr"]

    def create_onvif_service(self, name: str, from_template: bool = True, portType: str | None = None) -> Any:
        """One service with a client of its own over the shared document."""
        xaddr, wsdl, binding = self.get_definition(name.lower(), portType)
        token = UsernameDigestTokenDtDiff(self.user, self.passwd, dt_diff=self.dt_diff, use_digest=True)
        client = zeep.Client(document(wsdl), wsse=token, transport=self.transport, settings=SETTINGS)
        service = ONVIFService(
            xaddr, self.user, self.passwd, wsdl, zeep_client=client, dt_diff=self.dt_diff, binding_name=binding
        )
        self.services[name.lower()] = service
        return service

    def close(self) -> None:
        self.transport.close()
