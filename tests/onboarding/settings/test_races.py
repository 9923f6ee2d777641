"""Two owners, or two workers, at the same moment. PostgreSQL only: SQLite lets one writer in at a time."""

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from onboarding.models import DeviceChange, SettingsWork, WorkKind
from onboarding.settings import tasks
from onboarding.settings.services import agree_change, request_reading
from registry.models import Device
from tests.onboarding.settings.conftest import CLOCK, Script, offered
from tests.onboarding.test_races import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("only_on_postgresql"),
]


def test_two_taps_have_the_settings_read_once(device: Device, owner: User, script: Script) -> None:
    results = together(*[lambda: request_reading(device=device, by=owner, now=timezone.now())] * 4)

    assert SettingsWork.objects.count() == 1
    assert [getattr(one, "code", "") for one in results].count("settings_busy") == 3


def test_two_yeses_at_once_are_one(device: Device, owner: User, script: Script) -> None:
    change = offered(device, owner, script, CLOCK)

    together(*[lambda: agree_change(change=change, by=owner, now=timezone.now())] * 4)

    assert SettingsWork.objects.filter(kind=WorkKind.WRITE).count() == 1
    assert Entry.objects.filter(action="device.change_agreed").count() == 1


def test_two_workers_write_once(device: Device, owner: User, script: Script) -> None:
    change = offered(device, owner, script, CLOCK)
    work = agree_change(change=change, by=owner, now=timezone.now())

    together(*[lambda: tasks.run_settings_work(work.pk)] * 4)

    assert script.written == [CLOCK]
    assert Entry.objects.filter(action="device.change_written").count() == 1
    assert DeviceChange.objects.get().state == "done"
