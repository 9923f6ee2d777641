"""Answers about many cameras, asked for again and again: kept for a moment that grows with what they cost."""

import time
from collections.abc import Callable
from typing import TypeVar, cast

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

#: A quicker answer is asked for each time: the pages of a precinct hear of a change within a second.
QUICK_SECONDS = 0.2
#: An answer is kept this many times as long as it took, so that all who ask for it cost a twentieth of a core.
TIMES_AS_LONG = 20
LONGEST_SECONDS = 15.0


def remembered(key: str, ask: Callable[[], Answer]) -> Answer:
    """What `ask` answers, or answered a moment ago to anybody who asked under this key.

    Ask under one key only for what is the same for all who do, whatever their language. Of a city the answer may be
    LONGEST_SECONDS old. A cache that is away costs time and nothing else.
    """
    name = f"health:remembered:{key}"
    try:
        kept = cache.get(name)
    except Exception as problem:  # Whatever the cache's client raises.
        log.warning("health.nothing_remembered", problem=type(problem).__name__)
        return ask()
    if kept is not None:
        return cast(Answer, kept[0])
    began = time.perf_counter()
    answer = ask()
    took = time.perf_counter() - began
    if took > QUICK_SECONDS:
        try:
            cache.set(name, (answer,), timeout=_whole(min(LONGEST_SECONDS, took * TIMES_AS_LONG)))
        except Exception as problem:
            log.warning("health.nothing_remembered", problem=type(problem).__name__)
    return answer


def _whole(seconds: float) -> int:
    """The cache knows whole seconds, and takes 0 for never."""
    return max(1, round(seconds))
