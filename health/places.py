"""What falls together with a device: its site, its network, its kelurahan."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from devices.addresses import parse_host
from devices.errors import AddressRefused
from health.models import OutageKind
from registry.models import Device, Network
from registry.networks import address_in, networks_of

Key = tuple[OutageKind, str]

#: What a provider gives out and loses as one: a /24 of IPv4. Of IPv6 a /40, for a household alone has a /56 or /48.
_PREFIX = {4: 24, 6: 40}
#: How the name of an attached network begins.
ATTACHED = "attached:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device stands, as the names of what may go out around it."""

    device_id: int
    site_id: int
    site: str
    vital: bool
    area: str
    network: str

    def outages(self) -> list[Key]:
        """The outages it can be a part of, the smallest first: site, network, kelurahan.

        The site comes first because somebody is there who can look after power and router; a network or a whole
        kelurahan is for others to mend. A vital site is in none that other people share: by its falls they would
        learn of it.
        """
        found = [(OutageKind.SITE, self.site)]
        if self.network and (not self.vital or _is_attached(self.network)):
            found.append((OutageKind.NETWORK, self.network))
        if not self.vital:
            found.append((OutageKind.AREA, self.area))
        return found


def places_of(device_ids: Sequence[int]) -> dict[int, Place]:
    """The places of these devices, in one query."""
    rows = Device.objects.filter(pk__in=device_ids).values_list(
        "pk", "site_id", "site__public_id", "site__vital", "site__area__code", "check_state__network"
    )
    return {
        pk: Place(pk, site_id, str(site), vital, area, network or "")
        for pk, site_id, site, vital, area, network in rows
    }


def networks_by_device(devices: Sequence[Device]) -> dict[int, str]:
    """What `CheckState.network` holds for these devices, with one query at most.

    A private address belongs to the network that an administrator attached to its very site. A host name has
    none: what it points to may change with every check.
    """
    private = {device.site_id for device in devices if address_in(device.host) is not None}
    attached = networks_of(private) if private else {}
    return {device.pk: _network_of(device.host, attached.get(device.site_id, [])) for device in devices}


def _network_of(host: str, attached: Sequence[Network]) -> str:
    address = address_in(host)
    if address is not None:
        found = next((network for network in attached if network.allowed().holds(address)), None)
        return f"{ATTACHED}{found.public_id}" if found else ""
    try:
        parsed = parse_host(host)
    except AddressRefused:
        return ""
    if isinstance(parsed, str):
        return ""
    return str(ipaddress.ip_network((parsed, _PREFIX[parsed.version]), strict=False))


def _is_attached(network: str) -> bool:
    return network.startswith(ATTACHED)
