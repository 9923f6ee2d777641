"""Two verified cameras that exchanged their addresses: nobody sees the neighbour, and nobody's secret leaves."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Look
from accounts.models import User
from audit.models import Entry
from demo import fleet
from health import gateway, queries, services
from health.causes import Cause
from health.models import CheckState, Tier, TierCheck
from health.tasks import check_signed_in
from notices.models import Notice
from onboarding.identity import keep_identity, last_report
from onboarding.models import Probe, ProbeState
from registry.models import Camera, Device
from registry.rights import Right
from registry.targets import seal_credentials
from tests.access.conftest import _own_cache, officer, world
from tests.corpus.doors import Door, doors
from tests.factories import World
from tests.onboarding.acts import device_of, probed
from tests.onboarding.conftest import _no_waiting, demo_mode, devices

__all__ = ["_no_waiting", "_own_cache", "demo_mode", "devices", "officer", "world"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.devices,
    pytest.mark.slow,
    pytest.mark.usefixtures("demo_mode", "_no_waiting", "_own_cache"),
]

Fleet = dict[str, fleet.DeviceSpec]


@dataclass
class House:
    """One household: its camera, verified and connected, behind a door for ONVIF and one for RTSP."""

    owner: User
    device: Device
    camera: Camera
    spec: fleet.DeviceSpec
    onvif: Door
    rtsp: Door

    def heard(self) -> bytes:
        """Everything that was sent to the address of this house."""
        return bytes(self.onvif.heard + self.rtsp.heard)

    def fresh(self) -> House:
        self.device.refresh_from_db()
        self.camera.refresh_from_db()
        return self


def house(world: World, spec: fleet.DeviceSpec, onvif: Door, rtsp: Door) -> House:
    """Enrolled, connected by a real probe, and verified: its identity kept as the officer's visit keeps it."""
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    by = site.partner.people.get()
    device = device_of(site, by, spec)
    Device.objects.filter(pk=device.pk).update(rtsp_port=rtsp.port)
    sealed = reseal(device, spec, onvif.port)
    assert probed(sealed, by).state == ProbeState.DONE
    report = last_report(sealed)
    assert report is not None
    keep_identity(device=sealed, identity=report["identity"], by=by, now=timezone.now())
    camera = world.verified(site)
    return House(by, sealed, camera, spec, onvif, rtsp).fresh()


def reseal(device: Device, spec: fleet.DeviceSpec, port: int) -> Device:
    """The device at the door, its secret sealed for it."""
    sealed = seal_credentials(
        device_id=device.public_id, host=device.host, port=port, user=spec.user, password=spec.password
    )
    Device.objects.filter(pk=device.pk).update(
        onvif_port=port, sealed_user=sealed.user, sealed_password=sealed.password
    )
    return Device.objects.get(pk=device.pk)


@pytest.fixture
def houses(world: World, devices: Fleet) -> Iterator[tuple[House, House]]:
    """Two houses with cameras of one model and one password, granted to the Polres."""
    first, second = devices["good"], devices["wrong-clock"]
    with doors(first.onvif_port, first.rtsp_port, second.onvif_port, second.rtsp_port) as made:
        pair = house(world, first, *made[:2]), house(world, second, *made[2:])
        world.grant(world.kelurahan)
        yield pair


def swap(houses: tuple[House, House]) -> None:
    """The provider gives each house the other's address."""
    a, b = houses
    a.onvif.leads_to, b.onvif.leads_to = b.onvif.leads_to, a.onvif.leads_to
    a.rtsp.leads_to, b.rtsp.leads_to = b.rtsp.leads_to, a.rtsp.leads_to
    for door in (a.onvif, a.rtsp, b.onvif, b.rtsp):
        door.forget()


def look(officer: Client, one: House) -> int:
    """The status of a still, asked for by an officer with a reason."""
    officer.post(f"/pusat-komando/kamera/{one.camera.public_id}/", {"reason": "technical_check"})
    running = Look.objects.filter(camera=one.camera).order_by("-pk").first()
    return 404 if running is None else officer.get(f"/lihat/{running.public_id}/gambar.jpg").status_code


def sweep(one: House) -> str:
    """The cause of the camera's state after one sweep over the network."""
    now = timezone.now()
    services.ensure_states(now)
    claim = services.claim_due(now=now + timedelta(hours=1), limit=10)
    assert claim is not None
    answers = gateway.ask(services.leased_devices(lease=claim.lease, now=now).devices)
    services.record_results(lease=claim.lease, answers=answers, now=now)
    return queries.state_of(one.camera).cause


def assert_nothing_signed(one: House) -> None:
    heard = one.heard()
    assert heard, "nobody went there at all"
    assert b"UsernameToken" not in heard
    assert b"Authorization" not in heard
    for secret in (one.spec.password, base64.b64encode(one.spec.password.encode()).decode(), one.spec.user):
        assert secret.encode() not in heard


def test_before_the_swap_each_gives_its_picture(officer: Client, houses: tuple[House, House]) -> None:
    """The setup of the tests below: what they refuse works here, and does sign in."""
    for one in houses:
        assert look(officer, one) == 200
        assert session(one) == ""
        assert b"UsernameToken" in one.heard()
        assert one.fresh().camera.connected_at is not None


def session(one: House) -> str:
    """What health's signed-in session ends in."""
    now = timezone.now()
    services.ensure_states(now)
    CheckState.objects.update(checked_at=now)
    services.follow_tiers(now)
    TierCheck.objects.update(next_at=now + timedelta(days=1))
    TierCheck.objects.filter(device=one.device).update(next_at=now)
    [claim] = services.claim_tier(Tier.SIGNED_IN, now=now, limit=1, batch=1)
    assert claim.device_ids == [one.device.pk]
    check_signed_in(lease=str(claim.lease))
    return TierCheck.objects.get(device=one.device).cause


VISITS: dict[str, Callable[[Client, House], object]] = {
    "probe": lambda officer, one: probed(one.device, one.owner).code,
    "still": lambda officer, one: look(officer, one),
    "session": lambda officer, one: session(one),
}


@pytest.mark.parametrize("visit", VISITS)
def test_after_the_swap_no_secret_is_sent_and_the_owner_is_asked(
    visit: str, officer: Client, houses: tuple[House, House]
) -> None:
    swap(houses)

    for one in houses:
        outcome = VISITS[visit](officer, one)

        assert outcome in ("different_device", 502)
        assert_nothing_signed(one)
        one.fresh()
        assert one.device.different_since is not None
        assert (one.device.secret_refusals, one.camera.connected_at) == (0, None)
        assert one.camera.verified_at is not None
        told = Notice.objects.get(code="device_different", user=one.owner)
        assert str(one.device.public_id) in told.url
        assert look(officer, one) != 200
        assert sweep(one) == Cause.DIFFERENT_DEVICE
    assert Entry.objects.filter(action="camera.connection_ended").count() == 2
    assert Entry.objects.filter(action="device.different").count() == 2


def test_a_sweep_asks_without_a_secret_whoever_answers(houses: tuple[House, House]) -> None:
    sweep(houses[0])
    swap(houses)

    sweep(houses[0])

    for one in houses:
        assert_nothing_signed(one)


def test_once_each_is_at_its_place_again_its_owner_opens_it_by_a_test(
    officer: Client, houses: tuple[House, House]
) -> None:
    swap(houses)
    for one in houses:
        probed(one.device, one.owner)
    swap(houses)

    for one in houses:
        assert look(officer, one) != 200
        assert probed(one.device, one.owner).code == ""
        one.fresh()
        assert one.device.different_since is None
        assert one.camera.connected_at is not None
        assert look(officer, one) == 200
    assert Probe.objects.filter(code="different_device").count() == 2
