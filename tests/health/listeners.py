"""Small servers on loopback that behave as devices do, and can be stopped and started again on the same port."""

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Reply = Callable[[socket.socket], None]

RTSP_OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n"


def _head(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(4096)):
        data += more
    return data


def answer_options(connection: socket.socket) -> None:
    """RTSP 200 to whatever is asked."""
    if _head(connection):
        connection.sendall(RTSP_OK)


def say_nothing(connection: socket.socket) -> None:
    """Read for ever and send nothing: a tar-pit."""
    while connection.recv(4096):
        pass


def drip(connection: socket.socket) -> None:
    """A header that never ends, a byte now and then."""
    stop = threading.Event()
    while True:
        connection.sendall(b"R")
        stop.wait(0.05)


def talk_nonsense(connection: socket.socket) -> None:
    _head(connection)
    connection.sendall(b"\x00\xff" * 64 + b"\r\n\r\n")


def clock_off_by(offset: timedelta) -> Reply:
    """ONVIF GetSystemDateAndTime of a camera whose clock is off by so much."""

    def reply(connection: socket.socket) -> None:
        _head(connection)
        now = datetime.now(UTC) + offset
        body = (
            '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
            ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema">'
            "<s:Body><tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
            "<tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>"
            f"<tt:UTCDateTime><tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
            f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
            f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
            "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse></s:Body></s:Envelope>"
        ).encode()
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nConnection: close\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )

    return reply


class Listener:
    """One port of 127.0.0.1; every connection is handed to `reply`."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.port = 0
        self.asked = 0
        self._socket: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self.start()

    def start(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def stop(self) -> None:
        """Close the port and hang up on everybody."""
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None
        for connection in list(self._open):
            connection.close()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.asked += 1
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self.reply(connection)
        except OSError:
            pass  # The other side, or the test, hung up.
        finally:
            self._open.discard(connection)
            connection.close()
