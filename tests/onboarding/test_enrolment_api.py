"""Enrolling in one request: the same answers, forms and services; each consent named by its very text."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from audit.models import Entry
from onboarding.models import Enrolment
from registry.models import Camera, Consent, Device, Partner, Receipt, Site
from registry.targets import credentials_of
from tests.access.conftest import signed_in
from tests.registry.world import City, make_city, make_person

pytestmark = pytest.mark.django_db
CANARY = "kenari-Sandi-77"
CAMERA = {
    "label": "Depan",
    "place": "outdoor",
    "sees": "street",
    "direction": 0,
    "street_facing": "yes",
    "private_areas": "none",
    "audio": "no",
    "retention_days": 7,
}


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def owner(city: City) -> User:
    return make_person("wulandari")


@pytest.fixture
def browser(owner: User) -> Client:
    return signed_in(owner)


def _answers(city: City, level: str = "listed", **more: Any) -> dict[str, Any]:
    return {
        "kind": {"kind": "resident"},
        "name": {"name": "Sari Rekaan"},
        "address": {"area": city.kelurahan.code, "address": "Jalan Rekaan 1"},
        "pin": {"latitude": -6.15, "longitude": 106.75, "source": "typed"},
        "level": {"level": level},
        "count": {"cameras": 1, "maintainer_name": "Sari Rekaan"},
        "camera-1": CAMERA,
        **more,
    }


def _texts(browser: Client, city: City, level: str = "listed", **more: str) -> list[dict[str, Any]]:
    answer = browser.get("/api/v1/enrolments/texts/", {"area": city.kelurahan.code, "level": level, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


def _agreed(texts: list[dict[str, Any]], city: City, *rights: str) -> list[dict[str, str]]:
    polres = str(city.polres.public_id)
    return [
        {"right": row["right"], "recipient": row["recipient"], "shown": row["sha256"]}
        for row in texts
        if row["right"] in rights and row["recipient"] == polres
    ]


def _send(browser: Client, answers: Any, consents: Any, **headers: str) -> HttpResponse:
    body = {"answers": answers, "consents": consents}
    return browser.post("/api/v1/enrolments/", body, content_type="application/json", headers=headers)


def _nothing_is_on_record() -> bool:
    kinds = (Enrolment, Partner, Site, Camera, Consent, Receipt, Device)
    listed = Entry.objects.filter(action__in=["site.listed", "consent.given", "enrolment.submitted"])
    return not any(kind.objects.exists() for kind in kinds) and not listed.exists()


def test_an_enrolment_at_once_is_the_same_as_by_the_pages(browser: Client, city: City, owner: User) -> None:
    texts = _texts(browser, city)

    answer = _send(browser, _answers(city), _agreed(texts, city, "listed"))

    assert answer.status_code == 201, answer.content
    camera, consent = Camera.objects.get(), Consent.objects.get()
    assert (camera.label, camera.direction, camera.retention_days) == ("Depan", 0, 7)
    assert (consent.recipient, consent.signed_by, consent.signed_how) == (city.polres, owner, "api")
    shown = next(row for row in texts if row["recipient"] == str(city.polres.public_id))
    assert (consent.text.sha256, consent.text.body) == (shown["sha256"], shown["body"])
    assert answer.json()["receipt"] == Receipt.objects.get().code
    assert "Jalan Rekaan 1" in browser.get("/mitra/").content.decode()


def test_a_device_and_its_password_are_sealed_and_never_answered(browser: Client, city: City) -> None:
    texts = _texts(browser, city, "hours", begin="22.00", end="05.00")
    answer = _send(
        browser,
        _answers(
            city,
            "hours",
            hours={"begin": "22.00", "end": "05.00"},
            connect={"mode": "now"},
            device={"host": "kamera.contoh.id", "onvif_port": 80, "user": "pengamat", "password": CANARY},
        ),
        _agreed(texts, city, "listed", "still_in_hours"),
    )

    assert answer.status_code == 201, answer.content
    assert Device.objects.get().has_secret
    assert CANARY not in answer.content.decode() + str(Enrolment.objects.values()) + str(Device.objects.values())
    held = Consent.objects.get(right="still_in_hours")
    assert (held.hours_from, held.hours_until) == (22 * 60, 5 * 60)


@pytest.mark.parametrize(
    ("device", "status"),
    [
        ({"brand": "uniview", "without_onvif": True}, 201),
        ({"without_onvif": True, "rtsp_path": "/ch{channel}/{stream}", "rtsp_tls": True}, 201),
        ({"without_onvif": True}, 400),
        ({"without_onvif": True, "rtsp_path": "/live?password=rahasia"}, 400),
        ({"brand": "nobody"}, 400),
    ],
)
def test_a_device_without_onvif_is_enrolled_by_its_makers_path_or_a_typed_one(
    browser: Client, city: City, device: dict[str, Any], status: int
) -> None:
    texts = _texts(browser, city, "incident")
    place = {"host": "kamera.contoh.id", "user": "pengamat", "password": CANARY, **device}

    answer = _send(
        browser,
        _answers(city, "incident", connect={"mode": "now"}, device=place),
        _agreed(texts, city, "listed", "live_in_incident"),
    )

    assert answer.status_code == status, answer.content
    if status != 201:
        assert _nothing_is_on_record()
        return
    kept = Device.objects.get()
    assert kept.rtsp_path == device.get("rtsp_path", "/unicast/c{channel}/s{stream}/live")
    assert (kept.onvif_port, kept.rtsp_tls) == ((322, True) if device.get("rtsp_tls") else (554, False))
    assert credentials_of(kept).password == CANARY


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": {"name": ""}}, "name"),
        ({"pin": {"latitude": "utara", "longitude": 1}}, "pin"),
        ({"camera-1": {**CAMERA, "sees": "everything"}}, "camera-1"),
        ({"address": {"area": "31.73", "address": "x"}}, "address"),
        ({"device": {"host": "192.0.2.1"}}, "device"),
        ({"parked": {"x": "y"}}, "parked"),
        ({"consent": {"shown": "x"}}, "consent"),
        ({"camera-2": CAMERA}, "camera-2"),
        ({"name": {"name": "a\x00b"}}, "name"),
    ],
)
def test_a_wrong_answer_is_told_by_its_page_and_leaves_nothing(
    browser: Client, city: City, changes: dict[str, Any], where: str
) -> None:
    consents = _agreed(_texts(browser, city), city, "listed")

    answer = _send(browser, _answers(city, **changes), consents)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [where]
    assert _nothing_is_on_record()


@pytest.mark.parametrize("missing", ["kind", "address", "level", "camera-1"])
def test_a_missing_answer_is_told_by_its_page(browser: Client, city: City, missing: str) -> None:
    answers = _answers(city)
    del answers[missing]

    answer = _send(browser, answers, _agreed(_texts(browser, city), city, "listed"))

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [missing]
    assert _nothing_is_on_record()


def test_a_consent_holds_only_by_the_text_that_was_read(browser: Client, city: City) -> None:
    texts = _texts(browser, city)
    [good] = _agreed(texts, city, "listed")
    foreign = next(row["sha256"] for row in texts if row["recipient"] != good["recipient"])
    hours = _texts(browser, city, "hours", begin="22.00", end="05.00")
    [unoffered] = _agreed(hours, city, "live_in_hours")

    answers = [
        _send(browser, _answers(city), consents)
        for consents in ([{**good, "shown": "0" * 64}], [{**good, "shown": foreign}], [good, unoffered], [])
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert [list(answer.json()["errors"]) for answer in answers] == [["consents"]] * 3 + [["consent"]]
    assert _nothing_is_on_record()


def test_other_hours_are_another_text(browser: Client, city: City) -> None:
    texts = _texts(browser, city, "hours", begin="22.00", end="05.00")
    longer = {"hours": {"begin": "00.00", "end": "23.59"}, "connect": {"mode": "later"}}

    answer = _send(browser, _answers(city, "hours", **longer), _agreed(texts, city, "listed", "still_in_hours"))

    assert list(answer.json()["errors"]) == ["consents"]
    assert _nothing_is_on_record()


def test_sent_twice_under_one_key_it_enrols_once(browser: Client, city: City) -> None:
    consents = _agreed(_texts(browser, city), city, "listed")

    first, second = (_send(browser, _answers(city), consents, **{"Idempotency-Key": "satu"}) for _ in range(2))

    assert (first.status_code, first.json()) == (201, second.json())
    assert Site.objects.count() == 1


def test_an_open_draft_of_the_pages_stays_as_it_is(browser: Client, city: City, owner: User) -> None:
    browser.post("/daftar/siapa/", {"kind": "business"})

    _send(browser, _answers(city), _agreed(_texts(browser, city), city, "listed"))

    assert Site.objects.count() == 1
    assert Enrolment.objects.of(owner).drafts().get().answers["kind"] == {"kind": "business"}


@pytest.mark.parametrize(
    "query", [{}, {"area": "31.73", "level": "listed"}, {"area": "x\x00", "level": "listed"}, {"level": "hours"}]
)
def test_texts_are_asked_for_a_kelurahan_and_a_level(browser: Client, query: dict[str, str]) -> None:
    assert browser.get("/api/v1/enrolments/texts/", query).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"answers": [], "consents": []},
        {"answers": {"kind": "resident"}, "consents": []},
        {"answers": {"kind": {"kind": ["resident"]}}, "consents": []},
        {"answers": {}, "consents": [{"right": "all"}]},
        {"answers": {}, "consents": [], "number": "MK-1"},
    ],
)
def test_a_strange_body_is_refused_in_words(browser: Client, body: object) -> None:
    answer = browser.post("/api/v1/enrolments/", body, content_type="application/json")

    assert answer.status_code == 400
    assert _nothing_is_on_record()
