"""Which ONVIF devices stand in the local network: one question to all of them (WS-Discovery, 2005/04).

For a technician who stands beside the cameras. A datagram says nothing that may be believed: what is found is
printed and never dialled, not even the addresses it names. Answers are bounded in bytes, number and time, belong to
a question of ours, and pass the same parser as every other answer of a device.

`wsdiscovery` (2.1.2) was read and left out: it parses with an unguarded minidom, keeps whatever comes for as long
as it comes, and joins the group on every interface, in threads of its own.
"""

from __future__ import annotations

import ipaddress
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from devices import soap
from devices.errors import Misbehaving

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

GROUP = ("239.255.255.250", 3702)
#: One hop: the question never leaves the local network.
TIME_TO_LIVE = 1
#: Datagrams get lost: each question is asked again after these pauses (SOAP-over-UDP asks for one repetition).
ASKED_AT = (0.0, 0.25, 1.0)

ANSWER_BYTES = 16 * 1024
ANSWERS_MAX = 2000
#: Of one sender; a recorder may answer for some, and each question is asked several times.
ANSWERS_OF_ONE = 24
DEVICES_MAX = 500
MATCHES_MAX = 8
ADDRESSES_MAX = 6

_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#: What ONVIF calls its devices in WS-Discovery; both are in use. One question holds one of them: several types in
#: one question mean devices that are all of these.
_TYPES = (
    ("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter"),
    ("http://www.onvif.org/ver10/device/wsdl", "Device"),
)
_SCOPE = "onvif://www.onvif.org/"


@dataclass(frozen=True, slots=True)
class Found:
    """One device. `address` is where its answer came from; everything else is only what it says of itself.

    `port` is that of the first address it names (80 where it names none). `endpoint` is its lasting name.
    """

    address: str
    port: int
    name: str
    hardware: str
    location: str
    endpoint: str
    xaddrs: tuple[str, ...]


@dataclass(slots=True)
class Discovery:
    """What was found, by address; how many answers were thrown away, and whether there were too many to read."""

    found: list[Found] = field(default_factory=list)
    refused: int = 0
    cut: bool = False


def discover(seconds: float, *, interface: str = "", group: tuple[str, int] = GROUP) -> Discovery:
    """Ask for `seconds`, from the interface with this address of ours (the system's choice where none is named).

    Raises OSError where the network refuses the question.
    """
    questions = {f"urn:uuid:{uuid.uuid4()}": kind for kind in _TYPES}
    result = Discovery()
    seen: dict[tuple[str, str], Found] = {}
    with _socket(interface) as sock:
        for sender, data in _answers(sock, questions, group, seconds, result):
            try:
                for device in read_answer(data, sender, frozenset(questions)):
                    if len(seen) >= DEVICES_MAX:
                        result.cut = True
                        break
                    seen.setdefault((sender, device.endpoint), device)
            except Misbehaving:
                result.refused += 1
    result.found = sorted(seen.values(), key=lambda one: (ipaddress.IPv4Address(one.address), one.endpoint))
    return result


def _socket(interface: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TIME_TO_LIVE)
        if interface:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        sock.bind((interface, 0))
    except BaseException:
        sock.close()
        raise
    return sock


def _answers(
    sock: socket.socket,
    questions: dict[str, tuple[str, str]],
    group: tuple[str, int],
    seconds: float,
    result: Discovery,
) -> Iterator[tuple[str, bytes]]:
    """Ask, ask again, and give back each sender with what he sent, as long as neither becomes too much."""
    began = time.monotonic()
    to_ask = [moment for moment in ASKED_AT if moment < seconds]
    taken: dict[str, int] = {}
    while (passed := time.monotonic() - began) < seconds:
        if to_ask and passed >= to_ask[0]:
            to_ask.pop(0)
            for message, kind in questions.items():
                sock.sendto(question(message, kind), group)
            continue
        sock.settimeout(max(0.001, (to_ask[0] if to_ask else seconds) - passed))
        try:
            data, (sender, *_) = sock.recvfrom(ANSWER_BYTES + 1)
        except TimeoutError:
            continue
        except ConnectionError:  # Somebody told us that nobody listens there.
            continue
        if len(data) > ANSWER_BYTES or taken.get(sender, 0) >= ANSWERS_OF_ONE:
            result.refused += 1  # Whoever floods costs himself his answers, and nobody else.
            continue
        if sum(taken.values()) >= ANSWERS_MAX:
            result.cut = True
            return
        taken[sender] = taken.get(sender, 0) + 1
        yield sender, data


def question(message: str, kind: tuple[str, str]) -> bytes:
    """One Probe for devices of one type."""
    namespace, name = kind
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{_ADDRESSING}" '
        f'xmlns:d="{_DISCOVERY}"><s:Header><a:Action s:mustUnderstand="1">{_DISCOVERY}/Probe</a:Action>'
        f"<a:MessageID>{message}</a:MessageID><a:ReplyTo><a:Address>{_ADDRESSING}/role/anonymous</a:Address>"
        '</a:ReplyTo><a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>'
        f'<s:Body><d:Probe><d:Types xmlns:t="{namespace}">t:{name}</d:Types></d:Probe></s:Body></s:Envelope>'
    ).encode()


def read_answer(data: bytes, sender: str, asked: frozenset[str]) -> list[Found]:
    """The devices of one ProbeMatches. Raises `Misbehaving` unless it is one, and answers a question of ours."""
    root = soap.parse_xml(data)
    if soap.text(soap.child(root, "Header", "RelatesTo"), size=80) not in asked:
        raise Misbehaving("relates_to")
    matches = soap.child(root, "Body", "ProbeMatches")
    if matches is None:
        raise Misbehaving("not_matches")
    return [_found(match, sender) for match in soap.children(matches, "ProbeMatch")[:MATCHES_MAX]]


def _found(match: Element, sender: str) -> Found:
    scopes = soap.text(match, "Scopes", size=4000).split()
    xaddrs = tuple(soap.text(match, "XAddrs", size=1200).split()[:ADDRESSES_MAX])
    return Found(
        address=sender,
        port=next((port for port in map(_port, xaddrs) if port), 80),
        name=_scope(scopes, "name"),
        hardware=_scope(scopes, "hardware"),
        location=_scope(scopes, "location"),
        endpoint=soap.text(match, "EndpointReference", "Address", size=100),
        xaddrs=xaddrs,
    )


def _scope(scopes: list[str], kind: str) -> str:
    """The texts of one kind of scope. They are percent-encoded, so they are cleaned after that once more."""
    start = f"{_SCOPE}{kind}/"
    found = (soap.clean_text(unquote(one[len(start) :]), 60) for one in scopes if one.lower().startswith(start))
    return ", ".join(dict.fromkeys(text for text in found if text))[:120]


def _port(xaddr: str) -> int | None:
    try:
        parts = urlsplit(xaddr)
        return parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
