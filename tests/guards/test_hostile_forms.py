"""Hostile words at every page: refused in words or kept inert, never an error.

The test client raises what a view raises, so a request that ends here without an exception was no 500.
"""

from collections.abc import Iterator

import pytest
from django.test import Client

from access.models import Case, Grant
from accounts.models import OrganizationKind
from tests.factories import World
from tests.guards.hostile import FEW, FORMS, SCRIPT, SUM, WORDS, body_of, judge, raw, send
from tests.guards.policy import SENDS
from tests.guards.test_urls import _filled
from tests.guards.world import Everything

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

QUERIES = {
    "/tanda-terima/": ("out", "kode"),
    "/mitra/buku-tamu/": (
        "owner",
        "page",
        "visits",
        "dari",
        "sampai",
        "tempat",
        "lembaga",
        "darurat",
        "tersimpan",
        "ditanyakan",
        "baris",
    ),
    "/mitra/buku-tamu/buku-tamu.csv": ("owner", "dari", "sampai", "tempat", "lembaga", "baris"),
    "/pengawas/": ("supervisor", "page"),
    "/pengawas/pertanyaan/": ("supervisor", "page"),
    "/petugas/": ("verifier", "page"),
    "/pusat-komando/kamera/": ("viewer", "cari", "page"),
    "/polsek/perkara/": ("viewer", "page"),
    "/polsek/akses/": ("grantor", "page", "lampau"),
    "/polsek/administrasi/": ("administrator", "cari", "page"),
    "/polsek/akses/baru/": ("grantor", "wilayah", "situs", "kamera"),
    "/polsek/akses/baru/tujuan/": ("grantor", "right"),
    "/akun/masuk/": ("out", "next"),
    "/api/v1/areas/": ("owner", "cursor", "page_size", "level", "code"),
    "/api/v1/organizations/": ("owner", "kind", "area_code"),
    "/api/v1/health/": ("viewer", "state", "cursor"),
    "/api/v1/outages/": ("viewer", "running", "cursor"),
    "/api/v1/cameras/": ("viewer", "cursor", "page_size"),
}
PATHS = {
    "/tanda-terima/{}/": "out",
    "/mitra/tanda-terima/{}/": "owner",
    "/peta/wilayah/{}/": "owner",
    "/akun/undangan/{}/": "out",
    "/daftar/{}/": "owner",
    "/api/v1/cameras/{}/": "viewer",
}


# --- pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_form_refuses_it_or_shows_it_inert(everything: Everything, form: str, words: str) -> None:
    person, path, sends = FORMS[form]
    good = body_of(sends, everything)

    for name in good:
        browser = everything.client(person)
        answer = send(browser, _filled(path, everything), {**good, name: WORDS[words]})
        judge(answer)
        if answer.status_code == 302 and answer["Location"].startswith("/"):
            judge(browser.get(answer["Location"].partition("#")[0]))


def test_what_was_taken_is_inert_on_the_pages_of_others(everything: Everything) -> None:
    viewer, owner = everything.client("viewer"), everything.client("owner")
    text = f"{SCRIPT}{SUM}"
    case = body_of(SENDS["POST polsek/perkara/baru/"], everything)
    opened = viewer.post("/polsek/perkara/baru/", {**case, "place": text, "number": text})
    number = opened["Location"].strip("/").rpartition("/")[2]

    look = {"reason": "technical_check", "case": number}
    assert viewer.post(f"/pusat-komando/kamera/{everything.things['camera'].public_id}/", look).status_code == 302

    readers = [
        (viewer, "/polsek/perkara/"),
        (viewer, opened["Location"]),
        (viewer, f"{opened['Location']}peta.json"),
    ]
    readers += [(viewer, "/pusat-komando/"), (viewer, "/polsek/"), (owner, "/mitra/"), (owner, "/mitra/buku-tamu/")]
    readers += [(everything.client("supervisor"), "/pengawas/"), (viewer, "/api/v1/cases/")]
    for browser, path in readers:
        answer = browser.get(path)
        if "json" in answer["Content-Type"]:
            assert answer["X-Content-Type-Options"] == "nosniff"
        else:
            judge(answer)


def test_the_name_of_a_body_is_inert_in_a_consent(everything: Everything, world: World) -> None:
    world._body(f"Polsek {SCRIPT}", OrganizationKind.POLSEK, "31.73.05")
    newcomer = everything.client("newcomer")

    for path, answers in Enrolling(newcomer).steps():
        newcomer.post(path, answers)

    page = newcomer.get("/daftar/persetujuan/")
    assert b"&lt;script&gt;" in page.content
    judge(page)


class Enrolling:
    """The questions of a resident with one camera, and good answers."""

    ANSWERS: dict[str, dict[str, str]] = {
        "siapa": {"kind": "resident"},
        "nama": {"name": "Sari Rekaan"},
        "alamat": {"area": "31.73.05.1001", "address": "Jalan Rekaan 1"},
        "pin": {"latitude": "-6,19", "longitude": "106,77", "accuracy_m": "12", "source": "gps"},
        "pilihan": {"level": "listed"},
        "jumlah": {"cameras": "1", "maintainer_name": "Sari Rekaan", "maintainer_phone": "081234567890"},
        "kamera/1": {
            "label": "Depan",
            "place": "outdoor",
            "sees": "street",
            "direction": "",
            "street_facing": "yes",
            "private_areas": "none",
            "audio": "no",
            "retention_days": "7",
        },
    }

    def __init__(self, browser: Client) -> None:
        self.browser = browser

    def steps(self) -> Iterator[tuple[str, dict[str, str]]]:
        for slug, answers in self.ANSWERS.items():
            yield f"/daftar/{slug}/", answers


@pytest.mark.parametrize("words", WORDS)
def test_the_enrolment_keeps_it_inert_to_the_end(everything: Everything, words: str) -> None:
    """Every field of every question at once, forwards and back; then those it takes one by one to the end."""
    newcomer, hostile = everything.client("newcomer"), WORDS[words]

    for path, answers in Enrolling(newcomer).steps():
        for further in ({}, {"kembali": ""}):
            judge(send(newcomer, path, {**dict.fromkeys(answers, hostile), **further}))
            judge(newcomer.get(path))
        newcomer.post(path, answers)
        for name in answers.keys() & {"name", "address", "maintainer_name", "label"}:
            judge(send(newcomer, path, {**answers, name: hostile}))
    judge(newcomer.get("/daftar/persetujuan/"))
    judge(send(newcomer, "/daftar/persetujuan/", {"shown": hostile}))
    judge(send(newcomer, "/daftar/periksa/", {"seen": hostile, "draft": hostile}))
    judge(newcomer.get("/daftar/"))


@pytest.mark.parametrize("path", QUERIES)
def test_a_query_is_no_error(everything: Everything, path: str) -> None:
    person, *names = QUERIES[path]
    for name in names:
        for words in FEW:
            judge(everything.client(person).get(path, {name: raw(WORDS[words])}))


@pytest.mark.parametrize("path", PATHS)
def test_an_address_is_no_error(everything: Everything, path: str) -> None:
    for value in (
        "%00",
        "a%00b",
        "%ED%A0%80",
        "%FF",
        "%E2%80%AE",
        "%3Cscript%3Ealert(7)%3C%2Fscript%3E",
        "9" * 300,
    ):
        judge(everything.client(PATHS[path]).get(path.format(value)))


@pytest.mark.parametrize("form", ["a grant", "a case", "a look", "a visit", "the sign-in"])
def test_ten_megabytes_are_refused(everything: Everything, form: str) -> None:
    person, path, sends = FORMS[form]
    good = body_of(sends, everything)

    name = list(good)[-1]
    answer = everything.client(person).post(_filled(path, everything), {**good, name: "a" * 10_000_000})

    assert answer.status_code in {200, 400, 413}
    assert not Grant.objects.filter(letter_number__startswith="aaa").exists()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data; name"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"kind=%2BAAA-"),
        ("application/x-www-form-urlencoded; charset=base64", b"kind=%2BAAA-"),
        ("application/json", b'{"kind": "call_110"}'),
        ("text/plain", b"kind=call_110"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2000))),
    ],
)
def test_an_odd_body_opens_no_case(everything: Everything, kind: str, body: bytes) -> None:
    before = Case.objects.count()

    answer = everything.client("viewer").generic("POST", "/polsek/perkara/baru/", body, content_type=kind)

    assert answer.status_code in {200, 400}
    assert Case.objects.count() == before
