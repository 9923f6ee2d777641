"""The rows of a bench: one object for programs, one table for people."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from bench import machine

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `ratio` is ours ÷ other, the median of the rounds; `spread` is how far apart its rounds lie
    ((largest - smallest) ÷ median). `target` is what the ratio shall be held to, for the table alone."""

    what: str
    against: str
    unit: str
    better: Literal["higher", "lower"]
    ours: float
    other: float
    ratio: float
    rounds: int
    spread: float
    target: float | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool | None:
        if self.target is None:
            return None
        return self.ratio <= self.target if self.better == "lower" else self.ratio >= self.target


def row(
    what: str,
    against: str,
    ours: Sequence[float],
    other: Sequence[float],
    *,
    unit: str,
    better: Literal["higher", "lower"] = "lower",
    target: float | None = None,
) -> Row:
    """The comparison of rounds that ran one beside the other: the first of ours with the first of the other's."""
    ratios = [mine / theirs for mine, theirs in zip(ours, other, strict=True)]
    ratio = statistics.median(ratios)
    return Row(
        what=what,
        against=against,
        unit=unit,
        better=better,
        ours=round(statistics.median(ours), 3),
        other=round(statistics.median(other), 3),
        ratio=round(ratio, 4),
        rounds=len(ratios),
        spread=round((max(ratios) - min(ratios)) / ratio, 3),
        target=target,
    )


@dataclass(slots=True)
class Result:
    """What a bench found. `beside` is what was measured along with the rows and compared with nothing."""

    bench: str
    rows: list[Row]
    beside: list[dict[str, Value]] = field(default_factory=list)
    machine: dict[str, object] = field(default_factory=machine.describe)

    def json(self) -> str:
        rows = [{key: value for key, value in asdict(row).items() if key != "target"} for row in self.rows]
        said: dict[str, object] = {"bench": self.bench, "machine": self.machine, "rows": rows}
        if self.beside:
            said["beside"] = self.beside
        return json.dumps(said, ensure_ascii=False)

    def table(self) -> str:
        """The same for people: each row as a sentence of numbers, then what stands beside."""
        lines = ["", f"  {self.bench}: {', '.join(f'{v}' for v in self.machine.values() if v)}", ""]
        heads = ("what", "against", "ours", "other", "unit", "ratio", "target", "spread", "")
        cells = [
            (
                row.what,
                row.against,
                f"{row.ours:g}",
                f"{row.other:g}",
                row.unit,
                _ratio(row.ratio),
                "" if row.target is None else f"{'≤' if row.better == 'lower' else '≥'} {_ratio(row.target)}",
                f"±{row.spread * 50:.0f} %",
                {True: "ok", False: "missed", None: ""}[row.ok],
            )
            for row in self.rows
        ]
        lines += _columns([heads, *cells])
        for one in self.beside:
            lines += ["", "  " + ", ".join(f"{key} {value}" for key, value in one.items())]
        return "\n".join([*lines, ""])


def _ratio(value: float) -> str:
    """A ratio as one says it: 1/60, or 1.4×."""
    return f"1/{1 / value:.1f}".removesuffix(".0") if 0 < value < 0.7 else f"{value:.2f}×"


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in rows]


def tell(words: str) -> None:
    """What the bench is doing, for whoever waits; never on standard output."""
    print(words, file=sys.stderr, flush=True)
