"""By which way a device may be reached: the internet, a network that an administrator attached, an agent inside the
house (named here, built later), or the demo's ranges.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from devices.addresses import Address, Network, classify, parse_port, unmapped
from devices.errors import AddressRefused
from devices.words import gettext_noop

#: Where cameras listen: HTTP, HTTPS, RTSP, RTSP over TLS (RFC 7826), Tapo, Reolink, XM, Foscam and their usual
#: alternatives.
PORTS = frozenset({80, 322, 443, 554, 888, 2020, 8000, 8080, 8443, 8554, 8899})

_NOT_IN_NETWORK = gettext_noop("Nomor port ini tidak dibuka untuk jaringan tempat ini.")

#: What may be attached to a site: private space (RFC 1918, RFC 4193) and that of carriers and VPN services
#: (RFC 6598). Everything else is public, or reaches our own machine, or no machine at all.
_ATTACHABLE: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
#: Inside of it, what hands out the credentials of our own machine: the metadata addresses of two clouds.
_NEVER_ATTACHED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text) for text in ("100.100.100.200/32", "fd00:ec2::/32")
)
#: The shortest prefix that one site may have. A shop's cameras share one ordinary LAN (256 addresses; in IPv6 a LAN
#: is a /64). Whoever attaches a wider range means the whole VPN, and would let one owner reach everybody else's
#: cameras. A site with several LANs gets several networks.
WIDEST = {4: 24, 6: 64}
_RANGE = re.compile(r"[0-9a-f:.]{2,39}(/[0-9]{1,3})?")


class RangeRefused(ValueError):
    """A range that may not be attached to a site. `code` says why: text, host_bits, not_private, reserved, wide.

    `meant` is the range that was probably meant, where its host bits are set.
    """

    def __init__(self, text: object, code: str, meant: str = "") -> None:
        super().__init__(f"{text} may not be attached to a site: {code}")
        self.code, self.meant = code, meant


def parse_range(text: str) -> Network:
    """The range to attach that `text` spells, as ADDRESS/PREFIX or one ADDRESS; raises RangeRefused."""
    text = text.strip().lower()
    if not _RANGE.fullmatch(text):
        raise RangeRefused(text, "text")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise RangeRefused(text, "text") from None
    if "/" in text and ipaddress.ip_address(text.partition("/")[0]) != network.network_address:
        raise RangeRefused(text, "host_bits", meant=str(network))
    require_attachable(network)
    if network.prefixlen < WIDEST[network.version]:
        raise RangeRefused(network, "wide")
    return network


def require_attachable(network: Network) -> None:
    """Raises RangeRefused unless the whole range is private and none of it may be never attached."""
    if not any(network.subnet_of(block) for block in _ATTACHABLE if block.version == network.version):  # type: ignore[arg-type]
        raise RangeRefused(network, "not_private")
    if any(network.overlaps(block) for block in _NEVER_ATTACHED if block.version == network.version):
        raise RangeRefused(network, "reserved")


def is_attachable(address: Address) -> bool:
    """Whether this one address lies in space that may be attached to a site."""
    try:
        require_attachable(ipaddress.ip_network(address))
    except RangeRefused:
        return False
    return True


@dataclass(frozen=True, slots=True)
class AllowedNetwork:
    """One range with the ports that may be dialled in it (inclusive pairs)."""

    network: Network
    ports: tuple[tuple[int, int], ...]

    def holds(self, address: Address) -> bool:
        """Whether the address is in this range, whatever the port."""
        return address.version == self.network.version and address in self.network

    def admits(self, address: Address, port: int) -> bool:
        """Whether this port of this address may be dialled."""
        return self.holds(address) and any(low <= port <= high for low, high in self.ports)


@dataclass(frozen=True, slots=True)
class Route:
    """What may be dialled for one device.

    `internet`: public addresses, listed ports. `network`: only the attached ranges and nothing else, so that a
    site behind a VPN cannot be turned into a scanner of the internet or of another site. `agent`: a small tool
    inside the house will dial for us; until there is one, nothing is dialled. `demo`: the internet and the given
    ranges, loopback included; for the command line and the demo, never chosen by a form.
    """

    kind: Literal["internet", "network", "agent", "demo"] = "internet"
    networks: tuple[AllowedNetwork, ...] = ()

    def __post_init__(self) -> None:
        if self.kind in {"internet", "agent"} and self.networks:
            raise ValueError(f"The {self.kind} route has no networks of its own.")
        if self.kind == "network":
            for allowed in self.networks:
                require_attachable(allowed.network)

    def __hash__(self) -> int:
        """Cheaply, for whoever sorts thousands of devices by their routes."""
        return hash((self.kind, len(self.networks)))

    def require_dialled_here(self) -> None:
        """Raise `AddressRefused` where this machine dials nothing at all and asks no name server either."""
        if self.kind == "agent":
            raise AddressRefused(
                "agent",
                message=gettext_noop("Perangkat ini menunggu agen, jadi tidak kami hubungi dari sini."),
                remedy=gettext_noop(
                    "Alamatnya hanya berlaku di dalam jaringan setempat. Tunggu agen, atau minta administrator "
                    "menyambungkan jaringan itu ke tempat ini."
                ),
            )

    def judge(self, address: Address, port: int, *, typed: bool) -> None:
        """Raise `AddressRefused` unless this address and port may be dialled by this route.

        `typed`: the address was in the text itself and not in a name server's answer.
        """
        _judge(self, address, port, typed)

    def admits_port(self, address: Address, port: int) -> bool:
        """Whether another port of an already verified address may be dialled too."""
        try:
            self.judge(address, port, typed=True)
        except AddressRefused:
            return False
        return True


@lru_cache(maxsize=65_536)  # What may be dialled is remembered, a refusal is not: a sweep asks minute after minute.
def _judge(route: Route, address: Address, port: int, typed: bool) -> None:
    route.require_dialled_here()
    address = unmapped(address)
    if any(allowed.admits(address, port) for allowed in route.networks):
        return
    if route.kind == "network":
        if typed and any(allowed.holds(address) for allowed in route.networks):
            raise AddressRefused("port_denied", message=_NOT_IN_NETWORK)
        raise AddressRefused("not_in_network", from_text=False)
    if port not in PORTS:  # First: the text shows it, whatever a name turns out to mean.
        raise AddressRefused(
            "port_denied", message=gettext_noop("Nomor port ini bukan port kamera yang kami layani.")
        )
    if classify(address) != "public":
        raise AddressRefused("denied", from_text=typed)


INTERNET = Route()


def routes_from_allow(text: str) -> Route:
    """The route that PROBE_ALLOW describes: `10.20.30.0/24:80,554 [fd00::/64]:80 127.0.0.1:1024-65535`.

    Entries are parted by spaces or semicolons, ports by commas; a port may be a range. An empty text is the
    internet. For the command line and the demo only; the caller reads the environment, never this package.
    """
    allowed = tuple(_allowed(entry) for entry in re.split(r"[\s;]+", text.strip()) if entry)
    return Route("demo", allowed) if allowed else INTERNET


def _allowed(entry: str) -> AllowedNetwork:
    match = re.fullmatch(r"(?:\[([0-9a-f:./]+)\]|([0-9./]+)):([0-9,-]+)", entry.lower())
    if match is None:
        raise ValueError(f"PROBE_ALLOW: {entry!r} is not NETWORK:PORT,PORT (IPv6 in brackets).")
    try:
        network = ipaddress.ip_network(match[1] or match[2])
        ports = tuple(_port_range(part) for part in match[3].split(","))
    except (ValueError, AddressRefused) as error:
        raise ValueError(f"PROBE_ALLOW: {entry!r}: {error}") from None
    return AllowedNetwork(network, ports)


def _port_range(text: str) -> tuple[int, int]:
    low, dash, high = text.partition("-")
    first, last = parse_port(low), parse_port(high) if dash else parse_port(low)
    if first > last:
        raise ValueError("the port range runs backwards")
    return first, last
