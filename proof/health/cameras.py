"""Many cameras in one program, each at an address of its own: `python -m proof.health.cameras PORT COUNT`.

Reads one command a line: `down 3 7` and `up 3 7` hang up and listen again; `asked` prints, as JSON, when each was
asked by the sweep last (the machine's clock). Every command ends with a line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

SDP = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
    b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
)


def address_of(number: int) -> str:
    """The address of one of up to 50,000 cameras."""
    return f"127.20.{number // 250}.{number % 250 + 1}"


class Cameras:
    """All of them."""

    def __init__(self, port: int, count: int) -> None:
        self.port = port
        self.asked = [0.0] * count
        self.servers: list[asyncio.Server | None] = [None] * count

    async def up(self, number: int) -> None:
        if self.servers[number] is None:

            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await self._answer(number, reader, writer)

            self.servers[number] = await asyncio.start_server(answer, address_of(number), self.port)

    def down(self, number: int) -> None:
        if (server := self.servers[number]) is not None:
            server.close()
            self.servers[number] = None

    async def _answer(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                if lines[0].startswith("OPTIONS"):
                    self.asked[number] = time.time()
                cseq = next((line for line in lines if line.lower().startswith("cseq:")), "CSeq: 1")
                body = SDP if lines[0].startswith("DESCRIBE") else b""
                more = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n" if body else ""
                writer.write(f"RTSP/1.0 200 OK\r\n{cseq}\r\n{more}\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def main(port: int, count: int) -> None:
    cameras = Cameras(port, count)
    for number in range(count):
        await cameras.up(number)
    said = "ready"
    while True:
        sys.stdout.write(said + "\n")
        sys.stdout.flush()
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            return
        word, *numbers = line.split()
        for number in map(int, numbers):
            if word == "up":
                await cameras.up(number)
            else:
                cameras.down(number)
        said = json.dumps(cameras.asked) if word == "asked" else "done"


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
