"""What a reader can conclude from a published table: an exact search of his own, which knows the rule only from the
page's words. It imports nothing from the code that it judges.

He knows: a held-back count is at least 1; a total that is told is the sum of its column; a total that is not told
is at least what is said; a stage holds no more than the stage it is a part of, in the same area. (What he learns
from several days, and from knowing the rule to the letter, is the other half of test_suppression.)
"""

from collections.abc import Mapping
from dataclasses import dataclass

#: The stage that each stage is a part of.
PART_OF = {"verified": "listed", "aimed": "listed", "connected": "verified", "normal": "connected"}
#: He tries no larger number for what is held back: two that fit are enough.
MOST = 6

Cell = tuple[str, str]  # (area, stage)


@dataclass(frozen=True)
class Page:
    """One day as published: a number, or None where it is held back; totals as (number or None, at least)."""

    cells: Mapping[Cell, int | None]
    totals: Mapping[str, tuple[int | None, int]]


def possible(page: Page, cell: Cell, value: int) -> bool:
    """Whether some whole table that fits everything on the page has this value there."""
    hidden = [key for key, told in page.cells.items() if told is None]
    return _fits(page, dict(page.cells) | {cell: value}, [key for key in hidden if key != cell])


def values_of(page: Page, cell: Cell) -> list[int]:
    """The values up to `MOST` that this held-back cell may have."""
    return [value for value in range(MOST + 1) if value >= 1 and possible(page, cell, value)]


def _fits(page: Page, table: dict[Cell, int | None], open_cells: list[Cell]) -> bool:
    if not _still_right(page, table):
        return False
    if not open_cells:
        return True
    head, *rest = open_cells
    return any(_fits(page, table | {head: value}, rest) for value in range(1, MOST + 1))


def _still_right(page: Page, table: Mapping[Cell, int | None]) -> bool:
    """Whether nothing contradicts what is filled in so far."""
    for (area, stage), value in table.items():
        whole = table.get((area, PART_OF.get(stage, "")))
        if value is not None and whole is not None and value > whole:
            return False
    for stage, (total, least) in page.totals.items():
        column = [value for (_area, other), value in table.items() if other == stage]
        known = sum(value for value in column if value is not None)
        unknown = sum(value is None for value in column)
        if total is not None and not known + unknown <= total <= known + unknown * MOST:
            return False
        if total is None and not unknown and known < least:
            return False
    return True
