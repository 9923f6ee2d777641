"""What people and programs may send, at the doors that take it: refused in words or kept inert, never an error.

The test client raises what a view raises, so a request that ends here without an exception was no 500.
"""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from access.models import Case, Grant, Look
from accounts.models import OrganizationKind
from onboarding.models import Enrolment
from registry.models import Camera, Device
from tests.factories import World
from tests.guards.policy import SENDS
from tests.guards.test_urls import _filled
from tests.guards.world import Everything

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SCRIPT, SUM = "<script>alert(7)</script>", "{{ 7777|add:7777 }}{{7777*7777}}"
QUOTE = "x\" onfocus=alert(7) y='"
WORDS = {
    "NUL": "a\x00b",
    "a lone surrogate": "a\ud800b",
    "BEL": "a\x07b",
    "an override": "a\u202egpj.exe",
    "nothing to see": "\u200b",
    "two lines": "a\r\nBcc: b@contoh.id",
    "a script": SCRIPT,
    "a sum": SUM,
    "a quote": QUOTE,
    "NaN": "NaN",
    "1e400": "1e400",
    "full-width digits": "８０",
    "an underscore": "8_0",
    "a huge number": "9" * 400,
    "another id": "00000000-0000-4000-8000-000000000000",
    "long": "a" * 20_000,
}
FEW = ("NUL", "a lone surrogate", "a script", "a quote", "a huge number")

# (who, address, a good body): the forms that take typed text.
FORMS = {
    "the sign-in": ("out", "/akun/masuk/", SENDS["POST akun/masuk/"]),
    "the code": ("pending", "/akun/masuk/kode/", SENDS["POST akun/masuk/kode/"]),
    "the second factor": ("halfway", "/akun/faktor-kedua/authenticate/", {"code": "000000"}),
    "a pause": ("owner", "/mitra/kamera/{camera}/", {"span": "until", "day": "2026-12-01"}),
    "a device": (
        "owner",
        "/mitra/perangkat/{device}/ubah/",
        {"host": "kamera.contoh.id", "onvif_port": "80", "rtsp_port": "554", "user": "a", "password": "Rahasia-2"},
    ),
    "a visit": (
        "verifier",
        "/petugas/verifikasi/kunjungan/{visit}/",
        {"act": "save", "lat": "-6,19", "lng": "106,77", "accuracy_m": "5", "note": "Baik"},
    ),
    "a rejection": (
        "verifier",
        "/petugas/verifikasi/kunjungan/{visit}/",
        {"act": "reject", "lat": "-6,19", "lng": "106,77", "accuracy_m": "5", "note": "Kurang"},
    ),
    "a grant": ("grantor", "/polsek/akses/baru/", SENDS["POST polsek/akses/baru/"]),
    "a case": ("viewer", "/polsek/perkara/baru/", SENDS["POST polsek/perkara/baru/"]),
    "a number": ("viewer", "/polsek/perkara/{case}/nomor/", {"number": "110/7"}),
    "a look": ("viewer", "/pusat-komando/kamera/{camera}/", {"reason": "technical_check", "case": ""}),
    "a duty": ("viewer", "/tugas/", {"duty": "{duty}", "next": "/mulai/"}),
    "a language": ("owner", "/bahasa/setlang/", {"language": "en", "next": "/mitra/"}),
}
API = {
    name: (person, f"/api/v1/{name}/", SENDS[f"POST api/v1/{name}/"])
    for name, person in (("probes", "owner"), ("grants", "grantor"), ("cases", "viewer"), ("looks", "viewer"))
}
QUERIES = {
    "/tanda-terima/": ("out", "kode"),
    "/mitra/buku-tamu/": ("owner", "halaman"),
    "/pengawas/": ("supervisor", "halaman"),
    "/petugas/": ("verifier", "page"),
    "/pusat-komando/kamera/": ("viewer", "cari", "page"),
    "/polsek/perkara/": ("viewer", "page"),
    "/polsek/akses/": ("grantor", "page", "lampau"),
    "/polsek/akses/baru/": ("grantor", "wilayah", "situs", "kamera"),
    "/polsek/akses/baru/tujuan/": ("grantor", "right"),
    "/akun/masuk/": ("out", "next"),
    "/api/v1/areas/": ("owner", "cursor", "page_size", "level", "code"),
    "/api/v1/organizations/": ("owner", "kind", "area_code"),
    "/api/v1/health/": ("viewer", "state", "cursor"),
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


def body_of(sends: dict[str, Any], everything: Everything) -> dict[str, Any]:
    return json.loads(_filled(json.dumps(sends), everything))


def judge(answer: HttpResponse) -> None:
    """Told in words, and nothing of it runs."""
    assert answer.status_code < 500
    text = answer.content.decode(errors="replace")
    if "json" not in answer.get("Content-Type", ""):
        assert SCRIPT not in text
        assert QUOTE not in text
    assert "60481729" not in text
    assert "15554" not in text
    assert "\n" not in answer.get("Location", "")
    assert not re.match(r"(https?:)?//(?!testserver)", answer.get("Location", ""))


def raw(value: str) -> bytes:
    """As bytes a browser cannot send but a program can: lone surrogates included."""
    return value.encode("utf-8", "surrogatepass")


def send(browser: Client, path: str, fields: dict[str, str]) -> HttpResponse:
    """A form as a program sends it. (The client's own encoder would take bytes for a list of numbers.)"""
    body = urlencode({name: raw(str(value)) for name, value in fields.items()})
    return browser.post(path, body, content_type="application/x-www-form-urlencoded")


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


@pytest.fixture
def world(everything: Everything) -> World:
    from django.utils import timezone

    return World(now=timezone.now())


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


# --- the API -------------------------------------------------------------------------------------------------

VALUES: list[Any] = [
    *WORDS.values(),
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    10**400,
    1.5e300,
    [],
    [[]],
    {},
    {"a": 1},
    ["a"],
    "",
    "2026-11-25",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
]


@pytest.mark.parametrize("name", API)
def test_the_api_tells_which_field_is_wrong(everything: Everything, name: str) -> None:
    person, path, sends = API[name]
    good = body_of(sends, everything)

    for field in _fields(good):
        for value in VALUES:
            answer = everything.client(person).post(
                path, json.dumps(_changed(good, field, value)), content_type="application/json"
            )
            judge(answer)
            assert answer.status_code in {200, 201, 202, 400, 404, 422}, (field, value)
            if answer.status_code >= 400:
                assert answer.json()["title"]


def _fields(good: dict[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in good.items():
        yield (*before, name)
        if isinstance(value, dict):
            yield from _fields(value, (*before, name))


def _changed(good: dict[str, Any], field: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(good)
    inner = changed
    for name in field[:-1]:
        inner = inner[name]
    inner[field[-1]] = value
    return changed


@pytest.mark.parametrize("name", API)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"a"',
        b"7",
        b"{",
        b"\xff\xfe{}",
        b'{"latitude": NaN}',
        b'{"latitude": Infinity}',
        b'{"latitude": 1e400}',
        b'{"reason": "\\ud800"}',
        b'{"\\u0000": 1}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"7" * 5000,
        b'{"kind": "' + b"a" * 10_000_000 + b'"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_broken_body_is_refused_in_words(everything: Everything, name: str, body: bytes) -> None:
    person, path, _sends = API[name]

    answer = everything.client(person).post(path, body, content_type="application/json")

    assert answer.status_code in {400, 413}
    assert answer.json()["title"]


@pytest.mark.parametrize("charset", ["base64", "rot13", "utf-7", "idna", "zlib", "x", "utf-16"])
def test_an_odd_charset_is_refused(everything: Everything, charset: str) -> None:
    body = json.dumps(body_of(SENDS["POST api/v1/cases/"], everything))

    answer = everything.client("viewer").generic(
        "POST", "/api/v1/cases/", body, content_type=f"application/json; charset={charset}"
    )

    assert answer.status_code in {201, 400, 415}


# --- state ---------------------------------------------------------------------------------------------------


def test_nobody_assigns_what_is_not_his_to_say(everything: Everything) -> None:
    extra = {
        "is_approved": True,
        "approved_at": "2026-01-01T00:00:00Z",
        "approved_by": 1,
        "granted_by": 1,
        "id": "00000000-0000-4000-8000-000000000000",
        "public_id": "00000000-0000-4000-8000-000000000000",
        "closed_at": "2026-01-01T00:00:00Z",
        "vital": False,
        "verified_at": "2026-01-01T00:00:00Z",
        "is_superuser": "on",
    }
    things = everything.things

    for person, path, sends in API.values():
        good = body_of(sends, everything)
        for name, value in extra.items():
            answer = everything.client(person).post(path, {**good, name: value}, content_type="application/json")
            assert answer.status_code == 400, (path, name)
    for person, path, sends in FORMS.values():
        everything.client(person).post(_filled(path, everything), {**body_of(sends, everything), **extra})

    assert not Grant.objects.filter(approved_at__isnull=False).exists()
    assert not Case.objects.filter(closed_at__isnull=False).exists()
    assert not Camera.objects.get(pk=things["fresh"].pk).verified_at
    assert not type(things["polres"]).objects.filter(public_id=extra["public_id"]).exists()
    assert not any(person.is_superuser for person in _fresh(everything.people.values()))


def _fresh(people: Any) -> list[Any]:
    return [type(person).objects.get(pk=person.pk) for person in people]


def test_a_hidden_id_of_another_is_not_taken(everything: Everything) -> None:
    things = everything.things
    neighbour, newcomer = everything.client("neighbour"), everything.client("newcomer")

    other = neighbour.post("/daftar/atas-nama/", {"partner": str(things["partner"].public_id)})
    newcomer.post("/daftar/siapa/", {"kind": "resident", "draft": str(things["draft"].public_id)})
    newcomer.post("/daftar/hapus-draf/", {"draft": str(things["draft"].public_id)})

    assert other.status_code == 200
    assert not Enrolment.objects.filter(user=everything.people["neighbour"]).exists()
    assert Enrolment.objects.get(pk=things["draft"].pk).answers == {}
    assert Enrolment.objects.get(pk=things["draft"].pk).dropped_at is None
    assert not Enrolment.objects.filter(user=everything.people["newcomer"], answers__has_key="kind").exists()


def test_a_grant_names_only_what_stands_in_the_grantors_list(everything: Everything, world: World) -> None:
    from accounts.models import DutyKind
    from tests.access.conftest import signed_in

    grantor = signed_in(world.on_duty(DutyKind.GRANTOR, world.polsek).user)
    good = body_of(SENDS["POST polsek/akses/baru/"], everything)
    before = Grant.objects.count()

    for kind, thing in (("area", world.city), ("site", "vital_site"), ("camera", "vital_camera")):
        named = everything.things[thing] if isinstance(thing, str) else thing
        answer = grantor.post("/polsek/akses/baru/", {**good, "scope_kind": kind, kind: str(named.public_id)})
        assert answer.status_code == 200
        told = grantor.post(
            "/api/v1/grants/",
            {
                **body_of(SENDS["POST api/v1/grants/"], everything),
                "scope": {"kind": kind, "id": str(named.public_id)},
            },
            content_type="application/json",
        )
        assert told.status_code == 400

    assert Grant.objects.count() == before


def test_a_look_takes_no_case_of_another_body(everything: Everything) -> None:
    """The outsider's own case, even around this very camera, opens nothing to the viewer."""
    opened = everything.client("outsider").post(
        "/api/v1/cases/", body_of(SENDS["POST api/v1/cases/"], everything), content_type="application/json"
    )
    looks = Look.objects.count()
    viewer, camera = everything.client("viewer"), everything.things["camera"].public_id

    page = viewer.post(
        f"/pusat-komando/kamera/{camera}/", {"reason": "technical_check", "case": opened.json()["id"]}
    )
    told = viewer.post(
        "/api/v1/looks/",
        {"camera": str(camera), "reason": "technical_check", "case": opened.json()["id"]},
        content_type="application/json",
    )

    assert (page.status_code, told.status_code) == (200, 400)
    assert Look.objects.count() == looks


def test_a_device_is_not_moved_by_a_hidden_id(everything: Everything) -> None:
    device = everything.things["device"]

    everything.client("owner").post(
        f"/mitra/perangkat/{device.public_id}/ubah/",
        {
            "host": device.host,
            "onvif_port": "80",
            "site": str(everything.things["vital_site"].public_id),
            "identity": "{}",
            "route": "network",
        },
    )

    fresh = Device.objects.get(pk=device.pk)
    assert (fresh.site_id, fresh.identity) == (device.site_id, None)
