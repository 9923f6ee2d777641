"""Stretches of time in one state: taken from intervals, cut into local days, packed into a few bytes and unpacked.

Moments are whole seconds of the epoch, rounded down, so that what is counted from intervals and what is counted
from packed days is the same to the second.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.utils import timezone

from health.models.intervals import State

_CODES = {State.UNKNOWN: 0, State.NORMAL: 1, State.DEGRADED: 2, State.DOWN: 3}
_DOWN = _CODES[State.DOWN]
WORST_FIRST = (State.DOWN, State.DEGRADED, State.NORMAL)


class Interval(NamedTuple):
    """One row of `StatusInterval`, in seconds of the epoch. Of two that began in one second the open one is the
    later, and of two that are over the one with the higher `number`, its key."""

    since: int
    until: int | None
    number: int
    state: str
    cause: str


class Run(NamedTuple):
    """A camera was in `state` from `begin` until `end`, in seconds of the epoch."""

    begin: int
    end: int
    state: State
    cause: str = ""


class Sums(NamedTuple):
    """Seconds in each state; whatever is missing of a span is unknown."""

    normal: int
    degraded: int
    down: int

    @property
    def known(self) -> int:
        return self.normal + self.degraded + self.down


def second_of(moment: datetime) -> int:
    return int(moment.timestamp() // 1)


def day_of(moment: datetime) -> date:
    """The local day, by the clocks of Jakarta."""
    return timezone.localdate(moment)


@lru_cache(maxsize=4096)
def start_of(day: date) -> int:
    """The second at which a local day begins."""
    return second_of(timezone.make_aware(datetime.combine(day, time())))


def end_of(day: date) -> int:
    return start_of(day + timedelta(days=1))


def days_between(first: date, last: date) -> Iterator[date]:
    """Both included; none where the last comes before the first."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def runs_of(intervals: Iterable[Interval], begin: int, end: int) -> list[Run]:
    """What is known between two seconds, in order.

    Intervals of one camera follow each other. Where a clock that was set back let two overlap, the one that began
    later counts, and the other one before and after it: whatever part of them is looked at.
    """
    ordered = list(intervals)
    if len(ordered) == 1:  # By far the most.
        begin, end = _common(ordered[0], begin, end)
        is_known = begin < end and ordered[0].state != State.UNKNOWN
        return [Run(begin, end, State(ordered[0].state), ordered[0].cause)] if is_known else []
    runs: list[Run] = []
    free = [(begin, end)] if begin < end else []
    for one in sorted(ordered, key=lambda one: (one.since, one.until is None, one.number), reverse=True):
        until = end if one.until is None else one.until
        left = []
        for low, high in free:
            start, stop = max(low, one.since), min(high, until)
            if start >= stop:
                left.append((low, high))
                continue
            if one.state != State.UNKNOWN:
                runs.append(Run(start, stop, State(one.state), one.cause))
            left += [(a, b) for a, b in ((low, start), (stop, high)) if a < b]
        free = left
    return sorted(runs)


def _common(one: Interval, begin: int, end: int) -> tuple[int, int]:
    """The part of an interval that lies between two seconds; it ends before it begins where there is none."""
    since, until = one.since, one.until
    return max(begin, since), end if until is None or until > end else until


def known_and_down(intervals: Sequence[Interval], begin: int, end: int) -> tuple[int, int]:
    """Of `runs_of` these intervals, how many seconds are known, and how many of these down."""
    if len(intervals) == 1:  # Asked of a thousand cameras, of which nearly all have one.
        begin, end = _common(intervals[0], begin, end)
        state = intervals[0].state
        known = end - begin if begin < end and state != State.UNKNOWN else 0
        return known, known if state == State.DOWN else 0
    sums = sums_of(runs_of(intervals, begin, end))
    return sums.known, sums.down


def within(runs: Iterable[Run], begin: int, end: int) -> list[Run]:
    """The parts of these runs that lie between two seconds."""
    cut = (run._replace(begin=max(run.begin, begin), end=min(run.end, end)) for run in runs)
    return [run for run in cut if run.begin < run.end]


def sums_of(runs: Iterable[Run]) -> Sums:
    seconds = dict.fromkeys(State, 0)
    for run in runs:
        seconds[run.state] += run.end - run.begin
    return Sums(seconds[State.NORMAL], seconds[State.DEGRADED], seconds[State.DOWN])


def cause_of(runs: Sequence[Run]) -> str:
    """Why it was at its worst: the cause that made the worst state last longest."""
    worst = next((state for state in WORST_FIRST if any(run.state == state for run in runs)), None)
    seconds: dict[str, int] = {}
    for run in runs:
        if run.state == worst:
            seconds[run.cause] = seconds.get(run.cause, 0) + run.end - run.begin
    return max(sorted(seconds), key=lambda cause: seconds[cause], default="")


def pack(runs: Sequence[Run], day: date) -> bytes:
    """The changes of state within a day, four bytes each: 30 bits for the second of the day, 2 for the state.

    Nothing at all for the most common day, of one state from midnight to midnight.
    """
    begin, end = start_of(day), end_of(day)
    changes: list[tuple[int, int]] = []
    at, now = begin, 0
    for run in runs:
        if run.begin > at and now:
            changes.append((at - begin, 0))
            now = 0
        if _CODES[run.state] != now:
            now = _CODES[run.state]
            changes.append((run.begin - begin, now))
        at = run.end
    if at < end and now:
        changes.append((at - begin, 0))
    if len(changes) == 1 and changes[0][0] == 0:
        return b""
    return struct.pack(f">{len(changes)}I", *(second << 2 | code for second, code in changes))


def known_and_down_of(packed: bytes, day: date, low: int, high: int) -> tuple[int, int]:
    """Of a packed day of several states, how many seconds between two of the epoch are known, and how many down."""
    begin, moment, code, known, down = start_of(day), low, 0, 0, 0
    for (word,) in struct.iter_unpack(">I", packed):
        change = min(max(begin + (word >> 2), low), high)
        if code:
            known += change - moment
            down += change - moment if code == _DOWN else 0
        moment, code = change, word & 3
    if code:
        known += high - moment
        down += high - moment if code == _DOWN else 0
    return known, down
