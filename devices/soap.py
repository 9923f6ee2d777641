"""ONVIF envelopes built beforehand, their signature, and a parser that trusts nothing.

Tests hold each envelope equal to the one zeep builds from onvif-zeep's WSDL.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import itertools
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from devices.errors import Misbehaving
from devices.quirks import (
    as_utf8,
    means_not_authorized,
    only_undeclared_prefixes,
    with_ampersands_escaped,
    without_trailing_nuls,
)

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"

_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_START = f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{_ENVELOPE}">'
_END = "</s:Body></s:Envelope>"

NODES_MAX = 50_000
DEPTH_MAX = 64
ATTRIBUTES_MAX = 64
#: Equals signs in a whole document: an attribute costs the parser some 500 bytes, so they are counted before it
#: begins. The largest answers seen have a few thousand.
EQUALS_MAX = 24_000
DECLARATION_MAX = 256
#: Names of elements that are remembered, and how long one may be.
NAMES_KEPT, NAME_MAX = 4096, 200


@dataclass(frozen=True, slots=True)
class Operation:
    """One request: its action and the finished body, parameters already escaped."""

    action: str
    body: str

    @property
    def name(self) -> str:
        return self.action.rsplit("/", 1)[-1]


def operation(namespace: str, name: str, inner: str = "") -> Operation:
    """A request of a service, `inner` being finished XML in the same namespace."""
    return Operation(f"{namespace}/{name}", f'<{name} xmlns="{namespace}">{inner}</{name}>')


GET_CLOCK = operation(DEVICE, "GetSystemDateAndTime")
GET_SERVICES = operation(DEVICE, "GetServices", "<IncludeCapability>false</IncludeCapability>")
GET_CAPABILITIES = operation(DEVICE, "GetCapabilities", "<Category>All</Category>")
GET_ENDPOINT = operation(DEVICE, "GetEndpointReference")
GET_INFORMATION = operation(DEVICE, "GetDeviceInformation")
GET_INTERFACES = operation(DEVICE, "GetNetworkInterfaces")
GET_PROFILES = operation(MEDIA, "GetProfiles")
GET_PROFILES2 = operation(MEDIA2, "GetProfiles", "<Type>All</Type>")


def get_stream_uri(token: str) -> Operation:
    setup = (
        f'<StreamSetup><Stream xmlns="{SCHEMA}">RTP-Unicast</Stream>'
        f'<Transport xmlns="{SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
    )
    return operation(MEDIA, "GetStreamUri", f"{setup}<ProfileToken>{escape(token)}</ProfileToken>")


def get_stream_uri2(token: str, protocol: str = "RTSP") -> Operation:
    inner = f"<Protocol>{escape(protocol)}</Protocol><ProfileToken>{escape(token)}</ProfileToken>"
    return operation(MEDIA2, "GetStreamUri", inner)


def get_snapshot_uri(token: str) -> Operation:
    return operation(MEDIA, "GetSnapshotUri", f"<ProfileToken>{escape(token)}</ProfileToken>")


def get_snapshot_uri2(token: str) -> Operation:
    return operation(MEDIA2, "GetSnapshotUri", f"<ProfileToken>{escape(token)}</ProfileToken>")


def escape(text: str) -> str:
    """Text as XML content; characters that XML 1.0 cannot hold are dropped."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(c for c in text if c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) < 0xFFFE)
    return html.escape(text)


def envelope(request: Operation, header: str = "") -> bytes:
    """The finished SOAP message, ready to be sent; `header` is finished XML too."""
    return f"{_START}{header}<s:Body>{request.body}{_END}".encode()


def headers_of(request: Operation) -> list[tuple[str, str]]:
    """The HTTP headers that say what the envelope is (SOAP 1.2, part 2, 6.5.3)."""
    return [("Content-Type", f'application/soap+xml; charset=utf-8; action="{request.action}"')]


def username_token(user: str, password: str, created: dt.datetime, nonce: bytes = b"") -> str:
    """The WS-Security header with a password digest, stamped with the *device's* time."""
    nonce = nonce or secrets.token_bytes(16)
    stamp = created.astimezone(dt.UTC).isoformat(timespec="milliseconds")[:23] + "Z"
    # SHA-1 is what WS-UsernameToken 1.0 prescribes; the digest is not stored anywhere.
    digest = hashlib.sha1(nonce + stamp.encode() + password.encode(), usedforsecurity=False).digest()
    return _TOKEN % (escape(user), base64.b64encode(digest).decode(), base64.b64encode(nonce).decode(), stamp)


_TOKEN = (
    f'<s:Header><wsse:Security xmlns:wsse="{_WSS}wssecurity-secext-1.0.xsd" '
    f'xmlns:wsu="{_WSS}wssecurity-utility-1.0.xsd"><wsse:UsernameToken>'
    "<wsse:Username>%s</wsse:Username>"
    f'<wsse:Password Type="{_WSS}username-token-profile-1.0#PasswordDigest">%s</wsse:Password>'
    f'<wsse:Nonce EncodingType="{_WSS}soap-message-security-1.0#Base64Binary">%s</wsse:Nonce>'
    "<wsu:Created>%s</wsu:Created></wsse:UsernameToken></wsse:Security></s:Header>"
)


class Fault(Exception):
    """The device refused one operation; `codes` are the local names of its code and subcodes."""

    def __init__(self, codes: frozenset[str], reason: str = "") -> None:
        self.codes = codes
        self._reason = reason
        super().__init__("SOAP fault")

    @property
    def not_authorized(self) -> bool:
        return means_not_authorized(self.codes, self._reason)


def parse_body(data: bytes) -> Element:
    """The first element of the SOAP body. Raises `Fault`, or `Misbehaving` for anything not clean SOAP."""
    root = parse_xml(data)
    if local(root) != "Envelope":
        raise Misbehaving("not_soap")
    body = child(root, "Body")
    answer = next(elements(body), None) if body is not None else None
    if answer is None:
        raise Misbehaving("not_soap")
    if local(answer) == "Fault":
        raise Fault(frozenset(_fault_codes(answer)), _fault_reason(answer))
    return answer


def _fault_codes(fault: Element) -> Iterator[str]:
    for name in ("Value", "faultcode"):
        for value in descendants(fault, name):
            yield (value.text or "").strip().rsplit(":", 1)[-1][:64]


def _fault_reason(fault: Element) -> str:
    """What a fault says in words: to be recognised, never to be shown."""
    texts = (text for name in ("Text", "faultstring") for text in descendants(fault, name))
    return " ".join((text.text or "")[:200] for text in itertools.islice(texts, 4))


def parse_xml(data: bytes) -> Element:
    """Parse with no doctype, no entities, no network, and caps on depth, nodes and attributes.

    An undeclared prefix (several makers write `ter:` without declaring it) is dropped, a bare `&` and NULs at the
    end are read as what they were meant to be; nothing else is forgiven.
    """
    data = as_utf8(without_trailing_nuls(data).lstrip(b"\xef\xbb\xbf \t\r\n"))
    if b"\0" in data or (b"!" in data and _DECLARATION.search(data)) or not _reads_as_ascii(data):
        raise Misbehaving("xml_refused")
    if not data.startswith(b"<"):
        raise Misbehaving("xml")
    if len(data) > EQUALS_MAX and (data.count(b"<") > 2 * NODES_MAX or data.count(b"=") > EQUALS_MAX):
        raise Misbehaving("xml_size")
    try:
        root = etree.fromstring(data, _PARSERS.strict)
    except etree.XMLSyntaxError:
        root = _forgiven(data)
    except (ValueError, LookupError):
        raise Misbehaving("xml") from None
    if b"!" in data and root.getroottree().docinfo.internalDTD is not None:
        raise Misbehaving("xml_refused")
    if (len(data) > NODES_MAX and _TOO_MANY_NODES(root)) or _OUT_OF_SHAPE(root):
        raise Misbehaving("xml_size")
    return root


#: A document type or entity, in whatever case; comments and CDATA are the other things that begin so.
_DECLARATION = re.compile(rb"<!(?:doctype|entity)", re.IGNORECASE)
_ENCODING = re.compile(rb"""<\?xml\s+version\s*=\s*["'][0-9.]{1,8}["']\s+encoding\s*=\s*["']([^"']{1,40})["']""")
#: Encodings in which the bytes of markup are those of ASCII, so that what is counted before parsing is what is
#: parsed. UTF-16 may stand here: real UTF-16 has NULs, which are refused, and makers write it above UTF-8.
_ASCII_LIKE = re.compile(
    rb"utf-?(?:8|16)|(?:us-)?ascii|iso[-_]?8859[-_]?\d{1,2}|latin-?1|(?:windows|cp)-?125\d|gb(?:2312|k|18030)|big5"
    rb"|euc-(?:jp|kr|cn|tw)|shift_jis",
    re.IGNORECASE,
)

# These count in C what a walk over the tree would count in Python, at a thirtieth of the price.
_TOO_MANY_NODES = etree.XPath(f"count(//*) > {NODES_MAX}")
_OUT_OF_SHAPE = etree.XPath(
    f"boolean({'/*' * (DEPTH_MAX + 1)}) or boolean(/descendant::*/@*[{ATTRIBUTES_MAX + 1}])"
)


def _reads_as_ascii(data: bytes) -> bool:
    """Whether the document declares no encoding in which markup could hide from a look at its bytes."""
    return not data.startswith(b"<?xml") or _declares_ascii(data[: data.find(b"?>", 0, DECLARATION_MAX) + 2])


@lru_cache(maxsize=128)
def _declares_ascii(declaration: bytes) -> bool:
    declared = _ENCODING.match(declaration)
    if declared is None:
        return declaration.endswith(b"?>") and b"encoding" not in declaration
    return _ASCII_LIKE.fullmatch(declared[1]) is not None


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        recover=recover,
    )


class _Parsers(threading.local):
    """A parser for each thread: making one costs as much as a small answer, and one for all makes them wait."""

    def __init__(self) -> None:
        self.strict = _parser(recover=False)


_PARSERS = _Parsers()


def _forgiven(data: bytes) -> Element:
    """The document, if bare ampersands and undeclared prefixes are all that is wrong; the prefixes are dropped."""
    data = with_ampersands_escaped(data)
    judge = _parser(recover=False)
    try:
        return etree.fromstring(data, judge)
    except etree.XMLSyntaxError:
        # A parser's own log: the one of the exception also holds what other documents did wrong in this thread.
        domains = [entry.domain_name for entry in list(judge.error_log)]
    if not only_undeclared_prefixes(domains):
        raise Misbehaving("xml") from None
    root = etree.fromstring(data, _parser(recover=True))
    if root is None:
        raise Misbehaving("xml")
    try:
        for node in root.iter("*"):
            if ":" in (name := local(node)):
                node.tag = name.rsplit(":", 1)[-1]
    except ValueError:  # Nothing that can be a name stands behind the colon.
        raise Misbehaving("xml") from None
    return root


def local(node: Element) -> str:
    """Local name of an element."""
    tag = node.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def elements(node: Element) -> Iterator[Element]:
    """The elements directly in this one, whatever their names."""
    return node.iterchildren("*")


def child(node: Element | None, *path: str) -> Element | None:
    """The element at a path of local names, whatever their namespace."""
    for name in path:
        if node is None:
            return None
        node = next(node.iterchildren("{*}" + name), None)
    return node


def children(node: Element | None, name: str) -> list[Element]:
    """The elements of one local name directly in this one, whatever their namespace; none in none."""
    return [] if node is None else list(node.iterchildren("{*}" + name))


def descendants(node: Element, name: str) -> Iterator[Element]:
    return node.iter("{*}" + name)


class _LocalNames(dict[str, str]):
    """The local name of each tag met so far: looking it up costs a third of cutting it off."""

    def __missing__(self, tag: str) -> str:
        name = tag.rpartition("}")[2]
        if len(self) < NAMES_KEPT and len(tag) < NAME_MAX:  # A device may think of new names for ever.
            self[tag] = name
        return name


_LOCAL_NAMES = _LocalNames()


def fields(node: Element | None) -> dict[str, Element]:
    """The first child of each local name: cheaper than `child` for whoever reads several."""
    if node is None:
        return {}
    # From the last to the first, so that the first of a name is the one that stays; a list turns round for less.
    return {_LOCAL_NAMES[item.tag]: item for item in reversed(list(node))}


def text(node: Element | None, *path: str, size: int = 120) -> str:
    """Clean text at a path, or nothing."""
    for name in path:
        if node is None:
            return ""
        node = next(node.iterchildren("{*}" + name), None)
    return content(node, size)


def content(node: Element | None, size: int = 120) -> str:
    """Clean text of an element itself, or nothing."""
    if node is None:
        return ""
    raw = node.text if not len(node) else "".join(map(str, node.itertext()))
    if not raw:
        return ""
    # Nearly all that is read is one plain word, and stays as it is.
    plain = len(raw) <= size and raw.isascii() and raw.isprintable() and " " not in raw
    return raw if plain else clean_text(raw, size)


_NUMBER = re.compile(r"(-?[0-9]{1,9})(?:\.[0-9]{1,6})?")


def number(node: Element | None, *path: str) -> int | None:
    """A whole number at a path; None for anything else. "25.0" is read as 25, as some makers write it."""
    written = text(node, *path, size=20) if path else content(node, 20)
    if len(written) <= 9 and written.isdecimal() and written.isascii():
        return int(written)
    match = _NUMBER.fullmatch(written)
    return int(match[1]) if match else None


def clean_text(raw: str, size: int = 120) -> str:
    """One line of what a device says, without controls, format marks (U+202E and kin) or private characters."""
    raw = raw[: size * 4]
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())[:size]
    kept = (c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else " " for c in raw)
    return " ".join("".join(kept).split())[:size]
