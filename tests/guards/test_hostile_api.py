"""Hostile bodies at the API, and what nobody may say for himself: mass assignment, the ids of others."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from access.models import Case, Grant, Look
from accounts.models import DutyKind
from onboarding.models import Enrolment
from registry.models import Camera, Device
from tests.access.conftest import signed_in
from tests.factories import World
from tests.guards.hostile import API, FORMS, WORDS, body_of, judge
from tests.guards.policy import SENDS
from tests.guards.test_urls import _filled
from tests.guards.world import Everything

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

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
