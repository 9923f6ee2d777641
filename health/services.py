"""Everything that changes what is owed to a device, and what is known of its cameras.

The table of owed checks is the record; a queue only carries ids. Nothing here touches the network.
"""

import math
import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest

from devices.checks import CONCURRENCY
from health import alerts, causes
from health.causes import Answer, Change, Tally, Verdict, judge, next_check
from health.models import CheckState, State, StatusInterval
from registry.models import Camera, Device
from registry.models.cameras import HELD_UNTIL

HAS_CHANNEL = Q(channel__isnull=False) | ~Q(video_source_token="")
"""Cameras that a probe has found on their device. Of the others nothing is known, whatever the device answers."""

_JITTER_GROUPS = 8
_OFFSET_WORTH_WRITING = 2.0  # Seconds; smaller moves of a camera's clock are noise of the line.


@dataclass(frozen=True, slots=True)
class Claim:
    """Devices that one lease holds, until `until`."""

    lease: uuid.UUID
    device_ids: list[int]
    until: datetime


def batch_takes() -> timedelta:
    """The longest one batch takes, whatever its devices do: its rounds of silent ones, and the writing."""
    rounds = math.ceil(settings.SWEEP_BATCH / CONCURRENCY)
    return timedelta(seconds=rounds * (settings.SWEEP_DEADLINE_SECONDS + 0.5) + 5)


def may_wait() -> timedelta:
    """How long a claimed batch may wait in the queue before its message is dropped."""
    return max(settings.SWEEP_PERIOD / 2, timedelta(seconds=20))


def lease_lasts() -> timedelta:
    """How long a claim holds: its wait in the queue and the batch itself."""
    return may_wait() + batch_takes()


def place_of(device: Device) -> str:
    """Where and how a device is asked, as one text to compare."""
    alone = f"|rtsp{'s' * device.rtsp_tls}" if device.rtsp_only else ""
    return f"{device.host}|{device.onvif_port}|{device.rtsp_port or ''}{alone}"


def watched_devices() -> QuerySet[Device]:
    """Devices that are owed checks: of a listed camera, with an address where a probe has reached it, and not
    waiting for an agent. One whose owner restricted the processing of his data is left alone.
    """
    listed = Camera.objects.listed().exclude(paused_until=HELD_UNTIL).filter(device=OuterRef("pk"))
    reached = Device.objects.filter(answered_at__isnull=False, waits_for_agent=False).exclude(host="")
    return reached.filter(Exists(listed))


@transaction.atomic
def ensure_states(now: datetime) -> None:
    """Owe a check to every watched device and none to others; wake those that a probe reached at a new address.

    A camera that is no longer watched, or has no channel of its device, keeps its history; its open interval ends.
    """
    # A moved device loses or renews its secret: without a probe since then, its new address is not proven.
    proven = Q(secret_changed_at__isnull=True) | Q(answered_at__gte=F("secret_changed_at"))
    missing = watched_devices().filter(proven, check_state__isnull=True)
    fresh = [
        CheckState(device=device, address=place_of(device), next_check_at=now)
        for device in missing.iterator(chunk_size=2000)
    ]
    CheckState.objects.bulk_create(fresh, batch_size=1000, ignore_conflicts=True)
    for state in CheckState.objects.filter(device__answered_at__gt=F("asleep_since")).select_related("device"):
        _start_anew(state, now)
    CheckState.objects.exclude(device__in=watched_devices().values("pk")).delete()
    unwatched = Q(camera__device__check_state__isnull=True) | Q(
        camera__device__check_state__asleep_since__isnull=False
    )
    lost = Q(camera__channel__isnull=True, camera__video_source_token="")
    (
        StatusInterval.objects.open()
        .filter(unwatched | Q(camera__withdrawn_at__isnull=False) | lost)
        .update(until=Greatest(F("since"), Value(now)))
    )


def _start_anew(state: CheckState, now: datetime) -> None:
    state.next_check_at, state.address, state.asleep_since = now, place_of(state.device), None
    state.lease = state.lease_until = state.first_failure_at = state.clock_offset_seconds = None
    state.failures, state.cause, state.slow = 0, "", False
    state.save()


@transaction.atomic
def claim_due(*, now: datetime, limit: int, slow: bool = False) -> Claim | None:
    """Put one new lease on at most `limit` due devices; None if nothing is due.

    Two sweeps at once never hold the same device: PostgreSQL passes over rows that the other one has locked, and
    on SQLite the whole transaction is the only writer (BEGIN IMMEDIATE). Two statements, because an UPDATE over a
    limited sub-select may run that select more than once and claim more than its limit.
    """
    due = (
        CheckState.objects.due(now, _furthest())
        .filter(slow=slow)
        .order_by("next_check_at")
        .select_for_update(skip_locked=True)
        .values_list("pk", "device_id")[:limit]
    )
    rows = list(due)
    if not rows:
        return None
    claim = Claim(uuid.uuid4(), [device_id for _, device_id in rows], now + lease_lasts())
    CheckState.objects.filter(pk__in=[pk for pk, _ in rows]).update(lease=claim.lease, lease_until=claim.until)
    return claim


@transaction.atomic
def leased_devices(*, lease: uuid.UUID, now: datetime) -> list[Device]:
    """The devices that this lease still holds, with what is needed to dial them.

    A device that was moved since it was last reached is not among them: its row goes to sleep.
    """
    held = (
        CheckState.objects.filter(lease=lease, lease_until__gt=now, device__waits_for_agent=False)
        .select_related("device")
        .order_by("pk")
    )
    moved = [state.pk for state in held if state.address != place_of(state.device)]
    if moved:
        CheckState.objects.filter(pk__in=moved, lease=lease).update(lease=None, lease_until=None, asleep_since=now)
    return [state.device for state in held if state.pk not in set(moved)]


@transaction.atomic
def postpone(*, lease: uuid.UUID, device_ids: Iterable[int], now: datetime) -> set[int]:
    """Give back the checks of devices that somebody talks to now, due again in a moment; the devices given back.

    Two periods after its last check a device is asked all the same: no crowd of viewers hides that it fell silent.
    """
    fresh = CheckState.objects.filter(
        lease=lease, device__in=set(device_ids), checked_at__gt=now - 2 * settings.SWEEP_PERIOD
    )
    given_back = set(fresh.values_list("device_id", flat=True))
    if given_back:
        CheckState.objects.filter(lease=lease, device__in=given_back).update(
            lease=None, lease_until=None, next_check_at=now + settings.SWEEP_PERIOD / 10
        )
    return given_back


@transaction.atomic
def record_results(*, lease: uuid.UUID, answers: Iterable[Answer], now: datetime) -> Tally:
    """Write what a batch found, for the devices that its lease still holds; the others are counted as late.

    Run twice it writes once: the lease is given back with the result. Intervals change only where the state or
    its cause changed, and the owner is told in the same transaction.
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
    alerts.tell_owners(changes, now)
    tally.changed = sum(change.device_id in told for change in changes)
    return tally


@transaction.atomic
def tell_held_back(now: datetime) -> None:
    """Send the letters on devices that stay down, which had to wait for the pause after an earlier one."""
    alerts.tell_held_back(now)


def _furthest() -> timedelta:
    """No due time and no lease is ever set further ahead than this."""
    return settings.SWEEP_PERIOD * 2 + lease_lasts()


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
