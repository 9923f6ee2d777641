"""What an owner reads of the last 90 days of his camera."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from health.causes import Cause
from health.history import MOST_SPELLS, history_of, lasted, percent
from health.models import CameraDay, CheckState, State, StatusInterval
from registry.models import Camera, Site
from tests.access.conftest import signed_in
from tests.factories import World, person

pytestmark = pytest.mark.django_db

WIB = ZoneInfo("Asia/Jakarta")
#: 14.05 WIB.
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=WIB)


@pytest.fixture
def world() -> World:
    return World(now=NOW)


@pytest.fixture
def camera(world: World) -> Camera:
    site = world.site()
    world.consent(site)
    world.device(site, answered_at=NOW)
    Site.objects.filter(pk=site.pk).update(maintainer_phone="+6281200000007")
    return world.verified(site)


def add(camera: Camera, state: State, since: datetime, until: datetime | None, cause: str = "") -> None:
    StatusInterval.objects.create(camera=camera, state=state, cause=cause, since=since, until=until)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB)


def owner_of(camera: Camera) -> User:
    return camera.site.partner.people.get()


def page_of(camera: Camera, client: Client | None = None) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return (client or signed_in(owner_of(camera))).get(f"/mitra/kamera/{camera.public_id}/kesehatan/")


def told(camera: Camera) -> list[tuple[str, list[str]]]:
    story = history_of(camera, NOW)
    return [(f"{day.day:%d.%m}", [spell.when for spell in day.spells] or [day.share]) for day in story.days]


def test_what_happened_when_in_words(camera: Camera) -> None:
    add(camera, State.NORMAL, at(10, 0), at(12, 9, 14))
    add(camera, State.DOWN, at(12, 9, 14), at(12, 11, 40), Cause.NO_ANSWER)
    add(camera, State.DEGRADED, at(12, 11, 40), at(13, 1), Cause.CLOCK_DRIFT)
    add(camera, State.NORMAL, at(13, 1), at(23, 13))
    add(camera, State.DOWN, at(23, 13), None, Cause.REFUSED)

    page = page_of(camera).content.decode()

    assert told(camera) == [
        ("23.11", ["sejak pukul 13.00 WIB, masih berlangsung"]),
        ("12.11", ["pukul 11.40 sampai 13 November pukul 01.00 WIB", "pukul 09.14 sampai 11.40 WIB"]),
    ]
    for words in (
        "2 jam 26 menit",
        "13 jam 20 menit",
        "1 jam 5 menit",
        "layanan kamera tertutup",
        "jam kamera meleset",
    ):
        assert words in page


def test_how_much_of_the_time_it_answered(camera: Camera) -> None:
    add(camera, State.NORMAL, NOW - timedelta(days=8), NOW - timedelta(days=7))
    add(camera, State.DOWN, NOW - timedelta(days=7), NOW - timedelta(days=5, hours=6), Cause.NO_ANSWER)
    add(camera, State.DEGRADED, NOW - timedelta(days=5, hours=6), None, Cause.CLOCK_DRIFT)

    answered = {one.days: one.share for one in history_of(camera, NOW).answered}

    assert answered == {7: "75 %", 30: "78,1 %", 90: "78,1 %"}


def test_days_whose_changes_are_no_longer_kept_are_told_by_their_share(camera: Camera) -> None:
    add(camera, State.NORMAL, at(20, 0), None)
    CameraDay.objects.create(camera=camera, day=at(2, 0).date(), normal=43_200, down=43_200, cause=Cause.NO_ANSWER)
    CameraDay.objects.create(camera=camera, day=at(3, 0).date(), normal=86_400)

    assert told(camera) == [("02.11", ["Terputus 50 % dari hari itu"])]
    assert "terputus 1 hari" in history_of(camera, NOW).spark.words


def test_of_very_many_only_the_latest_are_told_one_by_one(camera: Camera) -> None:
    for number in range(MOST_SPELLS + 7):
        began = NOW - timedelta(hours=number + 1)
        add(camera, State.DOWN, began, began + timedelta(minutes=10), Cause.NO_ANSWER)

    story = history_of(camera, NOW)

    assert sum(len(day.spells) for day in story.days) == MOST_SPELLS
    assert story.more == 7


def test_what_to_do_and_whom_to_call(camera: Camera) -> None:
    add(camera, State.DOWN, at(23, 13), None, Cause.NO_ANSWER)

    page = page_of(camera).content.decode()

    assert "Mohon periksa daya kamera" in page
    assert 'href="tel:+6281200000007"' in page
    assert f"/mitra/perangkat/{camera.device.public_id}/" in page


def test_a_camera_that_is_well_asks_for_nothing(camera: Camera) -> None:
    CheckState.objects.create(
        device=camera.device, next_check_at=NOW, checked_at=at(23, 14, 4), address="x"
    )  # Asked a minute ago.
    add(camera, State.NORMAL, at(20, 0), None)

    page = page_of(camera).content.decode()

    assert "Anda tidak perlu melakukan apa-apa." in page
    assert "Tidak ada gangguan dalam 90 hari terakhir." in page
    assert "14.04" in page
    assert "tel:" not in page


def test_a_camera_that_was_never_asked_has_no_story(camera: Camera) -> None:
    page = page_of(camera)

    assert page.status_code == 200
    assert [one.share for one in page.context["history"].answered] == ["", "", ""]
    assert "belum pernah diperiksa" in page.content.decode()


def test_it_is_for_the_owners_people_alone_and_linked_from_the_cards(camera: Camera) -> None:
    stranger, owner = signed_in(person()), signed_in(owner_of(camera))
    address = f"/mitra/kamera/{camera.public_id}/kesehatan/"

    assert page_of(camera, stranger).status_code == 404
    assert page_of(camera, owner).status_code == 200
    for card in ("/mitra/", f"/mitra/kamera/{camera.public_id}/"):
        assert f'href="{address}"' in owner.get(card).content.decode()


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "100 %"), (0.99999, "99,9 %"), (0.98449, "98,4 %"), (0.5, "50 %"), (0.00001, "0,1 %"), (0.0, "0 %")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, words: str) -> None:
    assert percent(share) == words


def test_a_share_in_english() -> None:
    with translation.override("en"):
        assert percent(0.98449).startswith("98.4")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "kurang dari satu menit"),
        (timedelta(minutes=59, seconds=59), "59 menit"),
        (timedelta(hours=2), "2 jam"),
        (timedelta(hours=23, minutes=59), "23 jam 59 menit"),
        (timedelta(days=3, hours=1, minutes=59), "3 hari 1 jam"),
        (timedelta(seconds=-5), "kurang dari satu menit"),
    ],
)
def test_a_span_in_words(span: timedelta, words: str) -> None:
    assert lasted(span) == words


def test_the_clock_of_the_tests_is_the_one_of_jakarta() -> None:
    assert timezone.localtime(NOW).hour == 14
