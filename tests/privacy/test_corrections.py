"""Correcting: at once what one typed, by an officer what he saw, and the contact only after a code."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import DutyKind
from notices.models import Notice
from privacy.errors import AlreadyAsked, NotYourDesk, PointElsewhere, ReasonNeeded
from privacy.models import SubjectRequest
from privacy.services.corrections import answer_correction, correct_camera, correct_site
from registry import geo
from registry.errors import NotYours
from registry.models import PartnerKind, Site
from tests.factories import KELURAHAN, OTHER_KELURAHAN, World, person

Fresh = Callable[..., Client]


def test_a_person_corrects_his_name_and_his_place_at_once(world: World, fresh: Fresh) -> None:
    owner = person("Salah Eja")
    site = world.site(owner=owner)
    browser = fresh(owner)

    browser.post("/mitra/data-saya/nama/", {"name": "Benar Eja"})
    address = f"/mitra/data-saya/tempat/{site.public_id}/betulkan/"
    browser.post(address, {"address": "Jalan Baru 9", "maintainer_name": "Perawat Baru", "maintainer_phone": ""})
    browser.post(f"/mitra/data-saya/mitra/{site.partner.public_id}/betulkan/", {"name": "Warung Baru"})

    owner.refresh_from_db()
    site = Site.objects.select_related("partner").get(pk=site.pk)
    assert (owner.name, site.address, site.maintainer_name) == ("Benar Eja", "Jalan Baru 9", "Perawat Baru")
    assert site.partner.name == "Warung Baru"


def test_what_an_officer_verified_is_asked_of_him_with_a_clock(world: World, fresh: Fresh) -> None:
    owner, officer = person(), world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user
    elsewhere = world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=OTHER_KELURAHAN).user
    site = world.site(owner=owner)
    world.verified(site)
    facts = {"address": "Jalan Benar 2", "maintainer_name": "Lain"}

    asked = correct_site(site=site, facts=facts, by=owner, now=world.now)

    assert asked is not None
    assert asked.due_at - asked.asked_at == timedelta(hours=72)
    site.refresh_from_db()
    assert (site.address, site.maintainer_name) == ("Jalan Uji 1", "Lain")
    assert Notice.objects.filter(user=officer, code="correction.asked").exists()
    assert not Notice.objects.filter(user=elsewhere).exists()
    with pytest.raises(AlreadyAsked):
        correct_site(site=site, facts={"address": "Jalan Lain"}, by=owner, now=world.now)
    for stranger in (owner, elsewhere):
        with pytest.raises(NotYourDesk):
            answer_correction(request=asked, accepted=True, words="", by=stranger, now=world.now)
    with pytest.raises(ReasonNeeded):
        answer_correction(request=asked, accepted=False, words=" ", by=officer, now=world.now)
    page = f"/pelindungan-data/jawab/{asked.public_id}/"
    assert fresh(officer).post(page, {"accept": "1"}).status_code == 302
    site.refresh_from_db()
    assert site.address == "Jalan Benar 2"
    assert Notice.objects.filter(user=owner, code="correction.answered").exists()


def test_of_a_vital_object_only_its_named_verifier_answers(world: World) -> None:
    owner, named = person(), world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user
    other = world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user
    protector = world.on_duty(DutyKind.PROTECTION, world.polres).user
    site = world.site(owner=owner, kind=PartnerKind.VITAL)
    site.named_verifier = named
    site.save()
    world.verified(site)

    asked = correct_site(site=site, facts={"address": "Jalan Benar 2"}, by=owner, now=world.now)

    assert asked is not None
    for stranger in (other, protector):
        with pytest.raises(NotYourDesk):
            answer_correction(request=asked, accepted=True, words="", by=stranger, now=world.now)
    answer_correction(request=asked, accepted=False, words="Keliru", by=named, now=world.now)


def test_a_stranger_corrects_nothing(world: World) -> None:
    site = world.site()
    with pytest.raises(NotYours):
        correct_site(site=site, facts={"address": "Jalan Palsu"}, by=person(), now=world.now)


def test_a_new_contact_is_taken_after_its_code_alone(world: World, fresh: Fresh) -> None:
    owner = person()
    old, browser = owner.email, fresh(owner)

    browser.post("/mitra/data-saya/kontak/", {"email": "baru@contoh.id"})
    owner.refresh_from_db()
    assert owner.email == old
    code = re.search(r"\b(\d{6})\b", mail.outbox[-1].body)
    assert code
    assert mail.outbox[-1].to == ["baru@contoh.id"]
    wrong = f"{(int(code[1]) + 1) % 1_000_000:06d}"
    assert "tidak cocok" in browser.post("/mitra/data-saya/kontak/", {"code": wrong}).content.decode()
    assert browser.post("/mitra/data-saya/kontak/", {"code": code[1]}).status_code == 302

    owner.refresh_from_db()
    assert owner.email == "baru@contoh.id"
    assert mail.outbox[-1].to == [old]


def test_after_three_wrong_codes_the_right_one_is_over_too(world: World, fresh: Fresh) -> None:
    owner = person()
    old, browser = owner.email, fresh(owner)
    browser.post("/mitra/data-saya/kontak/", {"email": "baru@contoh.id"})
    code = re.search(r"\b(\d{6})\b", mail.outbox[-1].body)
    assert code
    for _time in range(3):
        browser.post("/mitra/data-saya/kontak/", {"code": "x"})

    browser.post("/mitra/data-saya/kontak/", {"code": code[1]})

    owner.refresh_from_db()
    assert owner.email == old


def test_a_contact_of_somebody_else_is_refused_after_the_code(world: World, fresh: Fresh) -> None:
    owner, other = person(), person()
    browser = fresh(owner)
    browser.post("/mitra/data-saya/kontak/", {"email": other.email.upper()})
    code = re.search(r"\b(\d{6})\b", mail.outbox[-1].body)
    assert code

    answer = browser.post("/mitra/data-saya/kontak/", {"code": code[1]})

    assert "tidak dapat dipakai" in answer.content.decode()
    assert not SubjectRequest.objects.exists()


def test_an_old_session_changes_no_contact(world: World, fresh: Fresh) -> None:
    owner = person()
    old = fresh(owner, at=timezone.now() - timedelta(minutes=16))

    assert old.post("/mitra/data-saya/kontak/", {"email": "baru@contoh.id"}).status_code == 403
    assert not mail.outbox


def test_a_new_number_is_told_to_the_old_one_and_to_the_address(
    world: World, fresh: Fresh, settings: Any, tmp_path: Path
) -> None:
    settings.ACCOUNT_LOGIN_METHODS = {"email", "phone"}
    settings.OUTBOX = str(tmp_path)
    owner = person()
    owner.phone = "+6281234567890"
    owner.save()
    browser = fresh(owner)
    browser.post("/mitra/data-saya/kontak/", {"phone": "0812 9876 5432"})
    (asked,) = tmp_path.iterdir()
    code = re.search(r"\b(\d{6})\b", asked.read_text())
    assert code

    assert browser.post("/mitra/data-saya/kontak/", {"code": code[1]}).status_code == 302

    owner.refresh_from_db()
    assert owner.phone == "+6281298765432"
    assert [letter.to for letter in mail.outbox] == [[owner.email]]
    assert "Nomor HP akun" in mail.outbox[0].body
    told = [text.read_text() for text in tmp_path.iterdir() if text != asked]
    assert len(told) == 1
    assert told[0].startswith("To: +6281234567890\n")
    assert "6281298765432" not in told[0] + mail.outbox[0].body


def test_a_new_address_is_told_to_the_phone_too(world: World, fresh: Fresh, settings: Any, tmp_path: Path) -> None:
    settings.OUTBOX = str(tmp_path)
    owner = person()
    owner.phone = "+6281234567890"
    owner.save()
    browser = fresh(owner)
    browser.post("/mitra/data-saya/kontak/", {"email": "baru@contoh.id"})
    code = re.search(r"\b(\d{6})\b", mail.outbox[-1].body)
    assert code

    browser.post("/mitra/data-saya/kontak/", {"code": code[1]})

    (told,) = tmp_path.iterdir()
    assert "Surel akun" in told.read_text()


def test_a_point_and_a_cameras_name_are_corrected_at_once_before_a_visit(world: World, fresh: Fresh) -> None:
    owner = person()
    site = world.site(owner=owner, labels=("Gerbang", "Halaman"))
    camera, browser = site.cameras.get(label="Gerbang"), fresh(owner)
    place = f"/mitra/data-saya/tempat/{site.public_id}/betulkan/"
    own = f"/mitra/data-saya/kamera/{camera.public_id}/betulkan/"
    kept = {"address": site.address, "maintainer_name": site.maintainer_name}

    half = browser.post(place, kept | {"lat": "-6,19", "lng": ""})
    assert "Isi lintang dan bujur" in half.content.decode()
    assert browser.post(place, kept | {"lat": "-6,191111", "lng": "106,771111"}).status_code == 302
    twice = browser.post(own, {"label": "halaman"})
    assert "tidak boleh bernama sama" in twice.content.decode()
    assert browser.post(own, {"label": "Pintu depan"}).status_code == 302
    assert fresh(person()).get(own).status_code == 404

    site.refresh_from_db()
    camera.refresh_from_db()
    assert (site.lat, site.lng, camera.label) == (-6.191111, 106.771111, "Pintu depan")
    assert site.h3_r12 == geo.cells(site.lat, site.lng)["h3_r12"]


def test_a_point_and_a_cameras_name_are_asked_of_the_officer_who_saw_them(world: World, fresh: Fresh) -> None:
    owner, officer = person(), world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user
    site = world.site(owner=owner)
    world.verified(site)
    camera, before = site.cameras.get(), (site.lat, site.lng)

    moved = correct_site(site=site, facts={"lat": -6.191111, "lng": 106.771111}, by=owner, now=world.now)
    named = correct_camera(camera=camera, label="Pintu depan", by=owner, now=world.now)

    assert moved
    assert named
    site.refresh_from_db()
    camera.refresh_from_db()
    assert ((site.lat, site.lng), camera.label != "Pintu depan") == (before, True)
    page = f"/pelindungan-data/jawab/{moved.public_id}/"
    assert "-6.191111, 106.771111" in fresh(officer).get(page).content.decode()
    for asked in (moved, named):
        answer_correction(request=asked, accepted=True, words="", by=officer, now=world.now)
    site.refresh_from_db()
    camera.refresh_from_db()
    assert (site.lat, site.lng, camera.label) == (-6.191111, 106.771111, "Pintu depan")
    assert site.address == "Jalan Uji 1"


def test_a_point_in_another_kelurahan_is_another_place(world: World) -> None:
    owner = person()
    site = world.site(owner=owner)
    lat, lng = site.lat, site.lng
    around = [[lng - 0.001, lat - 0.001], [lng + 0.001, lat - 0.001], [lng + 0.001, lat + 0.001]]
    site.area.outline = [[[*around, [lng - 0.001, lat + 0.001], around[0]]]]
    site.area.save()

    with pytest.raises(PointElsewhere):
        correct_site(site=site, facts={"lat": lat + 0.01, "lng": lng}, by=owner, now=world.now)
    correct_site(site=site, facts={"lat": lat + 0.0005, "lng": lng}, by=owner, now=world.now)
