"""Whether everything that the product stands on is there and at work; where it is not, what to do.

`examine` changes nothing. Each examination ends within a few seconds, whether what it asks answers or not.
"""

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


class Level(enum.StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `remedy` says what to do; empty where there is nothing to do."""

    level: Level
    words: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """What is looked at. It is passed over where one of those that it `needs` failed."""

    look: Callable[[], Iterable[Finding]]
    needs: frozenset[str] = frozenset()


def ok(words: str) -> Finding:
    return Finding(Level.OK, words)


def warning(words: str, remedy: str) -> Finding:
    return Finding(Level.WARNING, words, remedy)


def failed(words: str, remedy: str) -> Finding:
    return Finding(Level.FAILED, words, remedy)


def examine(examinations: dict[str, Examination]) -> Iterator[tuple[str, Finding]]:
    """Each finding as it is made, with the name of its examination. One that breaks off is a finding too: what it
    found before stands, and the others go on."""
    ill: set[str] = set()
    for name, examination in examinations.items():
        if cause := examination.needs & ill:
            yield name, Finding(Level.SKIPPED, f"Not looked at: {', '.join(sorted(cause))} failed.")
            continue
        for finding in _looked(examination):
            if finding.level == Level.FAILED:
                ill.add(name)
            yield name, finding


def _looked(examination: Examination) -> Iterator[Finding]:
    try:
        yield from examination.look()
    except Exception as problem:
        yield failed(said(problem), "This should not happen: look in the logs, then tell whoever keeps the code.")


def said(problem: Exception) -> str:
    """The first line of what a library says of itself: the rest often repeats a statement and its values."""
    first = next(iter(str(problem).strip().splitlines()), "")
    return f"{type(problem).__name__}: {first[:200]}".removesuffix(": ")
