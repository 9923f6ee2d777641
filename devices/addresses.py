"""Which hosts may be dialled, judged from strict text and from IANA's tables.

`ipaddress`'s own flags are not used: they change with the Python release and let CGNAT, 6to4, NAT64 and others
through. `parse_host` takes exactly one spelling of an address, so that no later parser can read it otherwise
("127.1", "0x7f.1" and "2130706433" are refused as names that no registry can hold).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from devices import iana
from devices.errors import AddressRefused
from devices.words import gettext_noop

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_EXTRA_V4 = (
    ("224.0.0.0/4", "Multicast"),
    ("168.63.129.16/32", "A cloud provider's metadata and agent address"),
)
_DENIED_V4 = tuple((ipaddress.IPv4Network(text), name) for text, name in (*iana.IPV4, *_EXTRA_V4))
_DENIED_V6 = tuple((ipaddress.IPv6Network(text), name) for text, name in iana.IPV6)

#: Names that never mean a host on the internet (RFC 6761, 6762, 7686, 8375, 9476 and common router habits).
_SPECIAL_NAMES = frozenset(
    (
        *("localhost", "local", "internal", "intranet", "localdomain", "home", "lan", "corp", "private"),
        *("alt", "arpa", "onion", "test", "invalid", "example"),
    )
)
#: Of these, the endings that mean "my own house".
_HOME_NAMES = _SPECIAL_NAMES - {"alt", "arpa", "onion", "test", "invalid", "example"}
_HOME_NETWORKS: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "0.0.0.0/32",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "::1/128",
        "::/128",
    )
)


def parse_host(text: str) -> str | Address:
    """The one address, or the lower-case name without its final dot, that `text` spells.

    Raises `AddressRefused` for everything else: scopes, brackets, user parts, numbers in other bases, names
    of one label, special-use names, anything outside printable ASCII.
    """
    if not isinstance(text, str) or not 0 < len(text) <= 253:
        raise AddressRefused("host_text")
    return _parsed_host(text)


@lru_cache(maxsize=65_536)  # A sweep reads each host of its batch several times.
def _parsed_host(text: str) -> str | Address:
    if any(not 33 <= ord(c) <= 126 for c in text):
        raise AddressRefused("host_text")
    text = text.lower()
    if "%" in text:
        raise AddressRefused("host_scope")
    try:
        return unmapped(ipaddress.ip_address(text))
    except ValueError:
        pass
    name = text[:-1] if text.endswith(".") else text
    labels = name.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or not labels[-1][0].isalpha():
        raise AddressRefused("host_name")
    if labels[-1] in _SPECIAL_NAMES:
        raise AddressRefused("host_special_name")
    return name


def parse_port(text: str) -> int:
    """A port in plain ASCII digits without sign, space or leading zero; `AddressRefused` otherwise."""
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise AddressRefused("port_text", message=gettext_noop("Nomor port tidak benar."))
    return int(text)


def parse_endpoint(text: str, default_port: int = 80) -> tuple[str, int]:
    """Host and port of `HOST[:PORT]`, an IPv6 address in brackets. The host is checked by `parse_host`."""
    host, port = text, ""
    if "/" in text:
        raise AddressRefused("host_url")
    if "@" in text:
        raise AddressRefused("host_user")
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")) or ":" not in host:
            raise AddressRefused("host_brackets")
        port, has_port = port[1:], bool(port)
    elif text.count(":") > 1:
        raise AddressRefused(
            "host_brackets",
            message=gettext_noop("Tulis alamat IPv6 di dalam kurung siku, misalnya [2404:c0::1]:80."),
        )
    else:
        host, colon, port = text.partition(":")
        has_port = bool(colon)
    return str(parse_host(host)), parse_port(port) if has_port else default_port


def unmapped(address: Address) -> Address:
    """The IPv4 address inside ::ffff:0:0/96, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=65_536)
def spelled(address: Address) -> str:
    """The address in its one spelling."""
    return str(address)


@lru_cache(maxsize=65_536)
def classify(address: Address) -> str:
    """ "public", or the name of the special block that the address belongs to (never to be dialled)."""
    address = unmapped(address)
    if isinstance(address, ipaddress.IPv4Address):
        return next((name for network, name in _DENIED_V4 if address in network), "public")
    if address.scope_id:
        return "Scoped address"
    if address not in _GLOBAL_UNICAST:
        return next((name for network, name in _DENIED_V6 if address in network), "Not global unicast")
    return next((name for network, name in _DENIED_V6 if address in network), "public")


def home_only(text: str) -> bool:
    """True when the text alone shows an address that works only inside a house.

    For the enrolment form, before any connection. Forgiving where `parse_host` is strict: a pasted
    "http://192.168.1.10:8000/view" counts, and so does a bare name such as "nvr", which only a home router knows.
    """
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().lower())
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rsplit("@", 1)[-1]
    if host.startswith("["):
        host = host[1:].split("]", 1)[0]
    elif host.count(":") == 1:
        host = host.split(":", 1)[0]
    host = host.split("%", 1)[0].removesuffix(".")
    try:
        address = unmapped(ipaddress.ip_address(host))
    except ValueError:
        labels = host.split(".")
        if not all(_LABEL.fullmatch(label) for label in labels):
            return False
        if len(labels) == 1:
            return labels[0][0].isalpha() and not labels[0].startswith("0x")
        return labels[-1] in _HOME_NAMES or labels[-2:] == ["home", "arpa"]
    return is_home(address)


def is_home(address: Address) -> bool:
    """Whether this address works only inside a house or a private network."""
    return any(address in network for network in _HOME_NETWORKS if network.version == address.version)
