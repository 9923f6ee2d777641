"""What is owed is a row: nothing is lost with a worker or a message, and nothing is counted twice."""

import sqlite3
import threading
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from accounts.models import User
from health import services, tasks
from health.causes import Answer, Cause
from health.models import CheckGroup, CheckState, State, StatusInterval
from health.services.groups import _join
from notices.models import Notice
from registry.models import Device
from tests.health.listeners import Listener, answer_options
from tests.health.world import add_device, history, record
from tests.registry.world import NOW, City, make_city, make_person

Listen = Callable[..., Listener]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def device(city: City, owner: User) -> Device:
    """A watched device with one camera, due at once."""
    device = add_device(city, owner, 554)
    services.ensure_states(NOW)
    return device


def silent(device: Device) -> Answer:
    return Answer(device.pk, answered=False, cause=Cause.NO_ANSWER)


@pytest.mark.django_db
def test_a_claimed_device_is_nobody_elses_until_its_lease_ends(device: Device) -> None:
    first = services.claim_due(now=NOW, limit=10)
    meanwhile = services.claim_due(now=NOW + timedelta(seconds=1), limit=10)
    after = services.claim_due(now=NOW + services.lease_lasts(), limit=10)

    assert first.device_ids == after.device_ids == [device.pk]
    assert meanwhile is None
    assert first.lease != after.lease


@pytest.mark.django_db
def test_a_killed_worker_loses_nothing_and_its_late_result_counts_for_nothing(device: Device) -> None:
    killed = services.claim_due(now=NOW, limit=10)
    later = NOW + services.lease_lasts()
    record(later, silent(device))

    tally = services.record_results(lease=killed.lease, answers=[silent(device)], now=later)

    assert tally.late == 1
    assert device.check_state.failures == 1


@pytest.mark.django_db
def test_a_batch_that_is_delivered_three_times_is_written_once(device: Device) -> None:
    record(NOW, silent(device))
    claim = services.claim_due(now=NOW + MINUTE, limit=10)

    tallies = [
        services.record_results(lease=claim.lease, answers=[silent(device)], now=NOW + MINUTE) for _ in range(3)
    ]

    assert [(tally.silent, tally.late) for tally in tallies] == [(1, 0), (0, 1), (0, 1)]
    assert device.check_state.failures == 2
    assert history(device.cameras.get()) == [("down", "no_answer", NOW, None)]
    services.send_letters(NOW + HOUR)
    services.send_letters(NOW + HOUR)
    assert Notice.objects.filter(code="health.down").count() == 1


@pytest.mark.django_db
def test_a_lease_that_nobody_gave_writes_nothing(device: Device) -> None:
    tally = services.record_results(lease=uuid.uuid4(), answers=[silent(device)], now=NOW)

    assert tally.late == 1
    assert not StatusInterval.objects.exists()


@pytest.mark.django_db
def test_while_it_stays_down_the_interval_is_not_begun_anew(device: Device) -> None:
    for minutes, cause in ((0, Cause.NO_ANSWER), (2, Cause.NO_ANSWER), (4, Cause.REFUSED), (6, Cause.NO_NAME)):
        record(NOW + minutes * MINUTE, Answer(device.pk, answered=False, cause=cause))

    assert history(device.cameras.get()) == [("down", "no_answer", NOW, None)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "jump", [timedelta(hours=-1), timedelta(days=1), datetime(1970, 1, 2, tzinfo=NOW.tzinfo) - NOW]
)
def test_a_clock_that_jumps_neither_stops_the_checks_nor_floods_them(device: Device, jump: timedelta) -> None:
    record(NOW, Answer(device.pk, answered=True))

    jumped = NOW + jump
    record(jumped, Answer(device.pk, answered=True))

    assert services.claim_due(now=jumped + timedelta(seconds=30), limit=10) is None
    assert services.claim_due(now=jumped + 2 * MINUTE, limit=10) is not None
    assert StatusInterval.objects.count() == 1


@pytest.mark.django_db
def test_a_claim_takes_the_longest_due_first_and_no_more_than_its_limit(city: City, owner: User) -> None:
    devices = [add_device(city, owner, port) for port in (554, 555, 556)]
    services.ensure_states(NOW)
    CheckState.objects.filter(device=devices[1]).update(next_check_at=NOW - MINUTE)

    assert services.claim_due(now=NOW, limit=1).device_ids == [devices[1].pk]
    assert len(services.claim_due(now=NOW, limit=5).device_ids) == 2


@pytest.mark.django_db
def test_due_times_are_spread(city: City, owner: User) -> None:
    devices = [add_device(city, owner, 1000 + number) for number in range(16)]
    services.ensure_states(NOW)
    for start in (NOW, NOW + 2 * MINUTE):
        record(start, *[Answer(device.pk, answered=True) for device in devices])

    waits = {state.next_check_at - start for state in CheckState.objects.all()}
    assert len(waits) >= 8
    assert all(0.8 * MINUTE <= wait <= MINUTE for wait in waits)


@pytest.mark.django_db
def test_only_reachable_listed_devices_are_owed_checks(city: City, owner: User) -> None:
    kept = add_device(city, owner, 554)
    never_reached = add_device(city, owner, 555)
    waiting = add_device(city, owner, 556)
    no_address = add_device(city, owner, 557, host="")
    withdrawn = add_device(city, owner, 558)
    Device.objects.filter(pk=never_reached.pk).update(answered_at=None)
    Device.objects.filter(pk=waiting.pk).update(waits_for_agent=True)
    services.ensure_states(NOW)
    record(NOW, Answer(kept.pk, answered=True), Answer(withdrawn.pk, answered=True))
    withdrawn.cameras.update(withdrawn_at=NOW, withdrawn_by=owner)

    services.ensure_states(NOW + MINUTE)

    assert not no_address.host
    assert list(CheckState.objects.values_list("device_id", flat=True)) == [kept.pk]
    assert history(withdrawn.cameras.get()) == [("up", "", NOW, NOW + MINUTE)]
    assert history(kept.cameras.get()) == [("up", "", NOW, None)]


@pytest.mark.django_db
def test_the_database_keeps_one_open_interval_per_camera(device: Device) -> None:
    record(NOW, Answer(device.pk, answered=True))

    with pytest.raises(IntegrityError), transaction.atomic():
        StatusInterval.objects.create(camera=device.cameras.get(), state=State.DOWN, since=NOW)


@pytest.mark.django_db
def test_a_batch_costs_the_same_number_of_queries_whatever_its_size(
    city: City, owner: User, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    devices = [add_device(city, owner, 1000 + number) for number in range(30)]
    services.ensure_states(NOW)
    record(NOW, *[Answer(device.pk, answered=True) for device in devices])
    claim = services.claim_due(now=NOW + 2 * MINUTE, limit=500)

    # Savepoint, groups, rows, who is told, five about devices and cameras (one on PostgreSQL), eight due times.
    with django_assert_max_num_queries(19):
        services.record_results(
            lease=claim.lease,
            answers=[Answer(device.pk, answered=True) for device in devices],
            now=NOW + 2 * MINUTE,
        )


@pytest.fixture
def database_of_threads(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Gives the connections of new threads a real file on SQLite, whose test database lives in memory, where
    tables lock in a way of their own. On PostgreSQL there is nothing to do.
    """

    def copy() -> None:
        if connection.vendor != "sqlite":
            return
        file = tmp_path / "db.sqlite3"
        with closing(sqlite3.connect(file)) as target:
            connection.connection.backup(target)
        monkeypatch.setitem(connections.settings["default"], "NAME", str(file))

    return copy


def test_two_beats_at_once_hold_no_device_twice(database_of_threads: Callable[[], None]) -> None:
    city, owner = make_city(), make_person("pemilik")
    for number in range(40):
        add_device(city, owner, 1000 + number)
    services.ensure_states(NOW)
    database_of_threads()
    claimed: list[list[int]] = []
    gate = threading.Barrier(4)

    def beat() -> None:
        gate.wait()
        try:
            while claim := services.claim_due(now=NOW, limit=7):
                claimed.append(claim.device_ids)
        finally:
            connections.close_all()

    beats = [threading.Thread(target=beat) for _ in range(4)]
    for thread in beats:
        thread.start()
    for thread in beats:
        thread.join(30)

    everything = [device_id for ids in claimed for device_id in ids]
    assert len(everything) == len(set(everything)) == 40
    assert max(len(ids) for ids in claimed) <= 7


@pytest.mark.django_db
def test_the_tasks_walk_from_the_beat_to_the_record(
    city: City, owner: User, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = add_device(city, owner, listen(answer_options).port).cameras.get()
    sent: list[dict] = []
    monkeypatch.setattr(tasks.check_batch, "apply_async", lambda **message: sent.append(message))

    tasks.follow_register()
    tasks.sweep()
    tasks.sweep()
    for message in sent * 2:
        tasks.check_batch(**message["kwargs"])

    assert len(sent) == 1
    assert 0 < sent[0]["expires"] <= services.lease_lasts().total_seconds()
    assert [state for state, *_ in history(camera)] == ["up"]


@pytest.mark.django_db
def test_the_first_sweep_after_a_start_claims_no_more_than_is_done_in_time_and_sends_it_in_order(
    city: City, owner: User, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SWEEP_BATCH = 2
    monkeypatch.setattr("health.services.owed.GROUPS_AT_ONCE", 1)
    devices = [add_device(city, owner, 1000 + number) for number in range(60)]
    services.ensure_states(timezone.now())
    for late, device in enumerate(devices):
        CheckState.objects.filter(device=device).update(next_check_at=timezone.now() - late * MINUTE)
    sent: list[uuid.UUID] = []
    monkeypatch.setattr(
        tasks.check_batch, "apply_async", lambda **message: sent.append(uuid.UUID(message["kwargs"]["lease"]))
    )

    tasks.sweep()
    first = list(sent)
    tasks.sweep()
    full = len(sent)
    batches = [set(CheckState.objects.filter(lease=lease).values_list("device_id", flat=True)) for lease in sent]
    for lease in first[:5]:
        services.record_results(
            lease=lease,
            answers=[Answer(device.pk, answered=True) for device in devices],
            now=timezone.now(),
        )
    tasks.sweep()

    longest_due = [device.pk for device in reversed(devices)]
    assert len(first) == 15, "half of all: what is done in half a period"
    assert full == 15, "nothing more before some of it is done"
    assert batches == [set(longest_due[start : start + 2]) for start in range(0, 30, 2)]
    assert len(sent) == 20


@pytest.mark.django_db
def test_a_day_forward_owes_each_device_one_check(city: City, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [add_device(city, owner, 1000 + number) for number in range(8)]
    services.ensure_states(NOW)
    answers = [Answer(device.pk, answered=True) for device in devices]
    record(NOW, *answers)

    record(NOW + timedelta(days=1), *answers)

    assert services.claim_due(now=NOW + timedelta(days=1, seconds=40), limit=500) is None


@pytest.mark.django_db
@pytest.mark.parametrize("alone", [True, False], ids=["by itself", "in a group"])
def test_the_next_period_runs_from_the_question_and_not_from_the_last_answer_of_its_batch(
    city: City, owner: User, settings: object, alone: bool
) -> None:
    device = add_device(city, owner, 1000)
    services.ensure_states(NOW)
    record(NOW, Answer(device.pk, answered=True))
    if not alone:
        services.ensure_states(NOW)
    asked_at = NOW + 2 * settings.SWEEP_PERIOD
    claim = services.claim_due(now=asked_at, limit=10)

    services.record_results(
        lease=claim.lease,
        answers=[Answer(device.pk, answered=True)],
        now=asked_at + timedelta(seconds=6),
        asked_at=asked_at,
        known={device.pk: None},
    )

    row = CheckState.objects.select_related("group").get()
    found = row.group or row
    assert (row.group is None) == alone
    assert found.checked_at == asked_at + timedelta(seconds=6)
    assert found.next_check_at < asked_at + settings.SWEEP_PERIOD


@pytest.mark.django_db
@pytest.mark.parametrize("meanwhile", ["claimed", "given back later", "failed", "joined another"])
def test_nobody_joins_a_group_that_is_not_as_it_was_read(city: City, owner: User, meanwhile: str) -> None:
    device = add_device(city, owner, 1000)
    services.ensure_states(NOW)
    record(NOW, Answer(device.pk, answered=True))
    [state] = CheckState.objects.all()
    group = CheckGroup.objects.create(next_check_at=NOW)
    other = CheckGroup.objects.create(next_check_at=NOW)
    if meanwhile == "claimed":
        CheckGroup.objects.filter(pk=group.pk).update(lease=uuid.uuid4(), lease_until=NOW + MINUTE)
    elif meanwhile == "given back later":
        CheckGroup.objects.filter(pk=group.pk).update(next_check_at=NOW + MINUTE)
    elif meanwhile == "failed":
        CheckState.objects.update(failures=1, first_failure_at=NOW)
    else:
        CheckState.objects.update(group=other)

    _join(group.pk, NOW, [state.pk])

    assert not group.members.exists()


@pytest.mark.django_db
def test_a_first_failure_is_asked_again_soon_but_not_at_once(city: City, owner: User, settings: object) -> None:
    device = add_device(city, owner, 1000)
    services.ensure_states(NOW)
    claim = services.claim_due(now=NOW, limit=10)
    written_at = NOW + settings.SWEEP_PERIOD / 2
    silent = Answer(device.pk, answered=False, cause=Cause.NO_ANSWER)

    services.record_results(lease=claim.lease, answers=[silent], now=written_at, asked_at=NOW)

    wait = CheckState.objects.get().next_check_at - written_at
    assert settings.SWEEP_PERIOD / 8 < wait < settings.SWEEP_PERIOD / 2
