"""English is whole: every sentence is translated, and no page of any role falls back into Indonesian.

A sentence without English: run `makemessages` and `compilemessages` as docs/architecture.md says.
"""

import importlib
import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from gettext import GNUTranslations

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils.formats import date_format
from django.utils.translation import get_language, override
from lxml import html

from accounts.models import User
from devices import errors, words
from notices.services import in_language_of
from tests.guards import catalogue
from tests.guards.policy import Row, rows
from tests.guards.test_urls import ask, path_of
from tests.guards.world import ADDRESS, HOST, LABEL, OWNER_NAME, Everything

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|</?\w+>")
INDONESIAN = re.compile(
    r"\b(?:yang|anda|tidak|dan|atau|untuk|dengan|dari|ini|itu|belum|sudah|bila|agar|karena|oleh|kepada|setiap|"
    r"dapat|boleh|akan|hanya|lagi|kamera|pemilik|petugas|lembaga|perangkat|persetujuan|gambar|akses|perkara|"
    r"kejadian|alasan|tujuan|penerima|alamat|nama|nomor|lokasi|wilayah|hari|pukul|sampai|sejak|masuk|kembali|"
    r"pilih|tulis|isi|ubah|simpan|lanjut|selesai|tarik|jeda|januari|februari|maret|mei|juni|juli|agustus|"
    r"oktober|desember|jaringan|pengaturan|setelan|sambungan|tayangan|saluran|jalur|merek|diubah|perubahan)\b",
    re.IGNORECASE,
)
DATA = re.compile(  # Names of the world below, and messages that its building left behind in Indonesian.
    "|".join(
        [
            "Mitra Kamera",
            re.escape(settings.DATA_PROTECTION_AUTHORITY),
            *(OWNER_NAME, "Pemilik (?:Akun|Uji)", ADDRESS, HOST, LABEL),
            r"Kode masuk telah dikirim ke \S+",
            r"Jaringan tempat Anda tersambung|Administrator menyambungkan jaringan .+, lalu sambungkan\.",
        ]
    )
)
SHOWN_ATTRIBUTES = {"aria-label", "placeholder", "title", "alt"}
PAGES = [row for row in rows() if not row.pattern.startswith("api/") and not row.rightful.startswith("4")]
SAME_IN_BOTH = {  # Each a name, a term, or a word that the languages share.
    "%(n)d area",
    "%(time)s WIB (%(off)s)",
    "443: HTTPS",
    "554: RTSP",
    "Administrator",
    "Firmware",
    "Kecamatan",
    "Kejaksaan",
    "Kelurahan",
    "%(share)s %%",
    "%(whole)s: %(parts)s",
    "Bhabinkamtibmas",
    "kelurahan",
    "Kelurahan %(area)s",
    "Kodim/Koramil",
    "Menu",
    "Mitra Kamera",
    "Polres",
    "Data",
    "Polsek",
    "Program",
    "Port",
    "Setting › System › Account › ONVIF User › Add User.",
}


# --- the catalogue -------------------------------------------------------------------------------------------


def test_every_sentence_of_the_product_is_in_the_catalogue() -> None:
    known = {(entry.context, entry.msgid) for entry in catalogue.entries()}

    assert {said: place for said, place in catalogue.sentences().items() if said not in known} == {}


def test_every_sentence_is_translated_and_none_is_guessed() -> None:
    entries = catalogue.entries()

    assert [entry.msgid for entry in entries if entry.fuzzy] == []
    assert [entry.msgid for entry in entries if not all(entry.words)] == []
    assert [entry.msgid for entry in entries if len(entry.words) != (2 if entry.plural else 1)] == []


def test_nothing_was_left_in_indonesian() -> None:
    left = [e.msgid for e in catalogue.entries() if INDONESIAN.search(DATA.sub("", " ".join(e.words)))]
    same = {e.msgid for e in catalogue.entries() if e.msgid in e.words and len(e.msgid) > 2}

    assert left == []
    assert same - SAME_IN_BOTH == set()


def test_a_translation_keeps_what_is_filled_in() -> None:
    broken = [
        entry.msgid
        for entry in catalogue.entries()
        for text, source in zip(reversed(entry.words), [entry.plural or entry.msgid, entry.msgid], strict=False)
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(source))
    ]

    assert broken == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    compiled, entries = catalogue.compiled(), catalogue.entries()

    differing = [entry.msgid for entry in entries if _told(compiled, entry) != entry.words]

    assert catalogue.compiled_count() == len(entries)
    assert differing == []


def _told(compiled: GNUTranslations, entry: catalogue.Entry) -> list[str]:
    if entry.context:
        return [compiled.pgettext(entry.context, entry.msgid)]
    if not entry.plural:
        return [compiled.gettext(entry.msgid)]
    return [compiled.ngettext(entry.msgid, entry.plural, count) for count in (1, 2)]


# --- words that reach the catalogue by another way than a call beside them --------------------------------------


def test_the_words_of_devices_are_in_the_catalogue() -> None:
    """The package has no gettext: its callers look its words up."""
    failures = [
        one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.DeviceError)
    ]
    said = {*words.STEP_WORDS.values(), *words.WARNING_WORDS.values()}
    said |= {text for failure in failures for text in (failure.message, failure.remedy)}

    assert said - {entry.msgid for entry in catalogue.entries()} == set()


def test_the_reasons_of_a_new_installation_are_in_the_catalogue() -> None:
    reasons = importlib.import_module("access.migrations.0002_reasons").REASONS

    assert {words for _, words, _ in reasons} - {entry.msgid for entry in catalogue.entries()} == set()


def test_no_template_speaks_outside_of_the_catalogue() -> None:
    spoken = {
        f"{path.name}: {found[0]}"
        for path in catalogue.templates()
        for found in INDONESIAN.finditer(DATA.sub("", catalogue.bare_text(path)))
        if path.name != "500.html"  # It is shown when nothing can be relied on, and says a line in English.
    }

    assert spoken == set()


# --- the pages -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("row", PAGES, ids=str)
def test_a_page_is_in_english_throughout(everything: Everything, row: Row) -> None:
    browser = _english(everything.client(row.person))

    with _undone():
        page = ask(browser, row, everything)
        if page.status_code == 302:
            page = browser.get(page["Location"], follow=True)

    assert _indonesian(page) == []


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in PAGES if row.method == "POST"], ids=str)
def test_a_form_without_answers_is_refused_in_english(everything: Everything, row: Row) -> None:
    browser = _english(everything.client(row.person))

    with _undone():
        page = browser.post(path_of(row, everything), {}, follow=True)

    assert _indonesian(page) == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/tidak/ada/", "/tanda-terima/0123456789ABCDEF/", "/akun/undangan/usang/"])
def test_what_is_missing_is_missing_in_english(path: str) -> None:
    assert _indonesian(_english(Client()).get(path)) == []


@pytest.mark.django_db
def test_the_cookie_chooses_the_language_and_the_browser_does_not() -> None:
    browser = Client(headers={"Accept-Language": "en"})
    before = browser.get("/")

    browser.post("/bahasa/setlang/", {"language": "en", "next": "/"})

    assert (before["Content-Language"], browser.get("/")["Content-Language"]) == ("id", "en")
    assert "Share your camera" in browser.get("/").content.decode()


@pytest.mark.django_db
def test_whoever_is_signed_in_gets_his_letters_in_the_language_he_chose() -> None:
    reader = User.objects.create_user(email="pembaca@contoh.id")
    browser = Client()
    browser.force_login(reader)
    spoken = []

    for language in ("en", "id", "xx"):
        browser.post("/bahasa/setlang/", {"language": language, "next": "/"})
        reader.refresh_from_db()
        with in_language_of(reader):
            spoken.append(get_language())

    assert spoken == ["en", "id", "id"]


@pytest.mark.parametrize(("language", "day"), [("id", "17 Agustus 2026"), ("en", "17 August 2026")])
def test_dates_are_written_out(language: str, day: str) -> None:
    with override(language):
        assert date_format(date(2026, 8, 17)) == day
        assert date_format(date(2026, 8, 17), "j F Y") == day


def _english(browser: Client) -> Client:
    browser.cookies["bahasa"] = "en"
    return browser


@contextmanager
def _undone() -> Iterator[None]:
    """What is done inside did not happen for the next test."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def _indonesian(page: HttpResponse) -> list[str]:
    """What stands on the page in Indonesian and is not data."""
    if not page.get("Content-Type", "").startswith("text/html"):
        return []
    return [text for text in _shown(page) if INDONESIAN.search(DATA.sub("", text))]


def _shown(page: HttpResponse) -> Iterator[str]:
    tree = html.document_fromstring(page.content.decode())
    for hidden in tree.xpath("//script | //style | //*[@lang='id'][not(self::html)]"):
        hidden.drop_tree()
    yield from (text.strip() for text in tree.itertext() if text.strip())
    for element in tree.iter():
        for name, value in element.attrib.items():
            if name in SHOWN_ATTRIBUTES or (name.startswith("data-") and re.search(r"^[^/]* ", value)):
                yield f"{name}: {value}"
