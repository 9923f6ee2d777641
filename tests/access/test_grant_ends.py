"""Grants that end by the clock: noted once, told of beforehand, and renewed from their page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.models import Grant
from access.services import note_grant_ends, revoke_grant, tell_of_grant_ends
from accounts.models import DutyKind
from audit.models import Entry
from notices.models import Notice
from tests.access.conftest import signed_in

pytestmark = pytest.mark.django_db


def _ends(grant: Grant, *, in_days: float, given_days_ago: float, now) -> Grant:
    Grant.objects.filter(pk=grant.pk).update(
        granted_at=now - timedelta(days=given_days_ago),
        valid_from=now - timedelta(days=given_days_ago),
        valid_until=now + timedelta(days=in_days),
    )
    grant.refresh_from_db()
    return grant


def test_an_end_by_the_clock_is_noted_once(world):
    grant = _ends(world.grant(world.kelurahan), in_days=0, given_days_ago=40, now=world.now)
    standing = world.grant(world.kelurahan)

    assert [note_grant_ends(now=world.now), note_grant_ends(now=world.now)] == [1, 0]

    entry = Entry.objects.get(action="grant.lapsed")
    assert (entry.target_id, entry.actor) == (str(grant.public_id), None)
    standing.refresh_from_db()
    assert standing.lapsed_at is None


def test_what_was_revoked_does_not_lapse(world):
    grant = world.grant(world.kelurahan)
    revoke_grant(grant=grant, by=grant.granted_by, now=world.now)

    assert note_grant_ends(now=world.now + timedelta(days=60)) == 0


@pytest.mark.parametrize(
    ("in_days", "given_days_ago", "told"),
    [
        (31, 60, None),
        (29, 60, 30),
        (6, 60, 7),
        (29, 0, None),
        (8, 1, None),
        (6, 2, 7),
        (6, 0, None),
        (-1, 60, None),
    ],
)
def test_grantors_are_told_ahead_of_grants_longer_than_that(world, in_days, given_days_ago, told):
    grant = _ends(world.grant(world.kelurahan), in_days=in_days, given_days_ago=given_days_ago, now=world.now)

    counts = [tell_of_grant_ends(now=world.now), tell_of_grant_ends(now=world.now)]

    grant.refresh_from_db()
    assert (counts, grant.told_days) == ([0 if told is None else 1, 0], told)


def test_it_is_told_twice_in_all_and_to_those_who_grant_there(world):
    grant = _ends(world.grant(world.kelurahan), in_days=29, given_days_ago=60, now=world.now)
    here = world.on_duty(DutyKind.GRANTOR, world.polsek).user
    elsewhere = world.on_duty(DutyKind.GRANTOR, world.polsek, area_code="31.73.99").user

    for later in (0, 10, 23, 24):
        tell_of_grant_ends(now=world.now + timedelta(days=later))

    assert {user: Notice.objects.filter(user=user).count() for user in (grant.granted_by, here, elsewhere)} == {
        grant.granted_by: 2,
        here: 2,
        elsewhere: 0,
    }


def test_the_list_shows_the_nearest_end_first_and_the_way_to_renew(world, grantor):
    far = world.grant(world.kelurahan, lasts=timedelta(days=200))
    near = _ends(world.grant(world.kelurahan), in_days=5, given_days_ago=40, now=world.now)

    page = grantor.get("/polsek/akses/").content.decode()

    assert page.index(str(near.public_id)) < page.index(str(far.public_id))
    assert "Berakhir 5 hari lagi." in page
    assert f"?perpanjang={near.public_id}" in page
    assert f"?perpanjang={far.public_id}" not in page


def test_renewing_fills_the_form_from_the_last_day_on_for_as_long_again(world, grantor):
    grant = _ends(world.grant(world.kelurahan), in_days=5, given_days_ago=25, now=timezone.now())

    initial = grantor.get(f"/polsek/akses/baru/?perpanjang={grant.public_id}").context["form"].initial

    last = timezone.localtime(grant.valid_until).date()
    assert (initial["valid_from"], initial["valid_until"]) == (last, last + timedelta(days=29))
    assert (initial["right"], initial["purpose"]) == (grant.right, grant.purpose)
    assert initial["area"] == world.kelurahan.public_id
    assert "letter_number" not in initial


@pytest.mark.parametrize("typed", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_grant_of_his_fills_nothing(grantor, typed):
    page = grantor.get(f"/polsek/akses/baru/?perpanjang={typed}")

    assert (page.status_code, "right" in page.context["form"].initial) == (200, False)


def test_a_grant_of_elsewhere_fills_nothing(world):
    grant = world.grant(world.kelurahan)
    elsewhere = signed_in(world.on_duty(DutyKind.GRANTOR, world.polsek, area_code="31.73.99").user)

    page = elsewhere.get(f"/polsek/akses/baru/?perpanjang={grant.public_id}")

    assert "right" not in page.context["form"].initial
