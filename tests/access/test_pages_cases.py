"""Cases through their pages."""

import pytest

from access.models import Case
from registry.rights import AccessRight, Purpose, Right
from tests.access.conftest import signed_in
from tests.factories import LAT, LNG

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

    assert f"/pusat-komando/kamera/{camera.public_id}/" in page
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
