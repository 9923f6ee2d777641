"""No held-back count follows from what is published: not by subtraction, not by the order of the stages, not by two
days' tables, and not by knowing the rule itself."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transparency.reader import PART_OF, Page, values_of
from transparency.suppression import FEWEST_OWNERS, Column, Count, Told, publish

AREAS = ("Utara", "Selatan", "Barat")
STAGES = ("listed", "verified", "aimed", "connected", "normal")

Table = dict[str, dict[str, Count]]  # stage → area → count


@st.composite
def counts_within(draw: st.DrawFn, most: Count) -> Count:
    """A count of a part of these things: no more things and no more owners."""
    owners = draw(st.integers(0, most.owners))
    if owners == 0:
        return Count(0, 0)
    return Count(draw(st.integers(owners, most.value - (most.owners - owners))), owners)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A city on one day: small and large owners, each stage a part of the one above it."""
    table: Table = {stage: {} for stage in STAGES}
    for area in AREAS:
        owners = draw(st.integers(0, 9))
        extra = draw(st.integers(0, 12)) if owners else 0
        table["listed"][area] = Count(owners + extra, owners)
        for stage in STAGES[1:]:
            table[stage][area] = draw(counts_within(table[PART_OF[stage]][area]))
    return table


def published(table: Table) -> dict[str, Column[str]]:
    return {stage: publish(counts) for stage, counts in table.items()}


def as_read(columns: Mapping[str, Column[str]]) -> Page:
    """The page as its reader sees it."""
    return Page(
        cells={
            (area, stage): told.value for stage, column in columns.items() for area, told in column.cells.items()
        },
        totals={stage: (column.total.value, column.total.at_least) for stage, column in columns.items()},
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(tables())
def test_of_every_held_back_count_several_values_are_possible(table: Table) -> None:
    page = as_read(published(table))

    for (area, stage), told in page.cells.items():
        if told is None:
            possible = values_of(page, (area, stage))
            assert len(possible) >= 4, f"{stage} in {area} can only be {possible}: {page}"


@settings(max_examples=60, deadline=None)
@given(tables())
def test_counts_of_few_owners_and_only_those_are_held_back(table: Table) -> None:
    for stage, column in published(table).items():
        for area, told in column.cells.items():
            few = 0 < table[stage][area].owners < FEWEST_OWNERS
            assert told.held_back == few
            assert few or told.value == table[stage][area].value


@settings(max_examples=60, deadline=None)
@given(tables())
def test_totals_are_true(table: Table) -> None:
    for stage, column in published(table).items():
        true = sum(count.value for count in table[stage].values())
        assert column.total.at_least <= true
        assert column.total.value in {None, true}


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(tables(), min_size=1, max_size=3), st.data())
def test_other_small_counts_are_published_alike_on_all_days_together(
    days: list[Table], data: st.DataObject
) -> None:
    """Whoever knows the rule and reads every day learns nothing: another history publishes to the same letter."""
    other = [twin(day, data) for day in days]

    assert [published(day) for day in other] == [published(day) for day in days]


def twin(table: Table, data: st.DataObject) -> Table:
    """That city with other numbers wherever few owners are counted; each stage stays a part of the one above."""
    other: Table = {stage: {} for stage in STAGES}
    for area in AREAS:
        for stage in STAGES:
            count = table[stage][area]
            if not 0 < count.owners < FEWEST_OWNERS:
                other[stage][area] = count
                continue
            whole = other[PART_OF[stage]][area] if stage in PART_OF else Count(20, 9)
            owners = data.draw(st.integers(1, min(whole.owners, FEWEST_OWNERS - 1)))
            value = data.draw(st.integers(owners, whole.value - (whole.owners - owners)))
            other[stage][area] = Count(value, owners)
    return other


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_a_column_without_small_counts_keeps_its_total(numbers: list[int]) -> None:
    column = publish({number: Count(owners, owners) for number, owners in enumerate(numbers)})

    whole = not any(0 < owners < FEWEST_OWNERS for owners in numbers)
    assert (column.total.value == sum(numbers)) == whole


def test_the_reader_finds_what_an_exact_total_would_give_away() -> None:
    """The search itself: it would notice a single held-back count beside its total, and one that the order pins."""
    beside_its_total = Page({("Utara", "listed"): None, ("Selatan", "listed"): 20}, {"listed": (23, 23)})
    pinned = Page({("Utara", "listed"): 1, ("Utara", "verified"): None}, {"listed": (1, 1), "verified": (None, 1)})

    assert values_of(beside_its_total, ("Utara", "listed")) == [3]
    assert values_of(pinned, ("Utara", "verified")) == [1]


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (Count(0, 0), Told(0, 0)),
        (Count(1, 1), Told(None, 1)),
        (Count(40, 4), Told(None, 1)),
        (Count(5, 5), Told(5, 5)),
    ],
)
def test_one_count(count: Count, told: Told) -> None:
    """Forty cameras of four owners are held back like one camera of one."""
    assert publish({"Utara": count}).cells["Utara"] == told
