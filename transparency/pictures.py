"""How the page shows the numbers: bars and lines, each of which stands beside its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from registry.models import Area
from transparency.models import Stage
from transparency.police import Acts, Waits
from transparency.queries import TARGET, Numbers, Stages
from transparency.rules import RULES, rule_of
from transparency.suppression import FEWEST_OWNERS, Column, Told

WIDTH, HEIGHT = 100, 30  # Of the line of the year, in its own units.


@dataclass(frozen=True)
class Bar:
    """One bar of 0–100 percent and its words; `open_end` where only a lower bound is known."""

    label: str
    words: str
    percent: int
    open_end: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a table: its head and its cells, as (label, words)."""

    label: str
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class Point:
    x: int
    y: int


def cell_words(told: Told) -> str:
    """A count of one kecamatan."""
    return str(told.value) if told.value is not None else _("<%(few)d pemilik") % {"few": FEWEST_OWNERS}


def total_words(told: Told) -> str:
    """A total: where a count in it is held back, only that it is at least so many."""
    return str(told.value) if told.value is not None else _("sedikitnya %(number)d") % {"number": told.at_least}


def funnel(stages: Stages) -> list[Bar]:
    """The whole city stage by stage, against what is listed."""
    most = max([column.total.at_least for column in stages.columns.values()], default=0)
    return [
        Bar(
            str(stage.label),
            total_words(stages.columns[stage].total),
            _percent(stages.columns[stage].total.at_least, most),
            stages.columns[stage].total.held_back,
        )
        for stage in Stage
    ]


def toward_target(stages: Stages) -> list[Bar]:
    """Connected cameras of each kecamatan against the target; what is held back has no bar."""
    return [
        Bar(
            area.name,
            f"{cell_words(told)} / {TARGET}",
            0 if told.value is None else _percent(min(told.value, TARGET), TARGET),
            told.held_back,
        )
        for area, told in stages.columns[Stage.CONNECTED].cells.items()
    ]


def stage_rows(areas: Sequence[Area], stages: Stages) -> list[Row]:
    """Each kecamatan with all its stages, and the whole city."""
    rows = [
        Row(
            area.name,
            [(str(stage.label), cell_words(stages.columns[stage].cells[area])) for stage in Stage]
            + [(_("Sasaran"), str(TARGET))],
        )
        for area in areas
    ]
    every = [(str(stage.label), total_words(stages.columns[stage].total)) for stage in Stage]
    return [*rows, Row(_("Semua kecamatan"), [*every, (_("Sasaran"), str(TARGET * len(areas)))])]


def year_rows(year: Sequence[Stages]) -> list[Row]:
    """The whole city, month after month."""
    return [
        Row(
            date_format(stages.counted_on, "j F Y"),
            [(str(stage.label), total_words(stages.columns[stage].total)) for stage in Stage],
        )
        for stages in year
    ]


def year_line(year: Sequence[Stages]) -> list[Point]:
    """Connected cameras of the whole city over the year; empty where there are not yet two months to join."""
    if len(year) < 2:
        return []
    values = [stages.columns[Stage.CONNECTED].total.at_least for stages in year]
    most = max([*values, 1])
    return [
        Point(round(WIDTH * number / (len(values) - 1)), HEIGHT - round(HEIGHT * value / most))
        for number, value in enumerate(values)
    ]


def reasons(numbers: Numbers) -> list[Bar]:
    """Looks by their reason, the most frequent first."""
    times = sorted(numbers.police.reasons.items(), key=lambda item: (-item[1], item[0].pk))
    most = max([number for _reason, number in times], default=0)
    return [Bar(str(reason), str(number), _percent(number, most)) for reason, number in times]


def body_rows(numbers: Numbers) -> list[Row]:
    """What each body did, and all of them together."""
    rows = [_acts_row(body.name, acts) for body, acts in numbers.police.bodies.items()]
    return [*rows, _acts_row(_("Semua lembaga"), numbers.police.total)]


def _acts_row(label: str, acts: Acts) -> Row:
    return Row(
        label,
        [
            (_("Melihat"), str(acts.looks)),
            (_("Dengan perkara"), str(acts.with_case)),
            (_("Akses darurat"), str(acts.emergencies)),
            (_("Sesuai"), str(acts.in_order)),
            (_("Tidak sesuai"), str(acts.not_in_order)),
            (_("Belum dinilai"), str(acts.not_judged)),
            (_("Ditunda"), str(acts.deferrals)),
        ],
    )


def withdrawal_rows(column: Column[Area]) -> list[Row]:
    """Where consents were withdrawn."""
    head = _("Tempat")
    rows = [Row(area.name, [(head, cell_words(told))]) for area, told in column.cells.items()]
    return [*rows, Row(_("Semua kecamatan"), [(head, total_words(column.total))])]


def wait_words(waits: Waits) -> tuple[str, str] | None:
    """The middle (empty where it is not told) and the slowest, in words; None where nothing was measured."""
    if waits.slowest is None:
        return None
    return "" if waits.middle is None else _seconds(waits.middle), _seconds(waits.slowest)


def _seconds(seconds: float) -> str:
    if seconds < 120:
        return _("%(number)s detik") % {"number": number_format(seconds, 1)}
    if seconds < 7200:
        return _("%(number)s menit") % {"number": number_format(seconds / 60, 0)}
    return _("%(number)s jam") % {"number": number_format(seconds / 3600, 1)}


def rules() -> list[str]:
    """Every rule, in the order of the page."""
    return [rule_of(code) for code in RULES]


def month_words(month: date) -> str:
    return date_format(month, "F Y")


def _percent(value: int, most: int) -> int:
    return round(100 * value / most) if most else 0
