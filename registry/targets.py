"""From a device's row to what `devices` needs to dial it, and back.

The user and password are sealed for exactly this device, host and ONVIF port. They are opened here, handed to
`devices` at once, and go nowhere else: never into a log, a template, a message or another row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop

from devices import addresses
from devices.brands import brand_of
from devices.errors import AddressRefused, SecretMoved
from devices.report import Identity, Target
from devices.routes import INTERNET, Route, routes_from_allow
from devices.rtsp_path import default_port
from devices.secrets import Credentials, UnknownKey, open_sealed, seal
from registry.models import Device, Site
from registry.networks import address_in, network_at, networks_of

USER, PASSWORD = "user", "password"


class NoCredentials(Exception):
    """The device has no user and password that open at its present address; the owner must be asked."""


class Dialled(NamedTuple):
    """Of a device's row, what is needed to dial it: read by thousands at a time, so it is no model."""

    pk: int
    site_id: int
    host: str
    onvif_port: int
    rtsp_port: int | None
    rtsp_path: str
    rtsp_tls: bool
    brand: str
    waits_for_agent: bool

    @property
    def rtsp_only(self) -> bool:
        """As the device's own."""
        return bool(self.rtsp_path)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A user and password as they are stored."""

    user: str
    password: str


def target_of(device: Device | Dialled) -> Target:
    """Where the device is; raises AddressRefused when it has no address."""
    if not device.host:
        raise AddressRefused(
            "no_host",
            message=gettext_noop("Alamat perangkat belum diisi."),
            remedy=gettext_noop("Isi alamat perangkat."),
        )
    if not device.rtsp_only:
        return Target(host=device.host, port=device.onvif_port, rtsp_port=device.rtsp_port)
    port = device.rtsp_port or default_port(tls=device.rtsp_tls)
    return Target(
        host=device.host,
        port=port,
        rtsp_port=port,
        rtsp_path=device.rtsp_path,
        rtsp_streams=brand_of(device.brand).streams,
        rtsp_tls=device.rtsp_tls,
    )


def sign_in_port(
    *, onvif_port: int | None, rtsp_port: int | None, rtsp_path: str, rtsp_tls: bool, brand: str
) -> int:
    """The port for which the secret is sealed: ONVIF's (the maker's usual one where none was typed), or RTSP's for
    a device without ONVIF, so that a changed one asks for the password again."""
    if rtsp_path:
        return rtsp_port or default_port(tls=rtsp_tls)
    return onvif_port or brand_of(brand).onvif_port


def route_of(device: Device) -> Route:
    """By which way the device may be reached.

    `network`: its address lies in a private range that an administrator attached to its very site. `agent`: it
    waits for one, and nothing is dialled. Else `internet`; in demo mode also the loopback ports of PROBE_ALLOW.
    Other ranges of PROBE_ALLOW serve the command line only, so that nobody's form reaches a private network.
    """
    return routes_of([device])[device.pk]


def routes_of(devices: Sequence[Device] | Sequence[Dialled]) -> dict[int, Route]:
    """`route_of` for many devices, by their keys, with one query at most."""
    private = {device.pk: address for device in devices if (address := _attachable(device.host)) is not None}
    networks = networks_of(device.site_id for device in devices if device.pk in private) if private else {}
    public = _public_route()
    found: dict[int, Route] = {}
    for device in devices:
        ranges = tuple(network.allowed() for network in networks.get(device.site_id, ()))
        address = private.get(device.pk)
        if address is not None and any(allowed.holds(address) for allowed in ranges):
            found[device.pk] = Route("network", ranges)
        else:
            found[device.pk] = Route("agent") if device.waits_for_agent else public
    return found


@lru_cache(maxsize=65_536)  # A sweep asks of each device, minute after minute.
def _attachable(host: str) -> addresses.Address | None:
    """The address that a host spells where a network may have been attached for it: never our own machine's."""
    address = address_in(host)
    return None if address is None or address.is_loopback else address


def _public_route() -> Route:
    return _loopback_of(settings.PROBE_ALLOW) if settings.DEMO else INTERNET


@lru_cache(maxsize=8)  # Asked for each device of a sweep.
def _loopback_of(allow: str) -> Route:
    loopback = tuple(allowed for allowed in routes_from_allow(allow).networks if allowed.network.is_loopback)
    return Route("demo", loopback) if loopback else INTERNET


def credentials_of(device: Device) -> Credentials:
    """The device's user and password in clear, for `devices` alone.

    Raises NoCredentials when there are none or when they were sealed for another address or with a lost key.
    """
    if not device.has_secret:
        raise NoCredentials
    try:
        return Credentials(user=_open(device, USER), password=_open(device, PASSWORD))
    except (SecretMoved, UnknownKey) as problem:
        raise NoCredentials from problem


def seal_credentials(*, device_id: object, host: str, port: int, user: str, password: str) -> Sealed:
    """A user and password sealed for the device with this public id at this host and ONVIF port."""
    sealed = {
        field: seal(text, keys=settings.DEVICE_KEYS, device=str(device_id), host=host, port=port, field=field)
        for field, text in ((USER, user), (PASSWORD, password))
    }
    return Sealed(user=sealed[USER], password=sealed[PASSWORD])


def mark_of(credentials: Credentials, device: Device) -> str:
    """Tells a user and password for this device, where it is now, from others, without telling what they are.

    Kept only of those that were refused. Keyed with SECRET_KEY.
    """
    words = [str(device.public_id), device.host, str(device.onvif_port), credentials.user, credentials.password]
    return salted_hmac("registry.refused_secret", "\0".join(words), algorithm="sha256").hexdigest()


def identity_of(device: Device) -> Identity:
    """How the device is known again, as kept when it was verified; empty before."""
    return Identity.of(device.identity)


def is_home_only(host: str, site: Site | None = None) -> bool:
    """Whether the text alone shows an address that works only inside a house.

    An address inside a network that is attached to this `site` is reached there, so it is not among them; nor are,
    in demo mode, the loopback addresses of the virtual devices.
    """
    if not addresses.home_only(host) or (site is not None and network_at(site, host) is not None):
        return False
    if not settings.DEMO:
        return True
    try:
        address = addresses.parse_host(host)
    except AddressRefused:
        return True
    return isinstance(address, str) or not address.is_loopback


def _open(device: Device, field: str) -> str:
    return open_sealed(
        device.sealed_user if field == USER else device.sealed_password,
        keys=settings.DEVICE_KEYS,
        device=str(device.public_id),
        host=device.host,
        port=device.onvif_port,
        field=field,
    )
