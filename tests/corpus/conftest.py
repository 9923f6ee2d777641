"""A watch on every socket of this process: where it was to be connected, whoever opened it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Each (address, port) to which a TCP connection was begun or a datagram sent.

    It stands below the product, in the socket class itself, so no way around the dialler escapes it. What is not
    loopback is written down and then fails as a network without a route does.
    """
    seen: list[tuple[str, int]] = []

    def watched(plain: Any) -> Any:
        def call(self: socket.socket, *args: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                host, port = args[-1][:2]
                seen.append((str(host), port))
                if not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
                    raise OSError(errno.ENETUNREACH, "no route")
            return plain(self, *args)

        return call

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, watched(getattr(socket.socket, name)))
    return seen


@pytest.fixture
def no_keyframe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the second way to a picture, whose decoder takes its time; `streams.py` has its hostile kinds."""

    async def none(*args: object, **options: object) -> None:
        return None

    monkeypatch.setattr("devices.conversation.Conversation.keyframe", none)
