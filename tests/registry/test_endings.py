"""What is owed after consents ended: erased and told within 3×24 hours, each step dated."""

from datetime import datetime, timedelta

import pytest

import audit
from accounts.models import DutyKind, User
from accounts.services import give_duty
from audit.checking import check_chain
from audit.models import Entry, Text
from notices.models import Notice
from onboarding.models import Probe, ProbeKind, ProbeState, SettingsWork, WorkKind
from registry.endings import owes, time_line
from registry.models import Device, Ending, EndingCause, RefusedSecret, Site
from registry.rights import Right
from registry.services import attach_device, do_what_is_owed, give_consents, withdraw_all, withdraw_consent
from registry.services.endings import LEASE, steps
from tests.access.conftest import signed_in
from tests.registry.world import NOW, City, choice, make_city, make_person, make_site

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def owner(db: None) -> User:
    return make_person("pemilik")


@pytest.fixture
def site(city: City, owner: User) -> Site:
    return make_site(city, owner)


@pytest.fixture
def device(site: Site, owner: User, city: City) -> Device:
    """A connected device that rests on a consent to stills, tested once."""
    give_consents(
        site=site,
        choices=[choice(Right.LISTED, city.polres), choice(Right.STILL_IN_HOURS, city.polres)],
        by=owner,
        now=NOW,
    )
    device = attach_device(
        site=site,
        by=owner,
        now=NOW,
        host="lensa-terlindung.contoh.id",
        sealed_user="tersegel",
        sealed_password="tersegel",
        cameras=site.cameras.all(),
    )
    Device.objects.filter(pk=device.pk).update(serial="SN-1", answered_at=NOW)
    RefusedSecret.objects.create(device=device, mark="m" * 64, refusals=1)
    Probe.objects.create(
        kind=ProbeKind.CONNECT,
        device=device,
        requested_by=owner,
        address="lensa-terlindung.contoh.id:80",
        state=ProbeState.DONE,
        report={"channels": []},
        picture=b"\xff\xd8 a picture",
        created_at=NOW,
        finished_at=NOW,
        lease_until=NOW,
    )
    device.refresh_from_db()
    return device


@pytest.fixture
def grantor(city: City) -> User:
    """Who gives access in the name of the Polres."""
    person = make_person("kanit")
    give_duty(user=person, organization=city.polres, kind=DutyKind.GRANTOR, since=NOW - timedelta(days=1), by=None)
    return person


def done(ending: Ending) -> list[str]:
    return sorted(ending.steps.values_list("code", flat=True))


def test_a_withdrawal_owes_its_ending_within_three_days(site: Site, owner: User, device: Device) -> None:
    withdrawn = withdraw_all(site=site, by=owner, now=NOW)

    ending = Ending.objects.get()
    assert (ending.cause, ending.began_at, ending.began_by) == (EndingCause.WITHDRAWN, NOW, owner)
    assert ending.due_at == NOW + timedelta(days=3)
    assert set(ending.consents.all()) == set(withdrawn)
    marks = time_line(ending, steps(), ending.steps.all())
    assert [mark.at for mark in marks] == [NOW] + [None] * len(steps())


def test_all_that_rested_on_the_consent_is_erased_and_each_step_is_dated(
    site: Site, owner: User, device: Device, grantor: User
) -> None:
    withdraw_all(site=site, by=owner, now=NOW)

    assert do_what_is_owed(now=LATER) == 1

    ending, gone, test = Ending.objects.get(), Device.objects.get(), Probe.objects.get()
    assert ending.finished_at == LATER
    assert set(ending.steps.values_list("done_at", flat=True)) == {LATER}
    assert done(ending) == ["device", "health_views", "owner", "recipients", "saved_stills", "tests"]
    assert (gone.host, gone.sealed_user, gone.sealed_password, gone.serial, gone.identity) == ("", "", "", "", None)
    assert (test.picture, test.report, test.address) == (None, None, "")
    assert not RefusedSecret.objects.exists()
    assert not Text.objects.filter(text__contains="lensa-terlindung.contoh.id").exists()
    assert check_chain().holds
    assert Entry.objects.filter(action="ending.finished").count() == 1


def test_the_grantors_of_a_recipient_are_told_without_the_owner_and_the_owner_last(
    site: Site, owner: User, device: Device, grantor: User
) -> None:
    withdraw_all(site=site, by=owner, now=NOW)

    do_what_is_owed(now=LATER)

    told = Notice.objects.get(user=grantor)
    assert "Kapuk" in told.body
    assert "Gambar diam pada jam tertentu" in told.body
    for private in ("Jalan Rekaan", "Warung Rekaan", "Sari", owner.name):
        assert private not in told.body
    assert Notice.objects.filter(user=owner, code="consent.closed").count() == 1


def test_of_a_vital_object_only_the_named_grantor_hears(city: City, owner: User, grantor: User) -> None:
    unit = make_person("kanit-polsek")
    give_duty(user=unit, organization=city.polsek, kind=DutyKind.GRANTOR, since=NOW - timedelta(days=1), by=None)
    other = make_person("kanit-polres")
    give_duty(user=other, organization=city.polres, kind=DutyKind.GRANTOR, since=NOW - timedelta(days=1), by=None)
    site = make_site(city, owner, kind="vital")
    Site.objects.filter(pk=site.pk).update(named_grantor=grantor)
    both = [choice(Right.LISTED, body) for body in (city.polres, city.polsek)]
    give_consents(site=site, choices=both, by=owner, now=NOW)
    withdraw_all(site=site, by=owner, now=NOW)

    do_what_is_owed(now=LATER)

    assert Notice.objects.filter(user=grantor).exists()
    assert not Notice.objects.filter(user__in=[unit, other]).exists()


def test_a_device_that_another_consent_still_needs_is_kept(
    site: Site, owner: User, device: Device, city: City
) -> None:
    give_consents(site=site, choices=[choice(Right.LIVE_IN_INCIDENT, city.polres)], by=owner, now=NOW)
    withdraw_consent(consent=site.consents.get(right=Right.LIVE_IN_INCIDENT), by=owner, now=NOW)

    assert do_what_is_owed(now=LATER) == 1

    device.refresh_from_db()
    assert device.has_secret
    assert Probe.objects.get().picture is not None


def test_a_device_that_no_consent_needs_any_more_is_erased_though_the_place_stays_listed(
    site: Site, owner: User, device: Device
) -> None:
    withdraw_consent(consent=site.consents.get(right=Right.STILL_IN_HOURS), by=owner, now=NOW)

    do_what_is_owed(now=LATER)

    device.refresh_from_db()
    assert not device.has_secret
    assert site.cameras.listed().exists()


def test_nothing_is_erased_under_a_running_test_and_all_of_it_once_it_is_over(
    site: Site, owner: User, device: Device
) -> None:
    Probe.objects.update(finished_at=None, state=ProbeState.RUNNING)
    withdraw_all(site=site, by=owner, now=NOW)

    assert do_what_is_owed(now=LATER) == 0
    ending = Ending.objects.get()
    assert done(ending) == ["device", "health_views", "recipients", "saved_stills"]
    assert not Notice.objects.filter(code="consent.closed").exists()

    Probe.objects.update(finished_at=LATER, state=ProbeState.DONE)
    assert do_what_is_owed(now=LATER + LEASE / 2) == 0, "another worker holds it"
    assert do_what_is_owed(now=LATER + LEASE) == 1
    assert done(ending) == ["device", "health_views", "owner", "recipients", "saved_stills", "tests"]


def test_it_is_done_once_however_often_the_tick_comes(site: Site, owner: User, device: Device) -> None:
    withdraw_all(site=site, by=owner, now=NOW)

    assert [do_what_is_owed(now=LATER + n * LEASE) for n in range(3)] == [1, 0, 0]

    assert Notice.objects.filter(code="consent.closed").count() == 1
    assert Entry.objects.filter(action="device.erased").count() == 1


def test_an_app_that_stumbles_keeps_the_others_from_nothing_and_shows_when_overdue(
    site: Site, owner: User, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(ending: Ending, now: datetime) -> bool:
        raise RuntimeError("a store is away")

    monkeypatch.setattr("registry.endings._of_upper_apps", {})
    owes("elsewhere", "Di tempat lain", stumbles)
    withdraw_all(site=site, by=owner, now=NOW)

    assert do_what_is_owed(now=LATER) == 0

    ending = Ending.objects.get()
    assert done(ending) == ["device", "recipients"]
    assert not Ending.objects.overdue(ending.due_at - timedelta(seconds=1)).exists()
    assert Ending.objects.overdue(ending.due_at).get() == ending


def test_erasing_the_texts_of_one_thing_leaves_those_of_others(site: Site, owner: User, device: Device) -> None:
    before = Text.objects.count()

    assert audit.erase_texts(device) == 1

    assert Text.objects.count() == before - 1
    assert check_chain().holds


def test_the_owner_s_pages_of_an_erased_device_still_open(site: Site, owner: User, device: Device) -> None:
    SettingsWork.objects.create(
        kind=WorkKind.READ,
        device=device,
        requested_by=owner,
        address="lensa-terlindung.contoh.id:80",
        state=ProbeState.DONE,
        findings=[],
        created_at=NOW,
        finished_at=NOW,
        lease_until=NOW,
    )
    withdraw_all(site=site, by=owner, now=NOW)
    do_what_is_owed(now=LATER)
    browser, page = signed_in(owner, second_factor=False), f"/mitra/perangkat/{device.public_id}/"

    assert SettingsWork.objects.get().findings is None
    for address in ("/mitra/", "/mitra/buku-tamu/", page, f"{page}ubah/", f"{page}pengaturan/"):
        answer = browser.get(address)
        assert answer.status_code in {200, 302}, address
        assert "lensa-terlindung.contoh.id" not in answer.content.decode(), address
