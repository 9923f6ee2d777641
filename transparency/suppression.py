"""Which counts are told, and which are held back so that no number points to a household.

The rule, for one column (a stage, or withdrawals) over the areas of a city:

1. A count that comes from no owner is told as 0, and one that comes from at least `FEWEST_OWNERS` owners as it is.
2. A count that comes from fewer owners is held back; told is only that it is at least 1.
3. The total is the complement: it is told as it is only where nothing in its column is held back. Otherwise what is
   told is a lower bound, the sum of the told counts plus 1 for each that is held back.

So everything published is a function of the told counts and of where something is held back. No sum, row, column or
difference of two days contains a held-back count, and no number of owners is published at all. Hence each of them
may still be any number from 1 to 4 at the least, whatever else is read beside it: the stages of an area do not
narrow it (a stage below a held-back one comes from no more owners, so it is held back too or 0).

Turned down: hiding a second, larger area so that the exact total can stay. Then which area was hidden, and whether
a total could be saved, depends on the small counts themselves, and who knows the rule reads them from that.
Here the totals give way instead, never another area. The price is a total that reads "at least 97".

Time: counts are stored each day and told once a month, as they stood on the month's first counted day, and they are
never counted again (`transparency.services`). Told daily, a falling count would tell the day on which one neighbour
withdrew. Withdrawals are told in whole months that do not overlap, never as a running sum.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
FEWEST_OWNERS = 5


@dataclass(frozen=True)
class Count:
    """What was counted: `value` things that belong to `owners` owners."""

    value: int
    owners: int


@dataclass(frozen=True)
class Told:
    """What is published of a count: exactly `value`, or where that is None only that it is at least `at_least`."""

    value: int | None
    at_least: int

    @property
    def held_back(self) -> bool:
        return self.value is None


@dataclass(frozen=True)
class Column(Generic[K]):
    """One column as published: its areas and its total."""

    cells: Mapping[K, Told]
    total: Told


def publish(counts: Mapping[K, Count]) -> Column[K]:
    """One column as it may be told to everybody."""
    cells = {key: _cell(count) for key, count in counts.items()}
    least = sum(cell.at_least for cell in cells.values())
    whole = not any(cell.held_back for cell in cells.values())
    return Column(cells, Told(least if whole else None, least))


def _cell(count: Count) -> Told:
    if 0 < count.owners < FEWEST_OWNERS:
        return Told(None, 1)
    return Told(count.value, count.value)
