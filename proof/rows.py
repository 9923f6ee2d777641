"""The rows of a proof: one object for programs, one table for people."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was promised: what was found, what it is held to, and whether it holds."""

    what: str
    measured: Value
    target: Value
    ok: bool


def same(what: str, measured: Value, target: Value) -> Row:
    """It has to be exactly this."""
    return Row(what, measured, target, measured == target)


def most(what: str, measured: float, target: float, unit: str) -> Row:
    """It may be no more than this."""
    return Row(f"{what} ({unit})", round(measured, 1), f"≤ {target:g}", measured <= target)


@dataclass(slots=True)
class Result:
    proof: str
    rows: list[Row] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """A proof without a row shows nothing."""
        return bool(self.rows) and all(row.ok for row in self.rows)

    def json(self) -> str:
        return json.dumps({"proof": self.proof, "rows": [asdict(row) for row in self.rows]}, ensure_ascii=False)

    def table(self) -> str:
        """The same for people."""
        cells = [("what", "measured", "target", "")]
        cells += [
            (row.what, _short(row.measured), _short(row.target), "ok" if row.ok else "FAILED") for row in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  " + "  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]
        return "\n".join(["", f"  {self.proof}: {'holds' if self.holds else 'does not hold'}", "", *lines, ""])


def _short(value: Value) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= 40 else f"{text[:16]} …"


def tell(words: str) -> None:
    """What the proof is doing, for whoever waits; never on standard output."""
    print(words, file=sys.stderr, flush=True)
