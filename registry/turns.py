"""One conversation with a device at a time, whoever asks: stills, probes, pictures on site.

Cheap cameras answer one caller, and refusals of a password can be counted only one after the other.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from registry.models import Device


class TurnTaken(Exception):
    """Somebody else talks to this device, and did not end within the wait."""


def take_turn(device: Device, *, holds: float) -> str:
    """The turn's token, or nothing where somebody has it. A dead process gives it back after `holds` seconds."""
    mine = uuid.uuid4().hex
    return mine if cache.add(_key(device), mine, holds) else ""


def wait_for_turn(device: Device, *, holds: float, waits: float) -> str:
    """The turn's token, within `waits` seconds; raises TurnTaken then."""
    give_up = time.monotonic() + waits
    while not (mine := take_turn(device, holds=holds)):
        if time.monotonic() > give_up:
            raise TurnTaken
        time.sleep(0.1)
    return mine


def give_back_turn(device: Device, token: str) -> None:
    """End one's turn; somebody else's stays."""
    if cache.get(_key(device)) == token:
        cache.delete(_key(device))


@contextmanager
def turn_at(device: Device, *, holds: float, waits: float) -> Iterator[None]:
    """Hold the turn within the block, with the device as it is in the database when the turn comes."""
    mine = wait_for_turn(device, holds=holds, waits=waits)
    try:
        device.refresh_from_db()
        yield
    finally:
        give_back_turn(device, mine)


def _key(device: Device) -> str:
    return f"device-turn:{device.pk}"
