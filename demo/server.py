"""The TCP server under all that a virtual device offers: ONVIF, snapshots, RTSP."""

from __future__ import annotations

import contextlib
import socket
import socketserver

MAX_CONNECTIONS = 24


class DeviceServer(socketserver.ThreadingTCPServer):
    """One thread for each connection, a limited number of them, and closing hangs up on everybody.

    `http.server`'s own server is not used, because it looks up the host's name when it starts.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 32

    def __init__(self, address: tuple[str, int], handler: type[socketserver.BaseRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(address, handler)

    def verify_request(self, request, client_address) -> bool:  # type: ignore[no-untyped-def]
        return len(self._connections) < MAX_CONNECTIONS

    def process_request(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:  # type: ignore[no-untyped-def]
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
        """A client who disappears is no news."""

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
