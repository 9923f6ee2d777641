"""What is on record of devices and their cameras, as plain values.

A batch looks at some thousands of rows: an instance of a model takes Django 30 µs, one of these 1.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(slots=True)
class Checked:
    """What the checks of a device came to, into which an answer is taken; the names are columns of `CheckState`."""

    id: int
    device_id: int
    address: str
    group_id: int | None
    failures: int
    first_failure_at: datetime | None
    clock_offset_seconds: float | None
    cause: str
    slow: bool
    outcomes: int
    flapping_since: datetime | None


class Seen(NamedTuple):
    """A camera, its open interval (empty where none is), and the causes that the other tiers found of it."""

    camera_id: int
    state: str
    cause: str
    since: datetime | None
    findings: list[str]


@dataclass(slots=True)
class Behind:
    """What the register knows of a device, and its cameras that can be judged: listed, with a channel of it."""

    different_since: datetime | None
    clock_offset_seconds: float | None
    cameras: list[Seen]
