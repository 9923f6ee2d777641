"""What a batch found, written: the row of each device, and the interval of each camera that changed."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from health import causes
from health.causes import Answer, Change, Tally, judge, next_check, with_findings
from health.models import CheckState, State
from health.onrecord import Behind, Checked
from health.services import falls, groups, intervals, together
from health.services.days import repack
from health.services.reading import behind, locked, locked_members
from registry.models import Device

_JITTER_GROUPS = 8
#: What an answer may change in the row of its device, beside its due time and lease.
_SAID = (
    "failures",
    "first_failure_at",
    "clock_offset_seconds",
    "cause",
    "slow",
    "outcomes",
    "flapping_since",
)
_OFFSET_WORTH_WRITING = 2.0  # Seconds; smaller moves of a camera's clock are noise of the line.
_SURELY_RIGHT = causes.CLOCK_DRIFT_SECONDS - _OFFSET_WORTH_WRITING


def record_results(
    *,
    lease: uuid.UUID,
    answers: Iterable[Answer],
    now: datetime,
    asked_at: datetime | None = None,
    known: Mapping[int, float | None] | None = None,
) -> Tally:
    """Write what a batch found, for the devices that its lease still holds; the others are counted as late.

    Run twice it writes once: the lease is given back with the result. Intervals change only where the state or
    its cause changed; falls, outages and what people are owed about them are written in the same transaction.
    `asked_at`: when the batch was asked. From then on the next period runs: who answered at once waited in it for
    those who never did. `known`: the clocks' offsets as they were on record when the lease was taken up; by them it
    is seen, before anything is read or written, that a group of devices has nothing new to say.
    """
    answers = list(answers)
    asked_at = now if asked_at is None else min(asked_at, now)
    news = {answer.device_id: answer for answer in (answers if known is None else _news(answers, known))}
    calm = len(answers) - len(news)
    if not news and groups.give_back(lease, now, asked_at):
        return Tally(answered=calm)
    with transaction.atomic():
        asked = groups.give_back(lease, now, asked_at)
        if asked:
            # Vital objects are in no group.
            tally = _record(locked_members(asked, news), news, set(news), now, asked_at)
            tally.answered += calm
            return tally
        found = {answer.device_id: answer for answer in answers}
        told = set(Device.objects.filter(pk__in=list(found), site__vital=False).values_list("pk", flat=True))
        mine = locked(CheckState.objects.filter(lease=lease, device__in=list(found)))
        return _record(mine, found, told, now, asked_at)


def _news(answers: Iterable[Answer], known: Mapping[int, float | None]) -> list[Answer]:
    """Of answers of devices that were calm (`groups.calm`): those whose rows have to be looked at.

    Asked of every device in every round: a call for each would cost as much as all that the others need.
    """
    found, near, right = [], _OFFSET_WORTH_WRITING, _SURELY_RIGHT
    for answer in answers:
        device_id, answered, cause, measured, slow = answer
        if answered and not cause and not slow:
            if measured is None:
                continue
            old = known.get(device_id)
            if old is not None and -near < measured - old < near and -right < old < right:
                continue
            if not _worth_writing(old, measured):
                continue
        found.append(answer)
    return found


def _record(
    rows: Sequence[Checked], found: Mapping[int, Answer], told: set[int], now: datetime, asked_at: datetime
) -> Tally:
    """Write these answers; only devices of `told` are counted."""
    devices = behind(rows, now)
    rows = [row for row in rows if row.device_id in devices]
    tally = Tally(late=len(told - {row.device_id for row in rows}))
    plain: list[Checked] = []
    moved: list[Checked] = []
    special: list[Checked] = []
    for row in rows:
        answer = found[row.device_id]
        if row.device_id in told:
            tally.answered += answer.answered
            tally.silent += not answer.answered
        changed = _take_in(row, answer, now)
        if row.group_id is not None and not (row.failures or row.cause or row.slow or row.outcomes):
            moved.append(row)
        else:
            (special if changed else plain).append(row)
    # Only their clocks: they stay among the calm.
    offsets: list[object] = [row.clock_offset_seconds for row in moved]
    together.write([row.id for row in moved], {"clock_offset_seconds": offsets})
    _give_back_plain(plain, now, asked_at)
    _give_back_special(special, now, asked_at)
    changes = _write_states(rows, devices, now)
    tally.changed = sum(change.device_id in told for change in changes)
    return tally


@transaction.atomic
def judge_again(device_ids: Iterable[int], now: datetime) -> None:
    """Let what another tier found, or no longer finds, be seen in the states of these devices' cameras."""
    rows = locked(CheckState.objects.filter(device__in=list(device_ids), checked_at__isnull=False))
    devices = behind(rows, now)
    _write_states([row for row in rows if row.device_id in devices], devices, now)


def _write_states(rows: Iterable[Checked], devices: Mapping[int, Behind], now: datetime) -> list[Change]:
    """Change the intervals that say something else than the verdicts on these devices, and tell of it."""
    changes = [change for row in rows for change in _changes(row, devices[row.device_id], now)]
    intervals.write(changes)
    repack({change.camera_id: change.since for change in changes}, now)
    falls.take_in(changes, now)
    return changes


def _changes(row: Checked, device: Behind, now: datetime) -> list[Change]:
    """The cameras of a device whose open interval says something else than the verdict on it, together with what
    other tiers found of them."""
    judged = judge(row, device, now)
    if judged is None:
        return []
    changes = []
    for camera_id, state, cause, since, findings in device.cameras:
        verdict = with_findings(judged, findings, now)
        # While it stays down, the cause it went down with is kept: "down since" must not start anew.
        if state == verdict.state and (cause == verdict.cause or state == State.DOWN):
            continue
        changes.append(Change(camera_id, row.device_id, state, cause, since, verdict))
    return changes


def _take_in(row: Checked, answer: Answer, now: datetime) -> bool:
    """Write an answer into its row in memory; True if more changed than the times of the check."""
    before = _said_by(row)
    row.slow = answer.slow
    if answer.answered:
        row.failures, row.first_failure_at = 0, None
        row.cause = answer.cause
        offset = answer.clock_offset_seconds
        if offset is not None and _worth_writing(row.clock_offset_seconds, offset):
            row.clock_offset_seconds = offset
    else:
        row.failures += 1
        row.first_failure_at = causes.failing_since(row, now)
        row.cause = answer.cause or causes.Cause.NO_ANSWER
    causes.take_outcome(row, failed=not answer.answered, now=now)
    return before != _said_by(row)


def _said_by(row: Checked) -> tuple[object, ...]:
    return row.failures, row.cause, row.slow, row.clock_offset_seconds, row.outcomes, row.flapping_since


def _worth_writing(old: float | None, new: float) -> bool:
    if old is None or abs(old - new) >= _OFFSET_WORTH_WRITING:
        return True
    return (abs(old) > causes.CLOCK_DRIFT_SECONDS) != (abs(new) > causes.CLOCK_DRIFT_SECONDS)


def _give_back_plain(rows: Sequence[Checked], now: datetime, asked_at: datetime) -> None:
    """The many that answered as they did before: a handful of statements, each with a due time of its own."""
    period = settings.SWEEP_PERIOD
    for group in range(_JITTER_GROUPS):
        members = [row.id for row in rows if row.id % _JITTER_GROUPS == group]
        if members:
            CheckState.objects.filter(pk__in=members).update(
                lease=None,
                lease_until=None,
                checked_at=now,
                next_check_at=asked_at + period * (1 - causes.early()),
            )


def _give_back_special(rows: Sequence[Checked], now: datetime, asked_at: datetime) -> None:
    """The few whose row says something new: each is asked by itself from now on."""
    columns: dict[str, list[object]] = {name: [getattr(row, name) for row in rows] for name in _SAID}
    columns["next_check_at"] = [
        next_check(row, asked_at, now, settings.SWEEP_PERIOD, causes.early()) for row in rows
    ]
    columns["checked_at"] = [now] * len(rows)
    columns |= dict.fromkeys(("lease", "lease_until", "group_id"), [None] * len(rows))
    together.write([row.id for row in rows], columns)
