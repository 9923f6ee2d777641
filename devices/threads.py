"""A loop in a thread of its own, for callers without one (or with one that must not wait)."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def in_own_loop(work: Callable[[Callable[[S], None]], Coroutine[None, None, T]], watch: Callable[[S], None]) -> T:
    """What `work` returns or raises. It is given a function for its news, which reach `watch` in the calling thread
    as they come, so that `watch` may use what belongs to that thread (the ORM's connection)."""
    news: queue.SimpleQueue[tuple[S] | None] = queue.SimpleQueue()
    outcome: list[T] = []
    problem: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(work(lambda item: news.put((item,)))))
        except BaseException as error:  # handed to the caller below
            problem.append(error)
        finally:
            news.put(None)

    thread = threading.Thread(target=run, name="device", daemon=True)
    thread.start()
    while (told := news.get()) is not None:
        watch(told[0])
    thread.join()
    if problem:
        raise problem[0]
    return outcome[0]
