"""What is sent to the doors, and how an answer is judged: for the tests of hostile forms and bodies."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

from tests.guards.policy import SENDS
from tests.guards.test_urls import _filled
from tests.guards.world import Everything

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
    "a question about a look": ("owner", "/mitra/buku-tamu/{look}/tanya/", {"text": "Mengapa?"}),
    "an answer to it": ("supervisor", "/pengawas/pertanyaan/{question}/", {"answer": "Ada laporan."}),
    "a deferral": (
        "viewer",
        "/pusat-komando/lihat/{look}/tunda/",
        {"letter_number": "Sprin/9/XI/2026", "reason": "Tertutup"},
    ),
    "a pause": ("owner", "/mitra/kamera/{camera}/", {"span": "until", "day": "2026-12-01"}),
    "a device": (
        "owner",
        "/mitra/perangkat/{device}/ubah/",
        {"host": "kamera.contoh.id", "onvif_port": "80", "rtsp_port": "554", "user": "a", "password": "Rahasia-2"},
    ),
    "an account for one reading": (
        "owner",
        "/mitra/perangkat/{device}/pengaturan/baca/",
        {"user": "pengelola", "password": "Rahasia-3"},
    ),
    "areas": ("owner", "/mitra/kamera/{camera}/area/", {"areas": "10,10 40,10 40,40"}),
    "a yes": (
        "owner",
        "/mitra/perubahan/{offer}/setuju/",
        {"user": "pengelola", "password": "Rahasia-3"},
    ),
    "a way back": (
        "owner",
        "/mitra/perubahan/{change}/kembalikan/",
        {"user": "pengelola", "password": "Rahasia-3", "afterwards": "keep"},
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
    "a body": (
        "administrator",
        "/polsek/administrasi/lembaga/baru/",
        SENDS["POST polsek/administrasi/lembaga/baru/"],
    ),
    "an appointment": (
        "administrator",
        "/polsek/administrasi/lembaga/{precinct}/tugas/",
        {
            **SENDS["POST polsek/administrasi/lembaga/<uuid:public_id>/tugas/"],
            "title": "Bhabinkamtibmas",
            "until": "{next_week}",
        },
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
