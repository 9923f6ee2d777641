"""Keys for programs: what they read, what they never do, and when they end."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, Duty, DutyKind
from accounts.services import end_duty
from accounts.tokens import revoke_token
from audit.models import Entry
from config.throttle import PerPerson
from registry.models import Camera
from registry.rights import AccessRight, Right
from tests.access.conftest import signed_in
from tests.factories import World, reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def duty(world: World) -> Duty:
    return world.on_duty(DutyKind.VIEWER, world.polres)


@pytest.fixture
def camera(world: World) -> Camera:
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    for right in (AccessRight.VIEW_STILL, AccessRight.SEE_POSITION, AccessRight.SEE_HEALTH):
        world.grant(world.kelurahan, right=right)
    return world.verified(site)


def made(duty: Duty, *scopes: str) -> str:
    """A key made through the page; the text that is shown once."""
    answer = signed_in(duty.user).post("/kunci-api/", {"name": "Layar", "scopes": scopes, "days": "30"})
    shown = answer.content.decode().partition('<code class="code">')[2].partition("<")[0]
    assert shown.startswith("mk_"), answer.content.decode()[-1500:]
    return shown


def ask(secret: str, path: str, method: str = "get", body: object = None):  # type: ignore[no-untyped-def]
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")


def test_it_reads_what_its_duty_may_read_and_no_picture(duty, camera):
    secret = made(duty, "cameras", "health", "places")

    row = ask(secret, f"cameras/{camera.public_id}/").json()

    assert row["position"]
    assert row["rights"] == ["see_health", "see_position"]
    assert ask(secret, "health/").json()["results"]
    assert ask(secret, "areas/").status_code == 200
    assert secret not in str(list(ApiToken.objects.values()))
    assert b"Layar" not in bytes(Entry.objects.get(action="token.made").body)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("looks/", "post"), ("looks/", "get"), ("cases/", "post"), ("cases/", "get"), ("grants/", "get"),
        ("consents/", "get"), ("sites/", "get"), ("devices/", "get"), ("probes/", "post"), ("health/", "get"),
    ],
)  # fmt: skip
def test_what_it_was_not_made_for_is_refused(duty, camera, path, method):
    secret = made(duty, "cameras")
    body = {"camera": str(camera.public_id), "right": "view_still", "reason": reason().code}

    answer = ask(secret, path, method, body if method == "post" else None)

    assert answer.status_code == 403
    assert answer.json()["code"] == "scope"


def test_it_reads_nothing_of_its_holder_as_an_owner(duty, world):
    own = world.verified(world.site(owner=duty.user))
    secret = made(duty, "cameras", "health")

    assert ask(secret, f"cameras/{own.public_id}/").status_code == 404
    assert ask(secret, "health/").json()["results"] == []


@pytest.mark.parametrize("end", ["duty", "revoked", "expired", "inactive", "garbled"])
def test_it_ends(duty, camera, end):
    secret = made(duty, "cameras")
    assert ask(secret, "cameras/").status_code == 200
    now, token = timezone.now(), ApiToken.objects.get()
    if end == "duty":
        end_duty(duty=duty, by=None, now=now)
    elif end == "revoked":
        revoke_token(token=token, by=duty.user, now=now)
    elif end == "expired":
        ApiToken.objects.update(expires_at=now)
    elif end == "inactive":
        type(duty.user).objects.filter(pk=duty.user_id).update(is_active=False)
    else:
        secret += "x"

    answer = ask(secret, "cameras/")

    assert answer.status_code == 403
    assert "Kunci API ini tidak berlaku." in answer.json()["title"]


def test_nobody_makes_or_ends_a_key_for_another(duty, world):
    made(duty, "cameras")
    other = world.on_duty(DutyKind.VIEWER, world.polres)

    answer = signed_in(other.user).post(f"/kunci-api/{ApiToken.objects.get().public_id}/cabut/")

    assert answer.status_code == 404
    assert ApiToken.objects.get().revoked_at is None


@pytest.mark.parametrize(
    "wrong", [{"scopes": ["looks"]}, {"scopes": []}, {"days": "181"}, {"days": "0"}, {"name": ""}]
)
def test_wrong_terms_are_told(duty, wrong):
    answer = signed_in(duty.user).post(
        "/kunci-api/", {"name": "Layar", "scopes": ["health"], "days": "30", **wrong}
    )

    assert answer.status_code == 200
    assert ApiToken.objects.count() == 0


def test_a_page_sent_twice_makes_one_key(duty):
    browser, sent = signed_in(duty.user), {"name": "Layar", "scopes": ["health"], "days": "30"}

    pages = [browser.post("/kunci-api/", sent).content.decode() for _ in range(2)]

    assert ApiToken.objects.count() == 1
    assert "Anda sudah punya kunci dengan nama ini" in pages[1]


def test_too_many_requests_are_told_in_words(duty, camera, monkeypatch):
    monkeypatch.setattr(PerPerson, "THROTTLE_RATES", {"person": "3/min"})
    secret = made(duty, "cameras")
    stranger = signed_in(duty.user)

    answers = [ask(secret, "cameras/") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "throttled"
    assert int(answers[-1]["Retry-After"]) > 0
    assert stranger.get("/api/v1/cameras/").status_code == 200, "a key and its holder are counted apart"
    assert settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["person"].endswith("/min")


def test_a_key_lasts_no_longer_than_its_page_says(duty):
    made(duty, "health")

    assert ApiToken.objects.get().expires_at < timezone.now() + timedelta(days=31)
