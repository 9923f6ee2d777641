"""Doors on loopback that can be turned to another device, and hear every byte that is sent through them to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Door:
    """A listening port that leads to another port of this machine, `leads_to`, which may be changed at any time.

    Nothing stands behind a door that leads nowhere (port 0): it takes what it is sent and says nothing.
    """

    def __init__(self, leads_to: int = 0) -> None:
        self.leads_to = leads_to
        self.connections = 0
        self.heard = bytearray()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open = [self._listening]
        threading.Thread(target=self._accept, daemon=True).start()

    def forget(self) -> None:
        self.connections = 0
        self.heard.clear()

    def close(self) -> None:
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                coming, _ = self._listening.accept()
                self.connections += 1
                self._open.append(coming)
                back = socket.create_connection(("127.0.0.1", self.leads_to)) if self.leads_to else None
                if back is not None:
                    self._open.append(back)
                    threading.Thread(target=self._pass_on, args=(back, coming, False), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(coming, back, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket | None, note: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if note:
                    self.heard += data
                if sink is not None:
                    sink.sendall(data)
        for sock in (source, sink):
            if sock is not None:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def doors(*ports: int) -> Iterator[list[Door]]:
    """Doors to these ports, closed at the end."""
    made = [Door(port) for port in ports]
    try:
        yield made
    finally:
        for door in made:
            door.close()
