"""How much of the time cameras were there, by day and over any span.

Days that are over are read from their packed rows; today, and what is not packed yet, from the intervals. Both say
the same to the second.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Count, F, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from config.prepared import prepared_cursor
from health.arrays import array_of
from health.models import CameraDay, State, StatusInterval
from health.runs import (
    Interval,
    Run,
    Sums,
    cause_of,
    day_of,
    days_between,
    end_of,
    known_and_down,
    known_and_down_of,
    runs_of,
    second_of,
    start_of,
    sums_of,
    within,
)


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of one camera: the shares of that part of it which is past, 0 to 1; together they are 1.

    A day to come is unknown. `cause` is why it was at its worst, as in `health.causes.Cause`.
    """

    day: date
    normal: float
    degraded: float
    down: float
    unknown: float
    cause: str = ""

    @property
    def worst(self) -> State:
        """The worst that happened, however shortly; unknown only where nothing is known of the day."""
        if self.down:
            return State.DOWN
        if self.degraded:
            return State.DEGRADED
        return State.NORMAL if self.normal else State.UNKNOWN


def days_of(camera_ids: Sequence[int], first: date, last: date, now: datetime) -> dict[int, list[Day]]:
    """Each of these cameras with each day from `first` to `last`, both included. At most two queries."""
    today = day_of(now)
    packed: dict[tuple[int, date], tuple[Sums, str]] = {}
    over = CameraDay.objects.filter(day__range=(first, min(last, _before(today))))
    fields = ("camera_id", "day", "normal", "degraded", "down", "cause")
    for camera, day, normal, degraded, down, cause in among(over, camera_ids).values_list(*fields):
        packed[camera, day] = Sums(normal, degraded, down), cause
    days = list(days_between(first, last))
    past = [day for day in days if day <= today]
    missing = {camera: [day for day in past if (camera, day) not in packed] for camera in camera_ids}
    known = _runs_from_intervals(missing, now)
    found: dict[int, list[Day]] = {}
    for camera in camera_ids:
        line = found[camera] = []
        for day in days:
            if (camera, day) in packed:
                line.append(_day(day, *packed[camera, day], end_of(day) - start_of(day)))
            else:
                runs = known.get((camera, day), [])
                so_far = min(end_of(day), second_of(now)) - start_of(day)
                line.append(_day(day, sums_of(runs), cause_of(runs), so_far))
    return found


def uptime_of(
    camera_ids: Sequence[int], since: datetime, until: datetime, now: datetime
) -> dict[int, float | None]:
    """The share of the known time between two moments in which each camera was not down; None: nothing is known.

    What lies after `now` does not count.
    """
    begin, end = second_of(since), min(second_of(until), second_of(now))
    if begin >= end or not camera_ids:
        return dict.fromkeys(camera_ids)
    touched = list(days_between(day_of(since), day_of(min(until, now))))
    whole = [day for day in touched if begin <= start_of(day) and end_of(day) <= end and day < day_of(now)]
    totals = _sums_of_packed(camera_ids, whole) if whole else {}
    unsummed = set(camera_ids) - totals.keys()
    totals |= {camera: _Total(0, 0) for camera in unsummed}
    left = {day: set(unsummed if day in whole else camera_ids) for day in touched}
    _add_the_rest(totals, left, begin, end, now)
    return {
        camera: 1 - total.down / total.known if total.known else None
        for camera, total in ((camera, totals[camera]) for camera in camera_ids)
    }


def _before(day: date) -> date:
    return day - timedelta(days=1)


def _day(day: date, sums: Sums, cause: str, seconds: int) -> Day:
    if seconds <= 0:
        return Day(day, 0.0, 0.0, 0.0, 1.0)
    unknown = max(0, seconds - sums.known)
    return Day(day, sums.normal / seconds, sums.degraded / seconds, sums.down / seconds, unknown / seconds, cause)


@dataclass(slots=True)
class _Total:
    """Of one camera: how many seconds are known, and how many of these it was down."""

    known: int
    down: int

    def add(self, known: int, down: int) -> None:
        self.known += known
        self.down += down


def _sums_of_packed(camera_ids: Sequence[int], days: Sequence[date]) -> dict[int, _Total]:
    """Known seconds and seconds down, added up by the database, for the cameras that have a packed row for each of
    these consecutive days."""
    if connection.vendor == "postgresql":
        with prepared_cursor() as cursor:
            cursor.execute(_SUMS, [array_of(camera_ids), days[0], days[-1]])
            rows = cursor.fetchall()
    else:
        rows = list(
            CameraDay.objects.filter(day__range=(days[0], days[-1]), camera__in=camera_ids)
            .order_by()
            .values("camera_id")
            .annotate(days=Count("day"), known=Sum(F("normal") + F("degraded") + F("down")), off=Sum("down"))
            .values_list("camera_id", "days", "known", "off")
        )
    return {camera: _Total(known, off) for camera, count, known, off in rows if count == len(days)}


#: Camera by camera, each from the index of the constraint alone: as one condition on all of them the rows go
#: through a table of hashes, or come from a read of the whole table, which takes nearly twice as long.
_SUMS = """
SELECT asked.id, told.* FROM unnest(%s::bigint[]) AS asked (id), LATERAL (
    SELECT count(*), sum(normal + degraded + down), sum(down) FROM health_cameraday
    WHERE camera_id = asked.id AND day BETWEEN %s AND %s
) AS told
"""
_PACKED = """
SELECT asked.id, told.day, told.down, told.runs
FROM unnest(%s::bigint[]) AS asked (id), unnest(%s::date[]) AS asked_of (day)
JOIN LATERAL (
    SELECT day, down, runs FROM health_cameraday WHERE camera_id = asked.id AND day = asked_of.day
) AS told ON true
"""


def _packed(camera_ids: Iterable[int], days: Sequence[date]) -> Sequence[tuple[Any, ...]]:
    """Camera, day, its seconds down and its runs, for each of these days that is packed."""
    if not days:
        return []
    if connection.vendor == "postgresql":
        with prepared_cursor() as cursor:
            cursor.execute(_PACKED, [array_of(camera_ids), array_of(days)])
            return cursor.fetchall()
    rows = CameraDay.objects.filter(day__in=days, camera__in=camera_ids).order_by()
    return list(rows.values_list("camera_id", "day", "down", "runs"))


def _add_the_rest(
    totals: Mapping[int, _Total], left: Mapping[date, set[int]], begin: int, end: int, now: datetime
) -> None:
    """Add what lies between two seconds in each day of the cameras that are `left` to be asked of it, from packed
    rows or else from intervals; whoever is packed is left no longer."""
    today = day_of(now)
    bounds = {day: (max(begin, start_of(day)), min(end, end_of(day))) for day in left}
    days = [day for day, cameras in left.items() if cameras and day < today]
    for camera, day, down, runs in _packed(set().union(*left.values()), days):
        if camera not in left[day]:
            continue
        left[day].remove(camera)
        low, high = bounds[day]
        if runs:
            totals[camera].add(*known_and_down_of(runs, day, low, high))
        else:  # By far the most: one state from midnight to midnight.
            totals[camera].add(high - low, high - low if down else 0)
    days = [day for day, cameras in left.items() if cameras]
    if not days:
        return
    intervals = intervals_of(set().union(*left.values()), bounds[days[0]][0], end)
    for day in days:
        low, high = bounds[day]
        for camera in left[day] & intervals.keys():
            totals[camera].add(*known_and_down(intervals[camera], low, high))


def among(rows: QuerySet[Any], camera_ids: Iterable[int]) -> QuerySet[Any]:
    """Those of these cameras, in no order.

    On PostgreSQL the keys go as one array: as a thousand parameters they take Django longer than the answer does.
    """
    keys = list(camera_ids)
    if connection.vendor != "postgresql":
        return rows.filter(camera_id__in=keys).order_by()
    column = f"{connection.ops.quote_name(rows.model._meta.db_table)}.camera_id"
    condition = RawSQL(f"{column} = ANY(%s::bigint[])", [array_of(keys)], output_field=BooleanField())  # noqa: S611 # nosec B611 - our own name
    return rows.filter(condition).order_by()


def _runs_from_intervals(missing: dict[int, list[date]], now: datetime) -> dict[tuple[int, date], list[Run]]:
    """The runs of these days of these cameras, by camera and day; of the future nothing is known."""
    asked = [camera for camera, days in missing.items() if days]
    if not asked:
        return {}
    first = min(missing[camera][0] for camera in asked)
    intervals = intervals_of(asked, start_of(first), second_of(now))
    found: dict[tuple[int, date], list[Run]] = {}
    for camera in asked:
        if rows := intervals.get(camera):
            runs = runs_of(rows, start_of(missing[camera][0]), second_of(now))
            for day in missing[camera]:
                found[camera, day] = within(runs, start_of(day), end_of(day))
    return found


def intervals_of(camera_ids: Iterable[int], begin: int, end: int) -> dict[int, list[Interval]]:
    """The intervals of these cameras that touch the time between two seconds."""
    since, until = (datetime.fromtimestamp(second, UTC) for second in (begin, end))
    found: dict[int, list[Interval]] = defaultdict(list)
    if connection.vendor == "postgresql":
        with prepared_cursor() as cursor:
            cursor.execute(_INTERVALS, {"cameras": array_of(camera_ids), "since": since, "until": until})
            for camera, began, ended, number, state, cause in cursor.fetchall():
                found[camera].append(Interval(began, ended, number, state, cause))
        return found
    began = among(StatusInterval.objects.filter(since__lt=until), camera_ids)
    rows = began.filter(Q(until__isnull=True) | Q(until__gt=since))
    for camera, begun, ended, *row in rows.values_list("camera_id", "since", "until", "pk", "state", "cause"):
        found[camera].append(Interval(second_of(begun), ended and second_of(ended), *row))
    return found


#: Two halves with an index each: asked with an OR, the database reads all that these cameras ever went through.
#: Whole seconds, because a moment takes the driver ten times as long to read as a number.
_INTERVALS = """
SELECT camera_id, floor(extract(epoch FROM since))::bigint, NULL, id, state, cause
FROM health_statusinterval
WHERE camera_id = ANY(%(cameras)s::bigint[]) AND until IS NULL AND since < %(until)s
UNION ALL
SELECT camera_id, floor(extract(epoch FROM since))::bigint, floor(extract(epoch FROM until))::bigint, id, state,
       cause
FROM health_statusinterval
WHERE camera_id = ANY(%(cameras)s::bigint[]) AND until > %(since)s AND since < %(until)s
"""
