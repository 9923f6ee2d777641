"""A camera that sends its viewer on to another machine: nobody of ours ever goes there."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import pytest

from devices.deadline import Deadline
from devices.decoder import keyframe
from devices.dial import Dialler, Endpoint
from devices.errors import DeviceError
from devices.probe import is_alive, probe, take_still
from devices.refusals import Refusals
from devices.report import Target
from devices.tunnel import Tunnel
from tests.corpus.hostile import LOOPBACK, OWNER, Exchange, Handler, Server, serving
from tests.devices.rtsp_devices import CHALLENGE, asked, reply, sdp

pytestmark = pytest.mark.slow

WHEN = ("at_once", "once_signed", "on_setup", "on_play", "by_content_base", "to_options", "by_request")
MEDIA = "Content-Type: application/sdp\r\n"


def sending_on(when: str, trap: int) -> Handler:
    """Wants Digest, and answers with the address of the trap at the moment `when`."""
    there = f"rtsp://127.0.0.1:{trap}/live"
    redirect = ("302 Moved Temporarily", f"Location: {there}\r\n")

    def answer(request: bytes) -> tuple[str, str, str]:
        method, signed = request.split(b" ", 1)[0], b"Authorization" in request
        moments = {
            "at_once": method == b"DESCRIBE",
            "once_signed": method == b"DESCRIBE" and signed,
            "on_setup": method == b"SETUP",
            "on_play": method == b"PLAY",
            "to_options": method == b"OPTIONS",
        }
        if moments.get(when):
            return *redirect, ""
        if method == b"OPTIONS":
            return "200 OK", "Public: DESCRIBE, SETUP, PLAY\r\n", ""
        if not signed:
            return "401 Unauthorized", CHALLENGE % "n1", ""
        if method == b"DESCRIBE":
            base = f"Content-Base: {there}/\r\n" if when == "by_content_base" else ""
            control = f"a=control:{there}/track1\r\n" if when == "by_content_base" else "a=control:track1\r\n"
            return "200 OK", base + MEDIA, sdp() + control
        if method == b"SETUP":
            return "200 OK", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n", ""
        return "200 OK", "Session: 1\r\n", ""

    async def handle(exchange: Exchange) -> None:
        while request := await exchange.request():
            status, more, body = answer(request)
            await exchange.send(reply(status, asked(request)[1], more, body))
            if when == "by_request" and request.startswith(b"PLAY"):
                await exchange.send(f"REDIRECT * RTSP/1.0\r\nCSeq: 1\r\nLocation: {there}\r\n\r\n".encode())

    return handle


async def by_probe(port: int) -> None:
    where = Target("127.0.0.1", port, rtsp_path="/Streaming/Channels/{channel}0{stream}")
    await probe(where, OWNER, route=LOOPBACK, deadline_seconds=3)


async def by_still(port: int) -> None:
    await take_still(Target("127.0.0.1", port, rtsp_path="/live"), OWNER, route=LOOPBACK, deadline_seconds=3)


async def by_check(port: int) -> None:
    await is_alive(Target("127.0.0.1", port, rtsp_path="/live"), route=LOOPBACK, deadline_seconds=2)


async def by_pyav(port: int) -> None:
    """The tunnel with the real decoder behind it."""
    where = Endpoint("127.0.0.1", port)
    await keyframe(Dialler(LOOPBACK), where, "/live", OWNER, refusals=Refusals(), deadline=Deadline.after(8))


async def by_tunnel(port: int) -> None:
    """The tunnel with a viewer that would go anywhere, if only it were told."""
    where = Endpoint("127.0.0.1", port)
    async with Tunnel(Dialler(LOOPBACK), where, "/live", OWNER, Refusals(), Deadline.after(2)) as tunnel:
        door = int(re.search(r":(\d+)/", tunnel.url)[1])  # type: ignore[index]
        reader, writer = await asyncio.open_connection("127.0.0.1", door)
        transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        for number, (method, url, more) in enumerate(
            [
                ("OPTIONS", tunnel.url, ""),
                ("DESCRIBE", tunnel.url, ""),
                ("SETUP", f"{tunnel.url}/track1", transport),
                ("PLAY", tunnel.url, "Session: 1\r\n"),
            ],
            1,
        ):
            writer.write(f"{method} {url} RTSP/1.0\r\nCSeq: {number}\r\n{more}\r\n".encode())
        try:
            async with asyncio.timeout(1):
                heard = await reader.read(-1)
        except (TimeoutError, OSError):
            heard = b""
        writer.transport.abort()
    assert b"Location" not in heard


async def watched(when: str, visit: Callable[[int], Awaitable[None]]) -> tuple[Server, Server]:
    async def never(exchange: Exchange) -> None:
        await exchange.request()

    async with serving(never) as trap, serving(sending_on(when, trap.port)) as camera:
        with contextlib.suppress(DeviceError):
            await visit(camera.port)
        return trap, camera


@pytest.mark.parametrize("visit", [by_probe, by_still, by_check, by_tunnel, by_pyav])
@pytest.mark.parametrize("when", WHEN)
def test_a_camera_that_sends_us_on_reaches_nobody(when: str, visit: Callable[[int], Awaitable[None]]) -> None:
    trap, camera = asyncio.run(watched(when, visit))

    assert camera.requests
    assert trap.connections == 0
    assert trap.requests == []


def test_a_decoder_that_dials_the_camera_itself_is_led_away() -> None:
    """Why there is a tunnel, and proof that the trap above works."""
    open_it = (
        "import sys, av\ntry:\n    av.open(sys.argv[1], timeout=3.0)\nexcept av.error.FFmpegError:\n    pass\n"
    )

    async def alone(port: int) -> None:
        url = f"rtsp://{OWNER.user}:{quote(OWNER.password, safe='')}@127.0.0.1:{port}/live"
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", open_it, url], timeout=20, check=False)

    trap, _ = asyncio.run(watched("once_signed", alone))

    assert trap.connections > 0
