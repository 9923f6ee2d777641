"""What pages, the API and Prometheus are told."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from prometheus_client import generate_latest

from access.models import Grant
from accounts.models import User
from health import metrics, queries, services, words
from health.causes import Answer, Cause, Tally
from health.models import State, StatusInterval
from registry.models import Camera, Device
from registry.rights import AccessRight, Right
from tests.access.conftest import signed_in
from tests.factories import World
from tests.health.world import add_device, record
from tests.registry.world import NOW, City, make_site

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SIGN_IN = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def devices(city: City, owner: User) -> list[Device]:
    """Three devices: one up, one down since NOW, one with a clock seven minutes slow; and a camera without one."""
    up, down, slow_clock = (add_device(city, owner, port) for port in (554, 555, 556))
    make_site(city, owner)
    services.ensure_states(NOW)
    for moment in (NOW, NOW + 2 * MINUTE):
        record(
            moment,
            Answer(up.pk, answered=True),
            Answer(down.pk, answered=False, cause=Cause.NO_ANSWER),
            Answer(slow_clock.pk, answered=True, clock_offset_seconds=-420.0),
        )
    return [up, down, slow_clock]


def test_states_come_in_one_query_for_every_camera_asked_for(
    devices: list[Device], owner: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    with django_assert_num_queries(1):
        states = queries.states_of(Camera.objects.owned_by(owner))

    assert sorted(state.state for state in states.values()) == ["degraded", "down", "unknown", "up"]


def test_a_camera_without_a_device_is_unknown_and_says_why(devices: list[Device]) -> None:
    state = queries.state_of(Camera.objects.get(device__isnull=True))

    assert (state.state, state.since, state.tag) == (State.UNKNOWN, None, "unknown")
    assert "belum tersambung" in state.sentence


def test_a_camera_without_a_channel_of_its_device_is_never_judged(city: City, owner: User) -> None:
    device = add_device(city, owner, 554, cameras=2)
    first, second = device.cameras.order_by("pk")
    Camera.objects.filter(pk=second.pk).update(channel=None)
    services.ensure_states(NOW)

    record(NOW, Answer(device.pk, answered=True))
    states = queries.states_of([first, second])

    assert states[first.pk].state == State.NORMAL
    assert (states[second.pk].state, states[second.pk].since) == (State.UNKNOWN, None)
    assert "Saluran untuk kamera ini tidak ditemukan" in states[second.pk].sentence

    Camera.objects.filter(pk=first.pk).update(channel=None)
    services.ensure_states(NOW + MINUTE)
    assert queries.counts(device.cameras.all()).unknown == 2, "a lost channel ends what was known"


def test_counts_agree_with_the_states(devices: list[Device], owner: User) -> None:
    cameras = Camera.objects.owned_by(owner)

    assert queries.counts(cameras) == queries.Counts(normal=1, degraded=1, down=1, unknown=1)
    assert queries.counts(cameras).total == 4


@pytest.mark.parametrize(("area", "days", "found"), [("31.73", 3, 1), ("31.73", 5, 0), ("31.73.02", 3, 0)])
def test_the_list_of_long_down_cameras(devices: list[Device], area: str, days: int, found: int) -> None:
    rows = queries.down_longer_than(area, NOW + timedelta(days=4), timedelta(days=days))

    assert [(row.device_id, row.down_since, row.down_cause) for row in rows] == [
        (devices[1].pk, NOW, Cause.NO_ANSWER)
    ] * found


def test_a_vital_site_is_not_in_a_list_for_everybody(devices: list[Device]) -> None:
    devices[1].site.__class__.objects.filter(pk=devices[1].site_id).update(vital=True)
    later = NOW + timedelta(days=4)

    assert not queries.down_longer_than("31.73", later, timedelta(days=3)).exists()
    assert queries.down_longer_than("31.73", later, timedelta(days=3), Camera.objects.all()).count() == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-420.0, "7 menit lebih lambat"),
        (75.0, "75 detik lebih cepat"),
        (7200.0, "2 jam lebih cepat"),
        (-864000.0, "10 hari lebih lambat"),
    ],
)
def test_a_drift_in_words(seconds: float, said: str) -> None:
    assert words.drift(seconds) == said


@pytest.mark.parametrize("cause", Cause.values)
def test_every_cause_has_a_sentence_with_a_remedy(cause: str) -> None:
    assert "ohon" in words.sentence(State.DOWN, cause)


@pytest.mark.parametrize(("who", "status", "seen"), [("owner", 200, 4), ("stranger", 200, 0), (None, 403, None)])
def test_who_is_told_of_which_camera(
    request: pytest.FixtureRequest,
    client: Client,
    devices: list[Device],
    who: str | None,
    status: int,
    seen: int | None,
) -> None:
    if who:
        client.force_login(request.getfixturevalue(who), backend=SIGN_IN)

    answer = client.get("/api/v1/health/")

    assert answer.status_code == status
    if seen is not None:
        assert len(answer.json()["results"]) == seen


def test_the_api_says_state_cause_and_sentence(client: Client, devices: list[Device], owner: User) -> None:
    client.force_login(owner, backend=SIGN_IN)

    [row] = client.get("/api/v1/health/", {"state": "degraded"}).json()["results"]
    refused = client.get("/api/v1/health/", {"state": "broken"})

    assert row["camera"] == str(devices[2].cameras.get().public_id)
    assert (row["state"], row["state_label"], row["cause"]) == ("degraded", "Terganggu", "clock_drift")
    assert "7 menit lebih lambat" in row["sentence"]
    assert row["since"].startswith("2026-11-25T10:00:00")
    assert refused.status_code == 400


def test_prometheus_is_told_states_and_checks(devices: list[Device], owner: User) -> None:
    cache.clear()
    Camera.objects.filter(device__in=devices).update(connected_at=NOW, connected_by=owner)
    metrics.count(Tally(answered=5, silent=2), seconds=0.7)
    metrics.count(Tally(answered=1), seconds=0.2)

    told = generate_latest().decode()

    assert 'mitra_cameras{state="down"} 1.0' in told
    assert 'mitra_cameras{state="unknown"} 0.0' in told, "the one without a device is not connected"
    assert 'mitra_health_checks_total{outcome="answered"} 6.0' in told
    assert "mitra_devices_watched 3.0" in told


def test_an_officer_sees_the_health_that_was_granted_and_no_other(db: None) -> None:
    world = World(now=timezone.now())
    seen, no_consent, unverified = world.site(), world.site(), world.site()
    world.consent(seen, Right.LISTED)
    world.consent(unverified, Right.LISTED)
    camera = world.verified(seen)
    world.verified(no_consent)
    viewer = world.viewer().user

    before = signed_in(viewer).get("/api/v1/health/").json()["results"]
    world.grant(world.kelurahan, right=AccessRight.SEE_HEALTH)
    after = signed_in(viewer).get("/api/v1/health/").json()["results"]
    no_second_factor = signed_in(viewer, second_factor=False).get("/api/v1/health/")

    assert before == []
    assert no_second_factor.status_code != 200
    assert [row["camera"] for row in after] == [str(camera.public_id)]


def test_a_grant_bounds_what_an_officer_learns_of_the_past(db: None) -> None:
    world = World(now=timezone.now())
    site = world.site()
    world.consent(site, Right.LISTED)
    camera = world.verified(site)
    broke, later = world.now - timedelta(days=40), world.now - timedelta(minutes=5)
    StatusInterval.objects.create(camera=camera, state=State.DOWN, cause=Cause.NO_ANSWER, since=broke)
    grant = world.grant(world.kelurahan, right=AccessRight.SEE_HEALTH)
    officer, owner = signed_in(world.viewer().user), signed_in(site.partner.people.get())

    def since(client: Client) -> datetime:
        [row] = client.get("/api/v1/health/").json()["results"]
        assert row["state"] == "down"
        return datetime.fromisoformat(row["since"])

    assert since(officer) == grant.granted_at
    assert since(owner) == broke
    StatusInterval.objects.update(since=later)
    Grant.objects.update(granted_at=world.now - timedelta(hours=1))
    assert since(officer) == later
    StatusInterval.objects.update(since=broke)
    Grant.objects.update(granted_at=world.now - timedelta(days=50), valid_from=world.now - timedelta(days=30))
    assert since(officer) == site.consents.get(right=Right.LISTED).valid_from
    site.consents.update(valid_from=world.now - timedelta(days=60))
    assert since(officer) == world.now - timedelta(days=30)
