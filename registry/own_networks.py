"""The networks in which our own machines stand. No site may have one of them attached.

An owner types addresses inside the network of his site, and what answers there is told to him. In a network of ours
stand a database, a broker and the doors of other servers, and not one camera of his.
"""

import ipaddress
import socket
from collections.abc import Iterator

import psutil
from django.conf import settings

from devices.addresses import Network as Range


def own_network_in(found: Range) -> Range | None:
    """A network of ours that this range overlaps, or nothing."""
    return next((own for own in _own_networks() if own.version == found.version and own.overlaps(found)), None)


def _own_networks() -> Iterator[Range]:
    """Those that an operator named, then those of the interfaces of this machine as they are now.

    The process that serves pages knows its own machine only: the networks of workers, databases and containers
    elsewhere have to be named (MITRA_OWN_NETWORKS).
    """
    yield from settings.OWN_NETWORKS
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family in {socket.AF_INET, socket.AF_INET6}:
                yield _network_of(one.address, one.netmask)


def _network_of(address: str, netmask: str | None) -> Range:
    """Of an interface's address, which may carry a scope, and its mask, which a point-to-point line may lack."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    bits = ip.max_prefixlen if not netmask else int(ipaddress.ip_address(netmask)).bit_count()
    return ipaddress.ip_network((ip, bits), strict=False)
