"""Sealing secrets anew: the old key can go afterwards, and what does not open is told."""

import os

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Entry
from devices.secrets import Credentials, sealed_with
from onboarding.models import Enrolment, SettingsWork, WorkKind
from onboarding.settings.accounts import account_for, seal_account
from registry import rotation
from registry.models import Device
from registry.targets import credentials_of, seal_credentials
from tests.factories import World, person

pytestmark = pytest.mark.django_db

OLD, NEW = os.urandom(32), os.urandom(32)


@pytest.fixture
def device(settings):
    settings.DEVICE_KEYS = {1: OLD}
    world = World(timezone.now())
    device = world.device(world.site())
    sealed = seal_credentials(
        device_id=device.public_id, host=device.host, port=device.onvif_port, user="pemilik", password=" kenari "
    )
    device.sealed_user, device.sealed_password = sealed.user, sealed.password
    device.save()
    return device


def test_after_rotating_the_old_key_is_not_needed(settings, device):
    settings.DEVICE_KEYS = {1: OLD, 2: NEW}

    call_command("rotate_keys")
    settings.DEVICE_KEYS = {2: NEW}

    device.refresh_from_db()
    assert sealed_with(device.sealed_password) == 2
    assert credentials_of(device).password == " kenari "
    assert Entry.objects.filter(action="device.secret_resealed").count() == 1


def test_rotating_twice_changes_nothing(settings, device, capsys):
    settings.DEVICE_KEYS = {1: OLD, 2: NEW}
    call_command("rotate_keys")
    call_command("rotate_keys")

    assert "0 secrets sealed" in capsys.readouterr().out.splitlines()[-1]


def test_a_secret_that_does_not_open_is_told_and_kept(settings, device):
    settings.DEVICE_KEYS = {2: NEW}
    kept = device.sealed_password

    with pytest.raises(CommandError, match="1 secrets do not open"):
        call_command("rotate_keys")

    device.refresh_from_db()
    assert device.sealed_password == kept


def test_a_wrong_key_of_the_newest_version_is_told(settings, device):
    settings.DEVICE_KEYS = {1: NEW}

    with pytest.raises(CommandError, match="1 secrets do not open"):
        call_command("rotate_keys")


def test_the_secret_of_an_unsent_draft_is_sealed_anew_too(settings):
    settings.DEVICE_KEYS = {1: OLD}
    draft = Enrolment.objects.create(
        user=person(), answers={"device": {"host": "kamera.contoh.id", "onvif_port": 80}}
    )
    sealed = seal_credentials(device_id=draft.device_id, host="kamera.contoh.id", port=80, user="a", password="b")
    draft.sealed_user, draft.sealed_password = sealed.user, sealed.password
    draft.save()
    settings.DEVICE_KEYS = {1: OLD, 2: NEW}

    call_command("rotate_keys")

    draft.refresh_from_db()
    assert sealed_with(draft.sealed_password) == 2


def test_the_account_of_an_open_conversation_is_sealed_anew_too(settings, device):
    now = timezone.now()
    work = SettingsWork(kind=WorkKind.READ, device=device, requested_by=person(), created_at=now, lease_until=now)
    sealed = seal_account(Credentials("tukang", "jalak"), work=work, device=device)
    work.sealed_user, work.sealed_password = sealed.user, sealed.password
    work.save()
    settings.DEVICE_KEYS = {1: OLD, 2: NEW}

    call_command("rotate_keys")
    settings.DEVICE_KEYS = {2: NEW}

    work.refresh_from_db()
    assert account_for(work) == Credentials("tukang", "jalak")


def test_no_table_with_a_sealed_secret_is_left_out():
    sealed = {
        model.__name__
        for model in apps.get_models()
        if any(field.name.startswith("sealed_") for field in model._meta.get_fields())
    }

    assert sealed == {"CameraView", "Device", "Enrolment", "SettingsWork"}, (
        "rotate_keys calls one function for each of these"
    )


def test_broken_off_and_run_again_it_goes_on(settings, device, monkeypatch, capsys):
    world = World(timezone.now())
    for _ in range(4):
        other = world.device(world.site())
        sealed = seal_credentials(device_id=other.public_id, host=other.host, port=80, user="a", password="b")
        Device.objects.filter(pk=other.pk).update(
            onvif_port=80, sealed_user=sealed.user, sealed_password=sealed.password
        )
    settings.DEVICE_KEYS = {1: OLD, 2: NEW}
    monkeypatch.setattr(rotation, "BATCH", 2)
    plain, calls = rotation._reseal_device, []

    def breaks_off(*, pk: int) -> int:
        calls.append(pk)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return plain(pk=pk)

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "_reseal_device", breaks_off)
        with pytest.raises(KeyboardInterrupt):
            call_command("rotate_keys")
    call_command("rotate_keys")

    assert capsys.readouterr().out.splitlines() == ["2 secrets sealed with the newest key."]
    assert {sealed_with(sealed) for sealed in Device.objects.values_list("sealed_password", flat=True)} == {2}
