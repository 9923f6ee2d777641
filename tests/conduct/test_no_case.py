"""A look that rests on no case is marked alike on every page of a supervisor, be a case named with it or not."""

from datetime import timedelta

import pytest

from access.models import Look
from accounts.models import Duty, DutyKind, User
from conduct.models import Card, CardSource
from tests.access.conftest import signed_in
from tests.conduct.looks import a_look
from tests.factories import World

TAG = "tidak bertumpu pada perkara</span>"


@pytest.fixture
def supervisor(world: World) -> User:
    return world.on_duty(DutyKind.SUPERVISOR, world.polres).user


@pytest.fixture
def viewer(world: World) -> Duty:
    return world.on_duty(DutyKind.VIEWER, world.polsek)


@pytest.fixture
def named(world, viewer, camera) -> Look:
    """It names a case without which it would have been opened as well."""
    case = world.case(world.viewer(world.polsek))
    return a_look(viewer, camera, world.now, case=case, for_case=False)


@pytest.fixture
def resting(world, viewer, camera, named) -> Look:
    return a_look(viewer, camera, world.now - timedelta(minutes=10), case=named.case)


def test_what_is_counted_beside_a_look_is_marked_in_the_list_below(world, supervisor, named, resting):
    page = signed_in(supervisor).get(f"/pengawas/tayangan/{resting.public_id}/")

    assert page.context["others"].without_case == page.content.decode().count(TAG) == 1
    assert f"({named.case})" in page.content.decode()


def test_the_look_itself_and_the_lists_of_the_desk_mark_it(world, supervisor, named, resting):
    for look in (named, resting):
        Card.objects.create(look=look, source=CardSource.CHOSEN, opened_at=world.now, due_at=world.now)
    browser = signed_in(supervisor)

    assert TAG in browser.get(f"/pengawas/tayangan/{named.public_id}/").content.decode()
    assert browser.get("/pengawas/").content.decode().count(TAG) == 2, "its card, and its line in the record"


def test_the_patterns_do_not_say_that_no_case_was_named(world, supervisor, named):
    page = signed_in(supervisor).get("/pengawas/pola/").content.decode()

    assert "tidak menyebut perkara" not in page
    assert "Tidak bertumpu pada perkara" in page
    assert f"({named.case})" in page
