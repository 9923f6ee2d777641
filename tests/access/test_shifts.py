"""Change of shift: one second factor, the arrangement stays, the last officer's looks end."""

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from access.arrangement import IN_SESSION, Arrangement, keep
from access.models import Look
from access.services import start_look
from access.viewers import Viewer
from accounts.models import Duty, DutyKind, User
from accounts.sessions import digest
from audit.models import Entry
from registry.rights import AccessRight
from tests.access.conftest import signed_in
from tests.factories import World, reason

pytestmark = pytest.mark.django_db
PAGE = "/pusat-komando/ganti-petugas/"


def _app_of(user: User) -> str:
    """The code that his app shows now."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def last(world: World) -> Duty:
    return world.viewer().duty


@pytest.fixture
def coming(world: World) -> Duty:
    return world.on_duty(DutyKind.VIEWER, world.polres)


@pytest.fixture
def screen(last: Duty) -> Client:
    return signed_in(last.user)


def _look_on(screen: Client, world: World, duty: Duty, camera) -> Look:
    key = digest(type("Request", (), {"session": screen.session}))
    viewer = Viewer(duty.user, duty, second_factor_at=world.now, session=key)
    return start_look(
        viewer=viewer, camera=camera, right=AccessRight.VIEW_STILL, reason=reason(), case=None, now=world.now
    )


def test_one_code_hands_the_screen_over(world, screen, last, coming, camera, django_capture_on_commit_callbacks):
    case = world.case(world.viewer())
    session = screen.session
    keep(session, Arrangement(case.public_id, reason().code, 10, (camera.public_id,)))
    session.save()
    look = _look_on(screen, world, last, camera)
    asked, key = session[IN_SESSION], session.session_key

    with django_capture_on_commit_callbacks(execute=True):
        answer = screen.post(PAGE, {"duty": coming.public_id, "code": _app_of(coming.user)})

    assert (answer.status_code, answer["Location"]) == (302, f"/pusat-komando/kamera-perkara/{case.public_id}/")
    after = screen.session
    assert after["_auth_user_id"] == str(coming.user.pk)
    assert after.session_key != key
    assert after[IN_SESSION] == asked
    look.refresh_from_db()
    assert look.ended_how == "signed_out"
    assert screen.get(answer["Location"]).status_code == 200  # The second factor counts for the next officer.
    entry = Entry.objects.get(action="person.shift_changed")
    assert entry.actor == coming.user
    assert str(last.user.public_id).encode() in bytes(entry.body)


def test_a_wrong_code_changes_nothing(screen, last, coming, camera, world):
    _app_of(coming.user)
    look = _look_on(screen, world, last, camera)

    page = screen.post(PAGE, {"duty": coming.public_id, "code": "000000"})

    assert page.context["form"].errors["code"]
    assert screen.session["_auth_user_id"] == str(last.user.pk)
    look.refresh_from_db()
    assert look.ended_at is None


def test_a_code_serves_once(screen, last, coming):
    code = _app_of(coming.user)
    assert screen.post(PAGE, {"duty": coming.public_id, "code": code}).status_code == 302

    other = signed_in(last.user)
    assert other.post(PAGE, {"duty": coming.public_id, "code": code}).context["form"].errors["code"]


def test_guessing_is_bounded(screen, coming):
    code = _app_of(coming.user)
    for _ in range(12):
        screen.post(PAGE, {"duty": coming.public_id, "code": "000000"})

    assert screen.post(PAGE, {"duty": coming.public_id, "code": code}).context["form"].errors["code"]


def test_only_colleagues_of_the_body_who_look_and_have_an_app_are_offered(world, screen, last, coming):
    _app_of(coming.user)
    without_app = world.on_duty(DutyKind.VIEWER, world.polres)
    of_another_body = world.on_duty(DutyKind.VIEWER, world.polsek)
    no_viewer = world.on_duty(DutyKind.GRANTOR, world.polres)
    for duty in (of_another_body, no_viewer, last):
        _app_of(duty.user)

    offered = screen.get(PAGE).context["form"].fields["duty"].queryset

    assert list(offered) == [coming]
    for duty in (without_app, of_another_body, no_viewer, last):
        page = screen.post(PAGE, {"duty": duty.public_id, "code": "123456"})
        assert page.context["form"].errors["duty"]


def test_without_anybody_to_take_over_the_page_says_what_to_do(screen):
    assert "rekan Anda masuk sendiri" in screen.get(PAGE).content.decode()


@pytest.mark.parametrize("typed", ["", "x", "1" * 400, "\0"])
def test_bad_input_is_answered_in_words(screen, coming, typed):
    _app_of(coming.user)

    page = screen.post(PAGE, {"duty": typed, "code": typed})

    assert (page.status_code, "duty" in page.context["form"].errors) == (200, True)
