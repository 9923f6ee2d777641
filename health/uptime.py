"""How much of the time cameras were there, by day and over any span.

Days that are over are read from their packed rows; today, and what is not packed yet, from the intervals. Both say
the same to the second.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from health.models import CameraDay, State, StatusInterval
from health.runs import (
    Interval,
    Run,
    Sums,
    cause_of,
    day_of,
    days_between,
    end_of,
    runs_of,
    second_of,
    start_of,
    sums_of,
    unpack,
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
    for camera, day, normal, degraded, down, cause in _packed(
        camera_ids, first, min(last, _before(today))
    ).values_list("camera_id", "day", "normal", "degraded", "down", "cause"):
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
    if begin >= end:
        return dict.fromkeys(camera_ids)
    touched = list(days_between(day_of(since), day_of(min(until, now))))
    whole = [day for day in touched if begin <= start_of(day) and end_of(day) <= end and day < day_of(now)]
    sums = _sums_of_packed(camera_ids, whole) if whole else {}
    edges = [day for day in touched if day not in set(whole)]
    known = _runs_of_days({camera: edges if camera in sums else touched for camera in camera_ids}, now)
    found: dict[int, float | None] = {}
    for camera in camera_ids:
        total = [sums[camera]] if camera in sums else []
        total.append(sums_of(within(known.get(camera, []), begin, end)))
        seconds, down = sum(one.known for one in total), sum(one.down for one in total)
        found[camera] = 1 - down / seconds if seconds else None
    return found


def _before(day: date) -> date:
    return day - timedelta(days=1)


def _day(day: date, sums: Sums, cause: str, seconds: int) -> Day:
    if seconds <= 0:
        return Day(day, 0.0, 0.0, 0.0, 1.0)
    unknown = max(0, seconds - sums.known)
    return Day(day, sums.normal / seconds, sums.degraded / seconds, sums.down / seconds, unknown / seconds, cause)


def _packed(camera_ids: Sequence[int], first: date, last: date) -> QuerySet[CameraDay]:
    return CameraDay.objects.filter(camera_id__in=camera_ids, day__range=(first, last)).order_by()


def _sums_of_packed(camera_ids: Sequence[int], days: Sequence[date]) -> dict[int, Sums]:
    """Added up by the database, for the cameras that have a packed row for each of these consecutive days."""
    rows = (
        _packed(camera_ids, days[0], days[-1])
        .values("camera_id")
        .annotate(days=Count("pk"), up=Sum("normal"), so_so=Sum("degraded"), off=Sum("down"))
        .values_list("camera_id", "days", "up", "so_so", "off")
    )
    return {camera: Sums(up, so_so, off) for camera, count, up, so_so, off in rows if count == len(days)}


def _runs_of_days(wanted: dict[int, list[date]], now: datetime) -> dict[int, list[Run]]:
    """The runs of some days of each camera, from packed rows where there are some, else from intervals."""
    known: dict[int, list[Run]] = defaultdict(list)
    days = {day for line in wanted.values() for day in line if day < day_of(now)}
    rows = CameraDay.objects.filter(camera_id__in=list(wanted), day__in=days).order_by()
    packed = set()
    for camera, day, normal, degraded, down, runs in (
        rows.values_list("camera_id", "day", "normal", "degraded", "down", "runs") if days else ()
    ):
        if day in wanted[camera]:
            packed.add((camera, day))
            known[camera] += unpack(bytes(runs), day, Sums(normal, degraded, down))
    missing = {camera: [day for day in line if (camera, day) not in packed] for camera, line in wanted.items()}
    for (camera, _), runs in _runs_from_intervals(missing, now).items():
        known[camera] += runs
    return known


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
    rows = StatusInterval.objects.filter(
        Q(until__isnull=True) | Q(until__gt=since), camera_id__in=list(camera_ids), since__lt=until
    )
    found: dict[int, list[Interval]] = defaultdict(list)
    for camera, *row in rows.order_by().values_list("camera_id", "since", "until", "pk", "state", "cause"):
        found[camera].append(Interval(*row))
    return found
