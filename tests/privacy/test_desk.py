"""The desk of whoever protects data: clocks, record of processing, breach register."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import DutyKind, User
from audit.models import Entry, Text
from notices.models import Notice
from privacy.duties import requests_kept_by
from privacy.errors import AlreadyTold, NotYourDesk
from privacy.models import Breach
from privacy.record import FIELDS, line_of, lines
from privacy.services.breaches import cancel_breach
from privacy.services.erasures import ask_to_erase_partner
from privacy.services.protection import begin_telling, note_breach, remind_of_overdue, tell_subjects, write_line
from registry.models import PartnerKind
from tests.factories import CITY, KELURAHAN, World, person

Fresh = Callable[..., Client]


def breach(world: World, by: object) -> Breach:
    facts = {"title": "Bocor", "happened_at": world.now - timedelta(hours=5), "known_at": world.now}
    facts |= {"data": "alamat surel", "how": "salah kirim", "measures": "ditarik", "area_code": KELURAHAN}
    return note_breach(facts=facts, by=by, now=world.now)  # type: ignore[arg-type]


def test_what_is_overdue_stands_first_and_is_told_once(world: World, fresh: Fresh) -> None:
    protector, owner = world.on_duty(DutyKind.PROTECTION, world.polres).user, person()
    site = world.site(owner=owner)
    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)
    later = world.now + timedelta(hours=73)

    assert remind_of_overdue(now=world.now) == 0
    assert remind_of_overdue(now=later) == 1
    remind_of_overdue(now=later)

    assert Notice.objects.filter(user=protector, code="privacy.overdue").count() == 1
    page = fresh(protector).get("/pelindungan-data/").content.decode()
    assert "Hapus data" in page
    assert "Jalan Uji" not in page
    assert asked.is_overdue(later)


def test_vital_objects_do_not_exist_there(world: World) -> None:
    protector, owner = world.on_duty(DutyKind.PROTECTION, world.polres).user, person()
    site = world.site(owner=owner, kind=PartnerKind.VITAL)
    ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)

    assert not requests_kept_by(protector, world.now).exists()


def test_the_record_is_whole_and_a_change_is_a_new_version(world: World) -> None:
    protector = world.on_duty(DutyKind.PROTECTION, world.polres).user
    assert all(getattr(line, name) for line in lines() for name in FIELDS)
    before = line_of("akun")
    assert before is not None
    words = {name: getattr(before, name) for name in FIELDS} | {"retention": "Dua tahun."}

    write_line(code="akun", words=words, by=protector, now=world.now)

    after = line_of("akun")
    assert after is not None
    assert (after.version, after.retention) == (2, "Dua tahun.")
    with pytest.raises(NotYourDesk):
        write_line(code="akun", words=words | {"name": "x"}, by=person(), now=world.now)


def test_a_breach_has_72_hours_from_when_it_was_known_and_everybody_is_told_once(world: World) -> None:
    protector, owner = world.on_duty(DutyKind.PROTECTION, world.polres).user, person()
    world.site(owner=owner)
    elsewhere = person()
    world.site(owner=elsewhere, kelurahan=world.other_kelurahan)
    row = breach(world, protector)

    assert row.due_at - row.known_at == timedelta(hours=72)
    assert tell_subjects(now=world.now) == 0
    begin_telling(breach=row, by=protector, now=world.now)
    assert tell_subjects(now=world.now) == 1
    assert tell_subjects(now=world.now) == 0
    with pytest.raises(AlreadyTold):
        begin_telling(breach=row, by=protector, now=world.now)

    letter = Notice.objects.get(user=owner, code="breach.told")
    for words in ("alamat surel", "salah kirim", "ditarik"):
        assert words in letter.body
    assert not Notice.objects.filter(user=elsewhere, code="breach.told").exists()
    row.refresh_from_db()
    assert (row.subjects_told, bool(row.subjects_told_at), row.is_told) == (1, True, False)


def test_the_register_is_kept_through_its_pages(world: World, fresh: Fresh) -> None:
    browser = fresh(world.on_duty(DutyKind.PROTECTION, world.polres).user)
    now = timezone.localtime()
    sent = {
        "title": "Laptop hilang",
        "happened_at": f"{now - timedelta(hours=3):%Y-%m-%dT%H:%M}",
        "known_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "data": "nama",
        "how": "dicuri",
        "measures": "dikunci",
        "area_code": CITY,
    }

    early = browser.post("/pelindungan-data/pelanggaran/", sent | {"happened_at": f"{now:%Y-%m-%dT%H:%M}"})
    assert "Tidak mungkin diketahui sebelum terjadi" in early.content.decode()
    answer = browser.post("/pelindungan-data/pelanggaran/", sent)

    assert answer.status_code == 302
    row = Breach.objects.get()
    page = answer["Location"]
    assert "Beri tahu paling lambat" in browser.get(page).content.decode()
    browser.post(page, {"letter": "B/7/XI/2026"})
    browser.post(f"{page}beri-tahu/")
    row.refresh_from_db()
    assert row.authority_letter == "B/7/XI/2026"
    assert row.telling_since


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("happened_at", "0001-01-01T00:00", "Tulis tahun 2020"),
        ("known_at", "0001-01-01T00:00", "Tulis tahun 2020"),
        ("happened_at", "9999-12-31T23:59", "Tulis tahun yang benar"),
        ("happened_at", "2098-01-01T00:00", "Tulis kapan itu terjadi"),
        ("known_at", "2098-01-01T00:00", "Tulis kapan Anda mengetahuinya"),
        ("known_at", "2021-01-01T00:00", "Tidak mungkin diketahui sebelum terjadi"),
    ],
)
def test_no_breach_at_an_impossible_time(world: World, fresh: Fresh, field: str, typed: str, said: str) -> None:
    browser = fresh(world.on_duty(DutyKind.PROTECTION, world.polres).user)
    sent = {"title": "x", "data": "x", "how": "x", "measures": "x", "area_code": CITY}
    sent |= {"happened_at": "2026-01-01T00:00", "known_at": "2026-01-02T00:00"}

    answer = browser.post("/pelindungan-data/pelanggaran/", sent | {field: typed})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Breach.objects.exists()


def told(world: World, protector: User) -> Breach:
    row = breach(world, protector)
    begin_telling(breach=row, by=protector, now=world.now)
    tell_subjects(now=world.now)
    row.refresh_from_db()
    return row


def test_an_entry_is_corrected_with_a_reason_and_the_trail_keeps_what_it_said(world: World, fresh: Fresh) -> None:
    protector = world.on_duty(DutyKind.PROTECTION, world.polres).user
    owner = person()
    world.site(owner=owner)
    row, browser = told(world, protector), fresh(protector)
    page = f"/pelindungan-data/pelanggaran/{row.public_id}/"
    local = timezone.localtime(row.known_at)
    sent = {name: getattr(row, name) for name in ("title", "data", "measures", "area_code")}
    sent |= {"happened_at": f"{local - timedelta(hours=9):%Y-%m-%dT%H:%M}", "how": "dicuri"}
    sent |= {"known_at": f"{local - timedelta(hours=6):%Y-%m-%dT%H:%M}"}

    assert "Tulis alasannya" in browser.post(f"{page}betulkan/", sent).content.decode()
    assert browser.post(f"{page}betulkan/", sent | {"why": "Polisi menemukannya"}).status_code == 302

    row.refresh_from_db()
    assert row.how == "dicuri"
    assert row.due_at == row.known_at + timedelta(hours=72)
    entry = Entry.objects.get(action="breach.amended")
    assert set(Text.objects.filter(entry=entry).values_list("field", "text")) >= {
        ("how", "salah kirim"),
        ("why", "Polisi menemukannya"),
    }
    later = timezone.now()
    begin_telling(breach=row, by=protector, now=later)
    assert tell_subjects(now=later) == 1, "they are told anew of what was corrected"
    assert Notice.objects.filter(user=owner, code="breach.told").count() == 2


def test_a_cancelled_entry_stays_with_its_reason_and_is_owed_no_more(world: World, fresh: Fresh) -> None:
    protector = world.on_duty(DutyKind.PROTECTION, world.polres).user
    world.site(owner=person())
    row, browser = breach(world, protector), fresh(protector)
    page = f"/pelindungan-data/pelanggaran/{row.public_id}/"

    assert browser.post(f"{page}betulkan/", {"cancel": ""}).status_code == 200
    assert browser.post(f"{page}betulkan/", {"cancel": "", "why": "Latihan"}).status_code == 302

    row.refresh_from_db()
    assert row.cancelled_at
    assert "Latihan" in browser.get(page).content.decode()
    assert not row.is_overdue(world.now + timedelta(hours=73))
    assert remind_of_overdue(now=world.now + timedelta(hours=73)) == 0
    with pytest.raises(AlreadyTold):
        begin_telling(breach=row, by=protector, now=world.now)
    assert "sudah dibatalkan" in browser.post(f"{page}betulkan/", {"cancel": "", "why": "x"}).content.decode()


def test_only_whoever_protects_data_changes_an_entry(world: World) -> None:
    protector = world.on_duty(DutyKind.PROTECTION, world.polres).user
    row = breach(world, protector)

    with pytest.raises(NotYourDesk):
        cancel_breach(breach=row, why="x", by=person(), now=world.now)


def test_the_page_says_whom_a_letter_reached_and_whom_it_could_not(world: World, fresh: Fresh) -> None:
    protector = world.on_duty(DutyKind.PROTECTION, world.polres).user
    reached, waiting, phone_only, vital = person(), person(), person("Tanpa Surel"), person("Milik Vital")
    phone_only.email, phone_only.phone = None, "+6281234567890"
    phone_only.save()
    vital.email = None
    vital.phone = "+6281234567891"
    vital.save()
    for owner in (reached, waiting, phone_only):
        world.site(owner=owner)
    world.site(owner=vital, kind=PartnerKind.VITAL)
    row = told(world, protector)
    Notice.objects.filter(user=reached, code="breach.told").update(mailed_at=world.now)

    page = fresh(protector).get(f"/pelindungan-data/pelanggaran/{row.public_id}/").content.decode()

    for words in ("bagi 3 orang", "Surat terkirim: 1", "dalam perjalanan: 1", "Tidak terjangkau surat: 1"):
        assert words in page
    assert "Tanpa Surel, +6281234567890" in page
    assert "Milik Vital" not in page
    assert "Semua sudah diberi tahu" not in page


def test_the_letter_to_the_authority_is_a_letter(world: World, fresh: Fresh, settings: Any) -> None:
    settings.DATA_PROTECTION_AUTHORITY = "Lembaga Uji"
    protector = world.on_duty(DutyKind.PROTECTION, world.polres).user
    row = breach(world, protector)
    page = f"/pelindungan-data/pelanggaran/{row.public_id}/"
    browser = fresh(protector)
    browser.post(page, {"letter": "B/9/XI/2026"})

    letter = browser.get(page).content.decode().partition("<article")[2]

    for words in (str(world.polres), "Lembaga Uji", "B/9/XI/2026", "Perihal", "alamat surel", str(protector.email)):
        assert words in letter
