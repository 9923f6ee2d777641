"""A private range is dialled for the one site it is attached to, while it is attached, and for nobody else."""

import errno
import ipaddress
import socket
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import DutyKind, User
from audit.models import Entry
from devices.errors import AddressRefused, DeviceError
from devices.report import DeviceReport
from feeds.gateway import take_picture
from health import gateway
from notices.models import Notice
from onboarding import tasks
from onboarding.errors import HomeOnly, SecretMissing
from onboarding.models import Probe, ProbeKind, ProbeState
from onboarding.probing import change_device, request_probe, require_dialable
from onboarding.tasks import run_probe
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
from registry.network_forms import NetworkForm
from registry.own_networks import _own_networks
from registry.rights import Right
from registry.services import attach_device
from registry.services.networks import attach_network, detach_network
from registry.targets import is_home_only, route_of, routes_of, seal_credentials, target_of
from registry.turns import in_conversation, take_turn, turn_at
from tests.access.conftest import signed_in
from tests.factories import World

pytestmark = pytest.mark.django_db

REAL_INTERFACES = psutil.net_if_addrs  # Before the tests know loopback alone.
RANGE, HOST = "10.20.30.0/24", "10.20.30.5"


@pytest.fixture
def administrator(world: World) -> User:
    """Administrator of the Polres: the only one who attaches networks."""
    return world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user


def place(world: World) -> Site:
    """A site whose owner lets the Polres know of it."""
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    return site


@pytest.fixture
def site(world: World) -> Site:
    return place(world)


@pytest.fixture
def elsewhere(world: World) -> Site:
    """Another owner's site."""
    return place(world)


def device_of(site: Site, host: str = HOST, port: int = 80) -> Device:
    """A device with a sealed secret, as if its row had been made by hand: no form would have taken it."""
    device = attach_device(
        site=site,
        by=site.partner.people.get(),
        now=timezone.now(),
        host=host,
        onvif_port=port,
        cameras=site.cameras.all(),
    )
    sealed = seal_credentials(device_id=device.public_id, host=host, port=port, user="pemilik", password="rahasia")
    Device.objects.filter(pk=device.pk).update(
        sealed_user=sealed.user, sealed_password=sealed.password, secret_changed_at=timezone.now()
    )
    device.refresh_from_db()
    return device


def attached(site: Site, by: User, **facts: Any) -> Network:
    facts = {"name": "VPN Uji", "text": RANGE, "ports": [80, 554], **facts}
    return attach_network(site=site, by=by, now=timezone.now(), **facts)


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every address to which a connection would have been opened; each is refused."""
    seen: list[tuple[str, int]] = []

    def connect(_self: socket.socket, address: tuple[str, int]) -> None:
        seen.append(address[:2])
        raise ConnectionRefusedError

    def connect_ex(_self: socket.socket, address: tuple[str, int]) -> int:
        seen.append(address[:2])
        return errno.ECONNREFUSED

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)
    return seen


def asked_in_every_way(device: Device) -> None:
    """A probe of its owner, a still, and the sweep."""
    probe = Probe.objects.create(
        kind=ProbeKind.CONNECT,
        device=device,
        requested_by=device.site.partner.people.get(),
        address=f"{device.host}:{device.onvif_port}",
        created_at=timezone.now(),
        lease_until=timezone.now(),
    )
    run_probe(probe.pk)
    probe.refresh_from_db()
    assert probe.state == ProbeState.FAILED
    camera = device.site.cameras.first()
    assert camera is not None
    camera.device = device
    with pytest.raises(DeviceError):
        take_picture(camera, seconds=2)
    (answer,) = gateway.ask([device])
    assert not answer.answered


@pytest.fixture(autouse=True)
def _told_at_once(settings: Any) -> None:
    settings.PROBE_FAILURE_SECONDS = (0, 0)


# --- the route -----------------------------------------------------------------------------------------------


def test_the_same_address_at_another_site_opens_no_socket(
    site: Site, elsewhere: Site, administrator: User, dialled: list[tuple[str, int]]
) -> None:
    attached(site, administrator)
    mine, theirs = device_of(site), device_of(elsewhere)

    asked_in_every_way(theirs)
    assert dialled == []

    asked_in_every_way(mine)
    assert set(dialled) == {(HOST, 80)}
    assert len(dialled) >= 3


def test_the_sweep_does_not_share_an_answer_between_sites(
    site: Site, elsewhere: Site, administrator: User, dialled: list[tuple[str, int]]
) -> None:
    attached(site, administrator)
    mine, theirs = device_of(site), device_of(elsewhere)

    causes = {answer.device_id: answer.cause for answer in gateway.ask([mine, theirs])}

    assert causes == {mine.pk: "refused", theirs.pk: "address_refused"}
    assert dialled == [(HOST, 80)]


def test_detaching_ends_the_reach_at_once_and_forgets_the_password(
    site: Site, administrator: User, dialled: list[tuple[str, int]]
) -> None:
    network = attached(site, administrator)
    device = device_of(site)

    detach_network(network=network, by=administrator, now=timezone.now())

    device.refresh_from_db()
    assert (device.has_secret, device.waits_for_agent) == (False, True)
    assert route_of(device).kind == "agent"
    (answer,) = gateway.ask([device])
    assert (answer.answered, answer.cause) == (False, "address_refused")
    assert dialled == []
    with pytest.raises(HomeOnly):
        require_dialable(device, timezone.now())


def test_a_visit_that_was_under_way_when_the_network_was_detached_leaves_nothing(
    site: Site, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = attached(site, administrator)
    device = device_of(site)

    def read(_device: Device, **_options: object) -> DeviceReport:
        detach_network(network=network, by=administrator, now=timezone.now())
        return DeviceReport(host=HOST, port=80, maker="Rekaan")

    monkeypatch.setattr(tasks, "read_device", read)
    probe = request_probe(device=device, by=site.partner.people.get(), now=timezone.now())
    run_probe(probe.pk)

    probe.refresh_from_db()
    device.refresh_from_db()
    assert (probe.state, probe.code, probe.report) == (ProbeState.FAILED, "changed_meanwhile", None)
    assert (device.maker, device.answered_at) == ("", None)


def test_an_owner_reads_by_which_network_his_device_is_reached(site: Site, administrator: User) -> None:
    network = attached(site, administrator)
    device = device_of(site)
    owner = signed_in(site.partner.people.get())

    assert network.name in owner.get(f"/mitra/perangkat/{device.public_id}/").content.decode()
    detach_network(network=network, by=administrator, now=timezone.now())
    page = owner.get(f"/mitra/perangkat/{device.public_id}/").content.decode()
    assert network.name not in page
    assert "Menunggu agen" in page


def test_attaching_ends_the_waiting_for_an_agent_and_the_owner_types_the_password(
    site: Site, administrator: User
) -> None:
    owner = site.partner.people.get()
    device = attach_device(
        site=site, by=owner, now=timezone.now(), host=HOST, waits_for_agent=True, cameras=site.cameras.all()
    )
    network = attached(site, administrator)

    device.refresh_from_db()
    assert not device.waits_for_agent
    with pytest.raises(SecretMissing):
        require_dialable(device, timezone.now())
    change_device(
        device=device,
        host=HOST,
        onvif_port=80,
        rtsp_port=None,
        user="pemilik",
        password="rahasia",
        by=owner,
        now=timezone.now(),
    )
    device.refresh_from_db()
    require_dialable(device, timezone.now())
    assert (device.has_secret, device.waits_for_agent) == (True, False)
    assert route_of(device).networks == (network.allowed(),)
    assert [notice.code for notice in Notice.objects.filter(user=owner)].count("network.attached") == 1


def test_only_a_literal_address_goes_into_a_network(site: Site, elsewhere: Site, administrator: User) -> None:
    attached(site, administrator)

    kinds = {
        host: route_of(Device(pk=1, site=site, host=host)).kind
        for host in (
            HOST,
            "10.20.31.5",
            "kamera.contoh.id",
            "10.20.30.5.contoh.id",
            "36.66.0.1",
            "::ffff:10.20.30.5",
        )
    }

    assert kinds == dict.fromkeys(kinds, "internet") | {HOST: "network", "::ffff:10.20.30.5": "network"}
    assert not is_home_only(HOST, site)
    assert is_home_only(HOST, elsewhere)
    assert is_home_only(HOST)
    assert is_home_only("nvr.local", site)


def test_a_port_that_was_not_opened_is_refused_by_name(site: Site, administrator: User) -> None:
    attached(site, administrator, ports=[554])
    route = route_of(Device(pk=1, site=site, host=HOST))

    with pytest.raises(AddressRefused) as refusal:
        route.judge(ipaddress.ip_address(HOST), 80, typed=True)
    assert (refusal.value.detail, refusal.value.from_text) == ("port_denied", True)


def test_routes_of_a_batch_cost_one_question(
    site: Site, administrator: User, django_assert_num_queries: Any
) -> None:
    attached(site, administrator)
    devices = [Device(pk=n, site=site, host=f"10.20.30.{n}") for n in range(1, 40)]

    with django_assert_num_queries(1):
        assert {route.kind for route in routes_of(devices).values()} == {"network"}
    with django_assert_num_queries(0):
        routes_of([Device(pk=n, site=site, host=f"36.66.0.{n}") for n in range(1, 40)])


# --- attaching -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10.20.30.5/24", "10.20.30.0/24"),
        ("10.20.0.0/16", "/24"),
        ("fd00::/48", "/64"),
        ("127.0.0.0/24", "privat"),
        ("169.254.169.0/24", "privat"),
        ("36.66.0.0/24", "privat"),
        ("::ffff:10.20.30.0/120", "privat"),
        ("fe80::/64", "privat"),
        ("ff05::/64", "privat"),
        ("100.100.100.0/24", "awan"),
        ("fd00:ec2::/64", "awan"),
        ("10.20.30.0/255.255.255.0", "ALAMAT/PANJANG"),
        ("10.20.30.0/33", "ALAMAT/PANJANG"),
        ("vpn", "ALAMAT/PANJANG"),
        ("0/0", "ALAMAT/PANJANG"),
    ],
)
def test_a_range_that_may_not_be_attached_is_refused_with_the_reason(
    site: Site, administrator: User, text: str, words: str
) -> None:
    with pytest.raises(RangeNotAllowed, match=words):
        attached(site, administrator, text=text)
    assert not Network.objects.exists()


INTERFACES = {
    "lo": [("127.0.0.1", "255.0.0.0")],
    "eth0": [("10.0.5.7", "255.255.252.0"), ("fd12:3456::7%eth0", "ffff:ffff:ffff:ffff::"), ("fe80::1%eth0", None)],
    "wg0": [("10.8.0.1", None)],
}


@pytest.fixture
def interfaces(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A server with these interfaces, whose operator named the network of its containers."""
    settings.OWN_NETWORKS = [ipaddress.ip_network("172.18.0.0/16")]

    def listed() -> dict[str, list[SimpleNamespace]]:
        found = {}
        for name, addresses in INTERFACES.items():
            link = SimpleNamespace(family=psutil.AF_LINK, address="02:00:00:00:00:01", netmask=None)
            inet = [
                SimpleNamespace(
                    family=socket.AF_INET6 if ":" in address else socket.AF_INET, address=address, netmask=mask
                )
                for address, mask in addresses
            ]
            found[name] = [*inet, link]
        return found

    monkeypatch.setattr(psutil, "net_if_addrs", listed)


@pytest.mark.usefixtures("interfaces")
@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("10.0.5.7", "10.0.4.0/22"),
        ("10.0.6.0/24", "10.0.4.0/22"),
        ("10.8.0.0/24", "10.8.0.1/32"),
        ("172.18.9.0/24", "172.18.0.0/16"),
        ("fd12:3456::/64", "fd12:3456::/64"),
        ("fd12:3456::40/122", "fd12:3456::/64"),
    ],
)
def test_a_network_of_our_own_servers_is_attached_to_nobody(
    site: Site, administrator: User, text: str, own: str
) -> None:
    with pytest.raises(RangeOurs, match=own):
        attached(site, administrator, text=text)
    page = signed_in(administrator).post(
        f"/polsek/administrasi/jaringan/baru/{site.public_id}/", {"name": "X", "range": text, "ports": ["80"]}
    )
    assert own in page.context["form"].errors["range"][0]
    assert not Network.objects.exists()


@pytest.mark.usefixtures("interfaces")
@pytest.mark.parametrize("text", ["10.0.8.0/24", "10.8.1.0/24", "172.19.0.0/24", "fd12:3456:0:1::/64"])
def test_a_network_beside_our_own_is_attached(site: Site, administrator: User, text: str) -> None:
    assert attached(site, administrator, text=text).range == text


def test_the_interfaces_of_this_very_machine_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "net_if_addrs", REAL_INTERFACES)
    own = list(_own_networks())

    here = [one.address for group in REAL_INTERFACES().values() for one in group if one.family == socket.AF_INET]
    assert "127.0.0.1" in here
    for address in map(ipaddress.ip_address, here):
        assert any(address in network for network in own if network.version == 4)


@pytest.mark.parametrize("text", ["10.20.30.0/24", "10.20.30.128/25", "10.20.30.7", " 10.20.30.0/28 "])
def test_a_range_belongs_to_one_site_and_to_it_once(
    site: Site, elsewhere: Site, administrator: User, text: str
) -> None:
    first = attached(site, administrator)

    for place_ in (elsewhere, site):
        with pytest.raises(RangeTaken, match="VPN Uji"):
            attached(place_, administrator, name="VPN Lain", text=text)
    detach_network(network=first, by=administrator, now=timezone.now())
    assert attached(elsewhere, administrator, name="VPN Uji", text=text).site == elsewhere


def test_neighbouring_ranges_and_the_other_family_do_not_overlap(site: Site, administrator: User) -> None:
    attached(site, administrator)
    attached(site, administrator, name="Lantai 2", text="10.20.31.0/24")
    attached(site, administrator, name="IPv6", text="FD12:3456::/64")

    assert set(Network.objects.values_list("range", flat=True)) == {RANGE, "10.20.31.0/24", "fd12:3456::/64"}


def test_a_name_is_used_once_and_a_port_is_a_camera_s(site: Site, administrator: User) -> None:
    attached(site, administrator)

    with pytest.raises(NetworkNameTaken):
        attached(site, administrator, name="vpn uji", text="10.20.31.0/24")
    for ports in ([], [22], [5432, 6379]):
        with pytest.raises(PortsNeeded):
            attached(site, administrator, name="X", text="10.20.31.0/24", ports=ports)
    assert attached(site, administrator, name="X", text="10.20.31.0/24", ports=[554, 22]).ports == [554]


def test_only_an_administrator_of_the_polres_attaches_and_detaches(
    world: World, site: Site, administrator: User
) -> None:
    network = attached(site, administrator)
    others = [
        site.partner.people.get(),
        world.on_duty(DutyKind.GRANTOR, world.polres).user,
        world.on_duty(DutyKind.ADMINISTRATOR, world.polsek).user,
    ]

    for who in others:
        with pytest.raises(NotYours):
            attached(site, who, name="X", text="10.20.31.0/24")
        with pytest.raises(NotYours):
            detach_network(network=network, by=who, now=timezone.now())


def test_a_site_of_which_the_polres_may_not_know_is_not_offered(world: World, administrator: User) -> None:
    with pytest.raises(NotYours):
        attached(world.site(), administrator)


def test_each_change_is_on_the_trail_and_the_second_press_changes_nothing(site: Site, administrator: User) -> None:
    network = attached(site, administrator)
    detach_network(network=network, by=administrator, now=timezone.now())

    with pytest.raises(AlreadyDetached):
        detach_network(network=network, by=administrator, now=timezone.now())
    entries = Entry.objects.filter(action__startswith="network.").order_by("pk")
    assert [entry.action for entry in entries] == ["network.attached", "network.detached"]
    assert {entry.actor_id for entry in entries} == {administrator.pk}
    bodies = b"".join(bytes(entry.body) for entry in entries)
    assert str(site.public_id).encode() in bodies
    assert RANGE.encode() not in bodies, "the range is text of the side table, not of the chain"


def test_the_database_holds_the_rules_that_need_no_thinking(site: Site, administrator: User) -> None:
    network = attached(site, administrator)

    with pytest.raises(IntegrityError), transaction.atomic():
        Network.objects.create(
            site=site, name="X", range=RANGE, ports=[80], attached_at=timezone.now(), attached_by=administrator
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Network.objects.filter(pk=network.pk).update(detached_at=timezone.now())


# --- turns ---------------------------------------------------------------------------------------------------


def test_one_conversation_at_a_host_whichever_row_and_port_names_it(site: Site, elsewhere: Site) -> None:
    one, other = device_of(site, "cam.contoh.id", 80), device_of(elsewhere, "CAM.contoh.id.", 8000)
    third = device_of(elsewhere, "cam2.contoh.id", 80)

    with turn_at(one, holds=5, waits=0):
        assert take_turn(other, holds=5) is None
        assert in_conversation([one, other, third]) == {one.pk, other.pk}
        assert take_turn(third, holds=5) is not None
    assert take_turn(other, holds=5) is not None


# --- pages ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(administrator: User) -> Client:
    return signed_in(administrator)


def test_an_administrator_finds_the_site_attaches_and_detaches(desk: Client, site: Site) -> None:
    found = desk.get("/polsek/administrasi/jaringan/baru/", {"cari": "Jalan Uji"}).content.decode()
    form = f"/polsek/administrasi/jaringan/baru/{site.public_id}/"
    assert form in found

    answer = desk.post(form, {"name": "VPN Uji", "range": RANGE, "ports": ["80", "554"]}, follow=True)
    network = Network.objects.get()
    assert "VPN Uji" in answer.content.decode()
    assert (network.site, network.ports) == (site, [80, 554])

    end = f"/polsek/administrasi/jaringan/{network.public_id}/lepas/"
    assert RANGE in desk.get(end).content.decode()
    assert desk.post(end).status_code == 302
    network.refresh_from_db()
    assert network.detached_at is not None
    assert "Terakhir dilepas" in desk.get("/polsek/administrasi/jaringan/").content.decode()
    assert "Jaringan ini sudah dilepas." in desk.get(end, follow=True).content.decode()
    assert "Jaringan ini sudah dilepas." in desk.post(end, follow=True).content.decode()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("VPN Uji - RT 4/7 no. 2", "VPN Uji - RT 4/7 no. 2"),
        ("<b>VPN_Uji</b>", "b VPN Uji /b"),
        ("Kampung Ambon Ëlok", "Kampung Ambon Ëlok"),
        ("<<>>", ""),
    ],
)
def test_the_name_of_a_network_is_letters_digits_and_little_else(typed: str, kept: str) -> None:
    form = NetworkForm({"name": typed, "range": RANGE, "ports": ["80"]})

    assert form.is_valid() is bool(kept)
    assert form.cleaned_data.get("name", "") == kept


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"range": "10.20.30.5/24"}, "10.20.30.0/24"),
        ({"range": "10.0.0.0/8"}, "terlalu lebar"),
        ({"range": "127.0.0.1"}, "rentang privat"),
        ({"ports": []}, "port kamera"),
        ({"ports": ["22"]}, "22"),
        ({"name": ""}, "Nama jaringan"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    desk: Client, site: Site, typed: dict[str, Any], words: str
) -> None:
    form = {"name": "VPN Uji", "range": RANGE, "ports": ["80"], **typed}
    answer = desk.post(f"/polsek/administrasi/jaringan/baru/{site.public_id}/", form)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert set(answer.context["form"].errors) == set(typed)
    assert not Network.objects.exists()


def test_an_owner_types_an_address_in_his_network_and_is_not_asked_about_home(
    site: Site, elsewhere: Site, administrator: User
) -> None:
    attached(site, administrator)
    for place_, asks in ((site, False), (elsewhere, True)):
        device = attach_device(site=place_, by=place_.partner.people.get(), now=timezone.now())
        owner = signed_in(place_.partner.people.get())
        typed = {"host": HOST, "onvif_port": "80", "user": "u", "password": "p"}
        answer = owner.post(f"/mitra/perangkat/{device.public_id}/ubah/", typed)
        assert (answer.status_code == 200) is asks
        device.refresh_from_db()
        assert (device.host == HOST) is not asks
    assert target_of(Device.objects.get(site=site)).host == HOST
