"""Silence lapses a consent: asked 30 and 7 days before, ended by the clock, noted and told once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from audit.models import Entry
from notices.models import Notice
from registry.errors import AlreadyWithdrawn
from registry.models import Camera, Consent, EndedHow, Ending, EndingCause, Receipt, Site
from registry.receipts import consents_of, is_genuine, state_of
from registry.rights import Right
from registry.services import ask_for_renewal, give_consents, lapse_consents, withdraw_consent
from tests.registry.world import A_YEAR_ON, NOW, City, choice, make_city, make_person, make_site

pytestmark = pytest.mark.django_db

OVER = A_YEAR_ON + timedelta(minutes=1)


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def owner(db: None) -> User:
    return make_person("pemilik")


@pytest.fixture
def site(city: City, owner: User) -> Site:
    """Listed to both bodies, with stills to the Polres, all for a year."""
    site = make_site(city, owner, cameras=2)
    choices = [choice(Right.LISTED, city.polres), choice(Right.STILL_IN_HOURS, city.polres)]
    give_consents(site=site, choices=[*choices, choice(Right.LISTED, city.polsek)], by=owner, now=NOW)
    return site


@pytest.mark.parametrize(("days_before", "asked"), [(31, 0), (30, 1), (29, 1), (8, 1), (7, 1), (1, 1), (0, 0)])
def test_an_owner_is_asked_to_renew_only_shortly_before(
    site: Site, owner: User, days_before: int, asked: int
) -> None:
    now = A_YEAR_ON - timedelta(days=days_before)

    assert ask_for_renewal(now=now) == asked

    assert Notice.objects.filter(user=owner, code="consent.ends").count() == asked


def test_he_is_asked_at_thirty_days_and_at_seven_once_each(site: Site, owner: User) -> None:
    for days in (30, 30, 29, 15, 7, 7, 3, 1):
        ask_for_renewal(now=A_YEAR_ON - timedelta(days=days))

    asked = Notice.objects.filter(user=owner, code="consent.ends").order_by("created_at")
    assert [A_YEAR_ON - notice.created_at for notice in asked] == [timedelta(days=30), timedelta(days=7)]
    assert all(str(site.public_id) in notice.url for notice in asked)


def test_whoever_renewed_is_asked_no_more(site: Site, owner: User, city: City) -> None:
    now = A_YEAR_ON - timedelta(days=20)
    until = now + timedelta(days=365)
    renewed = [(Right.LISTED, city.polres), (Right.STILL_IN_HOURS, city.polres), (Right.LISTED, city.polsek)]
    give_consents(
        site=site, choices=[choice(right, body, valid_until=until) for right, body in renewed], by=owner, now=now
    )

    assert ask_for_renewal(now=A_YEAR_ON - timedelta(days=7)) == 0
    assert lapse_consents(now=OVER) == 0


def test_the_last_listed_lapsing_takes_the_cameras_off_by_nobody_s_hand(site: Site, owner: User) -> None:
    assert lapse_consents(now=OVER - timedelta(minutes=2)) == 0

    assert lapse_consents(now=OVER) == 1

    assert not Camera.objects.listed().filter(site=site).exists()
    assert set(site.cameras.values_list("withdrawn_at", "withdrawn_by")) == {(OVER, None)}
    assert set(site.consents.values_list("lapsed_at", "withdrawn_at")) == {(OVER, None)}
    assert Entry.objects.filter(action="consent.lapsed", actor=None).count() == 3
    assert Entry.objects.filter(action="camera.withdrawn", actor=None).count() == 2
    ending = Ending.objects.get()
    assert (ending.cause, ending.began_by, ending.consents.count()) == (EndingCause.LAPSED, None, 3)
    assert "tidak lagi terdata" in Notice.objects.get(user=owner, code="consent.lapsed").body


def test_it_is_noted_and_told_once(site: Site, owner: User) -> None:
    assert [lapse_consents(now=OVER + timedelta(hours=n)) for n in range(3)] == [1, 0, 0]

    assert Notice.objects.filter(code="consent.lapsed").count() == 1
    assert Ending.objects.count() == 1


def test_the_end_waits_for_no_tick(site: Site, owner: User) -> None:
    assert not site.consents.in_force(A_YEAR_ON).exists()
    assert {state_of(row, A_YEAR_ON) for row in site.consents.all()} == {"over"}
    with pytest.raises(AlreadyWithdrawn):
        withdraw_consent(consent=site.consents.first(), by=owner, now=A_YEAR_ON)


def test_with_the_last_listed_of_one_body_end_its_other_rights_and_no_others(
    site: Site, owner: User, city: City
) -> None:
    now = A_YEAR_ON - timedelta(days=1)
    later = now + timedelta(days=365)
    kept = [
        choice(Right.LISTED, city.polsek, valid_until=later),
        choice(Right.STILL_IN_HOURS, city.polres, valid_until=later),
    ]
    give_consents(site=site, choices=kept, by=owner, now=now)

    lapse_consents(now=OVER)

    assert [(row.right, row.recipient) for row in site.consents.in_force(OVER)] == [(Right.LISTED, city.polsek)]
    along = site.consents.get(ended_how=EndedHow.UNLISTED)
    assert (along.right, along.withdrawn_by) == (Right.STILL_IN_HOURS, None)
    assert state_of(along, OVER) == "over"
    assert Camera.objects.listed().filter(site=site).count() == 2


def test_a_lapsed_consent_stays_lapsed_when_it_is_given_anew(site: Site, owner: User, city: City) -> None:
    lapsed = site.consents.get(right=Right.LISTED, recipient=city.polres)

    give_consents(
        site=site,
        choices=[choice(Right.LISTED, city.polres, valid_until=OVER + timedelta(days=9))],
        by=owner,
        now=OVER,
    )

    lapsed.refresh_from_db()
    assert lapsed.lapsed_at == OVER
    assert state_of(lapsed, OVER) == "over"
    assert Entry.objects.filter(action="consent.lapsed").count() == 1
    assert not Entry.objects.filter(action="consent.renewed").exists()


def test_a_renewed_consent_is_told_as_renewed_and_not_as_withdrawn(site: Site, owner: User, city: City) -> None:
    first = Receipt.objects.get()
    now = NOW + timedelta(days=300)

    give_consents(
        site=site,
        choices=[choice(Right.LISTED, city.polres, valid_until=now + timedelta(days=365))],
        by=owner,
        now=now,
    )

    states = {(row.right, row.recipient): state_of(row, now) for row in consents_of(first)}
    assert states[Right.LISTED, city.polres] == "renewed"
    assert states[Right.LISTED, city.polsek] == "in_force"
    assert Entry.objects.filter(action="consent.renewed").count() == 1
    assert not Entry.objects.filter(action="consent.withdrawn").exists()
    assert not Ending.objects.exists()
    assert is_genuine(first, consents_of(first))


def test_the_database_knows_that_nothing_lapses_before_its_end(site: Site) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.update(lapsed_at=A_YEAR_ON - timedelta(seconds=1))
