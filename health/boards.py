"""What the page of a precinct shows: its kelurahan with their counts, and cameras by name, the worst first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Value, When
from django.utils import timezone

from access.shown import rights_on
from access.viewers import Viewer
from accounts.models import Duty
from health.acknowledged import back_on
from health.known import counted_in, known_since, named_to, whose
from health.models import AreaDay, State
from health.outages_shown import ShownOutage, running
from health.queries import Counts, StateNow, counts_of, states_of, with_open
from health.remembered import remembered
from health.rows import Row, once_a_device
from health.sparks import Spark, spark_of
from health.uptime import Day, days_of
from registry.models import Area, Camera
from registry.models.cameras import CameraQuerySet
from registry.rights import AccessRight

DAYS_SHOWN = 30
#: A kelurahan's day counts as disturbed or down from this share of its cameras' time on.
OF_MANY = 0.05
WORST_FIRST = (State.DOWN, State.DEGRADED, State.UNKNOWN, State.NORMAL)
TROUBLED = (State.DOWN, State.DEGRADED)


@dataclass(frozen=True)
class AreaRow:
    """A kelurahan: how many of its connected cameras are in each state now, and its last days."""

    area: Area
    counts: Counts
    spark: Spark


@dataclass(frozen=True, kw_only=True)
class CameraRow(Row):
    """A camera by name. `since` is never from before the reader might know; `place` is empty where he may not know
    more than the kelurahan."""

    state: StateNow
    since: datetime | None
    place: str
    spark: Spark
    back_on: date | None
    """The day on which its owner, who knows of it, says that it is back."""


@dataclass(frozen=True)
class OutageRow:
    """An outage that goes on, with those of its cameras of which the reader may know.

    `since` is never from before he might know. `areas`: the kelurahan of these cameras.
    """

    outage: ShownOutage
    since: datetime
    areas: list[str]


def rows_by_area(area_code: str, now: datetime) -> list[AreaRow]:
    """The kelurahan with connected cameras, those with most cameras down first."""
    counts = counts_by_area(area_code)
    sparks = _sparks_of_areas(counts, timezone.localdate(now))
    rows = [
        AreaRow(area, counts[area.pk], sparks[area.pk])
        for area in Area.objects.filter(pk__in=counts).defer("outline").order_by("name")
    ]
    return sorted(rows, key=lambda row: (-row.counts.down, -row.counts.degraded))


def counts_by_area(area_code: str) -> dict[int, Counts]:
    """By the key of the kelurahan: its connected cameras in each state, as they were a moment ago."""
    return remembered(f"counts:{area_code}", partial(_counts_by_area, area_code))


def _counts_by_area(area_code: str) -> dict[int, Counts]:
    states: dict[int, list[tuple[str | None, int]]] = defaultdict(list)
    rows = with_open(counted_in(area_code)).order_by().values_list("site__area_id", "now_open__state")
    for area, state, count in rows.annotate(Count("pk")):
        states[area].append((state, count))
    return {area: counts_of(pairs) for area, pairs in states.items()}


def cameras_in_order(cameras: CameraQuerySet) -> CameraQuerySet:
    """These cameras with what is open of each (`with_open`), the worst first, and of one state those that have been
    in it for longest."""
    rank = Case(
        *(When(now_open__state=state, then=Value(place)) for place, state in enumerate(WORST_FIRST)),
        default=Value(WORST_FIRST.index(State.UNKNOWN)),
        output_field=IntegerField(),
    )
    rows = with_open(Camera.objects.filter(pk__in=cameras.order_by().values("pk")))
    return rows.select_related("site__area", "device").order_by(rank, "now_open__since", "pk")


def rows_of(cameras: Sequence[Camera], viewer: Viewer, duty: Duty, now: datetime) -> list[CameraRow]:
    """What is shown of these cameras of `named_to`; they come with their site, its area, and their device."""
    states, bounds = states_of(cameras), known_since(duty.organization, cameras, now)
    said = back_on(cameras, now)
    positions = rights_on(viewer, cameras, now)
    today = timezone.localdate(now)
    days = days_of([camera.pk for camera in cameras], today - timedelta(days=DAYS_SHOWN - 1), today, now)
    return [
        CameraRow(
            camera=camera,
            state=states[camera.pk],
            since=_not_before(states[camera.pk].since, bounds.get(camera.pk)),
            place=camera.site.address if AccessRight.SEE_POSITION in positions.get(camera.pk, set()) else "",
            spark=spark_of(_known_days(days[camera.pk], bounds.get(camera.pk))),
            back_on=said.get(camera.pk),
        )
        for camera in cameras
    ]


def told_once(rows: Sequence[CameraRow]) -> list[CameraRow]:
    """A row for a device where its channels fell together, and the same is known of them."""
    return once_a_device(rows, lambda row: (row.state.sentence, row.since, row.place, row.back_on))


def outages_of(cameras: CameraQuerySet, duty: Duty, now: datetime) -> list[OutageRow]:
    """The outages that go on and hold any of these cameras of `named_to`, those with most of them first."""
    found = running(cameras)
    bounds = known_since(duty.organization, [camera for outage in found for camera in outage.cameras], now)
    rows = [
        OutageRow(
            outage=outage,
            since=max([outage.outage.since, *_earliest(bounds, outage)]),
            areas=sorted({camera.site.area.name for camera in outage.cameras}),
        )
        for outage in found
    ]
    return sorted(rows, key=lambda row: -len(row.outage.cameras))


def _earliest(bounds: dict[int, datetime], outage: ShownOutage) -> list[datetime]:
    """When the reader might first know of any camera of the outage; empty where nothing bounds him."""
    return [min(bounds[camera.pk] for camera in outage.cameras)] if bounds else []


def named_and_unnamed(viewer: Viewer, duty: Duty, now: datetime) -> tuple[CameraQuerySet, int]:
    """The connected cameras that may be named to this reader, and how many others are counted."""
    named = named_to(viewer, duty, now).filter(connected_at__isnull=False)
    others = counted_in(duty.reach).filter(~Exists(named.order_by().filter(pk=OuterRef("pk"))))
    return named, remembered(f"unnamed:{whose(viewer, duty)}", others.count)


def _not_before(moment: datetime | None, bound: datetime | None) -> datetime | None:
    return max(moment, bound) if moment and bound else moment


def _known_days(days: list[Day], bound: datetime | None) -> list[Day]:
    if bound is None:
        return days
    first = timezone.localdate(bound)
    return [day if day.day >= first else Day(day.day, 0.0, 0.0, 0.0, 1.0) for day in days]


def _sparks_of_areas(counts: dict[int, Counts], today: date) -> dict[int, Spark]:
    """Days that are over as they were added up (`AreaDay`); today from the states of this moment."""
    first = today - timedelta(days=DAYS_SHOWN - 1)
    rows = AreaDay.objects.filter(area__in=list(counts), day__range=(first, today)).values_list(
        "area_id", "day", "normal", "degraded", "down"
    )
    known = {(area, day): seconds for area, day, *seconds in rows}
    for area, now in counts.items():
        known[area, today] = [now.normal, now.degraded, now.down]
    days = [first + timedelta(days=number) for number in range(DAYS_SHOWN)]
    return {
        area: spark_of([_day(day, known.get((area, day), (0, 0, 0))) for day in days], from_share=OF_MANY)
        for area in counts
    }


def _day(day: date, amounts: Collection[int]) -> Day:
    normal, degraded, down = amounts
    known = normal + degraded + down
    return Day(day, normal / known, degraded / known, down / known, 0.0) if known else Day(day, 0.0, 0.0, 0.0, 1.0)
