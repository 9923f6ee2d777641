"""One conversation with a host at a time, whoever asks: stills, probes, pictures on site.

Cheap cameras answer one caller, and refusals of a password can be counted only one after the other. The turn is the
host's and not the row's: two ports of one recorder, and two owners who name the same address, wait for each other.

A sweep asks hundreds of hosts one small question each, without credentials. It leaves alone those in a conversation
(`in_conversation`, one question to the cache for the whole batch) and takes no turns itself, because a viewer would
wait for the slowest device of its batch: a conversation that begins during that one question may overlap with it.
"""

import hashlib
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from django.core.cache import cache

from devices.addresses import parse_host
from devices.errors import AddressRefused
from registry.models import Device
from registry.targets import Dialled


class TurnTaken(Exception):
    """Somebody else talks to this host and did not end within the wait, or the device moved meanwhile."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to talk to a host; it ends by itself where its process dies."""

    key: str
    token: str


def take_turn(device: Device, *, holds: float) -> Turn | None:
    """The turn at the device's host, or nothing where somebody has it. It lasts `holds` seconds at most."""
    mine = Turn(_key(device), uuid.uuid4().hex)
    return mine if cache.add(mine.key, mine.token, holds) else None


def wait_for_turn(device: Device, *, holds: float, waits: float) -> Turn:
    """The turn, within `waits` seconds; raises TurnTaken then."""
    give_up = time.monotonic() + waits
    while not (mine := take_turn(device, holds=holds)):
        if time.monotonic() > give_up:
            raise TurnTaken
        time.sleep(0.1)
    return mine


def give_back_turn(mine: Turn) -> None:
    """End one's turn; somebody else's stays."""
    if cache.get(mine.key) == mine.token:
        cache.delete(mine.key)


def refresh_in_turn(device: Device, mine: Turn) -> None:
    """The device as it is in the database now. Raises TurnTaken where it has moved to a host that is not ours."""
    device.refresh_from_db()
    if _key(device) != mine.key:
        raise TurnTaken


@contextmanager
def turn_at(device: Device, *, holds: float, waits: float) -> Iterator[None]:
    """Hold the turn within the block, with the device as it is in the database when the turn comes."""
    mine = wait_for_turn(device, holds=holds, waits=waits)
    try:
        refresh_in_turn(device, mine)
        yield
    finally:
        give_back_turn(mine)


def in_conversation(devices: Iterable[Device | Dialled]) -> set[int]:
    """The keys of those devices whose host somebody talks to now."""
    keys = {device.pk: _key(device) for device in devices}
    taken = cache.get_many(list(set(keys.values())))
    return {pk for pk, key in keys.items() if key in taken}


def _key(device: Device | Dialled) -> str:
    """By the host in its one spelling. A device without an address has only itself."""
    return _key_of_host(device.host) if device.host else f"device-turn:{device.pk}"


@lru_cache(maxsize=65_536)
def _key_of_host(text: str) -> str:
    try:
        host = str(parse_host(text))
    except AddressRefused:
        host = text.lower()
    return f"host-turn:{hashlib.sha256(host.encode()).hexdigest()[:32]}"
