"""A line that wobbles is told of a few times a day, not each time; what stays down is told of all the same."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from health import services
from health.causes import Answer, Cause
from health.models import State, StatusInterval
from notices.models import Notice
from registry.models import Device
from tests.health.world import add_device, record
from tests.registry.world import NOW, City

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def device(city: City, owner: User) -> Device:
    found = add_device(city, owner, 554)
    services.ensure_states(NOW)
    record(NOW, Answer(found.pk, answered=True))
    return found


def _fall(device: Device, at: datetime) -> None:
    """Silent twice: down since `at`."""
    for moment in (at, at + MINUTE):
        record(moment, Answer(device.pk, answered=False, cause=Cause.NO_ANSWER))


def _rise(device: Device, at: datetime) -> None:
    """Two answers, because it may flap by now."""
    for moment in (at, at + MINUTE):
        record(moment, Answer(device.pk, answered=True))


def _letters() -> list[str]:
    return list(Notice.objects.order_by("created_at", "pk").values_list("code", flat=True))


def test_an_hour_of_flapping_is_one_letter_down_and_one_back(device: Device) -> None:
    for turn in range(10):
        _fall(device, NOW + (6 * turn + 2) * MINUTE)
        _rise(device, NOW + (6 * turn + 5) * MINUTE)

    assert _letters() == ["health.down", "health.back"]
    assert StatusInterval.objects.filter(state=State.DOWN).count() == 10, "the states are all there"


def test_after_the_pause_it_is_told_of_again(device: Device) -> None:
    for start in (NOW + 2 * MINUTE, NOW + 7 * HOUR):
        _fall(device, start)
        _rise(device, start + 5 * MINUTE)

    assert _letters() == ["health.down", "health.back"] * 2


def test_a_device_that_stays_down_is_told_of_when_the_pause_ends(device: Device) -> None:
    _fall(device, NOW + 2 * MINUTE)
    _rise(device, NOW + 5 * MINUTE)
    _fall(device, NOW + 10 * MINUTE)
    services.tell_held_back(NOW + 5 * HOUR)
    waiting = _letters()

    for later in (6.5, 7, 13):
        services.tell_held_back(NOW + later * HOUR)

    assert waiting == ["health.down", "health.back"]
    assert _letters() == ["health.down", "health.back", "health.down"]
    _rise(device, NOW + 13 * HOUR)
    assert _letters()[-1] == "health.back"


def test_two_devices_do_not_silence_each_other(city: City, owner: User, device: Device) -> None:
    other = add_device(city, owner, 555)
    services.ensure_states(NOW + MINUTE)
    record(NOW + 2 * MINUTE, Answer(device.pk, answered=True), Answer(other.pk, answered=True))
    for moment in (NOW + 5 * MINUTE, NOW + 7 * MINUTE):
        record(moment, *(Answer(one.pk, answered=False) for one in (device, other)))

    assert _letters() == ["health.down"] * 2
