"""How the states of cameras are stored: the open interval stays where it is, the one that is over is a row more."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts.models import User
from health.arrays import array_of
from health.causes import Answer, Cause, Change, Verdict
from health.models import State, StatusInterval
from health.services import ensure_states, intervals
from registry.models import Camera
from tests.health.world import add_device, history, record
from tests.registry.world import NOW, City

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def camera(city: City, owner: User) -> Camera:
    camera = add_device(city, owner, 8554).cameras.get()
    ensure_states(NOW)
    return camera


def answer(camera: Camera, at: datetime, offset: float) -> None:
    assert camera.device_id is not None
    record(at, Answer(camera.device_id, answered=True, clock_offset_seconds=offset))


def test_the_open_interval_stays_one_row_whatever_its_states(camera: Camera) -> None:
    answer(camera, NOW, 0.0)
    first = StatusInterval.objects.open().get()

    for minute, offset in ((2, 600.0), (4, 0.0)):
        answer(camera, NOW + minute * MINUTE, offset)

    assert StatusInterval.objects.open().get().pk == first.pk
    assert history(camera) == [
        (State.NORMAL, "", NOW, NOW + 2 * MINUTE),
        (State.DEGRADED, Cause.CLOCK_DRIFT, NOW + 2 * MINUTE, NOW + 4 * MINUTE),
        (State.NORMAL, "", NOW + 4 * MINUTE, None),
    ]


def test_what_somebody_ended_meanwhile_stays_ended_and_is_not_told_twice(camera: Camera) -> None:
    answer(camera, NOW, 0.0)
    assert camera.device_id is not None
    down = Verdict(State.DOWN, Cause.NO_ANSWER, NOW + 2 * MINUTE)
    change = Change(camera.pk, camera.device_id, State.NORMAL, "", NOW, down)
    StatusInterval.objects.open().update(until=NOW + MINUTE)

    intervals.write([change])

    assert history(camera) == [(State.NORMAL, "", NOW, NOW + MINUTE)]


def test_a_state_that_is_dated_before_what_was_known_begins_where_that_began(camera: Camera) -> None:
    answer(camera, NOW, 0.0)
    assert camera.device_id is not None
    early = Verdict(State.DOWN, Cause.NO_ANSWER, NOW - MINUTE)

    intervals.write([Change(camera.pk, camera.device_id, State.NORMAL, "", NOW, early)])

    assert sorted(history(camera), key=lambda one: one[3] is None) == [
        (State.NORMAL, "", NOW, NOW),
        (State.DOWN, Cause.NO_ANSWER, NOW, None),
    ]


@pytest.mark.usefixtures("only_on_postgresql")
def test_arrays_are_read_as_they_were_written() -> None:
    texts = ["", "NULL", 'a "word"', "back\\slash", "{a,b}", "é", None]
    moments = [NOW, NOW + timedelta(microseconds=1), None]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::text[], %s::timestamptz[], %s::bigint[], %s::float8[], %s::boolean[]",
            [
                array_of(texts),
                array_of(moments),
                array_of([1, -2]),
                array_of([0.1, 1e-9, None]),
                array_of([True, False]),
            ],
        )
        assert cursor.fetchone() == (texts, moments, [1, -2], [0.1, 1e-9, None], [True, False])
