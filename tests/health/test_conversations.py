"""The sweep leaves alone whoever is in a conversation, for a while, and whoever is out of reach at once."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from health import gateway, services, tasks
from health.causes import Answer
from health.models import CheckState
from registry.models import Device
from registry.turns import take_turn
from tests.health.world import add_device, record
from tests.registry.world import NOW, City

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def devices(city: City, owner: User) -> list[Device]:
    """Two recorders' ports at one host and a camera elsewhere, all checked a minute ago and due again."""
    places = (("cam.contoh.id", 80), ("cam.contoh.id", 8000), ("lain.contoh.id", 80))
    found = [add_device(city, owner, port, host=host) for host, port in places]
    services.ensure_states(NOW - MINUTE)
    record(NOW - MINUTE, *[Answer(device.pk, answered=True) for device in found])
    CheckState.objects.update(next_check_at=NOW)
    return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The devices that were asked."""
    seen: list[int] = []

    def ask(devices: list[Device]) -> list[Answer]:
        seen.extend(device.pk for device in devices)
        return [Answer(device.pk, answered=True) for device in devices]

    monkeypatch.setattr(gateway, "ask", ask)
    return seen


def swept(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.timezone, "now", lambda: now)
    claim = services.claim_due(now=now, limit=10)
    assert claim is not None
    tasks.check_batch(lease=str(claim.lease))


def test_both_ports_of_a_host_in_conversation_wait_a_moment(
    devices: list[Device], asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert take_turn(devices[0], holds=30)

    swept(NOW, monkeypatch)

    assert asked == [devices[2].pk]
    for device in devices[:2]:
        state = CheckState.objects.get(device=device)
        assert (state.lease, state.failures) == (None, 0)
        assert NOW < state.next_check_at < NOW + MINUTE / 5


def test_no_crowd_of_viewers_hides_a_device_for_long(
    devices: list[Device], asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert take_turn(devices[0], holds=300)

    swept(NOW + 2 * MINUTE, monkeypatch)

    assert sorted(asked) == sorted(device.pk for device in devices)


def test_a_device_whose_network_was_detached_after_the_claim_is_not_asked(
    devices: list[Device], asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    Device.objects.filter(pk=devices[0].pk).update(waits_for_agent=True)

    swept(NOW, monkeypatch)

    assert sorted(asked) == sorted(device.pk for device in devices[1:])
