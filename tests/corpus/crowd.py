"""Very many cameras in a process of their own: `python -m tests.corpus.crowd NUMBER`.

Camera N has serial number S-N, a password of its own, its own profile, stream and picture. Prints the ports as one
line of JSON, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
from contextlib import AsyncExitStack, suppress

from PIL import Image

from tests.corpus.hostile import PROFILES, Exchange, Handler, camera, clock_now, fault, information, serving, uri


def password_of(number: int) -> str:
    return f"kata-sandi-{number:04d}"


def colour_of(number: int) -> tuple[int, int, int]:
    """A colour that stays apart from its neighbours after JPEG."""
    return (number % 16 * 16, number // 16 % 16 * 16, number // 256 * 64)


def picture_of(number: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), colour_of(number)).save(out, "JPEG", quality=95)
    return out.getvalue()


def one_of_many(number: int) -> Handler:
    """The camera with this number, which takes its own password and no other."""
    return camera(
        password=password_of(number),
        GetSystemDateAndTime=lambda _: clock_now(number * 10),
        GetDeviceInformation=information(serial=f"S-{number}"),
        GetProfiles=PROFILES.replace(b'token="p1"', b'token="p-%d"' % number),
        GetStreamUri=lambda asked: stream_of(number, asked),
        GetSnapshotUri=uri("GetSnapshotUri", f"http://127.0.0.1/snap-{number}.jpg"),
        snapshot=lambda asked: picture_of(number) if f"/snap-{number}.jpg".encode() in asked else b"",
    )


def stream_of(number: int, asked: bytes) -> bytes:
    """The address of this camera's stream, for its own profile."""
    if f">p-{number}<".encode() not in asked:
        return fault("ter:NoProfile")
    return uri("GetStreamUri", f"rtsp://127.0.0.1:{10_000 + number}/live-{number}")


def unhurried(handler: Handler) -> Handler:
    """The same camera, a little slow, so that its answers cross those of the others."""

    async def handle(exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            asked = await really()
            await asyncio.sleep(0.005)
            return asked

        exchange.request = request  # type: ignore[method-assign]
        await handler(exchange)

    return handle


def may_open_many_files() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


async def main(number: int) -> None:
    may_open_many_files()
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(serving(unhurried(one_of_many(n)))) for n in range(number)]
        print(json.dumps([server.port for server in servers]), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
