"""The demo's data, its links and its pages."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from access.models import Grant
from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from accounts.phones import parse_phone
from accounts.services import end_duty
from audit.checking import check_chain
from demo import data, devices_shown, fleet, grid, people, places
from demo.faults import read_fault
from demo.links import persona_of, sign_in_links
from demo.management.commands.demo_links import Command as DemoLinks
from onboarding.queries import verification_queue
from registry.geo import point_in_outline
from registry.models import Area, AreaLevel, Camera, Consent, Partner, PartnerKind, Site

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls"), pytest.mark.slow]


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[data.Seeded]:
    """The demo's data, written once for all tests here; what each of them adds goes with its own savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield data.seed(timezone.now())
        transaction.set_rollback(True)


def test_areas_are_the_whole_city_and_marked_schematic(seeded: data.Seeded) -> None:
    levels = [
        Area.objects.filter(level=level).count()
        for level in (AreaLevel.CITY, AreaLevel.KECAMATAN, AreaLevel.KELURAHAN)
    ]

    assert levels == [1, 8, 56]
    assert not Area.objects.filter(schematic=False).exists()


def test_kelurahan_cells_tile_their_kecamatan_without_overlap(seeded: data.Seeded) -> None:
    cells = list(Area.objects.kelurahan().select_related("parent"))

    for area in cells:
        holders = [other.code for other in cells if point_in_outline(other.outline, area.lat, area.lng)]
        assert holders == [area.code]
        assert point_in_outline(area.parent.outline, area.lat, area.lng)
    for kecamatan in Area.objects.filter(level=AreaLevel.KECAMATAN):
        parts = sum(_size(area.outline) for area in cells if area.parent_id == kecamatan.pk)
        assert parts == pytest.approx(_size(kecamatan.outline), rel=1e-3)


def test_seeding_again_adds_nothing_and_keeps_what_people_changed(seeded: data.Seeded) -> None:
    officer = User.objects.get(email=people.OFFICER.email)
    duty = Duty.objects.get(user=officer, kind=DutyKind.VERIFIER)
    end_duty(duty=duty, by=None, now=timezone.now())
    Area.objects.filter(code=places.KALIDERES).update(name="Diubah", schematic=False)
    Organization.objects.filter(kind=OrganizationKind.POLRES).update(name="Polres lain")
    Partner.objects.filter(kind=PartnerKind.VITAL).update(name="Nama lain")
    Grant.objects.update(revoked_at=timezone.now(), revoked_by=officer)
    before = _counts()

    again = data.seed(timezone.now() + timedelta(days=3))

    assert again == data.Seeded(0, 0, 0, 0)
    assert _counts() == before
    assert not Duty.objects.filter(user=officer, kind=DutyKind.VERIFIER, ended_at__isnull=True).exists()
    assert Area.objects.get(code=places.KALIDERES).name == "Diubah"
    assert not Grant.objects.filter(revoked_at__isnull=True).exists()


def test_bodies_and_duties_are_those_of_the_programme(seeded: data.Seeded) -> None:
    polres = Organization.objects.get(kind=OrganizationKind.POLRES)
    verifiers = Duty.objects.filter(kind=DutyKind.VERIFIER)

    assert polres.units.filter(kind=OrganizationKind.POLSEK).count() == 8
    assert {duty.area_code for duty in verifiers} == set(
        Area.objects.kelurahan()
        .filter(parent__code__in=[places.KEBON_JERUK, places.KALIDERES])
        .values_list("code", flat=True)
    )
    for duty in verifiers:
        assert Duty.objects.filter(user=duty.user, kind=DutyKind.VIEWER, organization=duty.organization).exists()
        assert not Duty.objects.filter(user=duty.user, kind=DutyKind.GRANTOR).exists()


def test_owners_are_of_every_kind_and_at_every_stage_but_never_connected(seeded: data.Seeded) -> None:
    now = timezone.now()

    assert set(Partner.objects.values_list("kind", flat=True)) == set(PartnerKind.values)
    assert Camera.objects.verified(now).count() >= 15
    assert Camera.objects.verified(now).filter(verified_until__lt=now + timedelta(days=30)).exists()
    assert Camera.objects.listed().filter(verified_at=None).count() >= 15
    assert Camera.objects.filter(withdrawn_at__isnull=False).exists()
    assert Camera.objects.filter(paused_until__gt=now).exists()
    assert not Camera.objects.exclude(device=None, connected_at=None).exists()
    assert not Consent.objects.filter(signed_at__gt=now).exists()
    assert verification_queue(User.objects.get(email=people.OFFICER.email), now).exists()


def test_sites_lie_in_their_kelurahan(seeded: data.Seeded) -> None:
    for site in Site.objects.select_related("area"):
        assert point_in_outline(site.area.outline, site.lat, site.lng), site


def test_the_audit_chain_holds_after_seeding(seeded: data.Seeded) -> None:
    assert check_chain().holds


def test_phones_of_the_demo_are_valid_and_of_one_invented_range(seeded: data.Seeded) -> None:
    for phone in User.objects.exclude(phone=None).values_list("phone", flat=True):
        assert parse_phone(phone) == phone
        assert phone.startswith("+6281200000")


# --- links ---------------------------------------------------------------------------------------------------


def test_each_link_signs_in_once_with_the_second_factor(seeded: data.Seeded) -> None:
    links = sign_in_links("http://127.0.0.1:8000/")

    # The neighbour comes with the cameras that really answer: `demo.live`.
    assert list(links) == [role for role in people.ROLES if role != people.NEIGHBOUR.role]
    for role, link in links.items():
        first, second = Client(), Client()
        answer = first.get(urlsplit(link).path)
        again = second.get(urlsplit(link).path)

        assert (answer.status_code, answer["Location"]) == (302, "/mulai/")
        assert first.session["_auth_user_id"] == str(persona_of(role).pk)
        assert [record["method"] for record in first.session["account_authentication_methods"]] == ["mfa"]
        assert again.status_code == 410
        assert "_auth_user_id" not in second.session


def test_asking_a_link_for_its_head_does_not_use_it_up(seeded: data.Seeded) -> None:
    link = urlsplit(sign_in_links("http://127.0.0.1:8000")["owner"])

    head = Client().head(link.path)

    assert head.status_code == 405
    assert Client().get(link.path).status_code == 302


def test_an_inactive_persona_has_no_link(seeded: data.Seeded) -> None:
    User.objects.filter(email=people.OFFICER.email).update(is_active=False)

    assert "officer" not in sign_in_links("http://127.0.0.1:8000")


def test_the_links_command_prints_lines_and_json(seeded: data.Seeded) -> None:
    lines, as_json = StringIO(), StringIO()

    call_command(DemoLinks(), base_url="http://127.0.0.1:9000", stdout=lines)
    call_command(DemoLinks(), "--json", stdout=as_json)

    roles = [role for role in (*people.ROLES, *people.MORE_ROLES) if role != people.NEIGHBOUR.role]
    assert [line.split()[:2] for line in lines.getvalue().splitlines()] == [["sign-in", role] for role in roles]
    assert list(json.loads(as_json.getvalue())) == roles


# --- pages ---------------------------------------------------------------------------------------------------


def test_the_mail_box_shows_the_newest_message_first(client: Client, settings, tmp_path) -> None:
    settings.OUTBOX = str(tmp_path)
    (tmp_path / "1.text").write_text("To: +6281200000001\n\nKode masuk 111111\n")
    (tmp_path / "2.eml").write_text("To: petugas@contoh.id\nSubject: Kode <b>masuk</b>\n\nKode 222222\n")
    (tmp_path / "3.text").write_text("")

    page = client.get("/peragaan/kotak-surat/").content.decode()

    assert page.index("222222") < page.index("111111")
    assert "&lt;b&gt;masuk" in page


def test_the_mail_box_without_a_folder_is_empty(client: Client, settings) -> None:
    settings.OUTBOX = ""

    assert client.get("/peragaan/kotak-surat/").status_code == 200


def test_a_sign_is_held_up_and_taken_away(client: Client, settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path
    sign = devices_shown.spec_named("good").sign_path

    client.post("/peragaan/kamera/good/", {"text": "4821"})
    held = sign.read_text()
    client.post("/peragaan/kamera/good/", {"text": "../../\x00"})
    kept = sign.read_text()
    client.post("/peragaan/kamera/good/", {"text": ""})

    assert (held, kept, sign.exists()) == ("4821", "4821", False)
    assert client.post("/peragaan/kamera/nothing/", {"text": "1"}).status_code == 404


def test_a_device_is_spoilt_and_mended(client: Client, settings, tmp_path, monkeypatch) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(fleet, "is_answering", lambda spec: False)
    sign = devices_shown.spec_named("recorder").sign_path

    for fault in ("off", "black", "../../../etc/passwd", "off\x00"):
        client.post("/peragaan/kamera/recorder/gangguan/", {"fault": fault})
    spoilt, page = read_fault(sign), client.get("/peragaan/kamera/").content.decode()
    client.post("/peragaan/kamera/recorder/gangguan/", {"fault": ""})

    assert (spoilt, read_fault(sign)) == ("black", "")
    assert page.count('value="black" selected') == 1
    assert client.post("/peragaan/kamera/nothing/gangguan/", {"fault": "off"}).status_code == 404


def test_the_camera_page_hides_a_password_from_the_environment(
    client: Client, settings, tmp_path, monkeypatch
) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(fleet, "is_answering", lambda spec: False)
    monkeypatch.setenv(fleet.PASSWORD_VARIABLE, "burung-kenari-7")

    page = client.get("/peragaan/kamera/").content.decode()

    assert "burung-kenari-7" not in page
    assert fleet.OTHER_PASSWORD in page


# --- streets -------------------------------------------------------------------------------------------------


def test_every_kelurahan_has_streets_and_buildings_in_a_small_answer(client: Client, seeded: data.Seeded) -> None:
    for code in Area.objects.kelurahan().values_list("code", flat=True):
        answer = client.get("/peragaan/peta/jalan.json", {"kelurahan": code})
        kinds = {feature["properties"]["kind"] for feature in answer.json()["features"]}

        assert kinds == {"street", "building"}
        assert len(answer.content) <= grid.LARGEST_ANSWER


def test_streets_within_a_box_stay_small(client: Client, seeded: data.Seeded) -> None:
    for bbox, some in [
        ("", True),
        ("106.76,-6.2,106.77,-6.19", True),
        ("-180,-90,180,90", True),
        ("0,0,1,1", False),
    ]:
        answer = client.get("/peragaan/peta/jalan.json", {"bbox": bbox})

        assert answer.status_code == 200
        assert bool(answer.json()["features"]) is some
        assert answer.json()["skematis"] is True
        assert len(answer.content) <= grid.LARGEST_ANSWER


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "nan,0,1,1", "3,0,1,1", "1,2,3,4,5", "inf,0,inf,1"])
def test_a_broken_box_is_a_clear_error(client: Client, bbox: str) -> None:
    assert client.get("/peragaan/peta/jalan.json", {"bbox": bbox}).status_code == 400


def test_streets_are_cached_by_their_content(client: Client, seeded: data.Seeded) -> None:
    first = client.get("/peragaan/peta/jalan.json", {"kelurahan": "31.73.05.1001"})
    again = client.get(
        "/peragaan/peta/jalan.json", {"kelurahan": "31.73.05.1001"}, headers={"If-None-Match": first["ETag"]}
    )

    assert "max-age" in first["Cache-Control"]
    assert again.status_code == 304
    assert client.get("/peragaan/peta/jalan.json", {"kelurahan": "31.73"}).status_code == 404


def _size(outline: list) -> float:
    ring = outline[0][0]
    return abs(sum(one[0] * two[1] - two[0] * one[1] for one, two in itertools.pairwise(ring))) / 2


def _counts() -> list[int]:
    return [
        table.objects.count() for table in (Area, Organization, User, Duty, Partner, Site, Camera, Consent, Grant)
    ]
