"""What is owed beyond the minutely question: leased, reaped, spread and bounded like it."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from accounts.models import User
from devices.count import DIED
from devices.signed_in import SessionResult
from health import gateway, queries, services, tasks
from health.causes import Answer, Cause
from health.models import CheckState, State, Tier, TierCheck
from registry.models import Consent, Device
from registry.turns import give_back_turn, take_turn
from tests.health.world import add_device, history, record
from tests.registry.world import NOW, City

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def owe(*devices: Device, at: datetime = NOW) -> None:
    """Each of them is watched, answered, and due for its signed-in check."""
    services.ensure_states(at)
    record(at, *[Answer(device.pk, answered=True) for device in devices])
    services.follow_tiers(at)
    TierCheck.objects.update(next_at=at)


@pytest.fixture
def device(city: City, owner: User) -> Device:
    found = add_device(city, owner, 554)
    owe(found)
    return found


def begin(device: Device, at: datetime = NOW) -> tuple[services.Claim, list]:
    [claim] = services.claim_tier(Tier.SIGNED_IN, now=at, limit=20, batch=20)
    return claim, services.begin_tier(lease=claim.lease, devices=[device], now=at)


def finish(device: Device, at: datetime = NOW, **found: object) -> None:
    claim, asked = begin(device, at)
    result = SessionResult(device.pk, **found)
    services.record_sessions(lease=claim.lease, results=[result], asked=asked, now=at)


def test_one_that_is_silent_now_is_not_signed_in_to(device: Device) -> None:
    record(NOW + 2 * MINUTE, Answer(device.pk, answered=False, cause=Cause.NO_ANSWER))

    assert services.claim_tier(Tier.SIGNED_IN, now=NOW + 2 * HOUR, limit=20, batch=20) == []


def test_what_is_due_is_looked_for_once_and_leased_in_batches(city: City, owner: User, device: Device) -> None:
    others = [add_device(city, owner, number, host=f"127.0.0.{number}") for number in (2, 3, 4)]
    owe(device, *others)
    TierCheck.objects.filter(device=others[2]).update(
        next_at=NOW + 100 * HOUR
    )  # Written by a clock that was ahead.

    claims = services.claim_tier(Tier.SIGNED_IN, now=NOW, limit=5, batch=3)

    assert [len(claim.device_ids) for claim in claims] == [3, 1]
    assert claims[1].device_ids == [others[2].pk]
    assert services.claim_tier(Tier.SIGNED_IN, now=NOW, limit=5, batch=3) == []
    for claim in claims:
        held = TierCheck.objects.filter(lease=claim.lease).values_list("device_id", flat=True)
        assert set(held) == set(claim.device_ids)


@pytest.mark.parametrize("gone", ["no longer watched", "asleep", "no way in"])
def test_a_device_that_changed_while_its_message_waited_is_not_begun(device: Device, gone: str) -> None:
    [claim] = services.claim_tier(Tier.SIGNED_IN, now=NOW, limit=20, batch=20)
    if gone == "no longer watched":
        CheckState.objects.all().delete()
    elif gone == "asleep":
        CheckState.objects.update(asleep_since=NOW)
    else:
        Device.objects.update(rtsp_path="", sealed_user="", sealed_password="")

    assert services.begin_tier(lease=claim.lease, devices=[device], now=NOW) == []


def test_a_message_that_comes_three_times_begins_once(device: Device) -> None:
    [claim] = services.claim_tier(Tier.SIGNED_IN, now=NOW, limit=20, batch=20)

    begun = [services.begin_tier(lease=claim.lease, devices=[device], now=NOW) for _ in range(3)]

    assert [len(asked) for asked in begun] == [1, 0, 0]
    assert services.claim_tier(Tier.SIGNED_IN, now=NOW + MINUTE, limit=20, batch=20) == []


def test_what_a_killed_worker_began_is_owed_again_and_leaves_a_doubt_until_it_is_taken(device: Device) -> None:
    Device.objects.update(sealed_user="x", sealed_password="x")
    begin(device)
    later = NOW + 10 * MINUTE

    services.follow_tiers(later)
    services.follow_tiers(later)

    device.refresh_from_db()
    assert device.secret_doubts == [DIED]
    finish(device, later, count=device.count)
    device.refresh_from_db()
    assert device.secret_doubts == []


def test_a_message_that_was_lost_costs_nothing_but_time(device: Device) -> None:
    services.claim_tier(Tier.SIGNED_IN, now=NOW, limit=20, batch=20)
    later = NOW + 10 * MINUTE

    services.follow_tiers(later)

    device.refresh_from_db()
    assert not device.secret_doubts
    assert services.claim_tier(Tier.SIGNED_IN, now=later, limit=20, batch=20)


def test_one_to_a_host_and_none_to_whom_somebody_talks(
    city: City, owner: User, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(device, add_device(city, owner, 555), add_device(city, owner, 554, host="127.0.0.2"), at=NOW + HOUR)
    sessions: list[int] = []
    monkeypatch.setattr(gateway, "sign_in", lambda asked: sessions.append(len(asked)) or [])
    monkeypatch.setattr(tasks.timezone, "now", lambda: NOW + HOUR)

    [claim] = services.claim_tier(Tier.SIGNED_IN, now=NOW + HOUR, limit=20, batch=20)
    tasks.check_signed_in(lease=str(claim.lease))
    given_back = TierCheck.objects.filter(lease=None, next_at__gt=NOW + HOUR).count()
    TierCheck.objects.update(lease=None, lease_until=None, began_at=None, next_at=NOW)
    turn = take_turn(device, holds=60)
    [claim] = services.claim_tier(Tier.SIGNED_IN, now=NOW + HOUR, limit=20, batch=20)
    tasks.check_signed_in(lease=str(claim.lease))
    give_back_turn(turn)

    assert len(claim.device_ids) == 3
    assert sessions == [2, 1], "two ports of one host take turns; a host that is spoken to is left alone"
    assert given_back == 1
    assert take_turn(device, holds=1), "every turn was given back"


def test_of_several_findings_the_worst_is_told_and_down_is_down(device: Device) -> None:
    camera = device.cameras.get()
    finish(device, code="unauthorized", detail="credentials")
    record(NOW + 2 * MINUTE, Answer(device.pk, answered=True, clock_offset_seconds=-600.0))
    refused = queries.state_of(camera)
    for minutes in (4, 6):
        record(NOW + minutes * MINUTE, Answer(device.pk, answered=False, cause=Cause.NO_ROUTE))
    down = queries.state_of(camera)
    record(NOW + 8 * MINUTE, Answer(device.pk, answered=True, clock_offset_seconds=-600.0))

    assert (refused.state, refused.cause) == (State.DEGRADED, Cause.PASSWORD_REFUSED)
    assert (down.state, down.cause) == (State.DOWN, Cause.NO_ROUTE)
    assert queries.state_of(camera).cause == Cause.PASSWORD_REFUSED
    TierCheck.objects.update(next_at=NOW)
    finish(device, NOW + 10 * MINUTE)
    assert queries.state_of(camera).cause == Cause.CLOCK_DRIFT


def test_what_was_found_stays_until_a_session_says_otherwise(device: Device) -> None:
    camera = device.cameras.get()
    camera.__class__.objects.filter(pk=camera.pk).update(profile_token="rtsp:1:main")
    finish(device, missing=("rtsp:1:main",))
    for code in ("unreachable", "misbehaving", ""):  # The last one had no time for the stream.
        TierCheck.objects.update(next_at=NOW)
        finish(device, NOW + MINUTE, code=code)

    assert queries.state_of(camera).cause == Cause.NO_STREAM
    TierCheck.objects.update(next_at=NOW)
    finish(device, NOW + 2 * MINUTE, described=("rtsp:1:main",))
    assert queries.state_of(camera).state == State.NORMAL
    assert [cause for _, cause, _, _ in history(camera)] == ["", "no_stream", ""]


def test_the_first_sessions_are_spread_over_a_period(city: City, owner: User) -> None:
    devices = [add_device(city, owner, 1000 + number) for number in range(12)]
    services.ensure_states(NOW)
    services.follow_tiers(NOW)

    waits = [row.next_at - NOW for row in TierCheck.objects.all()]
    assert len(waits) == len(devices)
    assert max(waits) - min(waits) > services.period_of(Tier.SIGNED_IN) / 10
    assert max(waits) <= services.period_of(Tier.SIGNED_IN)


def test_its_owner_s_probe_brings_the_next_session_forward(device: Device) -> None:
    finish(device)
    Device.objects.update(answered_at=NOW + MINUTE)
    services.follow_tiers(NOW + MINUTE)

    assert services.claim_tier(Tier.SIGNED_IN, now=NOW + MINUTE, limit=20, batch=20)


def test_what_is_no_longer_watched_is_owed_no_session(device: Device, owner: User) -> None:
    device.cameras.update(withdrawn_at=NOW, withdrawn_by=owner)
    services.ensure_states(NOW)
    services.follow_tiers(NOW)

    assert not TierCheck.objects.exists()


@pytest.mark.parametrize("jump", [-HOUR, timedelta(days=1), datetime(1970, 1, 2, tzinfo=NOW.tzinfo) - NOW])
def test_a_clock_that_jumps_neither_stops_the_sessions_nor_floods_them(device: Device, jump: timedelta) -> None:
    finish(device)
    jumped = NOW + jump
    CheckState.objects.update(checked_at=jumped)
    sessions, now = 0, jumped
    while now < jumped + 3 * HOUR:
        services.follow_tiers(now)
        if services.claim_tier(Tier.SIGNED_IN, now=now, limit=20, batch=20):
            TierCheck.objects.update(
                lease=None, lease_until=None, checked_at=now, next_at=now + services.period_of(Tier.SIGNED_IN)
            )
            sessions += 1
        now += 5 * MINUTE

    assert 1 <= sessions <= 3


def test_what_a_session_found_at_the_old_place_is_not_said_of_the_device_at_its_new_one(device: Device) -> None:
    claim, asked = begin(device)
    Device.objects.update(host="127.0.0.9")

    result = SessionResult(device.pk, code="different_device", detail="serial")
    services.record_sessions(lease=claim.lease, results=[result], asked=asked, now=NOW)

    device.refresh_from_db()
    assert device.different_since is None
    assert TierCheck.objects.get(device=device, tier=Tier.SIGNED_IN).cause == ""


def test_a_full_check_that_saw_nothing_is_owed_again_soon(device: Device, settings: Any) -> None:
    lease = uuid.uuid4()
    TierCheck.objects.create(
        device=device, tier=Tier.FULL, next_at=NOW, lease=lease, lease_until=NOW + MINUTE, began_at=NOW
    )

    services.record_full(lease=lease, device=device, findings=[], now=NOW)

    row = TierCheck.objects.get(device=device, tier=Tier.FULL)
    assert row.next_at <= NOW + settings.PICTURE_AGAIN_AFTER


def test_what_was_begun_stays_owed_until_it_is_reaped_though_nobody_watches_any_more(device: Device) -> None:
    Device.objects.update(sealed_user="x", sealed_password="x")
    begin(device)
    Consent.objects.update(withdrawn_at=NOW, withdrawn_by=F("signed_by"))
    services.ensure_states(NOW)

    services.follow_tiers(NOW + MINUTE)
    assert TierCheck.objects.filter(began_at__isnull=False).exists()

    services.follow_tiers(NOW + 10 * MINUTE)
    device.refresh_from_db()
    assert device.secret_doubts == [DIED]
