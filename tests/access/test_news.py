"""An open page learns that the right to what it shows has ended: whatever ended it, within a second."""

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import AsyncClient, Client
from django.utils import timezone

from access import news
from access.models import Look
from access.services import revoke_grant
from accounts.models import DutyKind, User
from accounts.services import end_duty, note_second_factor
from audit import broadcast
from registry.models import Camera, Consent
from registry.rights import Right
from registry.services import mark_device_different, pause_camera, withdraw_camera, withdraw_consent
from tests.access.conftest import signed_in
from tests.factories import World, reason

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

WITHIN_SECONDS = 2.0  # A second is promised; the machine of the tests does other things as well.


class Open:
    """A running look on an open page, and everything that it rests on."""

    def __init__(self) -> None:
        self.world = World(now=timezone.now())
        site = self.world.site()
        self.world.consent(site, Right.STILL_IN_HOURS)
        self.camera = self.world.verified(site)
        self.device = self.world.device(site)
        self.grant = self.world.grant(self.world.kelurahan)
        self.owner = site.partner.people.get()
        self.duty = self.world.on_duty(DutyKind.VIEWER, self.world.polres)
        self.browser = signed_in(self.duty.user)
        answer = self.browser.post(
            f"/pusat-komando/kamera/{self.camera.public_id}/", {"reason": reason().code, "minutes": "15"}
        )
        assert answer.status_code == 302, answer.content.decode()[:500]
        self.look = Look.objects.get()


def withdraw(open_: Open) -> None:
    consent = Consent.objects.get(right=Right.STILL_IN_HOURS)
    withdraw_consent(consent=consent, by=open_.owner, now=timezone.now())


def pause(open_: Open) -> None:
    now = timezone.now()
    pause_camera(camera=open_.camera, until=now + timedelta(hours=1), by=open_.owner, now=now)


def remove(open_: Open) -> None:
    withdraw_camera(camera=Camera.objects.get(), by=open_.owner, now=timezone.now())


def different(open_: Open) -> None:
    mark_device_different(device=open_.device, part="serial", by=None, now=timezone.now())


def revoke(open_: Open) -> None:
    revoke_grant(grant=open_.grant, by=open_.grant.granted_by, now=timezone.now())


def relieve(open_: Open) -> None:
    end_duty(duty=open_.duty, by=None, now=timezone.now())


def sign_out(open_: Open) -> None:
    open_.browser.post("/akun/keluar/")


def lose_the_second_factor(open_: Open) -> None:
    note_second_factor(user=open_.duty.user, change="removed", kind="totp")


ENDS: dict[str, Callable[[Open], None]] = {
    act.__name__: act
    for act in (withdraw, pause, remove, different, revoke, relieve, sign_out, lose_the_second_factor)
}


async def events(browser: Client, path: str, act: Callable[[], None]) -> list[tuple[str, Any, float]]:
    """The events of an open page from the moment on in which the act begins, each with its second."""
    try:
        return await _heard(browser, path, act)
    finally:
        await sync_to_async(connections.close_all)()  # Those of the thread in which the page asked.


async def _heard(browser: Client, path: str, act: Callable[[], None]) -> list[tuple[str, Any, float]]:
    client = AsyncClient()
    client.cookies.update(browser.cookies)
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/event-stream"
    loop, found, began = asyncio.get_running_loop(), [], 0.0

    def elsewhere() -> None:
        try:
            act()
        finally:
            connection.close()

    async for chunk in answer.streaming_content:
        if not began:
            await asyncio.sleep(0.3)  # The page listens now.
            began = loop.time()
            threading.Thread(target=elsewhere).start()
        lines = dict(line.split(": ", 1) for line in chunk.decode().splitlines() if ": " in line)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"]), loop.time() - began))
            break
        if loop.time() - began > 12:
            break
    return found


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_page_of_a_look_is_told_within_a_second(end: Callable[[Open], None]) -> None:
    open_ = Open()

    found = asyncio.run(events(open_.browser, f"/lihat/{open_.look.public_id}/kabar/", lambda: end(open_)))

    assert [event for event, _, _ in found] == ["over"]
    assert found[0][1]["words"]
    assert found[0][2] < WITHIN_SECONDS
    assert Look.objects.get().ended_at is not None


def test_without_the_broker_it_is_told_within_the_recheck(monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = Open()
    monkeypatch.setattr(broadcast, "tell", lambda news: None)
    monkeypatch.setattr(news, "RECHECK_SECONDS", 1.0)

    found = asyncio.run(events(open_.browser, f"/lihat/{open_.look.public_id}/kabar/", lambda: pause(open_)))

    assert [event for event, _, _ in found] == ["over"]
    assert found[0][2] < 1.0 + WITHIN_SECONDS


def test_a_list_is_told_when_it_changes_and_not_of_others() -> None:
    open_ = Open()
    other = open_.world.site(labels=("Lain",))

    def act() -> None:
        open_.world.consent(other, Right.LISTED)  # News of somebody else's.
        threading.Event().wait(0.5)
        pause(open_)

    found = asyncio.run(events(open_.browser, "/pusat-komando/kamera/kabar/", act))

    assert [event for event, _, _ in found] == ["changed"]
    assert 0.5 <= found[0][2] < 0.5 + WITHIN_SECONDS


def test_a_broker_that_is_away_keeps_no_change_from_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = Open()
    broadcast._line.close()
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")

    pause(open_)

    broadcast._line.close()
    assert Camera.objects.get().is_paused(timezone.now())
    assert User.objects.filter(pk=open_.owner.pk).exists()


@pytest.mark.parametrize("end", [pause, sign_out, relieve], ids=lambda act: act.__name__)
def test_the_page_of_many_cameras_is_told_which_of_them_still_run(end: Callable[[Open], None]) -> None:
    open_ = Open()
    case = open_.world.case(open_.world.viewer())
    other = open_.world.site(labels=("Lain",))
    open_.world.consent(other, Right.STILL_IN_HOURS)
    cameras = [open_.camera, *([open_.world.verified(other)] if end is pause else [])]
    page = f"/pusat-komando/kamera-perkara/{case.public_id}/"
    open_.browser.post(page, {"reason": reason(needs_case=True).code, "minutes": "5"})
    open_.browser.post(f"{page}buka/", {"camera": [str(camera.public_id) for camera in cameras]})
    looks = {look.camera: str(look.public_id) for look in Look.objects.filter(case=case)}
    assert set(looks) == set(cameras)

    found = asyncio.run(events(open_.browser, f"{page}kabar/", lambda: end(open_)))

    told = [(event, what) for event, what, _ in found]
    # Signed out, it hears that nothing runs any more, or already that the page is over.
    assert told in ([("running", [looks[cameras[1]]] if end is pause else [])], [("over", {})] * (end is sign_out))
    assert found[0][2] < WITHIN_SECONDS


def expire(browser: Client) -> None:
    Session.objects.filter(pk=browser.session.session_key).update(expire_date=timezone.now())


def drop(browser: Client) -> None:
    browser.session.flush()


@pytest.mark.parametrize(
    ("page", "end"), [("a look", drop), ("a list", drop), ("a case", drop), ("a list", expire)]
)
def test_a_page_whose_session_is_over_is_over(
    page: str, end: Callable[[Client], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ = Open()
    case = open_.world.case(open_.world.viewer())
    monkeypatch.setattr(news, "RECHECK_SECONDS", 1.0)
    path = {
        "a look": f"/lihat/{open_.look.public_id}/kabar/",
        "a list": "/pusat-komando/kamera/kabar/",
        "a case": f"/pusat-komando/kamera-perkara/{case.public_id}/kabar/",
    }[page]

    found = asyncio.run(events(open_.browser, path, lambda: end(open_.browser)))

    assert [event for event, _, _ in found] == ["over"]
