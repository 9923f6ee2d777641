"""By which way a device may be reached: the internet, a network that an administrator attached, or the demo's."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

from devices.addresses import Address, Network, classify, parse_port, unmapped
from devices.errors import AddressRefused
from devices.words import gettext_noop

#: Where cameras listen: HTTP, HTTPS, RTSP, Tapo, Reolink, XM, Foscam and their usual alternatives.
PORTS = frozenset({80, 443, 554, 888, 2020, 8000, 8080, 8443, 8554, 8899})

#: Blocks that no administrator may attach to a site: they would reach our own machine or its neighbours' control.
_NEVER_ATTACHED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/127", "fe80::/10", "ff00::/8")
)


@dataclass(frozen=True, slots=True)
class AllowedNetwork:
    """One range with the ports that may be dialled in it (inclusive pairs)."""

    network: Network
    ports: tuple[tuple[int, int], ...]

    def admits(self, address: Address, port: int) -> bool:
        return (
            address.version == self.network.version
            and address in self.network
            and any(low <= port <= high for low, high in self.ports)
        )


@dataclass(frozen=True, slots=True)
class Route:
    """What may be dialled for one device.

    `internet`: public addresses, listed ports. `network`: only the attached ranges and nothing else, so that a
    site behind a VPN cannot be turned into a scanner of the internet or of another site. `demo`: the internet
    and the given ranges, loopback included; for the command line and the demo, never chosen by a form.
    """

    kind: Literal["internet", "network", "demo"] = "internet"
    networks: tuple[AllowedNetwork, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "internet" and self.networks:
            raise ValueError("The internet route has no networks of its own.")
        if self.kind == "network":
            for allowed in self.networks:
                if any(
                    allowed.network.version == n.version and allowed.network.overlaps(n) for n in _NEVER_ATTACHED
                ):
                    raise ValueError(f"{allowed.network} may not be attached to a site.")

    def judge(self, address: Address, port: int, *, typed: bool) -> None:
        """Raise `AddressRefused` unless this address and port may be dialled by this route.

        `typed`: the address was in the text itself and not in a name server's answer.
        """
        address = unmapped(address)
        if any(allowed.admits(address, port) for allowed in self.networks):
            return
        if self.kind == "network":
            raise AddressRefused("not_in_network", from_text=False)
        if classify(address) != "public":
            raise AddressRefused("denied", from_text=typed)
        if port not in PORTS:
            raise AddressRefused(
                "port_denied", message=gettext_noop("Nomor port ini bukan port kamera yang kami layani.")
            )

    def admits_port(self, address: Address, port: int) -> bool:
        """Whether another port of an already verified address may be dialled too."""
        try:
            self.judge(address, port, typed=True)
        except AddressRefused:
            return False
        return True


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
