"""Devices that have nothing to tell are asked together; whoever has something is asked and judged by itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import User
from health import queries, services, tasks
from health.causes import Answer, Cause, Tally
from health.models import CheckGroup, CheckState, State
from registry.models import Camera, Device
from tests.health.world import add_device, history
from tests.registry.world import NOW, City

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = NOW + MINUTE


@pytest.fixture
def devices(city: City, owner: User) -> list[Device]:
    """Four that answered once and are asked together from then on."""
    found = [add_device(city, owner, 8554, host=f"127.0.0.{n}", onvif=True) for n in range(1, 5)]
    services.ensure_states(NOW)
    _check(NOW, found)
    services.ensure_states(NOW + MINUTE / 4)
    return found


def _check(now, devices: list[Device], **other: Answer) -> list[Tally]:  # type: ignore[no-untyped-def]
    """Claim all that is due and write that each answered, but for `other` by place ("_0")."""
    said = {device.pk: Answer(device.pk, answered=True, clock_offset_seconds=0.5) for device in devices}
    said |= {devices[int(place[1:])].pk: answer for place, answer in other.items()}
    tallies = []
    while claim := services.claim_due(now=now, limit=500):
        leased, known = services.leased_devices(lease=claim.lease, now=now)
        assert sorted(claim.device_ids) == sorted(known)
        answers = [said[device.pk] for device in leased]
        tallies.append(services.record_results(lease=claim.lease, answers=answers, now=now, known=known))
    return tallies


def _silent(device: Device) -> Answer:
    return Answer(device.pk, answered=False, cause=Cause.NO_ANSWER)


def test_those_who_answer_as_before_are_asked_together_and_cost_one_row(
    devices: list[Device], django_assert_max_num_queries: Callable[..., object]
) -> None:
    rows = {row.pk: row.checked_at for row in CheckState.objects.all()}
    (group,) = CheckGroup.objects.all()
    claim = services.claim_due(now=LATER, limit=500)
    assert claim is not None
    known = {device.pk: 0.5 for device in devices}

    with django_assert_max_num_queries(1):
        tally = services.record_results(
            lease=claim.lease,
            answers=[Answer(device.pk, answered=True, clock_offset_seconds=0.6) for device in devices],
            now=LATER,
            known=known,
        )

    assert (tally.answered, tally.late, tally.changed) == (4, 0, 0)
    assert {row.pk: row.checked_at for row in CheckState.objects.all()} == rows
    assert group.members.count() == 4
    states = queries.states_of(Camera.objects.all())
    assert {(state.state, state.checked_at) for state in states.values()} == {(State.NORMAL, LATER)}


def test_the_next_check_of_a_group_is_due_before_the_period_is_over(devices: list[Device]) -> None:
    _check(LATER, devices)

    (group,) = CheckGroup.objects.all()
    assert LATER + 0.8 * MINUTE <= group.next_check_at <= LATER + 0.9 * MINUTE


def test_one_that_falls_silent_leaves_the_group_and_is_down_by_its_second_failure(devices: list[Device]) -> None:
    _check(LATER, devices, _0=_silent(devices[0]))
    alone = CheckState.objects.get(group__isnull=True)
    _check(alone.next_check_at, devices, _0=_silent(devices[0]))

    camera = devices[0].cameras.get()
    assert alone.device == devices[0]
    assert alone.next_check_at < LATER + MINUTE / 2
    assert queries.state_of(camera).state == State.DOWN
    assert history(camera)[-1][2] == LATER
    assert CheckGroup.objects.get().members.count() == 3


def test_it_comes_back_to_a_group_when_it_is_calm_again(devices: list[Device]) -> None:
    _check(LATER, devices, _0=_silent(devices[0]))
    CheckState.objects.filter(device=devices[0]).update(next_check_at=LATER + MINUTE, outcomes=0)
    _check(LATER + MINUTE, devices)
    CheckState.objects.filter(device=devices[0]).update(outcomes=0)  # 21 checks later.
    services.ensure_states(LATER + 1.2 * MINUTE)

    assert not CheckState.objects.filter(group__isnull=True).exists()
    assert queries.state_of(devices[0].cameras.get()).state == State.NORMAL


def test_a_clock_that_runs_off_is_seen_at_once_and_its_device_stays_in_the_group(devices: list[Device]) -> None:
    off = Answer(devices[1].pk, answered=True, clock_offset_seconds=420.0)
    (tally,) = _check(LATER, devices, _1=off)
    back = Answer(devices[1].pk, answered=True, clock_offset_seconds=1.0)
    first = history(devices[1].cameras.get())
    _check(LATER + MINUTE, devices, _1=back)

    assert tally.changed == 1
    assert first[-1] == (State.DEGRADED, Cause.CLOCK_DRIFT, LATER, None)
    assert history(devices[1].cameras.get())[-1][:2] == (State.NORMAL, "")
    assert CheckGroup.objects.get().members.count() == 4


def test_results_count_once_and_only_for_the_lease(devices: list[Device]) -> None:
    claim = services.claim_due(now=LATER, limit=500)
    assert claim is not None
    assert services.claim_due(now=LATER, limit=500) is None
    known = {device.pk: 0.5 for device in devices}
    silent = [_silent(device) for device in devices]
    after = services.claim_due(now=claim.until + MINUTE, limit=500)
    assert after is not None

    late = services.record_results(lease=claim.lease, answers=silent, now=LATER, known=known)
    written = services.record_results(lease=after.lease, answers=silent, now=LATER, known=known)
    again = services.record_results(lease=after.lease, answers=silent, now=LATER, known=known)

    assert (late.late, late.silent) == (4, 0)
    assert (written.silent, written.late) == (4, 0)
    assert (again.late, again.silent) == (4, 0)
    assert set(CheckState.objects.values_list("failures", flat=True)) == {1}


def test_a_group_whose_worker_died_is_due_again_when_its_lease_ends(devices: list[Device]) -> None:
    claim = services.claim_due(now=LATER, limit=500)
    assert claim is not None

    assert services.claim_due(now=claim.until - MINUTE / 60, limit=500) is None
    assert services.claim_due(now=claim.until, limit=500) is not None


@pytest.mark.parametrize("hours", [-1, 24 * 365 * 50])
def test_a_clock_that_jumps_does_not_stop_a_group(devices: list[Device], hours: int) -> None:
    jumped = LATER + timedelta(hours=hours)
    _check(jumped, devices)
    _check(LATER + MINUTE, devices)

    assert CheckGroup.objects.get().checked_at == LATER + MINUTE


def test_a_moved_device_falls_asleep_and_is_asked_no_more(devices: list[Device]) -> None:
    Device.objects.filter(pk=devices[2].pk).update(host="127.0.0.99")
    claim = services.claim_due(now=LATER, limit=500)
    assert claim is not None

    leased = services.leased_devices(lease=claim.lease, now=LATER).devices

    assert devices[2].pk not in {device.pk for device in leased}
    row = CheckState.objects.get(device=devices[2])
    assert (row.asleep_since, row.group) == (LATER, None)


def test_a_device_in_a_conversation_is_asked_a_little_later_by_itself(devices: list[Device]) -> None:
    _check(LATER, devices)
    now = LATER + MINUTE
    claim = services.claim_due(now=now, limit=500)
    assert claim is not None

    assert services.postpone(lease=claim.lease, device_ids=[devices[3].pk], now=now) == {devices[3].pk}

    row = CheckState.objects.get(device=devices[3])
    assert (row.group, row.next_check_at) == (None, now + MINUTE / 10)


def _add_camera(device: Device) -> None:
    camera = device.cameras.get()
    camera.pk, camera.public_id, camera.label, camera.channel = None, None, "Kamera 2", 2
    camera.public_id = Camera._meta.get_field("public_id").get_default()
    camera.save(force_insert=True)


def _make_vital(device: Device) -> None:
    type(device.site).objects.filter(pk=device.site_id).update(vital=True)


def _probe(device: Device) -> None:
    Device.objects.filter(pk=device.pk).update(answered_at=LATER)


def _become_another(device: Device) -> None:
    Device.objects.filter(pk=device.pk).update(different_since=LATER)


@pytest.mark.parametrize("happens", [_add_camera, _make_vital, _probe, _become_another])
def test_whoever_has_something_to_be_judged_anew_leaves_the_group(
    devices: list[Device], happens: Callable[[Device], None]
) -> None:
    happens(devices[0])
    services.ensure_states(LATER)

    assert CheckState.objects.get(group__isnull=True).device == devices[0]
    _check(LATER, devices)
    states = queries.states_of(Camera.objects.filter(device=devices[0]))
    assert State.UNKNOWN not in {state.state for state in states.values()}


def test_groups_are_no_larger_than_a_batch_and_empty_ones_go(city: City, owner: User, settings: object) -> None:
    settings.SWEEP_BATCH = 2
    found = [add_device(city, owner, 8554, host=f"127.0.1.{n}") for n in range(1, 6)]
    services.ensure_states(NOW)
    _check(NOW, found)
    services.ensure_states(NOW + MINUTE / 4)
    sizes = sorted(group.members.count() for group in CheckGroup.objects.all())
    Camera.objects.filter(device__in=found[1:]).update(withdrawn_at=NOW, withdrawn_by=owner)
    services.ensure_states(NOW + MINUTE / 2)

    assert sizes == [1, 2, 2]
    assert [group.members.count() for group in CheckGroup.objects.all()] == [1]


def test_a_group_that_nobody_is_in_any_more_is_not_claimed_for_ever(devices: list[Device]) -> None:
    claim = services.claim_due(now=LATER, limit=500)
    assert claim is not None
    CheckState.objects.update(group=None)

    tasks.check_batch(lease=str(claim.lease))

    assert not CheckGroup.objects.exists()
