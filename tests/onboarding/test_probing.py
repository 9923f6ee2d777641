"""Asking for a probe, running it once whatever happens, and what becomes of its answer."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from demo import fleet
from onboarding.errors import (
    AddressMissing,
    HomeOnly,
    NothingListed,
    PasswordNeeded,
    ProbeRunning,
    SecretMissing,
    SecretRests,
    TooManyProbes,
    UserNeeded,
)
from onboarding.gateway import is_plain_path
from onboarding.models import Probe, ProbeState
from onboarding.probe_results import Result, record_probe_result
from onboarding.probe_runs import INTERRUPTED, claim_probe, requeue_owed
from onboarding.probing import change_device, request_probe
from registry.errors import NotYours
from registry.models import Camera, Device, Site
from registry.targets import NoCredentials, credentials_of, route_of
from tests.onboarding.acts import CANARY, device_at, device_of, probed
from tests.registry.world import City, make_site

pytestmark = pytest.mark.django_db


# --- who may ask, and when -----------------------------------------------------------------------------------


def test_the_owner_may_ask_and_a_stranger_may_not(site: Site, owner: User, stranger: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)

    with pytest.raises(NotYours):
        request_probe(device=device, by=stranger, now=timezone.now())
    assert request_probe(device=device, by=owner, now=timezone.now()).state == ProbeState.QUEUED


@pytest.mark.parametrize(
    ("host", "password", "refusal"),
    [
        ("", CANARY, AddressMissing),
        ("192.168.1.10", CANARY, HomeOnly),
        ("kamera.local", CANARY, HomeOnly),
        ("203.0.113.10", "", SecretMissing),
    ],
)
def test_what_cannot_be_dialled_is_refused_at_once(
    site: Site, owner: User, host: str, password: str, refusal: type[Exception]
) -> None:
    device = device_at(site, owner, host, 80, password=password)

    with pytest.raises(refusal):
        request_probe(device=device, by=owner, now=timezone.now())
    assert not Probe.objects.exists()


def test_a_device_of_cameras_that_were_all_withdrawn_is_left_alone(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)
    site.cameras.update(withdrawn_at=timezone.now(), withdrawn_by=owner)

    with pytest.raises(NothingListed):
        request_probe(device=device, by=owner, now=timezone.now())


def test_one_probe_of_a_device_at_a_time(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)
    request_probe(device=device, by=owner, now=timezone.now())

    with pytest.raises(ProbeRunning):
        request_probe(device=device, by=owner, now=timezone.now())


def test_probes_are_limited_per_owner_and_day(site: Site, owner: User, settings: Settings) -> None:
    settings.PROBES_PER_OWNER_PER_DAY = 2
    now = timezone.now()
    for number in range(2):
        device = device_at(site, owner, f"203.0.113.{number + 1}", 80)
        request_probe(device=device, by=owner, now=now)
    third = device_at(site, owner, "203.0.113.9", 80)

    with pytest.raises(TooManyProbes):
        request_probe(device=third, by=owner, now=now)
    assert request_probe(device=third, by=owner, now=now + timedelta(hours=25))


def test_probes_are_limited_per_address_whoever_asks_and_whatever_the_port(
    city: City, site: Site, owner: User, stranger: User, settings: Settings
) -> None:
    settings.PROBES_PER_ADDRESS_PER_DAY = 1
    now = timezone.now()
    request_probe(device=device_at(site, owner, "203.0.113.1", 80), by=owner, now=now)
    theirs = make_site(city, stranger)

    with pytest.raises(TooManyProbes):
        request_probe(device=device_at(theirs, stranger, "203.0.113.1", 8080), by=stranger, now=now)
    assert request_probe(device=device_at(theirs, stranger, "203.0.113.11", 80), by=stranger, now=now)


def test_a_secret_refused_twice_rests_until_it_is_changed(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)
    Device.objects.filter(pk=device.pk).update(secret_refusals=2)

    with pytest.raises(SecretRests):
        request_probe(device=device, by=owner, now=timezone.now())
    changed(device, owner, user="pemilik", password="baru")
    assert request_probe(device=device, by=owner, now=timezone.now())


# --- address and password ----------------------------------------------------------------------------------


def changed(device: Device, by: User, **facts: object) -> Device:
    """The device after a change of these facts only."""
    same = {"host": device.host, "onvif_port": device.onvif_port, "rtsp_port": device.rtsp_port}
    return change_device(device=device, by=by, now=timezone.now(), **{**same, "user": "", "password": "", **facts})


def test_a_blank_password_keeps_the_one_on_record(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)

    device = changed(device, owner, rtsp_port=8554)

    assert device.rtsp_port == 8554
    assert credentials_of(device).password == CANARY


@pytest.mark.parametrize("change", [{"host": "203.0.113.11"}, {"onvif_port": 8000}, {"user": "lain"}])
def test_a_new_place_or_user_asks_for_the_password_again(
    site: Site, owner: User, change: dict[str, object]
) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)

    with pytest.raises(PasswordNeeded):
        changed(device, owner, **change)
    device.refresh_from_db()
    assert credentials_of(device).password == CANARY


def test_a_new_password_alone_keeps_the_user(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80, user="pemilik")

    device = changed(device, owner, password="  baru ")

    assert (credentials_of(device).user, credentials_of(device).password) == ("pemilik", "  baru ")


def test_a_new_place_needs_user_and_password(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)

    with pytest.raises(UserNeeded):
        changed(device, owner, host="203.0.113.11", password="baru")


def test_a_home_address_is_kept_without_a_password_and_waits_for_an_agent(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)

    device = changed(device, owner, host="192.168.1.10", user="pemilik", password="rahasia")

    assert device.waits_for_agent
    assert not device.has_secret


def test_a_new_password_of_a_replaced_device_ends_the_verification(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)
    now = timezone.now()
    Device.objects.filter(pk=device.pk).update(identity={"serial": "A"}, identity_kept_at=now, different_since=now)
    site.cameras.update(verified_at=now, verified_by=owner, verified_until=now + timedelta(days=9))

    device = changed(device, owner, password="baru")

    assert (device.identity, device.different_since) == (None, None)
    assert site.cameras.get().verified_at is None
    assert Entry.objects.filter(action="camera.verification_ended").count() == 1


def test_a_new_password_of_the_verified_device_keeps_the_verification(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)
    now = timezone.now()
    Device.objects.filter(pk=device.pk).update(identity={"serial": "A"}, identity_kept_at=now)
    site.cameras.update(verified_at=now, verified_by=owner, verified_until=now + timedelta(days=9))

    device = changed(device, owner, password="baru")

    assert device.identity == {"serial": "A"}
    assert site.cameras.get().verified_at == now


def test_credentials_never_show_and_do_not_open_elsewhere(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)

    assert CANARY not in repr(credentials_of(device)) + str(credentials_of(device))
    device.host = "203.0.113.11"
    with pytest.raises(NoCredentials):
        credentials_of(device)


def test_only_demo_mode_and_only_loopback_widen_the_route(site: Site, owner: User, settings: Settings) -> None:
    device = device_at(site, owner, "203.0.113.10", 80)
    settings.PROBE_ALLOW = "127.0.0.1:18081 10.20.30.0/24:80"

    settings.DEMO = False
    assert route_of(device).networks == ()
    settings.DEMO = True
    assert [str(one.network) for one in route_of(device).networks] == ["127.0.0.1/32"]


# --- run once, whatever happens ----------------------------------------------------------------------------------


def test_only_one_worker_wins_a_probe(site: Site, owner: User) -> None:
    probe = request_probe(device=device_at(site, owner, "203.0.113.10", 80), by=owner, now=timezone.now())

    first, second = (claim_probe(probe_id=probe.pk, now=timezone.now()) for _ in range(2))

    assert first is not None
    assert second is None


def test_a_lost_message_is_sent_again_and_a_fresh_one_is_not(site: Site, owner: User) -> None:
    now = timezone.now()
    probe = request_probe(device=device_at(site, owner, "203.0.113.10", 80), by=owner, now=now)

    assert requeue_owed(now=now) == []
    assert requeue_owed(now=now + timedelta(minutes=1)) == [probe.pk]
    assert requeue_owed(now=now + timedelta(minutes=1)) == []


def test_a_probe_whose_worker_died_runs_once_more_and_counts_a_refusal(site: Site, owner: User) -> None:
    now = timezone.now()
    device = device_at(site, owner, "203.0.113.10", 80)
    probe = request_probe(device=device, by=owner, now=now)
    dead = claim_probe(probe_id=probe.pk, now=now)
    assert dead is not None

    later = now + timedelta(minutes=2)
    assert requeue_owed(now=later) == [probe.pk]
    assert not record_probe_result(probe=dead, result=Result(), now=later), "the dead must not come back"
    claim_probe(probe_id=probe.pk, now=later)
    assert requeue_owed(now=later + timedelta(minutes=2)) == []

    probe.refresh_from_db()
    device.refresh_from_db()
    assert (probe.state, probe.code) == (ProbeState.FAILED, INTERRUPTED)
    assert device.secret_refusals == 2


def test_an_answer_from_an_address_that_was_changed_meanwhile_is_not_kept(site: Site, owner: User) -> None:
    from devices.errors import Unauthorized

    device = device_at(site, owner, "203.0.113.10", 80)
    probe = request_probe(device=device, by=owner, now=timezone.now())
    held = claim_probe(probe_id=probe.pk, now=timezone.now())
    assert held is not None
    changed(device, owner, password="baru")

    record_probe_result(probe=held, result=Result(failure=Unauthorized(refusals=1)), now=timezone.now())

    probe.refresh_from_db()
    device.refresh_from_db()
    assert probe.code == "changed_meanwhile"
    assert device.secret_refusals == 0


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/Streaming/Channels/101", True),
        ("/user=admin&password=x&channel=1", False),
        (f"/a?x={CANARY}", False),
        ("/a?x=Kenari-9!kata%20sandi", False),
    ],
)
def test_a_stream_path_with_a_secret_in_it_is_known(path: str, plain: bool) -> None:
    assert is_plain_path(path, CANARY) is plain


# --- real devices ---------------------------------------------------------------------------------


@pytest.mark.devices
@pytest.mark.slow
@pytest.mark.usefixtures("demo_mode")
class TestAtTheDevices:
    def test_a_camera_is_read_and_its_facts_are_kept(
        self,
        site: Site,
        owner: User,
        devices: dict[str, fleet.DeviceSpec],
    ) -> None:
        device = device_of(site, owner, devices["good"])

        probe = probed(device, owner)

        device.refresh_from_db()
        camera = site.cameras.get()
        assert (probe.state, probe.code) == (ProbeState.DONE, "")
        assert bytes(probe.picture or b"").startswith(b"\xff\xd8\xff")
        assert [step["state"] for step in probe.steps] == ["done"] * len(probe.steps)
        assert {step["code"] for step in probe.steps} >= {"address", "connect", "clock", "sign_in", "picture"}
        assert all([device.maker, device.model, device.answered_at])
        assert abs(device.clock_offset_seconds or 0) < 5
        assert (camera.device, camera.channel, camera.codec) == (device, 1, "H264")
        assert all([camera.profile_token, camera.width, camera.height])
        assert Entry.objects.filter(action="device.probed").count() == 1

    def test_a_recorders_channels_become_the_cameras_that_were_listed_and_no_other(
        self,
        city: City,
        owner: User,
        devices: dict[str, fleet.DeviceSpec],
    ) -> None:
        site = make_site(city, owner, cameras=2)
        device = device_of(site, owner, devices["recorder"])

        probed(device, owner)
        probed(device, owner)

        cameras = list(Camera.objects.filter(device=device).order_by("channel"))
        assert [camera.channel for camera in cameras] == [1, 2]
        assert [camera.label for camera in cameras] == ["Kamera 1", "Kamera 2"]
        assert len({camera.profile_token for camera in cameras}) == 2
        assert Camera.objects.count() == Entry.objects.filter(action="camera.listed").count() == 2

    def test_a_channel_that_the_owner_took_off_stays_off(
        self, city: City, owner: User, devices: dict[str, fleet.DeviceSpec]
    ) -> None:
        site = make_site(city, owner, cameras=4)
        device = device_of(site, owner, devices["recorder"])
        probed(device, owner)
        Camera.objects.filter(device=device, channel=3).update(withdrawn_at=timezone.now(), withdrawn_by=owner)

        probed(device, owner)

        assert list(Camera.objects.listed().filter(device=device).values_list("channel", flat=True)) == [1, 2, 4]

    def test_the_next_probe_empties_the_picture_of_the_last(
        self,
        site: Site,
        owner: User,
        devices: dict[str, fleet.DeviceSpec],
    ) -> None:
        device = device_of(site, owner, devices["good"])
        first = probed(device, owner)
        second = probed(device, owner)

        first.refresh_from_db()
        assert first.picture is None
        assert second.picture

    def test_a_wrong_password_is_tried_once_and_told(
        self,
        site: Site,
        owner: User,
        devices: dict[str, fleet.DeviceSpec],
    ) -> None:
        device = device_of(site, owner, devices["other-password"], password=CANARY)

        probe = probed(device, owner)

        device.refresh_from_db()
        assert (probe.state, probe.code) == (ProbeState.FAILED, "unauthorized")
        assert probe.message
        assert probe.remedy
        assert device.secret_refusals == 1
        assert CANARY not in str([probe.steps, probe.report, probe.message, probe.remedy])

    def test_a_clock_seven_minutes_off_is_no_obstacle(
        self,
        site: Site,
        owner: User,
        devices: dict[str, fleet.DeviceSpec],
    ) -> None:
        device = device_of(site, owner, devices["wrong-clock"])

        probe = probed(device, owner)

        device.refresh_from_db()
        assert probe.state == ProbeState.DONE
        assert device.clock_offset_seconds == pytest.approx(420, abs=10)

    def test_another_device_in_its_place_is_noticed(
        self,
        site: Site,
        owner: User,
        devices: dict[str, fleet.DeviceSpec],
    ) -> None:
        device = device_of(site, owner, devices["good"])
        Device.objects.filter(pk=device.pk).update(
            identity={"serial": "SOMETHING-ELSE"}, identity_kept_at=timezone.now()
        )

        probe = probed(device, owner)

        device.refresh_from_db()
        assert probe.code == "different_device"
        assert device.different_since is not None

    def test_closed_filtered_and_denied_read_the_same(self, site: Site, owner: User) -> None:
        closed = probed(device_at(site, owner, "127.0.0.1", 1025), owner)

        assert closed.code == "unreachable"
