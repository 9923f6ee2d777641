"""Which networks stand behind a site, and whose they are to attach and detach."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from accounts.areas import within
from accounts.duties import duties_in_force
from accounts.models import DutyKind, Organization, User
from accounts.organizations import is_top
from devices.addresses import Address, is_home, parse_host
from devices.errors import AddressRefused
from registry.models import Camera, Network, Site
from registry.models.networks import NetworkQuerySet
from registry.models.partners import SiteQuerySet


def address_in(host: str) -> Address | None:
    """The private address that a host spells; nothing for names and for addresses of the internet."""
    try:
        parsed = parse_host(host)
    except AddressRefused:
        return None
    return None if isinstance(parsed, str) or not is_home(parsed) else parsed


def networks_of(sites: Iterable[int]) -> dict[int, list[Network]]:
    """The attached networks of these sites, by the key of the site."""
    found: dict[int, list[Network]] = {}
    for network in Network.objects.attached().filter(site__in=set(sites)).order_by("pk"):
        found.setdefault(network.site_id, []).append(network)
    return found


def network_at(site: Site, host: str) -> Network | None:
    """The network, attached to this very site, in which the host is an address."""
    address = address_in(host)
    if address is None:
        return None
    attached = networks_of([site.pk]).get(site.pk, [])
    return next((network for network in attached if network.allowed().holds(address)), None)


def attaching_bodies(user: User, now: datetime) -> list[Organization]:
    """The Polres at the top for which this person is administrator: only there are networks attached."""
    duties = duties_in_force(user, now).filter(kind=DutyKind.ADMINISTRATOR)
    bodies = {duty.organization_id: duty.organization for duty in duties}
    return [body for body in bodies.values() if is_top(body)]


def sites_kept_by(user: User, now: datetime) -> SiteQuerySet:
    """The sites to which this person may attach a network: with listed cameras of which his Polres may know."""
    reached = Q(pk__in=[])
    for body in attaching_bodies(user, now):
        known = Camera.objects.listed_to(body, now).values("site_id")
        reached |= within(body.area_code, "area__code") & Q(pk__in=known)
    return Site.objects.filter(reached).select_related("partner", "area__parent").order_by("partner__name", "pk")


def networks_kept_by(user: User, now: datetime) -> NetworkQuerySet:
    """The networks at sites in this person's area, also where nothing is listed any more: they can be detached."""
    reached = Q(pk__in=[])
    for body in attaching_bodies(user, now):
        reached |= within(body.area_code, "site__area__code")
    found = Network.objects.filter(reached, site__vital=False)  # Of a vital object an administrator knows nothing.
    return found.select_related("site__partner", "site__area__parent", "attached_by")
