"""A writer among others: ready, told to go, done."""

from __future__ import annotations

import sys
from collections.abc import Callable


def together(write: Callable[[], object]) -> None:
    """Wait until all are ready, then write."""
    print("ready", flush=True)
    sys.stdin.readline()
    write()
    print("done", flush=True)
