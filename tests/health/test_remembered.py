"""What is asked for again and again costs no more than a share of a core."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from health import remembered as module
from health.remembered import LONGEST_SECONDS, TIMES_AS_LONG, remembered


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that answers take; each asking moves it on by the last one."""
    monkeypatch.setattr(module, "QUICK_SECONDS", 0.2)
    now = [0.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    return now


def asking(clock: list[float], took: float) -> tuple[Callable[[], int], list[int]]:
    """A question that takes so many seconds, and what was answered to it."""
    answers: list[int] = []

    def ask() -> int:
        clock[0] += took
        answers.append(len(answers))
        return answers[-1]

    return ask, answers


def test_a_quick_answer_is_asked_for_each_time(clock: list[float]) -> None:
    ask, _ = asking(clock, took=0.1)

    assert [remembered("a", ask) for _ in range(3)] == [0, 1, 2]


def test_a_slow_answer_serves_all_who_ask_under_its_key(clock: list[float]) -> None:
    ask, _ = asking(clock, took=0.3)

    assert [remembered("a", ask), remembered("a", ask), remembered("b", ask)] == [0, 0, 1]


@pytest.mark.parametrize(("took", "kept"), [(0.3, 0.3 * TIMES_AS_LONG), (9.0, LONGEST_SECONDS)])
def test_it_is_kept_the_longer_the_more_it_costs(
    clock: list[float], monkeypatch: pytest.MonkeyPatch, took: float, kept: float
) -> None:
    timeouts: list[float] = []
    noting = SimpleNamespace(get=lambda name: None, set=lambda name, value, timeout: timeouts.append(timeout))
    monkeypatch.setattr(module, "cache", noting)

    remembered("a", asking(clock, took)[0])

    assert timeouts == [kept]


def test_an_answer_of_nothing_is_an_answer(clock: list[float]) -> None:
    asked: list[int] = []

    def ask() -> int | None:
        clock[0] += 1
        return asked.append(1)

    assert [remembered("a", ask), remembered("a", ask)] == [None, None]
    assert asked == [1]


@pytest.mark.parametrize("broken", ["get", "set"])
def test_a_cache_that_is_away_costs_time_alone(
    clock: list[float], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def away(*args: object, **options: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(
        module,
        "cache",
        SimpleNamespace(**{"get": lambda name: None, "set": lambda *args, **options: None, broken: away}),
    )
    ask, _ = asking(clock, took=1.0)

    assert [remembered("a", ask), remembered("a", ask)] == [0, 1]
