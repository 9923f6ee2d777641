"""Looks that wait for a verdict are told to whoever may give it, once more when they are late, and to the
administrators where nobody may."""

from datetime import timedelta

import pytest

from accounts.models import Duty, DutyKind, User
from audit.anchors import make_due_anchors
from audit.models import Entry
from conduct.judging import open_emergency_cards
from conduct.models import Card, CardSource
from conduct.sampling import draw_month
from conduct.waiting import remind_of_overdue_cards
from notices.models import Notice
from tests.access.conftest import signed_in
from tests.conduct.looks import a_look
from tests.conduct.test_sampling import AFTER, MONTH, START
from tests.factories import World

NOBODY = "cards.nobody_judges"


@pytest.fixture
def viewer(world: World) -> Duty:
    return world.on_duty(DutyKind.VIEWER, world.polsek)


@pytest.fixture
def administrator(world: World) -> User:
    world.on_duty(DutyKind.ADMINISTRATOR, world._body("Kodim Uji", "military", "31.73"))
    return world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user


def told(code: str) -> dict[User, str]:
    return {notice.user: notice.body for notice in Notice.objects.filter(code=code)}


def test_a_sample_that_nobody_may_judge_is_told_to_the_administrators(world, camera, viewer, administrator):
    for hour in range(21):
        a_look(viewer, camera, START + timedelta(hours=hour))
    make_due_anchors(now=AFTER)

    draw_month(month=MONTH, now=world.now)

    assert told("sample.drawn") == {}
    assert told(NOBODY).keys() == {administrator}
    assert "2 tayangan Polsek Uji menunggu penilaian" in told(NOBODY)[administrator]
    assert Notice.objects.get(code=NOBODY).url == "/polsek/administrasi/"


def test_where_somebody_may_the_administrators_hear_nothing(world, camera, viewer, administrator):
    supervisor = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    a_look(viewer, camera, START)
    make_due_anchors(now=AFTER)

    draw_month(month=MONTH, now=world.now)

    assert told("sample.drawn").keys() == {supervisor}
    assert told(NOBODY) == {}


def test_an_emergency_that_nobody_may_judge_is_told_too(world, camera, viewer, administrator):
    a_look(viewer, camera, world.now, case=world.case(world.viewer(world.polsek)), emergency=True)

    assert open_emergency_cards(now=world.now) == 1
    assert open_emergency_cards(now=world.now) == 0

    assert told(NOBODY).keys() == {administrator}
    assert Notice.objects.filter(code=NOBODY).count() == 1


@pytest.mark.parametrize("has_supervisor", [True, False])
def test_a_card_that_is_late_is_reminded_of_once(world, camera, viewer, administrator, has_supervisor):
    code = "cards.overdue" if has_supervisor else NOBODY
    reader = world.on_duty(DutyKind.SUPERVISOR, world.polres).user if has_supervisor else administrator
    for hours in (1, 2):
        look = a_look(viewer, camera, world.now - timedelta(hours=hours))
        Card.objects.create(look=look, source=CardSource.CHOSEN, opened_at=look.started_at, due_at=world.now)

    assert remind_of_overdue_cards(now=world.now - timedelta(seconds=1)) == 0
    assert remind_of_overdue_cards(now=world.now) == 2
    assert remind_of_overdue_cards(now=world.now + timedelta(days=9)) == 0

    assert told(code).keys() == {reader}
    assert "2 tayangan" in told(code)[reader]
    assert Entry.objects.filter(action="card.overdue").count() == 2


def test_emergencies_that_the_desk_does_not_list_are_counted(world, camera, viewer, monkeypatch):
    monkeypatch.setattr("desks.views.staff.CARDS_SHOWN", 1)
    supervisor = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    case = world.case(world.viewer(world.polsek))
    for minutes in range(3):
        a_look(viewer, camera, world.now - timedelta(minutes=minutes), case=case, emergency=True)
    open_emergency_cards(now=world.now)

    assert "dan 2 lagi" in signed_in(supervisor).get("/pengawas/").content.decode()
