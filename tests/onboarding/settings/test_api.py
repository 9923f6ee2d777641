"""A device's settings over the API, by the same services as the pages."""

import json
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from onboarding.models import DeviceChange, SettingsWork, WorkKind
from registry.models import Device
from tests.onboarding.acts import signed_in
from tests.onboarding.settings.conftest import CLOCK, Script, agreed, offered, run
from tests.onboarding.settings.test_our_user import TYPED, USER

pytestmark = pytest.mark.django_db


def post(browser: Client, path: str, body: dict[str, Any] | None = None) -> HttpResponse:
    return browser.post(path, json.dumps(body or {}), content_type="application/json")


def base(device: Device) -> str:
    return f"/api/v1/devices/{device.public_id}/changes/"


def test_read_agree_and_undo(device: Device, owner: User, script: Script) -> None:
    browser = signed_in(owner)
    assert post(browser, base(device)).status_code == 202
    run(SettingsWork.objects.get())

    listed = browser.get(base(device)).json()["results"]
    assert [(row["kind"], row["old"], row["new"], row["state"]) for row in listed] == [
        ("clock", CLOCK.old, CLOCK.new, "offered")
    ]
    one = f"{base(device)}{listed[0]['id']}/"
    assert post(browser, f"{one}agree/").status_code == 202
    run(SettingsWork.objects.get(kind=WorkKind.WRITE))
    assert browser.get(one).json()["may_be_undone"] is True
    assert post(browser, f"{one}undo/").status_code == 202
    run(SettingsWork.objects.get(kind=WorkKind.UNDO))

    assert browser.get(one).json()["state"] == "undone"
    assert script.written == [CLOCK, CLOCK.undone()]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"user": "pengelola"}, 400),
        ({"user": "pengelola", "password": "a\u0007b"}, 400),
        ({"user": ["pengelola"], "password": {}}, 400),
        ({"user": "pengelola", "password": "x" * 300}, 400),
        ({"nama": "pengelola"}, 400),
        ({"user": TYPED.user, "password": TYPED.password}, 202),
    ],
)
def test_where_ours_does_not_suffice_an_account_comes_with_the_yes(
    device: Device, owner: User, script: Script, body: dict[str, Any], status: int
) -> None:
    agreed(offered(device, owner, script, USER, "user_missing"), owner)
    change = offered(device, owner, script, CLOCK)

    answer = post(signed_in(owner), f"{base(device)}{change.public_id}/agree/", body)

    assert answer.status_code == status, answer.json()
    assert TYPED.password not in answer.content.decode()


def test_what_does_not_exist_is_told_in_the_language_of_the_product(device: Device, owner: User) -> None:
    browser = signed_in(owner)
    missing = browser.get(f"{base(device)}{uuid.uuid4()}/")
    no_id = post(browser, "/api/v1/probes/", {"device": "bukan-id"})

    assert (missing.status_code, missing.json()["title"]) == (404, "Data tidak ditemukan.")
    assert no_id.json()["errors"]["device"] == ["Ini bukan id yang sah; yang diminta adalah UUID."]


def test_a_change_of_another_device_is_not_found_under_ones_own(
    device: Device, owner: User, stranger: User, script: Script
) -> None:
    change = offered(device, owner, script, CLOCK)
    other = Device.objects.create(site=device.site, host="203.0.113.50")

    assert post(signed_in(owner), f"{base(other)}{change.public_id}/agree/").status_code == 404
    assert post(signed_in(stranger), f"{base(device)}{change.public_id}/agree/").status_code == 404
    assert DeviceChange.objects.filter(agreed_at__lt=timezone.now()).count() == 0
