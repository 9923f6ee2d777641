"""Where no consent in force needs a device, none is dialled, no password is taken and nothing read is kept."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from devices.report import Channel, DeviceReport
from onboarding import tasks
from onboarding.errors import ConsentFirst
from onboarding.models import Probe, SettingsWork
from onboarding.probing import change_device, request_channel_picture, request_probe
from onboarding.settings.services import request_reading
from onboarding.tasks import run_probe
from registry.models import Consent, Device, Site
from registry.rights import Right
from registry.services import withdraw_consent
from tests.onboarding.acts import CANARY, device_at, signed_in

pytestmark = pytest.mark.django_db

CHANNEL = Channel(number=1, name="", video_source_token="source-1")


@pytest.fixture
def device(site: Site, owner: User) -> Device:
    return device_at(site, owner, "203.0.113.10", 80)


@pytest.fixture
def withdrawn(device: Device, owner: User) -> Device:
    """The owner has taken back what needs the device; that the camera is listed stands."""
    withdraw(device, owner)
    return device


def withdraw(device: Device, owner: User) -> None:
    consent = Consent.objects.get(site=device.site, right=Right.STILL_IN_HOURS)
    withdraw_consent(consent=consent, by=owner, now=timezone.now())


@pytest.mark.parametrize(
    "ask",
    [
        lambda device, by: request_probe(device=device, by=by, now=timezone.now()),
        lambda device, by: request_channel_picture(device=device, channel=CHANNEL, by=by, now=timezone.now()),
        lambda device, by: request_reading(device=device, by=by, now=timezone.now()),
    ],
    ids=["probe", "channel", "settings"],
)
def test_nothing_is_asked_of_the_device(
    withdrawn: Device, owner: User, ask: Callable[[Device, User], object]
) -> None:
    with pytest.raises(ConsentFirst):
        ask(withdrawn, owner)
    assert not Probe.objects.exists()
    assert not SettingsWork.objects.exists()


def test_no_password_is_taken(withdrawn: Device, owner: User) -> None:
    sealed = withdrawn.sealed_password
    with pytest.raises(ConsentFirst):
        change_device(
            device=withdrawn,
            host="203.0.113.11",
            onvif_port=80,
            rtsp_port=None,
            user="lain",
            password="Baru-1!kata sandi",
            by=owner,
            now=timezone.now(),
        )
    withdrawn.refresh_from_db()
    assert (withdrawn.host, withdrawn.sealed_password) == ("203.0.113.10", sealed)


def test_a_probe_that_was_owed_dials_no_more(device: Device, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = request_probe(device=device, by=owner, now=timezone.now())
    withdraw(device, owner)
    monkeypatch.setattr(tasks, "read_device", lambda *_: pytest.fail("the device was dialled"))

    run_probe(probe.pk)

    probe.refresh_from_db()
    assert probe.code == "consent_first"


def test_what_was_read_while_the_consent_ended_is_not_kept(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = request_probe(device=device, by=owner, now=timezone.now())

    def read(dialled: Device, *, on_step: object) -> DeviceReport:
        withdraw(device, owner)
        return DeviceReport(host="203.0.113.10", port=80, serial="RAHASIA-7")

    monkeypatch.setattr(tasks, "read_device", read)
    run_probe(probe.pk)

    probe.refresh_from_db()
    device.refresh_from_db()
    assert (probe.code, probe.report, probe.picture) == ("consent_first", None, None)
    assert device.answered_at is None


def test_the_pages_ask_for_no_password_and_lead_to_the_consents(withdrawn: Device, owner: User) -> None:
    browser = signed_in(owner)
    page = reverse("onboarding:connect", args=[withdrawn.public_id])
    edit = reverse("onboarding:connect-edit", args=[withdrawn.public_id])

    shown = browser.get(page).content.decode()
    assert reverse("onboarding:site-consent", args=[withdrawn.site.public_id]) in shown
    assert edit not in shown
    for answer in (browser.get(edit), browser.post(edit, {"host": "203.0.113.11", "password": CANARY})):
        assert answer["Location"] == page
    assert "Sambungkan perangkat" not in browser.get(reverse("desks:owner")).content.decode()
