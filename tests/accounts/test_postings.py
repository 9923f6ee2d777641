"""When people move: transfer, stand-ins, duties whose time is over, and accounts that are closed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Look
from accounts.errors import AccountsError, AlsoAnOwner, NoDuty, OwnDuty, StandInTooLong
from accounts.models import Duty, DutyKind, User
from accounts.postings import deactivate, end_lapsed_duties, stand_in, transfer
from accounts.services import end_duty
from audit.models import Entry
from onboarding.models import Verification
from onboarding.verification import start_visit
from registry.rights import Right
from registry.services.administration import close_account
from tests.access.conftest import signed_in
from tests.factories import KELURAHAN, World, person, reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return World(now=timezone.now())


@pytest.fixture
def administrator(world: World) -> User:
    return world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user


@pytest.fixture
def looking(world: World) -> Duty:
    """Somebody whose look runs."""
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    camera = world.verified(site)
    world.grant(world.kelurahan)
    duty = world.on_duty(DutyKind.VIEWER, world.polres)
    answer = signed_in(duty.user).post(f"/pusat-komando/kamera/{camera.public_id}/", {"reason": reason().code})
    assert answer.status_code == 302
    return duty


def test_a_transfer_ends_one_duty_and_gives_the_same_to_the_next(
    world, administrator, looking, django_capture_on_commit_callbacks
):
    Duty.objects.filter(pk=looking.pk).update(emergency=True, title="Operator")

    with django_capture_on_commit_callbacks(execute=True):
        given = transfer(duty=looking, email="baru@contoh.id", name="Bripka Baru", by=administrator, now=world.now)

    looking.refresh_from_db()
    assert looking.ended_at == world.now
    assert (given.kind, given.area_code, given.title) == (looking.kind, looking.area_code, "Operator")
    assert given.emergency is False
    assert Look.objects.get().ended_how == "no_duty"
    assert Entry.objects.filter(action="duty.transferred").count() == 1


def test_the_successor_takes_the_open_visits_over_at_once(world, administrator, django_capture_on_commit_callbacks):
    camera = world.site().cameras.get()
    old = world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN)
    start_visit(camera=camera, by=old.user, now=world.now)

    with django_capture_on_commit_callbacks(execute=True):
        new = transfer(duty=old, email="baru@contoh.id", by=administrator, now=world.now)
    start_visit(camera=camera, by=new.user, now=timezone.now())

    assert Verification.objects.get().officer == new.user


def test_a_stand_in_has_dated_days_and_ends_with_the_duty(world, administrator):
    duty = world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN)
    days = {"since": world.now, "until": world.now + timedelta(days=14)}

    given = stand_in(duty=duty, email="ganti@contoh.id", by=administrator, now=world.now, **days)

    assert (given.stands_in_for, given.until, given.area_code) == (duty, days["until"], KELURAHAN)
    end_duty(duty=duty, by=administrator, now=world.now)
    given.refresh_from_db()
    assert given.ended_at == world.now


@pytest.mark.parametrize(("span", "error"), [(93, StandInTooLong), (40, StandInTooLong)])
def test_a_stand_in_is_never_longer_than_allowed(world, administrator, span, error):
    duty = world.on_duty(DutyKind.VIEWER, world.polres)
    Duty.objects.filter(pk=duty.pk).update(until=world.now + timedelta(days=200 if span == 93 else 30))
    duty.refresh_from_db()

    with pytest.raises(error):
        stand_in(
            duty=duty, email="a@contoh.id", since=world.now, until=world.now + timedelta(days=span),
            by=administrator, now=world.now,
        )  # fmt: skip
    assert not Duty.objects.filter(stands_in_for=duty).exists()


def test_nobody_stands_in_for_himself(world, administrator):
    duty = world.on_duty(DutyKind.VIEWER, world.polres)
    Duty.objects.filter(pk=duty.pk).update(until=world.now + timedelta(days=30))
    days = {"since": world.now + timedelta(days=1), "until": world.now + timedelta(days=2)}

    with pytest.raises(AccountsError):
        stand_in(duty=duty, email=duty.user.email, by=administrator, now=world.now, **days)
    assert Duty.objects.filter(user=duty.user).count() == 1


def test_a_duty_whose_time_is_over_is_noted_once(world, looking, django_capture_on_commit_callbacks):
    Duty.objects.filter(pk=looking.pk).update(until=world.now - timedelta(minutes=1))

    with django_capture_on_commit_callbacks(execute=True):
        assert end_lapsed_duties(now=timezone.now()) == 1
    assert end_lapsed_duties(now=timezone.now()) == 0

    assert Entry.objects.filter(action="duty.lapsed").count() == 1
    assert Look.objects.get().ended_how == "no_duty"


def test_a_closed_account_is_out_of_every_page_at_once(
    world, administrator, looking, django_capture_on_commit_callbacks
):
    browser = signed_in(looking.user)
    assert browser.get("/pusat-komando/").status_code == 200

    with django_capture_on_commit_callbacks(execute=True):
        close_account(user=looking.user, by=administrator, now=world.now)

    assert browser.get("/pusat-komando/").status_code == 302
    assert Look.objects.get().ended_at is not None
    assert not Duty.objects.standing(timezone.now()).filter(user=looking.user).exists()


def test_an_owners_account_and_ones_own_are_not_closed(world, administrator):
    duty = world.on_duty(DutyKind.VIEWER, world.polres)
    world.site(owner=duty.user)

    with pytest.raises(AlsoAnOwner):
        close_account(user=duty.user, by=administrator, now=world.now)
    with pytest.raises(OwnDuty):
        close_account(user=administrator, by=administrator, now=world.now)
    with pytest.raises(NoDuty):
        deactivate(user=world.on_duty(DutyKind.VIEWER, world.polres).user, by=person(), now=world.now)
    assert User.objects.filter(is_active=False).count() == 0


def test_the_pages_ask_and_act(world, administrator):
    browser: Client = signed_in(administrator)
    duty = world.on_duty(DutyKind.VIEWER, world.polsek)
    url = f"/polsek/administrasi/tugas/{duty.public_id}/"

    page = browser.get(url).content.decode()
    assert f"{url}mutasi/" in page
    wrong = browser.post(
        f"{url}pengganti/", {"contact": "a@contoh.id", "name": "A", "since": "2026-01-02", "until": ""}
    )
    assert wrong.status_code == 200
    today = timezone.localdate()
    facts = {"contact": "a@contoh.id", "name": "A", "since": str(today), "until": str(today + timedelta(days=3))}
    assert "Pengganti ditunjuk" in browser.post(f"{url}pengganti/", facts).content.decode()
    moved = browser.post(f"{url}mutasi/", {"contact": "b@contoh.id", "name": "B"}).content.decode()
    assert "Tugas dialihkan" in moved

    assert Duty.objects.get(user__email="a@contoh.id").ended_at is not None  # He stood in for who has left.
    assert Duty.objects.get(user__email="b@contoh.id").ended_at is None
