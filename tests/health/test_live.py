"""Open pages on health hear within seconds that they show something old, and of nothing that is not theirs."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from access import news
from accounts.models import Duty, DutyKind
from accounts.services import end_duty
from audit import broadcast
from health import services
from health.causes import Answer, Cause
from health.models import CheckState, State, StatusInterval, Tier, TierCheck
from registry.models import Camera, Device, Site
from registry.rights import Right
from tests.access.conftest import signed_in
from tests.access.test_news import WITHIN_SECONDS, events
from tests.factories import KELURAHAN, World
from tests.health.world import record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class Watched:
    """A camera that answers, and the three pages that tell of it, each open at somebody who may read it."""

    def __init__(self) -> None:
        self.world = World(now=timezone.now())
        self.camera, self.device = self.add_camera()
        self.duty: Duty = self.world.on_duty(DutyKind.GRANTOR, self.world.polsek)
        officer = self.world.on_duty(DutyKind.VERIFIER, self.world.polsek, area_code=KELURAHAN).user
        self.pages: dict[str, tuple[Client, str]] = {
            "owner": (
                signed_in(self.camera.site.partner.people.get()),
                f"/mitra/kamera/{self.camera.public_id}/kesehatan/kabar/",
            ),
            "officer": (signed_in(officer), "/petugas/kesehatan/kabar/"),
            "precinct": (signed_in(self.duty.user), "/polsek/kesehatan/kabar/"),
        }

    def add_camera(self) -> tuple[Camera, Device]:
        site = self.world.site()
        self.world.consent(site, Right.STILL_IN_INCIDENT, recipient=self.world.polsek)
        device = self.world.device(site, answered_at=self.world.now)
        camera = self.world.verified(site)
        services.ensure_states(timezone.now())
        self.check(device, answered=True)
        assert StatusInterval.objects.open().get(camera=camera).state == State.NORMAL
        return camera, device

    def check(self, device: Device, *, answered: bool) -> None:
        """The sweep asks this device now."""
        now = timezone.now()
        CheckState.objects.exclude(device=device).update(next_check_at=now + timedelta(seconds=40))
        CheckState.objects.filter(device=device).update(next_check_at=now, group=None)
        record(now, Answer(device.pk, answered=answered))

    def stop(self, device: Device | None = None) -> None:
        """Two checks without an answer: down."""
        for _ in range(2):
            self.check(device or self.device, answered=False)

    def hear(self, who: str, act: Callable[[], None], query: str = "") -> list[tuple[str, object, float]]:
        client, path = self.pages[who]
        return asyncio.run(events(client, path + query, act))


@pytest.mark.parametrize("who", ["owner", "officer", "precinct"])
def test_each_page_is_told_within_seconds(who: str) -> None:
    watched = Watched()

    found = watched.hear(who, watched.stop)

    assert [event for event, _, _ in found] == ["changed"]
    assert found[0][2] < WITHIN_SECONDS


@pytest.mark.parametrize("who", ["owner", "officer", "precinct"])
def test_a_page_that_shows_something_old_is_told_at_once(who: str) -> None:
    found = Watched().hear(who, lambda: None, "?v=0123456789abcdef")

    assert [event for event, _, _ in found] == ["changed"]


def test_without_news_it_is_told_within_the_recheck(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    monkeypatch.setattr(broadcast, "ring", lambda channel: None)
    monkeypatch.setattr(news, "RECHECK_SECONDS", 1.0)

    found = watched.hear("precinct", watched.stop)

    assert [event for event, _, _ in found] == ["changed"]
    assert found[0][2] < 1.0 + WITHIN_SECONDS


def test_with_a_broker_that_is_away_it_is_told_within_the_recheck(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    broadcast._line.close()
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(news, "RECHECK_SECONDS", 1.0)

    found = watched.hear("precinct", watched.stop)

    broadcast._line.close()
    assert [event for event, _, _ in found] == ["changed"]
    assert found[0][2] < 1.0 + 2 * WITHIN_SECONDS


@pytest.mark.parametrize("who", ["owner", "officer", "precinct"])
def test_each_page_hears_of_a_disturbance_and_of_another_one(who: str) -> None:
    watched = Watched()

    def found(cause: str) -> Callable[[], None]:
        def act() -> None:
            facts = {"cause": cause, "next_at": timezone.now() + timedelta(days=1)}
            TierCheck.objects.update_or_create(device=watched.device, tier=Tier.FULL, defaults=facts)
            services.judge_again([watched.device.pk], timezone.now())

        return act

    for cause in (Cause.BLACK, Cause.TURNED, ""):
        assert [event for event, _, _ in watched.hear(who, found(cause))] == ["changed"]


@pytest.mark.parametrize("who", ["owner", "officer", "precinct"])
def test_nobody_is_told_of_a_vital_object(who: str) -> None:
    watched = Watched()
    vital, device = watched.add_camera()
    Site.objects.filter(pk=vital.site_id).update(vital=True)

    def act() -> None:
        watched.stop(device)
        assert StatusInterval.objects.open().get(camera=vital).state == State.DOWN
        time.sleep(0.5)
        watched.stop()

    found = watched.hear(who, act)

    assert [event for event, _, _ in found] == ["changed"]
    assert found[0][2] >= 0.5


def test_an_owner_is_not_told_of_his_neighbour() -> None:
    watched = Watched()
    _, device = watched.add_camera()

    def act() -> None:
        watched.stop(device)
        time.sleep(0.5)
        watched.stop()

    assert watched.hear("owner", act)[0][2] >= 0.5


@pytest.mark.parametrize("who", ["owner", "officer", "precinct"])
def test_a_page_of_whoever_signed_out_elsewhere_is_over(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    monkeypatch.setattr(news, "RECHECK_SECONDS", 1.0)

    found = watched.hear(who, lambda: watched.pages[who][0].session.flush())

    assert [event for event, _, _ in found] == ["over"]


def test_a_page_whose_duty_has_ended_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    monkeypatch.setattr(news, "RECHECK_SECONDS", 1.0)

    found = watched.hear("precinct", lambda: end_duty(duty=watched.duty, by=None, now=timezone.now()))

    assert [event for event, _, _ in found] == ["over"]


def test_a_burst_of_changes_is_one_news() -> None:
    channel = "mitra:uji:burst"  # Its own: others who run now ring the bell too.

    async def listen() -> int:
        told, heard = 0, broadcast.heard(5.0, channel=channel, calm_seconds=0.6)
        assert await anext(heard) is False  # It listens now.
        for _ in range(40):
            broadcast.ring(channel)
        time.sleep(0.3)  # Nobody waits for the broker: by now it has passed on all of them.
        ends = time.monotonic() + 1.5
        while time.monotonic() < ends:
            try:
                told += await asyncio.wait_for(anext(heard), ends - time.monotonic())
            except (TimeoutError, StopAsyncIteration):
                break
        await heard.aclose()
        return told

    assert asyncio.run(listen()) == 2, "the first at once, all the others together"
