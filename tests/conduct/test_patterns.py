"""Odd patterns: each found where its rule holds and not where it just does not, and only in looks to judge."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Duty, DutyKind, User
from conduct.patterns import bursts, looks_lately, night_of, same_camera_at_night, without_case
from registry.models import Camera, PartnerKind
from tests.access.conftest import signed_in
from tests.conduct.looks import a_look
from tests.factories import World

MIDNIGHT = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
NOW = MIDNIGHT + timedelta(hours=12)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    """The pages, too, ask at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(db: None) -> World:
    return World(now=NOW - timedelta(days=40))


@pytest.fixture
def viewer(world: World) -> Duty:
    return world.on_duty(DutyKind.VIEWER, world.polsek)


@pytest.fixture
def supervisor(world: World) -> User:
    return world.on_duty(DutyKind.SUPERVISOR, world.polsek).user


@pytest.fixture
def camera(world: World) -> Camera:
    return world.site().cameras.get()


def night(days_ago: int, hour: int = 23) -> datetime:
    """This hour of the evening so many days ago, or of the morning after it."""
    return MIDNIGHT - timedelta(days=days_ago) + timedelta(hours=hour if hour > 12 else hour + 24)


# --- the same camera at night --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "minute", "is_night"),
    [(21, 59, False), (22, 0, True), (23, 59, True), (0, 0, True), (4, 59, True), (5, 0, False), (12, 0, False)],
)
def test_the_night_is_from_ten_to_five(hour, minute, is_night):
    moment = MIDNIGHT + timedelta(hours=hour, minutes=minute)

    began = MIDNIGHT.date() if hour >= 22 else MIDNIGHT.date() - timedelta(days=1)
    assert night_of(moment) == (began if is_night else None)


def nights(world: World, supervisor: User) -> list[tuple[object, object, int]]:
    return [(one.viewer, one.camera, one.nights) for one in same_camera_at_night(looks_lately(supervisor, NOW))]


def test_three_nights_at_the_same_camera_are_found(world, viewer, supervisor, camera):
    for moment in (night(2), night(9, 1), night(28, 22)):
        a_look(viewer, camera, moment)

    assert nights(world, supervisor) == [(viewer.user, camera, 3)]
    page = signed_in(supervisor).get("/pengawas/pola/").content.decode()
    assert "pada 3 malam atau lebih (pukul 22.00–5.00 WIB)" in page
    assert str(viewer.user) in page


@pytest.mark.parametrize(
    "moments",
    [
        [night(2), night(3)],
        [night(2, 22), night(2, 23), night(2, 3)],
        [night(2), night(3), MIDNIGHT - timedelta(days=5) + timedelta(hours=9)],
        [night(2), night(3), night(31)],
    ],
    ids=["two nights", "one night thrice", "one by day", "one too long ago"],
)
def test_what_is_not_three_nights_is_not_found(world, viewer, supervisor, camera, moments):
    for moment in moments:
        a_look(viewer, camera, moment)

    assert nights(world, supervisor) == []


def test_three_nights_of_two_people_or_two_cameras_are_not_found(world, viewer, supervisor, camera):
    other = world.on_duty(DutyKind.VIEWER, world.polsek)
    for duty, where, days in (
        (viewer, camera, 2),
        (viewer, camera, 3),
        (other, camera, 4),
        (viewer, world.site().cameras.get(), 5),
    ):
        a_look(duty, where, night(days))

    assert nights(world, supervisor) == []


# --- bursts --------------------------------------------------------------------------------------------------


@pytest.fixture
def cameras(world: World) -> list[Camera]:
    return list(world.site(labels=tuple(f"Kamera {number}" for number in range(12))).cameras.all())


def burst_of(duty: Duty, cameras: list[Camera], *, within: timedelta, **facts: object) -> None:
    start = NOW - timedelta(hours=5)
    for number, camera in enumerate(cameras):
        a_look(duty, camera, start + within * number / (len(cameras) - 1), **facts)


def found_bursts(supervisor: User) -> list[tuple[object, int]]:
    return [(one.viewer, one.cameras) for one in bursts(looks_lately(supervisor, NOW))]


def test_ten_cameras_in_ten_minutes_are_a_burst(viewer, supervisor, cameras):
    burst_of(viewer, cameras[:10], within=timedelta(minutes=10))

    assert found_bursts(supervisor) == [(viewer.user, 10)]
    assert "10 kamera" in signed_in(supervisor).get("/pengawas/pola/").content.decode()


def test_twelve_cameras_are_one_burst_and_a_second_one_later_another(viewer, supervisor, cameras):
    burst_of(viewer, cameras, within=timedelta(minutes=5))
    for number, camera in enumerate(cameras[:10]):
        a_look(viewer, camera, NOW - timedelta(hours=1) + timedelta(seconds=number))

    assert found_bursts(supervisor) == [(viewer.user, 10), (viewer.user, 12)]


def test_nine_cameras_or_eleven_minutes_or_one_camera_often_are_none(world, supervisor, cameras):
    burst_of(world.on_duty(DutyKind.VIEWER, world.polsek), cameras[:9], within=timedelta(minutes=9))
    burst_of(world.on_duty(DutyKind.VIEWER, world.polsek), cameras[:10], within=timedelta(minutes=11))
    burst_of(world.on_duty(DutyKind.VIEWER, world.polsek), cameras[:1] * 12, within=timedelta(minutes=5))

    assert found_bursts(supervisor) == []


def test_what_is_opened_for_a_case_is_no_burst(world, viewer, supervisor, cameras):
    case = world.case(world.viewer(world.polsek))

    burst_of(viewer, cameras, within=timedelta(minutes=5), case=case)

    assert found_bursts(supervisor) == []


# --- without a case ------------------------------------------------------------------------------------------


def test_looks_without_a_case_are_counted_as_a_share_and_listed(world, viewer, supervisor, camera):
    case = world.case(world.viewer(world.polsek))
    bare = a_look(viewer, camera, NOW - timedelta(days=3))
    for hours in (1, 2, 3):
        a_look(viewer, camera, NOW - timedelta(hours=hours), case=case)
    named = a_look(viewer, camera, NOW - timedelta(days=4), case=case, for_case=False)
    a_look(viewer, camera, NOW - timedelta(days=31))

    found = without_case(looks_lately(supervisor, NOW))

    assert (found.count, found.of, found.percent, found.newest) == (2, 5, 40, [bare, named])
    assert without_case(looks_lately(world.on_duty(DutyKind.SUPERVISOR, world.polres).user, NOW)).count == 2


def test_where_nobody_looked_there_is_nothing(supervisor):
    looks = looks_lately(supervisor, NOW)

    assert (same_camera_at_night(looks), bursts(looks), without_case(looks).percent) == ([], [], 0)
    assert signed_in(supervisor).get("/pengawas/pola/").status_code == 200


# --- whose ---------------------------------------------------------------------------------------------------


def test_patterns_are_sought_only_in_what_one_may_judge(world, supervisor, cameras):
    """Neither one's own, nor those of the body above, nor any through a vital object."""
    own = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    vital = list(world.site(kind=PartnerKind.VITAL, labels=tuple(f"Rahasia {n}" for n in range(10))).cameras.all())
    burst_of(world.on_duty(DutyKind.VIEWER, world.polres, user=own), cameras, within=timedelta(minutes=5))
    burst_of(world.on_duty(DutyKind.VIEWER, world.polsek), vital, within=timedelta(minutes=5))

    assert found_bursts(own) == []
    assert found_bursts(supervisor) == []
    assert without_case(looks_lately(own, NOW)).of == 0
