"""A watch on every connection that the package opens to a device."""

from __future__ import annotations

import socket

import pytest

from devices import dial
from devices.addresses import Address
from devices.deadline import Deadline


@pytest.fixture(autouse=True)
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Each (address, port) to which a socket was opened."""
    seen: list[tuple[str, int]] = []
    really = dial._connect

    async def watch(address: Address, port: int, deadline: Deadline) -> socket.socket:
        seen.append((str(address), port))
        return await really(address, port, deadline)

    really_begin = dial.begin

    def watch_begin(address: Address, port: int) -> socket.socket:
        seen.append((str(address), port))
        return really_begin(address, port)

    monkeypatch.setattr(dial, "_connect", watch)
    monkeypatch.setattr(dial, "begin", watch_begin)
    return seen
