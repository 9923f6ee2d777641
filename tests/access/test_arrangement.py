"""The arrangement of a case in the session: what it keeps, and what it makes of anything else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore

from access.arrangement import (
    IN_SESSION,
    MOST_CASES,
    Arrangement,
    arrangement_for,
    arrangements_in,
    forget_arrangements,
    keep,
    keep_all,
    time_boxes,
)
from access.models import Case, Reason
from tests.factories import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> SessionStore:
    return SessionStore()


def test_it_comes_back_from_the_session_as_it_was_kept(session):
    one = Arrangement(uuid4(), "report_110", 10, (uuid4(), uuid4()))

    keep(session, one)

    assert arrangements_in(session) == [one]


def test_the_next_session_takes_it_over_whole(session):
    here = [Arrangement(uuid4(), "report_110", 5), Arrangement(uuid4(), "missing_person", 15, (uuid4(),))]
    keep_all(session, here)
    next_one = SessionStore()

    keep_all(next_one, arrangements_in(session))

    assert arrangements_in(next_one) == here


def test_the_one_used_last_comes_first_and_old_ones_are_let_go(session):
    many = [Arrangement(uuid4(), "report_110", 5) for _ in range(MOST_CASES + 2)]
    for one in many:
        keep(session, one)

    keep(session, many[4])

    assert arrangements_in(session)[0] == many[4]
    assert len(arrangements_in(session)) == MOST_CASES
    assert many[0] not in arrangements_in(session)


@pytest.mark.parametrize(
    "kept",
    [None, "x", 7, {}, [None], [{}], [{"case": "x", "reason": "r", "minutes": 5, "cameras": []}]],
)
def test_anything_else_in_the_session_is_no_arrangement(session, kept):
    session[IN_SESSION] = kept

    assert arrangements_in(session) == []


@pytest.mark.parametrize("minutes", [0, -5, 7, 60])
def test_a_time_that_is_not_offered_is_no_arrangement(minutes):
    kept = {**Arrangement(uuid4(), "report_110", 5).to_session(), "minutes": minutes}

    assert Arrangement.from_session(kept) is None


def test_no_time_box_is_longer_than_a_look_lasts(settings):
    assert time_boxes() == [5, 10, 15]

    settings.LOOK_LASTS = timedelta(minutes=10)
    assert time_boxes() == [5, 10]

    settings.LOOK_LASTS = timedelta(minutes=3)
    assert time_boxes() == [3]


@pytest.mark.parametrize("flaw", ["closed", "reason off"])
def test_it_is_asked_anew_when_the_case_closes_or_the_reason_goes(session, world, flaw):
    case = world.case(world.viewer())
    keep(session, Arrangement(case.public_id, "report_110", 5))
    assert arrangement_for(session, case, world.now) is not None

    if flaw == "closed":
        Case.objects.update(closed_at=world.now, closed_by=world.viewer().user)
    else:
        Reason.objects.filter(code="report_110").update(active=False)
    case.refresh_from_db()

    assert arrangement_for(session, case, world.now) is None


def test_it_can_be_forgotten(session):
    keep(session, Arrangement(uuid4(), "report_110", 5))

    forget_arrangements(session)

    assert arrangements_in(session) == []


def test_a_camera_is_in_it_once(world: World):
    camera = world.site().cameras.get()
    one = Arrangement(uuid4(), "report_110", 5).with_camera(camera).with_camera(camera)

    assert one.cameras == (camera.public_id,)
    assert one.without_camera(camera).cameras == ()
