"""A device is asked, and signed in to, only while its owner agreed to something that needs it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from accounts.models import User
from health import services
from health.causes import Answer
from health.models import CheckGroup, CheckState, StatusInterval, Tier, TierCheck
from registry.models import Consent, Device
from tests.health.world import add_device
from tests.registry.world import NOW, City

MINUTE = timedelta(minutes=1)


@pytest.fixture
def device(city: City, owner: User) -> Device:
    device = add_device(city, owner, 9)
    services.ensure_states(NOW)
    return device


def withdraw(at: datetime) -> None:
    """The owner's last consent that needs a device, as his withdrawal leaves it."""
    Consent.objects.update(withdrawn_at=at, withdrawn_by=F("signed_by"))


def test_a_withdrawal_between_the_claim_and_the_question_counts(device: Device) -> None:
    claim = services.claim_due(now=NOW, limit=10)
    assert claim is not None
    assert claim.device_ids == [device.pk]

    withdraw(NOW)

    assert not services.leased_devices(lease=claim.lease, now=NOW).devices
    assert services.claim_due(now=NOW, limit=10) is None, "It is not claimed again and again meanwhile."


@pytest.mark.parametrize("grouped", [False, True])
def test_what_a_device_says_after_the_withdrawal_is_not_written(device: Device, grouped: bool) -> None:
    if grouped:
        CheckState.objects.update(group=CheckGroup.objects.create(next_check_at=NOW))
    claim = services.claim_due(now=NOW, limit=10)
    assert claim is not None
    assert services.leased_devices(lease=claim.lease, now=NOW).devices

    withdraw(NOW)
    answers = [Answer(device.pk, answered=True, clock_offset_seconds=600.0)]
    tally = services.record_results(lease=claim.lease, answers=answers, now=NOW)

    assert (tally.answered, tally.late) == (0, 1)
    assert not StatusInterval.objects.exists()
    assert CheckState.objects.get().clock_offset_seconds is None


def test_what_a_device_says_at_its_old_place_is_not_written(device: Device) -> None:
    claim = services.claim_due(now=NOW, limit=10)
    assert claim is not None
    assert services.leased_devices(lease=claim.lease, now=NOW).devices

    Device.objects.update(host="127.0.0.99")
    services.record_results(lease=claim.lease, answers=[Answer(device.pk, answered=False)], now=NOW)

    assert CheckState.objects.get().failures == 0


def test_who_withdrew_leaves_his_group_unasked(device: Device) -> None:
    group = CheckGroup.objects.create(next_check_at=NOW)
    CheckState.objects.update(group=group)
    claim = services.claim_due(now=NOW, limit=10)
    assert claim is not None

    withdraw(NOW)

    assert not services.leased_devices(lease=claim.lease, now=NOW).devices
    assert CheckState.objects.get().group is None, "Else the group's answer would speak for it."


def test_nothing_is_owed_after_the_last_consent_that_needs_a_device(device: Device) -> None:
    withdraw(NOW)
    services.ensure_states(NOW)

    assert not CheckState.objects.exists()


def test_a_consent_that_ran_out_is_none(device: Device) -> None:
    Consent.objects.update(valid_until=NOW + MINUTE)
    claim = services.claim_due(now=NOW + MINUTE, limit=10)
    assert claim is not None

    assert not services.leased_devices(lease=claim.lease, now=NOW + MINUTE).devices


def test_nobody_signs_in_after_the_withdrawal(device: Device) -> None:
    CheckState.objects.update(checked_at=NOW)
    TierCheck.objects.create(device=device, tier=Tier.SIGNED_IN, next_at=NOW)
    [claim] = services.claim_tier(Tier.SIGNED_IN, now=NOW, limit=10, batch=10)

    withdraw(NOW)

    assert services.begin_tier(lease=claim.lease, devices=[device], now=NOW) == []
    assert TierCheck.objects.get().began_at is None


def test_a_clock_in_1970_takes_no_consent_away(device: Device) -> None:
    then = datetime(1970, 1, 2, tzinfo=UTC)
    services.ensure_states(then)
    assert CheckState.objects.exists()
    claim = services.claim_due(now=then, limit=10)
    assert claim is not None
    assert services.leased_devices(lease=claim.lease, now=then).devices

    withdraw(NOW)

    assert not services.leased_devices(lease=claim.lease, now=then).devices
