"""The API: the same decision and services as the pages, strict about what it reads."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.models import Case, Grant, Look
from accounts.models import DutyKind
from accounts.services import end_duty
from registry.models import Consent
from registry.rights import AccessRight, Right
from tests.access.conftest import signed_in
from tests.factories import World

pytestmark = pytest.mark.django_db


def post(client: Client, path: str, body: object, **headers: str):
    """POST JSON to /api/v1/PATH/."""
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def a_grant(world: World, **changes: object) -> dict[str, object]:
    """The body of a grant over the kelurahan."""
    return {
        "organization": str(world.polres.public_id),
        "scope": {"kind": "area", "id": str(world.kelurahan.public_id)},
        "right": "view_still",
        "purpose": "security",
        "letter_number": "Sprin/9/XI/2026",
        "valid_from": world.now.isoformat(),
        "valid_until": (world.now + timedelta(days=30)).isoformat(),
        "later_too": True,
        **changes,
    }


@pytest.mark.parametrize(
    "path",
    [
        "areas", "organizations", "partners", "sites", "devices", "cameras", "consents", "enrolments", "probes",
        "verifications", "grants", "cases", "looks", "health",
    ],
)  # fmt: skip
def test_the_signed_out_get_a_problem_and_nothing_else(db, path):
    answer = Client().get(f"/api/v1/{path}/")

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 403


# --- cameras -------------------------------------------------------------------------------------------------


def test_a_camera_shows_its_position_by_right_only(officer, camera, world):
    before = officer.get(f"/api/v1/cameras/{camera.public_id}/").json()

    world.grant(world.kelurahan, right=AccessRight.SEE_POSITION)
    after = officer.get(f"/api/v1/cameras/{camera.public_id}/").json()

    assert before["rights"] == ["view_still"]
    assert before["position"] is None
    assert before["stages"] is None
    assert after["position"]["address"] == camera.site.address


def test_a_camera_in_a_granted_area_is_404_until_verified(officer, world):
    world.grant(world.kelurahan)
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    address = f"/api/v1/cameras/{site.cameras.get().public_id}/"
    assert officer.get(address).status_code == 404

    world.verified(site)

    assert officer.get(address).status_code == 200


def test_the_owner_reads_his_own_camera(camera):
    owner = signed_in(camera.site.partner.people.get())

    [mine] = owner.get("/api/v1/cameras/").json()["results"]

    assert mine["owned"] is True
    assert mine["rights"] == []
    assert mine["position"]["address"] == camera.site.address
    assert mine["stages"]["verified_at"]


@pytest.mark.parametrize("who", ["grantor", "stranger"])
def test_others_find_no_camera(request, who, camera):
    client = request.getfixturevalue(who)

    assert client.get(f"/api/v1/cameras/{camera.public_id}/").status_code == 404
    assert str(camera.public_id) not in client.get("/api/v1/cameras/").content.decode()


# --- grants --------------------------------------------------------------------------------------------------


def test_a_grant_is_given_and_revoked(grantor, world):
    given = post(grantor, "grants/", a_grant(world))

    assert given.status_code == 201, given.content
    body = given.json()
    assert body["scope"] == {"kind": "area", "id": str(world.kelurahan.public_id)}
    assert grantor.get("/api/v1/grants/").json()["results"] == [body]

    revoked = post(grantor, f"grants/{body['id']}/revoke/", {})
    again = post(grantor, f"grants/{body['id']}/revoke/", {})

    assert revoked.json()["revoked_at"]
    assert again.status_code == 422
    assert again.json()["code"] == "not_in_force"


@pytest.mark.parametrize(
    ("changes", "status", "where"),
    [
        ({"purpose": "maintenance"}, 422, "wrong_purpose"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, 422, "wrong_dates"),
        ({"right": "everything"}, 400, "invalid"),
        ({"organization": "d9bd1be8-0000-4000-8000-000000000000"}, 400, "invalid"),
        ({"scope": {"kind": "area", "id": "31.73"}}, 400, "invalid"),
        ({"scope": "area"}, 400, "invalid"),
        ({"colour": "blue"}, 400, "invalid"),
        ({"letter_number": "12345"}, 400, "invalid"),
        ({"letter_number": "-"}, 400, "invalid"),
        ({"later_too": False}, 422, "nobody_agreed"),
        ({"later_too": False, "valid_until": "2020-01-01T00:00:00Z"}, 422, "wrong_dates"),
    ],
)
def test_a_wrong_grant_is_refused(grantor, world, changes, status, where):
    answer = post(grantor, "grants/", a_grant(world, **changes))

    assert answer.status_code == status
    assert answer.json()["code"] == where
    assert not Grant.objects.exists()


def test_the_extra_yes_is_not_asked_for_where_an_owner_agreed(grantor, camera, world):
    asked = a_grant(world)
    del asked["later_too"]

    answer = post(grantor, "grants/", asked)

    assert answer.status_code == 201
    assert "later_too" not in answer.json()


def test_the_schema_tells_of_the_extra_yes(client):
    told = client.get("/api/v1/schema/?format=json").json()

    assert "nobody_agreed" in told["paths"]["/api/v1/grants/"]["post"]["description"]
    assert any("later_too" in shape.get("properties", {}) for shape in told["components"]["schemas"].values())


def test_a_grant_beyond_the_consent_is_refused(grantor, world):
    site = world.site()
    world.consent(site)
    world.consent(site, recipient=world.polsek)

    answer = post(grantor, "grants/", a_grant(world, scope={"kind": "site", "id": str(site.public_id)}))

    assert answer.json()["code"] == "consent_too_small"


@pytest.mark.parametrize("who", ["officer", "stranger"])
def test_without_a_granting_duty_there_are_no_grants(request, who, camera, world):
    client = request.getfixturevalue(who)

    assert client.get("/api/v1/grants/").status_code == 404
    assert client.get(f"/api/v1/grants/{Grant.objects.get().public_id}/").status_code == 404
    assert post(client, "grants/", a_grant(world)).status_code == 404


# --- cases and looks -----------------------------------------------------------------------------------------


def test_a_case_is_opened_and_closed(officer, world):
    body = {"kind": "call_110", "place": "Simpang Uji", "latitude": -6.19, "longitude": 106.77}

    opened = post(officer, "cases/", body)
    closed = post(officer, f"cases/{opened.json()['id']}/close/", {})

    assert opened.status_code == 201
    assert opened.json()["organization"] == str(world.polres.public_id)
    assert closed.json()["closed_at"]
    assert post(officer, f"cases/{opened.json()['id']}/close/", {}).json()["code"] == "case_over"
    assert post(officer, "cases/", {**body, "latitude": "NaN"}).status_code == 400


def test_a_look_is_written_and_its_still_named(officer, camera):
    answer = post(officer, "looks/", {"camera": str(camera.public_id), "reason": "technical_check"})

    look = Look.objects.get()
    assert answer.status_code == 201
    assert answer.json()["look"] == str(look.public_id)
    assert answer.json()["still_url"].endswith(f"/lihat/{look.public_id}/gambar.jpg")
    assert officer.get("/api/v1/looks/").json()["results"][0]["id"] == str(look.public_id)
    assert post(officer, f"looks/{look.public_id}/end/", {}).json()["ended_how"] == "viewer_done"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"reason": "incident_running"}, 422, "reason_needs_case"),
        ({"reason": "unknown"}, 400, "invalid"),
        ({"right": "view_live"}, 400, "invalid"),
        ({"case": "d9bd1be8-0000-4000-8000-000000000000"}, 400, "invalid"),
        ({"camera": "d9bd1be8-0000-4000-8000-000000000000"}, 404, "not_found"),
    ],
)
def test_a_wrong_look_is_refused(officer, camera, changes, status, code):
    body = {"camera": str(camera.public_id), "reason": "technical_check", **changes}

    answer = post(officer, "looks/", body)

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert not Look.objects.exists()


def test_looks_are_ones_own(officer, camera, world):
    post(officer, "looks/", {"camera": str(camera.public_id), "reason": "technical_check"})
    look = Look.objects.get()
    other = signed_in(world.viewer().user)

    assert other.get(f"/api/v1/looks/{look.public_id}/").status_code == 404
    assert post(other, f"looks/{look.public_id}/end/", {}).status_code == 404
    assert other.get("/api/v1/looks/").json()["results"] == []


@pytest.mark.parametrize("who", ["grantor", "stranger"])
def test_without_a_viewing_duty_there_is_no_look(request, who, camera):
    client = request.getfixturevalue(who)

    answer = post(client, "looks/", {"camera": str(camera.public_id), "reason": "technical_check"})

    assert answer.status_code == 404
    assert client.get("/api/v1/looks/").status_code == 404
    assert client.get("/api/v1/cases/").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["nowhere/", "cameras/7/", "cameras/not-an-id/", "cameras/x/y/z", "grants"])
def test_an_address_that_is_none_answers_in_problem_details(officer, path, method):
    answer = getattr(officer, method)(f"/api/v1/{path}")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_a_cursor_that_is_none_is_told_in_words(officer):
    answer = officer.get("/api/v1/cameras/?cursor=zzz")

    assert answer.status_code == 404
    assert answer.json()["title"] == "Halaman ini tidak ada. Mulailah lagi dari halaman pertama."


# --- Idempotency-Key -----------------------------------------------------------------------------------------


def test_the_same_key_does_the_work_once(officer):
    body = {"kind": "call_110", "place": "Simpang Uji", "latitude": -6.19, "longitude": 106.77}
    key = {"Idempotency-Key": "satu"}

    first = post(officer, "cases/", body, **key)
    second = post(officer, "cases/", body, **key)
    other = post(officer, "cases/", {**body, "place": "Lain"}, **key)

    assert second.json() == first.json()
    assert second.status_code == 201
    assert second["Idempotency-Replayed"] == "true"
    assert second.content == first.content
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"
    assert Case.objects.count() == 1


def test_a_key_belongs_to_one_person(officer, world):
    body = {"kind": "call_110", "place": "Simpang Uji", "latitude": -6.19, "longitude": 106.77}

    post(officer, "cases/", body, **{"Idempotency-Key": "satu"})
    post(signed_in(world.viewer().user), "cases/", body, **{"Idempotency-Key": "satu"})

    assert Case.objects.count() == 2


def test_an_answer_is_not_replayed_to_whoever_lost_the_duty(world):
    duty = world.on_duty(DutyKind.VIEWER, world.polres)
    client, key = signed_in(duty.user), {"Idempotency-Key": "satu"}
    body = {"kind": "call_110", "place": "Simpang Uji", "latitude": -6.19, "longitude": 106.77}
    first = post(client, "cases/", body, **key)
    end_duty(duty=duty, by=None, now=timezone.now())

    second = post(client, "cases/", body, **key)
    world.on_duty(DutyKind.VIEWER, world.polsek, user=duty.user)
    third = post(client, "cases/", body, **key)

    assert (first.status_code, second.status_code, third.status_code) == (201, 404, 201)
    assert first.json()["number"] == ""
    assert third.json()["id"] != first.json()["id"], "another duty is another key"


def test_a_grant_is_not_replayed_to_whoever_lost_the_duty(world):
    duty = world.on_duty(DutyKind.GRANTOR, world.polsek)
    client, key = signed_in(duty.user), {"Idempotency-Key": "satu"}
    assert post(client, "grants/", a_grant(world), **key).status_code == 201
    end_duty(duty=duty, by=None, now=timezone.now())

    assert post(client, "grants/", a_grant(world), **key).status_code == 404


def test_the_schema_tells_of_the_key_where_it_is_heard(client):
    paths = client.get("/api/v1/schema/?format=json").json()["paths"]

    hears = {
        path
        for path, methods in paths.items()
        for method, told in methods.items()
        if any(one["name"] == "Idempotency-Key" for one in told.get("parameters", [])) and method == "post"
    }
    posts = {path for path, methods in paths.items() if "post" in methods}
    assert hears == posts
    assert "/api/v1/looks/" in hears


def test_a_refused_request_may_be_tried_again(officer):
    key = {"Idempotency-Key": "dua"}
    assert post(officer, "cases/", {"kind": "x"}, **key).status_code == 400

    body = {"kind": "call_110", "place": "Simpang Uji", "latitude": -6.19, "longitude": 106.77}

    assert post(officer, "cases/", body, **key).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 129])
def test_a_wrong_key_is_refused(officer, key):
    assert post(officer, "cases/", {}, **{"Idempotency-Key": key}).json()["code"] == "idempotency_key_refused"


# --- the register --------------------------------------------------------------------------------------------


def test_the_owner_withdraws_through_the_api(officer, camera):
    owner = signed_in(camera.site.partner.people.get())
    consent = camera.site.consents.get(right=Right.STILL_IN_HOURS)
    address = f"consents/{consent.public_id}/withdraw/"

    withdrawn = post(owner, address, {})

    assert [row["id"] for row in withdrawn.json()] == [str(consent.public_id)]
    assert officer.get(f"/api/v1/cameras/{camera.public_id}/").status_code == 404
    again = post(owner, address, {})
    assert (again.status_code, again.json()["code"]) == (422, "already_withdrawn")


@pytest.mark.parametrize("who", ["officer", "grantor", "stranger"])
def test_nobody_else_withdraws(request, who, camera):
    consent = camera.site.consents.get(right=Right.STILL_IN_HOURS)

    answer = post(request.getfixturevalue(who), f"consents/{consent.public_id}/withdraw/", {})

    assert answer.status_code == 404
    assert Consent.objects.get(pk=consent.pk).withdrawn_at is None


def test_a_device_never_shows_its_secret(camera, world):
    world.device(camera.site, sealed_user="rahasia-u", sealed_password="rahasia-p", secret_changed_at=world.now)
    owner = signed_in(camera.site.partner.people.get())

    answer = owner.get("/api/v1/devices/")

    assert answer.json()["results"][0]["has_secret"] is True
    assert "rahasia" not in answer.content.decode()


def test_a_probe_of_anothers_device_is_404(stranger, camera, world):
    device = world.device(camera.site)

    assert post(stranger, "probes/", {"device": str(device.public_id)}).status_code == 404


def test_a_probe_without_a_secret_says_so(camera, world):
    device = world.device(camera.site)
    owner = signed_in(camera.site.partner.people.get())

    answer = post(owner, "probes/", {"device": str(device.public_id)})

    assert answer.status_code == 422
    assert answer.json()["code"] == "secret_missing"


def test_areas_are_named_by_code(officer, world):
    found = officer.get("/api/v1/areas/?level=kelurahan").json()["results"]

    assert {row["code"] for row in found} >= {world.kelurahan.code}
    assert all(row["parent"] == world.kecamatan.code for row in found)


# --- schema --------------------------------------------------------------------------------------------------


def test_the_schema_and_its_page_need_no_network(db):
    schema = Client().get(reverse("schema"))
    page = Client().get(reverse("docs"))

    assert schema.status_code == 200
    assert page.status_code == 200
    html = page.content.decode()
    assert "http://" not in html.replace("http://testserver", "").replace("http://www.w3.org", "")
    assert "https://" not in html
    assert "<script>" not in html
    assert "unsafe-inline" in page["Content-Security-Policy"]


def test_no_other_page_relaxes_its_policy(officer, camera):
    page = officer.get("/pusat-komando/kamera/")

    assert "unsafe-inline" not in page["Content-Security-Policy"]


def test_a_suspended_duty_ends_every_door(camera, world):
    viewer = world.viewer()
    client = signed_in(viewer.user)
    assert client.get("/api/v1/cameras/").json()["results"]

    duty = viewer.duty
    duty.ended_at = timezone.now()
    duty.save()

    assert client.get("/api/v1/cameras/").json()["results"] == []
    assert client.get("/pusat-komando/kamera/").status_code == 404
