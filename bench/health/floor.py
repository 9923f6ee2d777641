"""The floor: the same questions on uvloop with nothing around them: `python -m bench.health.floor WHAT N PORT`.

No queue, no rows, no address that is judged, nothing that is written; an answer is looked at no further than its
first line (or for the clock, that one is in it). It prints the CPU seconds of the questions alone.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import cast

from bench.health.addresses import address
from bench.machine import more_files, pin
from devices import soap

CONCURRENCY, DEADLINE = 200, 5.0
_BODY = soap.envelope(soap.GET_CLOCK)
QUESTIONS = {
    "rtsp": b"OPTIONS rtsp://%s:%d/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: floor\r\n\r\n",
    "clock": (
        b"POST /onvif/device_service HTTP/1.1\r\nHost: %%s:%%d\r\n"
        b"Content-Type: application/soap+xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
        % (len(_BODY), _BODY.replace(b"%", b"%%"))
    ),
}
ANSWERS = {"rtsp": (b"RTSP/1.0 200 ", b"\r\n\r\n"), "clock": (b"HTTP/1.1 200 ", b"UTCDateTime")}


class Question(asyncio.Protocol):
    """One connection, one question, one answer."""

    def __init__(self, text: bytes, begins: bytes, has: bytes, answer: asyncio.Future[bool]) -> None:
        self._text, self._begins, self._has, self._answer = text, begins, has, answer
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._text)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if self._has in self._got and not self._answer.done():
            self._answer.set_result(self._got.startswith(self._begins))
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._answer.done():
            self._answer.set_result(False)


async def ask_all(what: str, hosts: list[str], port: int) -> int:
    """How many of them answered."""
    loop = asyncio.get_running_loop()
    slots = asyncio.Semaphore(CONCURRENCY)
    form, (begins, has) = QUESTIONS[what], ANSWERS[what]

    async def ask(host: str) -> bool:
        async with slots:
            answer: asyncio.Future[bool] = loop.create_future()
            timer = loop.call_later(DEADLINE, answer.cancel)
            text = form % (host.encode(), port)
            await loop.create_connection(lambda: Question(text, begins, has, answer), host, port)
            try:
                return await answer
            finally:
                timer.cancel()

    return sum(await asyncio.gather(*map(ask, hosts)))


def main(what: str, count: int, port: int) -> None:
    import uvloop

    more_files()
    pin(0)
    hosts = [address(number) for number in range(count)]
    began = time.process_time()
    answered = uvloop.run(ask_all(what, hosts, port))
    spent = time.process_time() - began
    if answered != count:
        raise SystemExit(f"{count - answered} of {count} did not answer the floor.")
    print(spent)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
