"""The public numbers of one month, from what was counted (`transparency.services`) and what the police did."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Min
from django.db.models.functions import TruncMonth

from conduct.months import next_month
from registry.models import Area, AreaLevel
from transparency.models import AreaStageCount, Stage, WithdrawalCount
from transparency.months import last_month, offered
from transparency.police import Acts, Police, police_in
from transparency.suppression import Column, Count, Told, publish

TARGET = 15  # The programme's first round: 15 camera points in each of 8 kecamatan (December 2020).


@dataclass(frozen=True)
class Stages:
    """Every stage over the kecamatan, as it stood on one day."""

    counted_on: date
    columns: Mapping[Stage, Column[Area]]


@dataclass(frozen=True)
class Numbers:
    """What everybody may read of one month. Nothing in `stages` or `withdrawals` where nobody had counted yet."""

    month: date
    areas: list[Area]
    stages: Stages | None
    year: list[Stages]
    withdrawals: Column[Area] | None
    police: Police


@dataclass(frozen=True)
class Figure:
    """One number as the files carry it. `place` is a kecamatan or a body; empty: the whole Polres."""

    code: str
    place_kind: str
    place_code: str
    place: str
    period: str
    value: float | None
    at_least: int | None = None
    held_back: bool = False
    target: int | None = None


def numbers_of(month: date, now: datetime) -> Numbers:
    """The numbers of this month; of stages, as they stood when it was over."""
    areas = list(Area.objects.filter(level=AreaLevel.KECAMATAN))
    year = _stages(areas, [month, *offered(now)])
    counts = {row.area_id: Count(row.places, row.owners) for row in WithdrawalCount.objects.filter(month=month)}
    return Numbers(
        month=month,
        areas=areas,
        stages=year.get(month),
        year=[year[other] for other in sorted(year)],
        withdrawals=_column(areas, counts) if counts else None,
        police=police_in(month),
    )


def _stages(areas: list[Area], months: list[date]) -> dict[date, Stages]:
    """By month the stages when it was over: those of the first day that was counted in the month after."""
    first, last = next_month(min(months)), next_month(next_month(max(months)))
    days = (
        AreaStageCount.objects.filter(counted_on__gte=first, counted_on__lt=last)
        .order_by()
        .annotate(in_month=TruncMonth("counted_on"))
        .values("in_month")
        .annotate(day=Min("counted_on"))
        .values_list("day", flat=True)
    )
    counts: defaultdict[date, defaultdict[str, dict[int, Count]]] = defaultdict(lambda: defaultdict(dict))
    for row in AreaStageCount.objects.filter(counted_on__in=list(days)).order_by():
        counts[row.counted_on][row.stage][row.area_id] = Count(row.cameras, row.owners)
    return {
        last_month(day.replace(day=1)): Stages(day, {stage: _column(areas, counts[day][stage]) for stage in Stage})
        for day in sorted(counts)
    }


def _column(areas: list[Area], counts: Mapping[int, Count]) -> Column[Area]:
    return publish({area: counts.get(area.pk, Count(0, 0)) for area in areas})


def figures(numbers: Numbers) -> Iterator[Figure]:
    """The same numbers one by one, in an order that stays."""
    period = f"{numbers.month:%Y-%m}"
    if numbers.stages is not None:
        as_of = numbers.stages.counted_on.isoformat()
        for stage in Stage:
            target = TARGET if stage == Stage.CONNECTED else None
            yield from _places(f"cameras.{stage}", numbers.stages.columns[stage], as_of, target)
    if numbers.withdrawals is not None:
        yield from _places("withdrawals", numbers.withdrawals, period)
    police = numbers.police
    yield from _acts(police.total, "polres", "", "", period)
    for body, acts in police.bodies.items():
        yield from _acts(acts, "body", body.area_code, body.name, period)
    for reason, times in police.reasons.items():
        yield Figure(f"looks.reason.{reason.code}", "polres", "", "", period, times)
    for code, waits in (("cut_off", police.cut_off), ("erased", police.erased)):
        yield Figure(f"{code}.seconds.median", "polres", "", "", period, waits.middle)
        yield Figure(f"{code}.seconds.slowest", "polres", "", "", period, waits.slowest)


def _places(code: str, column: Column[Area], period: str, target: int | None = None) -> Iterator[Figure]:
    for area, told in column.cells.items():
        yield _told(code, "kecamatan", area.code, area.name, period, told, target)
    every = target * len(column.cells) if target else None
    yield _told(code, "polres", "", "", period, column.total, every)


def _told(code: str, kind: str, place_code: str, place: str, period: str, told: Told, target: int | None) -> Figure:
    return Figure(code, kind, place_code, place, period, told.value, told.at_least, told.held_back, target)


def _acts(acts: Acts, kind: str, place_code: str, place: str, period: str) -> Iterator[Figure]:
    for code, value in (
        ("looks", acts.looks),
        ("looks.with_case", acts.with_case),
        ("emergencies", acts.emergencies),
        ("emergencies.in_order", acts.in_order),
        ("emergencies.not_in_order", acts.not_in_order),
        ("emergencies.not_judged", acts.not_judged),
        ("deferrals", acts.deferrals),
    ):
        yield Figure(code, kind, place_code, place, period, value)


def month_asked_for(words: str, now: datetime) -> date | None:
    """The month of `2026-10`; the last one that is over where nothing was asked for; None for one not offered."""
    months = offered(now)
    if not words:
        return months[0]
    return next((month for month in months if f"{month:%Y-%m}" == words), None)
