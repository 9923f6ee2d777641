"""Cases through their pages."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from access.models import Case
from access.services import tell_of_missing_numbers
from accounts.models import DutyKind, User
from audit.models import Entry
from notices.models import Notice
from registry.rights import AccessRight, Purpose, Right
from tests.access.conftest import signed_in
from tests.factories import LAT, LNG, World

pytestmark = pytest.mark.django_db
FACTS = {
    "kind": "call_110",
    "number": "",
    "place": "Simpang Uji",
    "latitude": "-6,19",
    "longitude": "106,77",
    "radius_m": "300",
}


@pytest.mark.parametrize("who", ["grantor", "stranger"])
@pytest.mark.parametrize("path", ["", "baru/"])
def test_without_a_viewing_duty_there_are_no_cases(request, who, path):
    assert request.getfixturevalue(who).get(f"/polsek/perkara/{path}").status_code == 404


def test_a_case_is_opened_with_its_number_to_follow(officer, world):
    answer = officer.post("/polsek/perkara/baru/", FACTS)

    case = Case.objects.get()
    assert answer.url == f"/polsek/perkara/{case.public_id}/"
    assert (case.lat, case.lng, case.organization) == (LAT, LNG, world.polres)
    assert "nomor menyusul" in officer.get("/polsek/perkara/").content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"radius_m": "49"},
        {"radius_m": "2001"},
        {"latitude": "91"},
        {"longitude": "nan"},
        {"place": ""},
        {"kind": "x"},
    ],
)
def test_a_wrong_answer_opens_nothing(officer, changes):
    assert officer.post("/polsek/perkara/baru/", {**FACTS, **changes}).status_code == 200
    assert not Case.objects.exists()


def test_a_case_names_the_cameras_around_it_and_what_may_be_done(officer, world):
    site = world.site()
    world.consent(site, Right.STILL_IN_INCIDENT)
    camera = world.verified(site)
    world.grant(world.kelurahan, purpose=Purpose.INCIDENT)
    far = world.site(labels=("Jauh",), lat=-6.13, lng=106.70)
    world.consent(far, Right.STILL_IN_INCIDENT)
    world.verified(far)
    officer.post("/polsek/perkara/baru/", FACTS)
    address = f"/polsek/perkara/{Case.objects.get().public_id}/"

    page = officer.get(address).content.decode()

    assert f"?kamera={camera.public_id}" in page
    assert "Melihat gambar diam" in page
    assert "Jauh" not in page
    assert site.address not in page
    assert officer.get(f"{address}peta.json").json()["features"][1:] == []

    world.grant(world.kelurahan, right=AccessRight.SEE_POSITION)

    assert site.address in officer.get(address).content.decode()
    assert len(officer.get(f"{address}peta.json").json()["features"]) == 2


def test_another_body_cannot_close_a_case(officer, world):
    case = world.case(world.viewer(world.polsek))

    assert officer.get(f"/polsek/perkara/{case.public_id}/").status_code == 200
    assert officer.post(f"/polsek/perkara/{case.public_id}/tutup/").status_code == 404


def test_a_sister_body_cannot_read_a_case(world):
    case = world.case(world.viewer(world.polsek))
    sister = world._body("Polsek Lain", "polsek", "31.73.06", world.polres)
    client = signed_in(world.viewer(sister).user)

    assert client.get(f"/polsek/perkara/{case.public_id}/").status_code == 404


def test_a_number_that_followed_is_noted_once(officer, world):
    officer.post("/polsek/perkara/baru/", FACTS)
    address = f"/polsek/perkara/{Case.objects.get().public_id}/"

    officer.post(f"{address}nomor/", {"number": ""})
    assert Case.objects.get().number == ""
    officer.post(f"{address}nomor/", {"number": "LP/B/7/XI/2026"})
    again = officer.post(f"{address}nomor/", {"number": "Lain"}, follow=True)

    assert Case.objects.get().number == "LP/B/7/XI/2026"
    assert "sudah bernomor" in again.content.decode()
    others = signed_in(world.viewer(world.polsek).user)
    assert others.post(f"{address}nomor/", {"number": "x"}).status_code == 404


def test_closing_asks_first_and_happens_once(officer, world):
    officer.post("/polsek/perkara/baru/", FACTS)
    address = f"/polsek/perkara/{Case.objects.get().public_id}/tutup/"
    assert officer.get(address).status_code == 200
    assert Case.objects.get().closed_at is None

    officer.post(address)

    assert Case.objects.get().closed_at is not None
    assert "sudah ditutup" in officer.post(address, follow=True).content.decode()


def test_a_second_person_lets_a_case_run_on(officer, world):
    officer.post("/polsek/perkara/baru/", FACTS)
    case = Case.objects.get()
    address = f"/polsek/perkara/{case.public_id}/"
    assert "Perpanjang" not in officer.get(address).content.decode()

    refused = officer.post(f"{address}perpanjang/", follow=True)

    assert "tidak dapat memperpanjangnya" in refused.content.decode()
    case.refresh_from_db()
    assert case.extended_at is None
    Case.objects.update(until=timezone.now() + timedelta(minutes=5))

    colleague = signed_in(world.viewer().user)
    assert "Perpanjang" in colleague.get(address).content.decode()
    colleague.post(f"{address}perpanjang/")

    case.refresh_from_db()
    assert case.until - case.extended_at == settings.CASE_LASTS
    assert case.extended_by != case.opened_by
    assert Entry.objects.get(action="case.extended").actor == case.extended_by


def test_the_body_above_extends_and_a_unit_does_not(officer, world):
    of_the_unit = world.case(world.viewer(world.polsek))
    of_the_polres = world.case(world.viewer())
    unit = signed_in(world.viewer(world.polsek).user)

    officer.post(f"/polsek/perkara/{of_the_unit.public_id}/perpanjang/")
    assert unit.post(f"/polsek/perkara/{of_the_polres.public_id}/perpanjang/").status_code == 404

    of_the_unit.refresh_from_db()
    of_the_polres.refresh_from_db()
    assert (of_the_unit.extended_at is None, of_the_polres.extended_at is None) == (False, True)


@pytest.mark.parametrize("over", ["closed", "its time"])
def test_what_is_over_runs_no_further(officer, world, over):
    case = world.case(world.viewer())
    if over == "closed":
        Case.objects.update(closed_at=world.now, closed_by=case.opened_by)
    else:
        Case.objects.update(until=world.now)

    page = officer.post(f"/polsek/perkara/{case.public_id}/perpanjang/", follow=True).content.decode()

    assert "sudah ditutup atau lewat waktunya" in page
    assert Case.objects.get().extended_at is None


def test_the_database_knows_that_it_takes_a_second_person(world):
    case = world.case(world.viewer())

    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.update(extended_at=world.now, extended_by=case.opened_by)


@pytest.fixture
def unnumbered(world: World) -> Case:
    """Opened more than a day ago by somebody of the Polsek, and still without a number."""
    case = world.case(world.viewer(world.polsek))
    began = world.now - settings.CASE_NUMBER_FOLLOWS
    Case.objects.update(number="", opened_at=began, until=began + settings.CASE_LASTS)
    case.refresh_from_db()
    return case


def told() -> set[User]:
    return {notice.user for notice in Notice.objects.filter(code="case.number_missed")}


def test_a_number_that_does_not_follow_goes_to_the_supervisors_once(world, unnumbered):
    here = world.on_duty(DutyKind.SUPERVISOR, world.polsek).user
    above = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    world.on_duty(DutyKind.SUPERVISOR, world._body("Polsek Lain", "polsek", "31.73.06", world.polres))

    assert tell_of_missing_numbers(now=world.now) == 1
    assert tell_of_missing_numbers(now=world.now) == 0

    assert told() == {here, above}
    assert Notice.objects.filter(code="case.number_missed").count() == 2
    assert Entry.objects.filter(action="case.number_missed").count() == 1
    assert unnumbered.place in signed_in(above).get("/pengawas/").content.decode()


def test_without_a_supervisor_it_stays_owed_and_nobody_judges_himself(world, unnumbered):
    world.on_duty(DutyKind.SUPERVISOR, world.polsek, user=unnumbered.opened_by)
    assert tell_of_missing_numbers(now=world.now) == 0

    supervisor = world.on_duty(DutyKind.SUPERVISOR, world.polres).user

    assert tell_of_missing_numbers(now=world.now) == 1
    assert told() == {supervisor}


@pytest.mark.parametrize("fine", ["numbered", "young"])
def test_what_has_its_number_or_its_time_is_nobodys_business(world, unnumbered, fine):
    world.on_duty(DutyKind.SUPERVISOR, world.polres)
    if fine == "numbered":
        Case.objects.update(number="110/9")
    else:
        Case.objects.update(opened_at=world.now - settings.CASE_NUMBER_FOLLOWS + timedelta(seconds=1))

    assert tell_of_missing_numbers(now=world.now) == 0
    assert told() == set()


@pytest.mark.parametrize("wrong", [{"place": ""}, {"radius_m": "1"}])
def test_a_position_that_was_typed_stays(officer, wrong):
    page = officer.post("/polsek/perkara/baru/", {**FACTS, **wrong}).content.decode()

    assert 'value="-6,19"' in page
    assert 'value="106,77"' in page
    # A field that says autocomplete="off" is emptied by the browser on the way back.
    assert 'autocomplete="off"' not in page
