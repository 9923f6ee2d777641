"""What a batch found, written: the row of each device, and the interval of each camera that changed."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from health import bell, causes
from health.causes import Answer, Change, Tally, Verdict, judge, next_check, with_findings
from health.models import CheckGroup, CheckState, State, StatusInterval
from health.services import disturbances, falls, groups, together
from health.services.days import repack
from health.services.findings import findings_of
from health.services.groups import HAS_CHANNEL
from registry.models import Camera, Device

_JITTER_GROUPS = 8
_OFFSET_WORTH_WRITING = 2.0  # Seconds; smaller moves of a camera's clock are noise of the line.


def record_results(
    *, lease: uuid.UUID, answers: Iterable[Answer], now: datetime, known: Mapping[int, float | None] | None = None
) -> Tally:
    """Write what a batch found, for the devices that its lease still holds; the others are counted as late.

    Run twice it writes once: the lease is given back with the result. Intervals change only where the state or
    its cause changed; falls, outages and what people are owed about them are written in the same transaction.
    `known`: the clocks' offsets as they were on record when the lease was taken up; by them it is seen, before
    anything is read or written, that a group of devices has nothing new to say.
    """
    found = {answer.device_id: answer for answer in answers}
    news = [pk for pk, answer in found.items() if known is None or _says_something_new(answer, known.get(pk))]
    if not news and groups.give_back(lease, now):
        return Tally(answered=len(found))
    with transaction.atomic():
        groups_of_lease = CheckGroup.objects.filter(lease=lease).order_by("pk").select_for_update()
        asked = list(groups_of_lease.values_list("pk", flat=True))
        if not asked:
            rows = _locked(CheckState.objects.filter(lease=lease, device_id__in=list(found)))
            return _record(rows, found, now)
        rows = _locked(CheckState.objects.asked_with(asked).filter(device_id__in=news))
        tally = _record(rows, {pk: found[pk] for pk in news}, now)
        tally.answered += len(found) - len(news)
        groups.give_back(lease, now)
        return tally


def _says_something_new(answer: Answer, offset: float | None) -> bool:
    """Of a device that was calm (`groups.calm`): whether its row has to be looked at."""
    if not answer.answered or answer.cause or answer.slow:
        return True
    measured = answer.clock_offset_seconds
    return measured is not None and _worth_writing(offset, measured)


def _locked(rows: QuerySet[CheckState]) -> list[CheckState]:
    return list(rows.select_related("device").order_by("pk").select_for_update(of=("self",)))


def _record(rows: Sequence[CheckState], found: Mapping[int, Answer], now: datetime) -> Tally:
    told = set(Device.objects.filter(pk__in=list(found), site__vital=False).values_list("pk", flat=True))
    tally = Tally(late=len(told - {row.device_id for row in rows}))
    plain: list[CheckState] = []
    moved: list[CheckState] = []
    special: list[CheckState] = []
    verdicts: dict[int, Verdict] = {}
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
        if verdict := judge(row, now):
            verdicts[row.device_id] = verdict
    if moved:  # Only its clock: it stays among the calm.
        together.write(moved, ["clock_offset_seconds"])
    _give_back_plain(plain, now)
    _give_back_special(special, now)
    changes = _write_states(verdicts, now)
    tally.changed = sum(change.device_id in told for change in changes)
    return tally


@transaction.atomic
def judge_again(device_ids: Iterable[int], now: datetime) -> None:
    """Let what another tier found, or no longer finds, be seen in the states of these devices' cameras."""
    rows = (
        CheckState.objects.filter(device_id__in=list(device_ids), checked_at__isnull=False)
        .select_related("device")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    _write_states({row.device_id: verdict for row in rows if (verdict := judge(row, now))}, now)


def _write_states(verdicts: dict[int, Verdict], now: datetime) -> list[Change]:
    """Change the intervals that say something else than the verdicts, and tell of it."""
    changes = _changes(verdicts, now)
    repack(_write_intervals(changes), now)
    disturbances.take_in(changes, now)
    falls.take_in(changes, now)
    return changes


def _take_in(row: CheckState, answer: Answer, now: datetime) -> bool:
    """Write an answer into its row in memory; True if more changed than the times of the check."""
    before = _said_by(row)
    row.checked_at = now
    row.slow = answer.slow
    if answer.answered:
        row.failures, row.first_failure_at = 0, None
        row.cause = answer.cause
        offset = answer.clock_offset_seconds
        if offset is not None and _worth_writing(row.clock_offset_seconds, offset):
            row.clock_offset_seconds = offset
    else:
        row.failures += 1
        row.first_failure_at = min(row.first_failure_at or now, now)
        row.cause = answer.cause or causes.Cause.NO_ANSWER
    causes.take_outcome(row, failed=not answer.answered, now=now)
    return before != _said_by(row)


def _said_by(row: CheckState) -> tuple[object, ...]:
    return row.failures, row.cause, row.slow, row.clock_offset_seconds, row.outcomes, row.flapping_since


def _worth_writing(old: float | None, new: float) -> bool:
    if old is None or abs(old - new) >= _OFFSET_WORTH_WRITING:
        return True
    return (abs(old) > causes.CLOCK_DRIFT_SECONDS) != (abs(new) > causes.CLOCK_DRIFT_SECONDS)


def _give_back_plain(rows: Sequence[CheckState], now: datetime) -> None:
    """The many that answered as they did before: a handful of statements, each with a due time of its own."""
    period = settings.SWEEP_PERIOD
    for group in range(_JITTER_GROUPS):
        members = [row.pk for row in rows if row.pk % _JITTER_GROUPS == group]
        if members:
            CheckState.objects.filter(pk__in=members).update(
                lease=None,
                lease_until=None,
                checked_at=now,
                next_check_at=now + period * (1 - causes.early()),
            )


def _give_back_special(rows: Sequence[CheckState], now: datetime) -> None:
    """The few whose row says something new."""
    for row in rows:
        row.lease = row.lease_until = row.group = None
        row.next_check_at = next_check(row, now, settings.SWEEP_PERIOD, causes.early())
    together.write(
        rows,
        [
            "lease",
            "lease_until",
            "next_check_at",
            "failures",
            "first_failure_at",
            "checked_at",
            "clock_offset_seconds",
            "cause",
            "slow",
            "outcomes",
            "flapping_since",
            "group",
        ],
    )


def _changes(verdicts: dict[int, Verdict], now: datetime) -> list[Change]:
    """The cameras of these devices whose open interval says something else than the verdict on their device,
    together with what other tiers found of them."""
    cameras = Camera.objects.listed().filter(HAS_CHANNEL, device_id__in=list(verdicts))
    pairs = list(cameras.order_by("pk").values_list("pk", "device_id"))
    now_open = {
        camera_id: (state, cause, since)
        for camera_id, state, cause, since in StatusInterval.objects.open()
        .filter(camera_id__in=[camera_id for camera_id, _ in pairs])
        .values_list("camera_id", "state", "cause", "since")
    }
    found = findings_of(pairs)
    changes = []
    for camera_id, device_id in pairs:
        state, cause, since = now_open.get(camera_id, ("", "", None))
        verdict = with_findings(verdicts[device_id], found.get(camera_id, ()), now)
        # While it stays down, the cause it went down with is kept: "down since" must not start anew.
        if state == verdict.state and (cause == verdict.cause or state == State.DOWN):
            continue
        changes.append(Change(camera_id, device_id, state, since, verdict))
    return changes


def _write_intervals(changes: Sequence[Change]) -> dict[int, datetime]:
    """Close the old interval of each changed camera and open the new one: one open per camera, by constraint.
    From when on each camera's past is another one now.

    Two statements in one transaction; a single statement that does both breaks the constraint half-way.
    """
    closing: dict[datetime, list[int]] = {}
    opening = []
    for change in changes:
        since = change.verdict.since
        if change.was_since is not None:
            since = max(since, change.was_since)
            closing.setdefault(since, []).append(change.camera_id)
        opening.append(
            StatusInterval(
                camera_id=change.camera_id, state=change.verdict.state, cause=change.verdict.cause, since=since
            )
        )
    for until, camera_ids in closing.items():
        StatusInterval.objects.open().filter(camera_id__in=camera_ids).update(until=until)
    StatusInterval.objects.bulk_create(opening, batch_size=500)
    if opening:
        bell.ring_after_commit()
    return {interval.camera_id: interval.since for interval in opening}
