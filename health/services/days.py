"""Days that are over, packed into one row per camera and added up by kelurahan, and what is old, deleted."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from health.known import counted
from health.models import AreaDay, CameraDay, StatusInterval
from health.runs import (
    Interval,
    Run,
    cause_of,
    day_of,
    days_between,
    end_of,
    pack,
    runs_of,
    start_of,
    sums_of,
    within,
)
from health.uptime import intervals_of

log = structlog.get_logger(__name__)

SETTLED_AFTER = timedelta(hours=3)  # A day's last failures are confirmed by then; what comes later is packed anew.
MOST_DAYS_A_RUN = 7  # So that a clock which jumped ahead for an hour leaves little to take back.
BATCH = 2000
FORGOTTEN_AT_ONCE = 5000  # Rows, or cameras: each in a transaction of its own.
ADDED_UP_DAYS = 30  # As many as a page shows of a kelurahan.


def pack_days(now: datetime) -> int:
    """Pack the days that are over, the oldest first, then delete what is older than it is kept; how many rows.

    Run twice, at once or stopped half-way it writes each row once. Retention is counted from the newest packed day
    and not from the clock: a clock that jumps ahead deletes nothing that is not packed.
    """
    newest: date | None = CameraDay.objects.aggregate(newest=Max("day"))["newest"]
    today = day_of(now)
    if newest is not None and newest >= today:
        if newest - today > settings.INTERVALS_KEPT:
            # Not days that were packed too soon, but a clock that stands in 1970: its days are none of ours.
            log.warning("health.days_ahead_of_the_clock", newest=str(newest), today=str(today))
            return 0
        # Packed while the clock was ahead. Their intervals are all there, so they come again in their time.
        _delete(CameraDay.objects.filter(day__gte=today))
        AreaDay.objects.filter(day__gte=today).delete()
        newest = CameraDay.objects.aggregate(newest=Max("day"))["newest"]
    rows = 0
    last = day_of(now - SETTLED_AFTER) - timedelta(days=1)
    for day in _days_to_pack(newest, last):
        rows += sum(_pack(cameras, day) for cameras in _unpacked(day))
        newest = day
    if newest is not None:
        _add_up(newest)
        if rows:  # Once a day: it looks at all the intervals.
            _forget(newest)
    return rows


def repack(changed_since: Mapping[int, datetime], now: datetime) -> None:
    """Pack the days of these cameras anew, each from the day of its moment on, as far as days are packed.

    For news that comes late: a camera may be found to be down since yesterday. Call it in the transaction that
    writes the intervals.
    """
    midnight = start_of(day_of(now))
    late = {camera: since for camera, since in changed_since.items() if since.timestamp() < midnight}
    if not late:
        return
    newest: date | None = CameraDay.objects.aggregate(newest=Max("day"))["newest"]
    if newest is None:
        return
    first = min(day_of(since) for since in late.values())
    intervals = intervals_of(late, start_of(first), end_of(newest))
    rows = []
    for camera, since in late.items():
        known = runs_of(intervals.get(camera, ()), start_of(day_of(since)), end_of(newest))
        rows += [row for day in days_between(day_of(since), newest) if (row := _row(camera, day, known))]
    CameraDay.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["camera", "day"],
        update_fields=["normal", "degraded", "down", "cause", "runs"],
    )


def _days_to_pack(newest: date | None, last: date) -> list[date]:
    """The newest packed day, which may be half done, and the next of which something is known."""
    later = StatusInterval.objects.all()
    if newest is not None:
        end = datetime.fromtimestamp(end_of(newest), UTC)
        later = later.filter(Q(until__isnull=True) | Q(until__gt=end))
    oldest: datetime | None = later.aggregate(oldest=Min("since"))["oldest"]
    half_done = [] if newest is None else [newest]
    if oldest is None:
        return half_done
    first = day_of(oldest) if newest is None else max(day_of(oldest), newest + timedelta(days=1))
    return half_done + list(days_between(first, min(last, first + timedelta(days=MOST_DAYS_A_RUN - 1))))


def _unpacked(day: date) -> Iterator[list[int]]:
    """The cameras of which something is known of this day and that have no row for it, in batches."""
    begin, end = (datetime.fromtimestamp(second, UTC) for second in (start_of(day), end_of(day)))
    touching = StatusInterval.objects.filter(Q(until__isnull=True) | Q(until__gt=begin), since__lt=end)
    packed = CameraDay.objects.filter(day=day, camera=OuterRef("camera"))
    after = 0
    while True:
        rows = touching.filter(~Exists(packed), camera_id__gt=after)
        cameras = list(rows.order_by("camera_id").values_list("camera_id", flat=True).distinct()[:BATCH])
        if not cameras:
            return
        yield cameras
        after = cameras[-1]


@transaction.atomic
def _pack(cameras: list[int], day: date) -> int:
    intervals = intervals_of(cameras, start_of(day), end_of(day))
    rows = [row for camera, known in intervals.items() if (row := _row_of(camera, day, known))]
    # One that is there already was written by a second run or is newer than what we read: see `repack`.
    CameraDay.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return len(rows)


def _row_of(camera: int, day: date, intervals: Iterable[Interval]) -> CameraDay | None:
    return _row(camera, day, runs_of(intervals, start_of(day), end_of(day)))


def _row(camera: int, day: date, known: Iterable[Run]) -> CameraDay | None:
    """The row of a day; None where nothing is known of it."""
    runs = within(known, start_of(day), end_of(day))
    if not runs:
        return None
    return CameraDay(
        camera_id=camera, day=day, cause=cause_of(runs), runs=pack(runs, day), **sums_of(runs)._asdict()
    )


def _add_up(newest: date) -> None:
    """Add up by kelurahan the days before `newest`, and itself, that are not yet; the last two each time, for news
    of them come late."""
    first = newest - timedelta(days=ADDED_UP_DAYS - 1)
    known = set(AreaDay.objects.filter(day__gte=first).order_by().values_list("day", flat=True).distinct())
    for day in days_between(first, newest):
        if day not in known or (newest - day).days < 2:
            _add_up_day(day)


@transaction.atomic
def _add_up_day(day: date) -> None:
    sums = (
        CameraDay.objects.filter(day=day, camera__in=counted())
        .order_by()
        .values_list("camera__site__area_id")
        .annotate(Sum("normal"), Sum("degraded"), Sum("down"))
    )
    AreaDay.objects.bulk_create(
        [
            AreaDay(area_id=area, day=day, normal=normal, degraded=degraded, down=down)
            for area, normal, degraded, down in sums
        ],
        update_conflicts=True,
        unique_fields=["area", "day"],
        update_fields=["normal", "degraded", "down"],
    )


def _forget(newest: date) -> None:
    """Delete closed intervals of days long packed, and packed days older than they are kept."""
    kept_from = datetime.fromtimestamp(start_of(newest - settings.INTERVALS_KEPT), UTC)
    over = StatusInterval.objects.filter(until__lte=kept_from)
    # By ranges of cameras, as the index has them: by row numbers each batch would read the whole table.
    ends = over.order_by().aggregate(first=Min("camera"), last=Max("camera"))
    if ends["first"] is not None:
        for camera in range(ends["first"], ends["last"] + 1, FORGOTTEN_AT_ONCE):
            over.filter(camera__gte=camera, camera__lt=camera + FORGOTTEN_AT_ONCE).delete()
    oldest = newest - settings.CAMERA_DAYS_KEPT
    _delete(CameraDay.objects.filter(day__lt=oldest))
    AreaDay.objects.filter(day__lt=oldest).delete()


def _delete(rows: QuerySet[CameraDay]) -> None:
    """Some at a time, so that no transaction holds all of a city."""
    while keys := list(rows.order_by("day").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        CameraDay.objects.filter(pk__in=keys).delete()
