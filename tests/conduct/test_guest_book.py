"""Buku Tamu Kamera: what an entry says, the filters, the months and weeks, and the file."""

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from access.models import Look
from accounts.models import DutyKind, User
from conduct.cells import plain_cell
from conduct.models import Question
from registry.models import PersonRole
from registry.services import give_role
from tests.access.conftest import signed_in
from tests.factories import person

pytestmark = pytest.mark.django_db

PAGE, FILE = "/mitra/buku-tamu/", "/mitra/buku-tamu/buku-tamu.csv"
WIB = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def owner(camera) -> User:
    return camera.site.partner.people.get()


@pytest.fixture
def browser(owner) -> Client:
    return signed_in(owner)


def shown(browser: Client, query: str = "") -> list[Look]:
    return list(browser.get(f"{PAGE}?{query}").context["page"].object_list)


def lines(browser: Client, query: str = "") -> list[list[str]]:
    answer = browser.get(f"{FILE}?{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


# --- an entry ------------------------------------------------------------------------------------------------


def test_an_entry_says_all_but_who_looked(world, looked, browser):
    case = world.case(world.viewer())
    look = looked(case=case, emergency=True, stills_shown=4, stills_saved=1)
    type(look.viewer).objects.filter(pk=look.viewer_id).update(name="Nama Petugas Rahasia")

    page = browser.get(PAGE).content.decode()
    file = browser.get(FILE).content.decode()

    for text in (page, file):
        assert "Nama Petugas Rahasia" not in text
        for words in (look.organization.name, str(look.reason), str(case), look.camera.label):
            assert words in text
    for words in ("akses darurat", "3 menit", "4 gambar dilihat"):
        assert words in page


def test_the_looks_of_others_are_in_neither(world, looked, browser):
    looked()
    other = world.verified(world.site(labels=("Lensa lain",)))
    looked(camera=other)

    assert [look.camera_id for look in shown(browser)] != [other.pk]
    assert len(shown(browser)) == 1
    assert len(lines(browser)) == 2
    assert signed_in(person()).get(PAGE).context["page"].paginator.count == 0


# --- the filters ---------------------------------------------------------------------------------------------


def test_each_filter_lets_through_what_it_says(world, looked, owner, browser):
    second = world.verified(world.site(owner=owner, labels=("Belakang",)))
    polsek = looked()
    polres = looked(duty=world.on_duty(DutyKind.VIEWER, world.polres), at=world.now - timedelta(hours=3))
    behind = looked(camera=second, at=world.now - timedelta(hours=4))
    urgent = looked(case=world.case(world.viewer()), emergency=True, at=world.now - timedelta(hours=5))
    saved = looked(stills_saved=2, at=world.now - timedelta(hours=6))
    asked = looked(at=world.now - timedelta(hours=7))
    for asker in (owner, person()):
        Question.objects.create(
            look=asked, asked_by=asker, text="?", asked_at=world.now, due_at=world.now + timedelta(days=7)
        )

    assert shown(browser) == [polsek, polres, behind, urgent, saved, asked]
    assert shown(browser, f"tempat=s:{second.site.public_id}") == [behind]
    assert shown(browser, f"tempat=k:{second.public_id}") == [behind]
    assert shown(browser, f"lembaga={world.polres.public_id}") == [polres]
    assert shown(browser, "darurat=on") == [urgent]
    assert shown(browser, "tersimpan=on") == [saved]
    assert shown(browser, "ditanyakan=on") == [asked]
    assert shown(browser, f"darurat=on&lembaga={world.polres.public_id}") == []


def test_days_are_whole_days_of_jakarta(looked, browser):
    late = looked(at=datetime(2026, 3, 9, 23, 59, 30, tzinfo=WIB))
    early = looked(at=datetime(2026, 3, 10, 0, 0, 0, tzinfo=WIB))

    assert shown(browser, "dari=2026-03-10&sampai=2026-03-10") == [early]
    assert shown(browser, "dari=2026-03-09&sampai=2026-03-09") == [late]
    assert shown(browser, "sampai=2026-03-10") == [early, late]


def test_a_question_of_another_person_is_not_told(world, looked, browser):
    look = looked()
    Question.objects.create(
        look=look, asked_by=person(), text="Rahasia orang", asked_at=world.now, due_at=world.now + timedelta(days=7)
    )

    assert "Rahasia orang" not in browser.get(PAGE).content.decode()
    assert "Rahasia orang" not in browser.get(FILE).content.decode()
    assert shown(browser, "ditanyakan=on") == []


@pytest.mark.parametrize(
    "query",
    [
        "dari=kemarin",
        "dari=0001-01-01",
        "sampai=9999-12-31",
        "dari=2026-03-10&sampai=2026-03-09",
        "tempat=k:00000000-0000-0000-0000-000000000000",
        "lembaga=1",
        "lembaga=%00",
        "baris=7",
    ],
)
def test_a_filter_that_cannot_be_read_is_said_and_shows_nothing(looked, browser, query):
    looked()

    page = browser.get(f"{PAGE}?{query}")
    file = browser.get(f"{FILE}?{query}")

    assert page.context["page"].paginator.count == 0
    assert "data-error-summary" in page.content.decode()
    assert file.status_code == 302
    assert file["Location"].startswith(f"{PAGE}?")


def test_nothing_found_is_told_apart_from_nothing_there(looked, browser):
    assert "Belum ada yang melihat kamera Anda." in browser.get(PAGE).content.decode()

    looked()

    page = browser.get(f"{PAGE}?darurat=on").content.decode()
    assert "Tidak ada kunjungan yang cocok" in page
    assert "Hapus saringan" in page


def test_pages_keep_the_filter_and_have_the_size_asked_for(world, looked, browser):
    duty = world.on_duty(DutyKind.VIEWER, world.polsek)
    for minutes in range(60):
        looked(duty=duty, at=world.now - timedelta(hours=2, minutes=minutes), stills_saved=1)

    assert len(shown(browser)) == 25
    assert len(shown(browser, "baris=50")) == 50
    page = browser.get(f"{PAGE}?tersimpan=on&baris=50").content.decode()
    assert "?tersimpan=on&amp;baris=50&amp;page=2" in page
    assert len(shown(browser, "tersimpan=on&baris=50&page=2")) == 10


def test_the_book_asks_no_more_for_more_entries(world, looked, browser, django_assert_max_num_queries):
    duty = world.on_duty(DutyKind.VIEWER, world.polsek)
    looked(duty=duty)
    with django_assert_max_num_queries(100) as one:
        browser.get(PAGE)
    for minutes in range(20):
        looked(duty=duty, at=world.now - timedelta(hours=2, minutes=minutes))

    with django_assert_max_num_queries(len(one)):
        browser.get(PAGE)


# --- months and weeks ----------------------------------------------------------------------------------------


def test_a_month_says_how_often_and_by_how_many_bodies(world, looked, browser):
    polres = world.on_duty(DutyKind.VIEWER, world.polres)
    looked(at=datetime(2026, 3, 1, 0, 10, tzinfo=WIB))  # The evening before in UTC.
    looked(at=datetime(2026, 3, 8, 9, 0, tzinfo=WIB))
    looked(at=datetime(2026, 3, 9, 9, 0, tzinfo=WIB), duty=polres)
    looked(at=datetime(2026, 2, 28, 9, 0, tzinfo=WIB))

    answer = browser.get(f"{PAGE}?sampai=2026-03-15")

    assert [(month.first.isoformat(), month.looks, month.bodies) for month in answer.context["months"]] == [
        ("2026-03-01", 3, 2),
        ("2026-02-01", 1, 1),
    ]
    text = " ".join(answer.content.decode().split())
    assert "<strong>Maret 2026</strong>: 3 kunjungan, 2 badan" in text


def test_the_weeks_are_drawn_by_their_numbers(looked, browser):
    for day in (2, 8, 9):  # Monday and Sunday of one week, Monday of the next.
        looked(at=datetime(2026, 3, day, 12, 0, tzinfo=WIB))

    bars = browser.get(f"{PAGE}?sampai=2026-03-15").context["bars"]

    assert len(bars) == 12
    assert [(bar.first.isoformat(), bar.looks, bar.height) for bar in bars[-2:]] == [
        ("2026-03-02", 2, 64),
        ("2026-03-09", 1, 32),
    ]
    assert {bar.looks for bar in bars[:-2]} == {0}
    page = browser.get(f"{PAGE}?sampai=2026-03-15").content.decode()
    assert page.count("<rect ") == 12
    assert "Pekan mulai 2 Maret 2026: 2 kunjungan" in page


# --- the file ------------------------------------------------------------------------------------------------


def test_the_file_is_utf8_with_its_mark_and_times_in_wib(looked, browser):
    looked(at=datetime(2026, 3, 9, 23, 59, 30, tzinfo=WIB))

    answer = browser.get(FILE)
    rows = lines(browser)

    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer["Content-Disposition"].startswith('attachment; filename="buku-tamu-kamera-')
    assert "no-store" in answer["Cache-Control"]
    assert rows[0][:3] == ["Mulai (WIB)", "Selesai (WIB)", "Lama (detik)"]
    assert rows[1][:3] == ["2026-03-09T23:59:30+07:00", "2026-03-10T00:02:30+07:00", "180"]
    assert len(rows[0]) == len(rows[1])


def test_the_file_holds_what_the_filter_lets_through(looked, browser):
    looked(stills_saved=1)
    looked()

    assert len(lines(browser)) == 3
    assert len(lines(browser, "tersimpan=on")) == 2


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"])
def test_no_cell_of_the_file_is_calculated(world, looked, owner, browser, words):
    look = looked()
    type(look.camera).objects.filter(pk=look.camera_id).update(label=words)
    Question.objects.create(
        look=look, asked_by=owner, text=words, asked_at=world.now, due_at=world.now + timedelta(days=7)
    )

    assert plain_cell(words).startswith("'")
    assert plain_cell(words).replace("'", "") == words
    cells = [cell for row in lines(browser) for cell in row]
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "＝"))] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Warung;=1+1", "Warung;'=1+1"),  # Where the comma is in numbers, cells end with a semicolon.
        ("Warung,\n @SUM(A1); +1", "Warung,'\n' @SUM(A1);' +1"),
        ("Jl. Mawar 3-5, RT 2/RW 3; di depan = gerbang", "Jl. Mawar 3-5, RT 2/RW 3; di depan = gerbang"),
        (-5, "'-5"),
    ],
)
def test_no_part_of_a_cell_is_calculated_where_another_sign_parts_cells(words, told):
    assert plain_cell(words) == told


def test_too_much_for_one_file_is_said(looked, browser, monkeypatch):
    monkeypatch.setattr("conduct.guest_book_views.MOST_IN_A_FILE", 1)
    looked()
    looked()

    answer = browser.get(f"{FILE}?baris=50", follow=True)

    assert answer.redirect_chain == [(f"{PAGE}?baris=50", 302)]
    assert "Persempit masanya" in answer.content.decode()


def test_whoever_reads_may_download(world, camera, looked, owner):
    looked()
    reader = person()
    give_role(site=camera.site, user=reader, role=PersonRole.READER, by=owner, now=world.now)

    assert len(lines(signed_in(reader))) == 2
