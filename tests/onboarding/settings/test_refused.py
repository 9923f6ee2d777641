"""An account that the device did not take: it is said where it was typed, how often it may still be wrong, and when
it opens again. And two windows at once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from devices.errors import Unauthorized
from devices.secrets import Credentials
from onboarding.models import DeviceChange, SettingsWork, WorkKind
from onboarding.settings.accounts import DAY, REFUSED_PER_DAY, tries_at
from onboarding.settings.errors import AlreadyRunning, TooManyRefused
from onboarding.settings.services import agree_change
from registry.models import Device
from tests.onboarding.acts import signed_in
from tests.onboarding.settings.conftest import CLOCK, Script, agreed, offered, run
from tests.onboarding.settings.test_our_user import TYPED, USER

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(owner: User) -> Client:
    return signed_in(owner)


@pytest.fixture
def clock(device: Device, owner: User, script: Script) -> DeviceChange:
    """A change for which an account has to be typed: our user is on record."""
    agreed(offered(device, owner, script, USER, "user_missing"), owner)
    return offered(device, owner, script, CLOCK)


def typed_wrong(browser: Client, change: DeviceChange, script: Script, password: str) -> str:
    """The account typed at the form and refused by the device; where the browser is led then."""
    path = reverse("onboarding:settings-agree", args=[change.public_id])
    script.failure = Unauthorized("credentials", refusals=1)
    answer = browser.post(path, {"user": TYPED.user, "password": password})
    run(SettingsWork.objects.filter(kind=WorkKind.WRITE).latest("pk"))
    script.failure = None
    return str(browser.get(answer["Location"])["Location"])


def test_after_a_wrong_password_the_form_is_there_again_with_the_name_and_the_error(
    browser: Client, clock: DeviceChange, script: Script
) -> None:
    path = reverse("onboarding:settings-agree", args=[clock.public_id])
    assert "Sisa 4 kali" in browser.get(path).content.decode()

    assert typed_wrong(browser, clock, script, "salah") == path

    page = browser.get(path)
    shown = page.content.decode()
    assert list(page.context["form"].errors) == ["password"]
    assert f'value="{TYPED.user}"' in shown
    assert "Sisa 3 kali" in shown
    assert "salah" not in str(dict(browser.session.items()))
    assert TYPED.user not in str(dict(browser.session.items()))


def test_another_window_does_not_learn_what_was_typed(
    browser: Client, clock: DeviceChange, script: Script, owner: User
) -> None:
    typed_wrong(browser, clock, script, "salah")

    shown = signed_in(owner).get(reverse("onboarding:settings-agree", args=[clock.public_id])).content.decode()

    assert f'value="{TYPED.user}"' not in shown


def test_once_locked_no_form_is_shown_that_cannot_work_and_the_moment_is_told(
    device: Device, browser: Client, clock: DeviceChange, script: Script, owner: User
) -> None:
    for guess in range(REFUSED_PER_DAY):
        typed_wrong(browser, clock, script, f"tebakan-{guess}")
    first = SettingsWork.objects.filter(refusals__gt=0).earliest("pk").created_at
    opens = timezone.localtime(first + DAY + timedelta(minutes=1))

    shown = browser.get(reverse("onboarding:settings-agree", args=[clock.public_id])).content.decode()
    page = browser.get(reverse("onboarding:settings", args=[device.public_id])).content.decode()

    for told in (shown, page):
        assert f"{opens:%H.%M} WIB" in told
        assert "petugas" in told
        assert 'type="password"' not in told
    with pytest.raises(TooManyRefused, match=rf"{opens:%H.%M} WIB"):
        agree_change(change=clock, by=owner, now=timezone.now(), account=TYPED)
    assert tries_at(device, opens).left >= 1


def test_the_count_goes_down_by_each_and_up_again_after_a_day(
    device: Device, owner: User, clock: DeviceChange, script: Script
) -> None:
    now = timezone.now()
    script.failure = Unauthorized("credentials", refusals=1)
    agreed(clock, owner, account=Credentials("pengelola", "tebakan"))

    assert (tries_at(device, now).left, tries_at(device, now).locked_words) == (REFUSED_PER_DAY - 1, "")
    assert tries_at(device, now + timedelta(hours=25)).left == REFUSED_PER_DAY


def test_the_same_yes_in_two_windows_leads_to_the_one_that_runs(
    device: Device, owner: User, script: Script, browser: Client
) -> None:
    change = offered(device, owner, script, CLOCK)
    work = agree_change(change=change, by=owner, now=timezone.now())
    path = reverse("onboarding:settings-agree", args=[change.public_id])

    for answer in (browser.get(path, follow=True), browser.post(path, follow=True)):
        assert answer.redirect_chain[-1][0] == reverse("onboarding:settings-work", args=[work.public_id])
        assert "sudah berjalan di jendela lain" in answer.content.decode()
    with pytest.raises(AlreadyRunning):
        agree_change(change=change, by=owner, now=timezone.now())


def test_how_a_work_went_is_read_over_the_api(
    device: Device, browser: Client, owner: User, stranger: User, script: Script
) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)
    base = f"/api/v1/devices/{device.public_id}/changes/"
    owed = browser.post(f"{base}{change.public_id}/undo/", "{}", content_type="application/json").json()
    script.failure = Unauthorized("credentials", refusals=1)
    run(SettingsWork.objects.get(public_id=owed["id"]))

    told = browser.get(f"{base}works/{owed['id']}/").json()

    assert (told["kind"], told["state"], told["code"]) == ("undo", "failed", "unauthorized")
    assert told["message"]
    assert told["change"] == str(change.public_id)
    one = browser.get(f"{base}{change.public_id}/").json()
    assert (one["state"], one["last_work"]) == ("done", told)
    assert browser.get(base).json()["results"][0]["last_work"] == told
    assert signed_in(stranger).get(f"{base}works/{owed['id']}/").status_code == 404
    assert not re.search("sealed|wishes|mark", str(told))
