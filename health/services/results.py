"""What a batch found, written: the row of each device, and the interval of each camera that changed."""

import random
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from health import causes
from health.causes import Answer, Change, Tally, Verdict, judge, next_check
from health.models import CheckState, State, StatusInterval
from health.services import falls
from registry.models import Camera, Device

HAS_CHANNEL = Q(channel__isnull=False) | ~Q(video_source_token="")
"""Cameras that a probe has found on their device. Of the others nothing is known, whatever the device answers."""

_JITTER_GROUPS = 8
_OFFSET_WORTH_WRITING = 2.0  # Seconds; smaller moves of a camera's clock are noise of the line.


@transaction.atomic
def record_results(*, lease: uuid.UUID, answers: Iterable[Answer], now: datetime) -> Tally:
    """Write what a batch found, for the devices that its lease still holds; the others are counted as late.

    Run twice it writes once: the lease is given back with the result. Intervals change only where the state or
    its cause changed; falls, outages and what people are owed about them are written in the same transaction.
    """
    found = {answer.device_id: answer for answer in answers}
    rows = list(
        CheckState.objects.filter(lease=lease, device_id__in=list(found))
        .select_related("device")
        .select_for_update(of=("self",))
    )
    told = set(Device.objects.filter(pk__in=list(found), site__vital=False).values_list("pk", flat=True))
    tally = Tally(late=len(told - {row.device_id for row in rows}))
    plain: list[CheckState] = []
    special: list[CheckState] = []
    verdicts: dict[int, Verdict] = {}
    for row in rows:
        answer = found[row.device_id]
        if row.device_id in told:
            tally.answered += answer.answered
            tally.silent += not answer.answered
        (special if _take_in(row, answer, now) else plain).append(row)
        if verdict := judge(row, now):
            verdicts[row.device_id] = verdict
    _give_back_plain(plain, now)
    _give_back_special(special, now)
    changes = _changes(verdicts)
    _write_intervals(changes)
    falls.take_in(changes, now)
    tally.changed = sum(change.device_id in told for change in changes)
    return tally


def _take_in(row: CheckState, answer: Answer, now: datetime) -> bool:
    """Write an answer into its row in memory; True if more changed than the times of the check."""
    before = (row.failures, row.cause, row.slow, row.clock_offset_seconds)
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
    return before != (row.failures, row.cause, row.slow, row.clock_offset_seconds)


def _worth_writing(old: float | None, new: float) -> bool:
    if old is None or abs(old - new) >= _OFFSET_WORTH_WRITING:
        return True
    return (abs(old) > causes.CLOCK_DRIFT_SECONDS) != (abs(new) > causes.CLOCK_DRIFT_SECONDS)


def _jitter() -> float:
    return random.uniform(0, causes.JITTER)  # noqa: S311 - spreads load, guards nothing


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
                next_check_at=now + period * (1 - _jitter()),
            )


def _give_back_special(rows: Sequence[CheckState], now: datetime) -> None:
    """The few whose row says something new."""
    for row in rows:
        row.lease = row.lease_until = None
        row.next_check_at = next_check(row, now, settings.SWEEP_PERIOD, _jitter())
    CheckState.objects.bulk_update(
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
        ],
        batch_size=250,
    )


def _changes(verdicts: dict[int, Verdict]) -> list[Change]:
    """The cameras of these devices whose open interval says something else than the verdict."""
    cameras = Camera.objects.listed().filter(HAS_CHANNEL, device_id__in=list(verdicts))
    pairs = list(cameras.order_by("pk").values_list("pk", "device_id"))
    now_open = {
        camera_id: (state, cause, since)
        for camera_id, state, cause, since in StatusInterval.objects.open()
        .filter(camera_id__in=[camera_id for camera_id, _ in pairs])
        .values_list("camera_id", "state", "cause", "since")
    }
    changes = []
    for camera_id, device_id in pairs:
        state, cause, since = now_open.get(camera_id, ("", "", None))
        verdict = verdicts[device_id]
        # While it stays down, the cause it went down with is kept: "down since" must not start anew.
        if state == verdict.state and (cause == verdict.cause or state == State.DOWN):
            continue
        changes.append(Change(camera_id, device_id, state, since, verdict))
    return changes


def _write_intervals(changes: Sequence[Change]) -> None:
    """Close the old interval of each changed camera and open the new one: one open per camera, by constraint.

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
