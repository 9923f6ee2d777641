"""onvif-zeep on our terms: it builds what is asked and reads what is answered; our own session signs and sends.

onvif-zeep as shipped re-reads its WSDL for each object, has no deadline, follows redirects and XAddrs with the
password in hand, knows no Digest, and leaves an event subscription on the device. Here the parsed WSDL is shared
by the process, zeep's transport opens no line at all, and what it would ask goes through `Visit.ask` alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zeep
from lxml import etree
from zeep.transports import Transport
from zeep.wsdl import Document

from devices.configure.allowed import OperationForbidden
from devices.errors import Misbehaving

_root = logging.getLogger()
_before = (_root.level, list(_root.handlers))
import onvif  # noqa: E402 - it configures the root logger when imported, which is undone below
from onvif.client import ONVIFCamera, ONVIFService  # noqa: E402
from onvif.definition import SERVICES  # noqa: E402

_root.setLevel(_before[0])
_root.handlers[:] = _before[1]

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

WSDL = Path(onvif.__file__).resolve().parent.parent / "wsdl"
SETTINGS = zeep.Settings(strict=False, forbid_dtd=True, forbid_entities=True)
WARMED = ("devicemgmt", "media")
#: What zeep is given to read at most, since no deadline interrupts it: some 0.1 s of CPU. 512 users are 1537 nodes.
NODES_MAX = 4000

#: A request and the path it goes to; the answer inside the SOAP body comes back. Raises as `OnvifSession.signed`.
Ask = Callable[["Element", str], "Element"]

_documents: dict[str, Document] = {}
_documents_lock = threading.Lock()


class InstalledFiles(Transport):
    """Loads WSDL from the installed package, and nothing from anywhere else; sends nothing."""

    def load(self, url: str) -> bytes:
        path = Path(url.removeprefix("file://")).resolve()
        if not path.is_relative_to(WSDL):
            raise OperationForbidden(f"{path.name} is not part of the installed WSDL.")
        return path.read_bytes()

    def get(self, address: str, params: object, headers: object) -> Any:
        raise OperationForbidden("zeep opens no connection here.")

    def post(self, address: str, message: object, headers: object) -> Any:
        raise OperationForbidden("zeep opens no connection here.")

    def post_xml(self, address: str, envelope: object, headers: object) -> Any:
        raise OperationForbidden("zeep opens no connection here.")


_TRANSPORT = InstalledFiles()


def document(path: str) -> Document:
    """The parsed WSDL, read once in the life of the process, whichever thread comes first."""
    with _documents_lock:
        if path not in _documents:
            _documents[path] = Document(path, _TRANSPORT, settings=SETTINGS)  # type: ignore[arg-type] # stubs
        return _documents[path]


def warm() -> None:
    """Read the WSDL if this process has not yet (some 0.2 s of CPU and 13 MiB, once)."""
    for name in WARMED:
        document(str(WSDL / SERVICES[name]["wsdl"]))


class Service(ONVIFService):
    """One service whose operations go through `ask`. Errors come out as they are, not as `ONVIFError`."""

    def __init__(self, path: str, wsdl: str, binding: str, ask: Ask) -> None:
        client = zeep.Client(document(wsdl), transport=_TRANSPORT, settings=SETTINGS)
        super().__init__(path, None, None, wsdl, zeep_client=client, binding_name=binding)
        self.client = client
        self.binding: Any = client.wsdl.bindings[binding]
        self.path = path
        self.ask = ask

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda **values: self._call(name, values)

    def _call(self, name: str, values: dict[str, Any]) -> Any:
        """What the operation answers, as zeep's objects. `Misbehaving("schema")` where it is not of its schema."""
        request = self.client.create_message(self.ws_client, name, **values)[-1][0]
        answer = self.ask(request, self.path)
        if sum(1 for _node in islice(answer.iter(), NODES_MAX + 1)) > NODES_MAX:
            raise Misbehaving("large")
        space = self.binding.nsmap["soap-env"]
        envelope = etree.Element(f"{{{space}}}Envelope")
        etree.SubElement(envelope, f"{{{space}}}Body").append(answer)
        try:
            return self.binding.get(name).process_reply(envelope)
        except Exception as error:  # zeep lets out whatever the conversion of each simple type raises
            raise Misbehaving("schema") from error


class ConfiguredCamera(ONVIFCamera):
    """onvif-zeep's camera over a session that is already signed in.

    `paths` says where each service (by its namespace) lives on the verified address. The original's constructor is
    left out on purpose: it takes the proxies out of the process's environment, connects, and subscribes to events.
    """

    def __init__(self, ask: Ask, paths: dict[str, str]) -> None:
        self.ask = ask
        self.paths = paths
        self.wsdl_dir = str(WSDL)
        self.services: dict[str, Service] = {}

    def create_onvif_service(self, name: str, from_template: bool = True, portType: str | None = None) -> Service:
        """One service with a client of its own over the shared document; the same one when asked again."""
        known = SERVICES.get(name.lower())
        if known is None or known["ns"] not in self.paths:
            raise Misbehaving("no_service")
        if name not in self.services:
            binding = f"{{{known['ns']}}}{known['binding']}"
            self.services[name] = Service(self.paths[known["ns"]], str(WSDL / known["wsdl"]), binding, self.ask)
        return self.services[name]

    @property
    def devicemgmt(self) -> Service:
        return self.create_onvif_service("devicemgmt")

    @property
    def media(self) -> Service:
        return self.create_onvif_service("media")
