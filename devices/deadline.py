"""One total deadline, by the monotonic clock, for everything that a probe does."""

from __future__ import annotations

import time
from typing import NamedTuple


class Deadline(NamedTuple):
    """A moment after which nothing is waited for any more."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds that remain; never negative."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        return self.left() <= 0.0

    def within(self, seconds: float) -> Deadline:
        """The sooner of this deadline and `seconds` from now."""
        return Deadline(min(self.at, time.monotonic() + seconds))
