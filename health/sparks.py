"""Days as a small picture: one bar a day, the taller the worse, and the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from health.models import State
from health.uptime import Day

HEIGHT = 10
_TALL = {State.NORMAL: 2.0, State.DEGRADED: 5.0, State.DOWN: 10.0}
_AT_LEAST = {State.NORMAL: 2.0, State.DEGRADED: 3.5, State.DOWN: 5.0}
_WORST_FIRST = (State.DOWN, State.DEGRADED, State.NORMAL)


@dataclass(frozen=True, slots=True)
class Spark:
    """`paths` are (state, the `d` of an SVG path) in a box of `width` by HEIGHT; `words` say the same."""

    width: int
    paths: list[tuple[str, str]]
    words: str


def spark_of(days: Sequence[Day], *, from_share: float = 0.0) -> Spark:
    """The picture of these days, in order.

    A day stands for the worst state that held for more than `from_share` of what is known of it: of many cameras
    together some are always down. A day of which nothing is known is a thin line.
    """
    states = [_stands_for(day, from_share) for day in days]
    paths: dict[State, list[str]] = {}
    for number, (day, state) in enumerate(zip(days, states, strict=True)):
        height = round(_height(day, state), 1)
        paths.setdefault(state, []).append(f"M{number}.1 {HEIGHT}v-{height:g}h.8v{height:g}z")
    return Spark(len(days), [(state.value, "".join(parts)) for state, parts in paths.items()], words_of(states))


def words_of(states: Sequence[State]) -> str:
    """How many days each state stands for: "30 hari: terputus 2 hari, normal 28 hari"."""
    counts = {state: states.count(state) for state in (*_WORST_FIRST, State.UNKNOWN)}
    parts = [
        ngettext("%(state)s %(count)d hari", "%(state)s %(count)d hari", count)
        % {"state": str(state.label).lower(), "count": count}
        for state, count in counts.items()
        if count
    ]
    whole = ngettext("%(count)d hari", "%(count)d hari", len(states)) % {"count": len(states)}
    return gettext("%(whole)s: %(parts)s") % {"whole": whole, "parts": ", ".join(parts)}


def _stands_for(day: Day, from_share: float) -> State:
    known = day.normal + day.degraded + day.down
    shares = {State.DOWN: day.down, State.DEGRADED: day.degraded, State.NORMAL: day.normal}
    if not known:
        return State.UNKNOWN
    worst = next((state for state in _WORST_FIRST if shares[state] > from_share * known), None)
    return worst or max(_WORST_FIRST, key=lambda state: shares[state])


def _height(day: Day, state: State) -> float:
    if state == State.UNKNOWN:
        return 0.6
    known = day.normal + day.degraded + day.down
    tall = day.normal * _TALL[State.NORMAL] + day.degraded * _TALL[State.DEGRADED] + day.down * _TALL[State.DOWN]
    return max(_AT_LEAST[state], tall / known)
