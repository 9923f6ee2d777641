"""Giving and withdrawing consent."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import audit
from accounts.models import User
from registry import texts
from registry.errors import (
    AlreadyWithdrawn,
    ChosenTwice,
    HoursNeeded,
    ListedNeeded,
    NotYours,
    RecipientNotOffered,
    TooLong,
)
from registry.models import Camera, Consent, ConsentText, Receipt, Site
from registry.queries import recipients_for, rights_offered
from registry.rights import PURPOSE_OF, Purpose, Right, level
from registry.services import ConsentChoice, give_consents, withdraw_all, withdraw_consent
from tests.registry.world import A_YEAR_ON, NOW, City, choice, make_city, make_person, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def owner(db: None) -> User:
    return make_person("pemilik")


@pytest.fixture
def site(city: City, owner: User) -> Site:
    return make_site(city, owner, cameras=2)


def give(site: Site, owner: User, *choices: ConsentChoice, language: str = "id", now: datetime = NOW) -> Receipt:
    return give_consents(site=site, choices=choices, by=owner, now=now, language=language)


def consent_to(site: Site, right: Right, recipient: object) -> Consent:
    return site.consents.get(right=right, recipient=recipient, withdrawn_at=None)


def test_a_site_offers_its_polres_and_its_own_polsek_only(city: City) -> None:
    assert recipients_for(city.kelurahan) == [city.polres, city.polsek]


def test_the_lowest_level_offers_listing_alone_and_pictures_bring_the_health_check() -> None:
    assert rights_offered(level("listed")) == [Right.LISTED]
    assert Right.HEALTH_SNAPSHOT not in rights_offered(level("recording"))
    assert Right.HEALTH_SNAPSHOT in rights_offered(level("incident"))


@pytest.mark.parametrize("right", [right for right in Right if right != Right.LISTED])
def test_each_right_is_signed_with_its_own_purpose_text_and_recipient(
    site: Site, owner: User, city: City, right: Right
) -> None:
    give(site, owner, choice(Right.LISTED, city.polres), choice(right, city.polres))

    consent = consent_to(site, right, city.polres)
    assert consent.purpose == PURPOSE_OF[right]
    assert consent.recipient == city.polres
    assert (consent.valid_from, consent.valid_until, consent.signed_by) == (NOW, A_YEAR_ON, owner)
    assert consent.text.body == choice(right, city.polres).text("id", texts.in_force()).body
    assert city.polres.name in consent.text.body
    assert not site.consents.filter(recipient=city.polsek).exists()


def test_the_same_words_are_kept_once_and_other_words_apart(site: Site, owner: User, city: City) -> None:
    give(site, owner, choice(Right.LISTED, city.polres))
    give(site, owner, choice(Right.LISTED, city.polres))
    give(site, owner, choice(Right.LISTED, city.polres), language="en")

    assert sorted(ConsentText.objects.values_list("language", flat=True)) == ["en", "id"]


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("right", list(Right))
def test_every_text_says_what_for_whom_until_when_and_how_to_withdraw(
    right: Right, language: str, city: City
) -> None:
    shown = choice(right, city.polsek).text(language, texts.in_force())

    codes = [line.code for line in shown.lines]
    assert {"what", "data", "purpose", "recipient", "until", "withdraw", "rights"} <= set(codes)
    assert ("hours" in codes) is ("hours" in right.value)
    assert "2027" in shown.body
    assert "3×24" in shown.body


def test_a_text_names_the_last_day_on_which_it_holds() -> None:
    midnight = datetime(2027, 11, 26, tzinfo=ZoneInfo("Asia/Jakarta"))

    assert texts.day_in_words(texts.last_day(midnight), "id") == "25 November 2027"


def test_nothing_is_signed_without_listing(site: Site, owner: User, city: City) -> None:
    for choices in (
        [],
        [choice(Right.LIVE_IN_INCIDENT, city.polres)],
        [choice(Right.LISTED, city.polres), choice(Right.LIVE_IN_INCIDENT, city.polsek)],
    ):
        with pytest.raises(ListedNeeded):
            give(site, owner, *choices)

    assert not Consent.objects.exists()
    assert not Receipt.objects.exists()


def test_listing_in_force_carries_a_later_right(site: Site, owner: User, city: City) -> None:
    give(site, owner, choice(Right.LISTED, city.polres))

    give(site, owner, choice(Right.STILL_IN_INCIDENT, city.polres))

    assert consent_to(site, Right.STILL_IN_INCIDENT, city.polres)


@pytest.mark.parametrize("body", ["other_polsek", "government"])
def test_other_bodies_are_no_recipients(site: Site, owner: User, city: City, body: str) -> None:
    with pytest.raises(RecipientNotOffered):
        give(site, owner, choice(Right.LISTED, getattr(city, body)))


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=1), NOW + timedelta(days=367)])
def test_a_consent_lasts_a_year_at_most(site: Site, owner: User, city: City, until: datetime) -> None:
    with pytest.raises(TooLong):
        give(site, owner, choice(Right.LISTED, city.polres, valid_until=until))


@pytest.mark.parametrize(
    ("right", "hours"),
    [
        (Right.LIVE_IN_HOURS, {"hours_from": None, "hours_until": None}),
        (Right.LIVE_IN_HOURS, {"hours_from": 60, "hours_until": 60}),
        (Right.LIVE_IN_HOURS, {"hours_from": 60, "hours_until": 1441}),
        (Right.LIVE_IN_INCIDENT, {"hours_from": 60, "hours_until": 120}),
    ],
)
def test_hours_stand_exactly_where_they_are_due(
    site: Site, owner: User, city: City, right: Right, hours: dict[str, int | None]
) -> None:
    with pytest.raises(HoursNeeded):
        give(site, owner, choice(Right.LISTED, city.polres), choice(right, city.polres, **hours))


def test_one_box_is_ticked_once(site: Site, owner: User, city: City) -> None:
    with pytest.raises(ChosenTwice):
        give(site, owner, choice(Right.LISTED, city.polres), choice(Right.LISTED, city.polres))


def test_renewing_takes_the_old_one_s_place(site: Site, owner: User, city: City) -> None:
    give(site, owner, choice(Right.LISTED, city.polres))
    later = NOW + timedelta(days=300)

    give(site, owner, choice(Right.LISTED, city.polres, valid_until=later + timedelta(days=365)), now=later)

    assert consent_to(site, Right.LISTED, city.polres).valid_from == later
    assert Camera.objects.listed().filter(site=site).count() == 2


def test_withdrawing_one_right_leaves_the_others(site: Site, owner: User, city: City) -> None:
    give(site, owner, choice(Right.LISTED, city.polres), choice(Right.LIVE_IN_INCIDENT, city.polres))

    withdraw_consent(consent=consent_to(site, Right.LIVE_IN_INCIDENT, city.polres), by=owner, now=NOW)

    assert [row.right for row in site.consents.in_force(NOW)] == [Right.LISTED]


def test_withdrawing_listing_from_one_body_leaves_the_other(site: Site, owner: User, city: City) -> None:
    give(
        site,
        owner,
        *[
            choice(right, body)
            for right in (Right.LISTED, Right.STILL_IN_HOURS)
            for body in (city.polres, city.polsek)
        ],
    )

    withdraw_consent(consent=consent_to(site, Right.LISTED, city.polsek), by=owner, now=NOW)

    assert {row.recipient for row in site.consents.in_force(NOW)} == {city.polres}
    assert Camera.objects.listed().filter(site=site).count() == 2


def test_withdrawing_the_last_listing_takes_everything_off(site: Site, owner: User, city: City) -> None:
    give(site, owner, choice(Right.LISTED, city.polres), choice(Right.LIVE_IN_INCIDENT, city.polres))

    withdrawn = withdraw_consent(consent=consent_to(site, Right.LISTED, city.polres), by=owner, now=NOW)

    assert len(withdrawn) == 2
    assert not site.consents.in_force(NOW).exists()
    assert not Camera.objects.listed().filter(site=site).exists()


def test_a_consent_is_withdrawn_once(site: Site, owner: User, city: City) -> None:
    give(site, owner, choice(Right.LISTED, city.polres))
    consent = consent_to(site, Right.LISTED, city.polres)

    withdraw_consent(consent=consent, by=owner, now=NOW)
    with pytest.raises(AlreadyWithdrawn):
        withdraw_consent(consent=consent, by=owner, now=NOW)
    with pytest.raises(AlreadyWithdrawn):
        withdraw_all(site=site, by=owner, now=NOW)


def test_only_the_owner_signs_and_withdraws(site: Site, owner: User, city: City) -> None:
    stranger = make_person("orang-lain")
    with pytest.raises(NotYours):
        give(site, stranger, choice(Right.LISTED, city.polres))
    give(site, owner, choice(Right.LISTED, city.polres))
    consent = consent_to(site, Right.LISTED, city.polres)

    with pytest.raises(NotYours):
        withdraw_consent(consent=consent, by=stranger, now=NOW)
    with pytest.raises(NotYours):
        withdraw_all(site=site, by=stranger, now=NOW)
    assert withdraw_all(site=site, by=owner, now=NOW) == [consent]


@pytest.mark.django_db(transaction=True)
def test_news_of_a_withdrawal_travels_after_commit(site: Site, owner: User, city: City) -> None:
    heard: list[audit.News] = []
    audit.subscribe("consent.withdrawn", heard.append)
    give(site, owner, choice(Right.LISTED, city.polres))

    withdraw_all(site=site, by=owner, now=NOW)

    assert [(news.facts["site"], news.facts["right"]) for news in heard] == [(str(site.public_id), "listed")]


def test_purposes_are_those_of_the_law_s_words() -> None:
    assert set(PURPOSE_OF.values()) == set(Purpose)
