"""Sealing secrets anew: the old key can go afterwards, and what does not open is told."""

import os

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Entry
from devices.secrets import sealed_with
from onboarding.models import Enrolment
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
