"""Networks: attaching a private range to one site, and taking it off again."""

import ipaddress
from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

import audit
from accounts.models import Organization, OrganizationKind, User
from devices.addresses import Network as Range
from devices.routes import PORTS, WIDEST, RangeRefused, parse_range
from notices.services import in_language_of, tell
from registry.errors import (
    AlreadyDetached,
    NetworkNameTaken,
    NotYours,
    PortsNeeded,
    RangeNotAllowed,
    RangeOurs,
    RangeTaken,
)
from registry.models import Device, Network, Site
from registry.networks import address_in, networks_kept_by, sites_kept_by
from registry.own_networks import own_network_in
from registry.people import ACTING, people_at
from registry.services.standing import end_connections

_REFUSED = {
    "text": gettext_noop("Tulis rentang sebagai ALAMAT/PANJANG, misalnya 10.20.30.0/24 atau fd12:3456:789a::/64."),
    "host_bits": gettext_noop(
        "Alamat ini bukan awal rentangnya. Barangkali yang Anda maksud %(meant)s; periksa, lalu tulis begitu."
    ),
    "not_private": gettext_noop(
        "Hanya rentang privat yang dapat disambungkan: di dalam 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "
        "100.64.0.0/10, atau fc00::/7. Alamat publik dihubungi lewat internet; alamat server sendiri, alamat lokal "
        "sambungan, dan multicast tidak pernah dihubungi."
    ),
    "reserved": gettext_noop("Rentang ini memuat alamat pengendali server di awan dan tidak pernah dihubungi."),
    "wide": gettext_noop(
        "Rentang ini terlalu lebar untuk satu tempat: paling lebar /%(v4)d (IPv4) atau /%(v6)d (IPv6), selebar "
        "satu jaringan setempat. Rentang yang lebih lebar membuka kamera tempat lain bagi pemilik tempat ini. "
        "Tempat dengan beberapa jaringan disambungkan satu per satu."
    ),
}


@audit.atomic
def attach_network(*, site: Site, name: str, text: str, ports: Iterable[int], by: User, now: datetime) -> Network:
    """Let the devices of this site, and of no other, be dialled in a private range on these ports of cameras.

    `text` spells the range. Only an administrator of the Polres attaches: NotYours for everybody else. Raises
    RangeNotAllowed, RangeOurs where it overlaps a network of our own servers, RangeTaken where it overlaps one that
    is attached (also at the same site: which one counted would be anybody's guess), NetworkNameTaken, PortsNeeded.
    Devices that waited there for an agent wait no longer; the owner is told, and types their password.
    """
    if not sites_kept_by(by, now).filter(pk=site.pk).exists():
        raise NotYours
    found = _range_of(text)
    chosen = sorted(set(ports) & PORTS)
    if not chosen:
        raise PortsNeeded
    _one_at_a_time()
    _require_free(found, name)
    network = Network.objects.create(
        site=site, name=name, range=str(found), ports=chosen, attached_at=now, attached_by=by
    )
    audit.record(
        "network.attached",
        actor=by,
        target=network,
        texts={"name": name, "range": network.range},
        site=str(site.public_id),
        ports=chosen,
    )
    for device in _devices_in(network):
        if device.waits_for_agent:
            Device.objects.filter(pk=device.pk).update(waits_for_agent=False)
            audit.record("device.network_reached", actor=by, target=device, network=str(network.public_id))
    _tell_owners(network, attached=True, now=now)
    return network


@audit.atomic
def detach_network(*, network: Network, by: User, now: datetime) -> Network:
    """End the reach: from this commit on nothing in the range is dialled any more.

    Its devices wait for an agent again, and their passwords are forgotten: the same private address behind another
    network is another place. A visit that is under way ends within its own deadline, and nothing of it is kept.
    Raises NotYours, or AlreadyDetached for whoever comes second.
    """
    if not networks_kept_by(by, now).filter(pk=network.pk).exists():
        raise NotYours
    won = Network.objects.attached().filter(pk=network.pk).update(detached_at=now, detached_by=by)
    if not won:
        raise AlreadyDetached
    network.refresh_from_db()
    audit.record("network.detached", actor=by, target=network, site=str(network.site.public_id))
    for device in _devices_in(network):
        Device.objects.filter(pk=device.pk).update(
            waits_for_agent=True,
            sealed_user="",
            sealed_password="",
            secret_changed_at=now,
            secret_refusals=0,
            secret_doubts=[],
        )
        audit.record("device.network_left", actor=by, target=device, network=str(network.public_id))
        end_connections(device=device, by=by, reason="network_detached")
    _tell_owners(network, attached=False, now=now)
    return network


def _range_of(text: str) -> Range:
    try:
        found = parse_range(text)
    except RangeRefused as refused:
        words = _(_REFUSED[refused.code])
        raise RangeNotAllowed(words % {"meant": refused.meant, "v4": WIDEST[4], "v6": WIDEST[6]}) from None
    if own := own_network_in(found):
        raise RangeOurs(str(RangeOurs.message) % {"range": own})
    return found


def _one_at_a_time() -> None:
    """Hold the bodies at the top until the commit, so that two overlapping ranges never pass each other."""
    list(Organization.objects.select_for_update().filter(kind=OrganizationKind.POLRES).order_by("pk"))


def _require_free(found: Range, name: str) -> None:
    attached = Network.objects.attached()
    for other in attached.only("name", "range"):
        theirs = ipaddress.ip_network(other.range)
        if theirs.version == found.version and theirs.overlaps(found):
            raise RangeTaken(str(RangeTaken.message) % {"name": other.name, "range": other.range})
    if attached.filter(name__iexact=name).exists():
        raise NetworkNameTaken


def _devices_in(network: Network) -> list[Device]:
    """The devices of the site whose address lies in the range, locked."""
    held = network.allowed()
    devices = Device.objects.select_for_update().filter(site=network.site_id).exclude(host="").order_by("pk")
    return [device for device in devices if (a := address_in(device.host)) is not None and held.holds(a)]


def _tell_owners(network: Network, *, attached: bool, now: datetime) -> None:
    site = network.site
    for owner in people_at(site, ACTING):
        with in_language_of(owner):
            if attached:
                subject = _("Jaringan tempat Anda tersambung")
                body = _(
                    "Administrator menyambungkan jaringan %(range)s ke %(address)s. Kamera Anda di jaringan itu "
                    "kini dapat dihubungi, hanya untuk tempat ini. Isi nama pengguna dan kata sandi perangkatnya, "
                    "lalu sambungkan."
                )
            else:
                subject = _("Jaringan tempat Anda dilepas")
                body = _(
                    "Administrator melepas jaringan %(range)s dari %(address)s. Kamera di jaringan itu tidak lagi "
                    "kami hubungi, dan kata sandinya sudah kami hapus. Kamera Anda tetap terdata."
                )
            tell(
                owner,
                code="network.attached" if attached else "network.detached",
                subject=subject,
                body=body % {"range": network.range, "address": site.address},
                url="/mitra/",
                now=now,
            )
