"""The program that turns one keyframe into a JPEG: `python -m devices.decoder`, address on standard input.

A process of its own, with limits on memory and time, because a camera's video is a stranger's file: if the
decoder falls over, a worker does not. It is given a loopback tunnel and nothing else: no address of a device,
no password, no environment.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from devices.deadline import Deadline
from devices.dial import Dialler, Endpoint
from devices.errors import DeviceError, Misbehaving
from devices.pictures import Keyframe, clean_jpeg
from devices.refusals import Refusals
from devices.report import Identity
from devices.secrets import Credentials
from devices.tunnel import Tunnel

JPEG_CAP = 8 * 1024 * 1024
MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 20
_LOOPBACK = "rtsp://127.0.0.1:"
#: The first line of what the program writes: the size of the stream.
_SIZE = re.compile(rb"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


async def keyframe(
    dialler: Dialler,
    target: Endpoint,
    path: str,
    credentials: Credentials | None,
    *,
    refusals: Refusals,
    deadline: Deadline,
    max_width: int = 1280,
    expected: Identity | None = None,
) -> tuple[Keyframe, bool]:
    """One decoded keyframe of a stream, through the tunnel, and whether the stream asked for no password.

    Raises what the tunnel met, or `Misbehaving("no_keyframe")`.
    """
    async with Tunnel(dialler, target, path, credentials, refusals, deadline, expected) as tunnel:
        size, _, jpeg = (await _decode(tunnel.url, deadline)).partition(b"\n")
    told = _SIZE.fullmatch(size)
    if told is None:
        raise tunnel.failure or Misbehaving("no_keyframe")
    try:
        drawn = await asyncio.to_thread(clean_jpeg, jpeg, max_width)
        frame = Keyframe(drawn.jpeg, drawn.width, drawn.height, int(told[1]), int(told[2]))
        return frame, tunnel.described_to_stranger
    except DeviceError:
        raise Misbehaving("no_keyframe") from None


async def _decode(url: str, deadline: Deadline) -> bytes:
    """Run the decoder; whatever it wrote, or nothing if it failed or the deadline passed."""
    root = str(Path(__file__).resolve().parent.parent)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "devices.decoder",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": root, "PATH": os.defpath},
        cwd=root,
    )
    try:
        async with asyncio.timeout(deadline.left()):
            out, _ = await process.communicate(url.encode())
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return out if process.returncode == 0 and len(out) <= JPEG_CAP else b""


def _limit_self() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, OSError, ValueError):
        pass  # macOS does not let every limit be set; the deadline still holds.


def main() -> int:
    """Read the tunnel's address, write the stream's size and one JPEG; 1 when no keyframe could be decoded."""
    url = sys.stdin.read(8192).strip()
    if not url.startswith(_LOOPBACK):
        return 1
    _limit_self()
    import av

    from devices.pictures import PIXELS_MAX, draw

    options = {
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        "protocol_whitelist": "rtp,tcp,rtsp",
        "analyzeduration": "1000000",
        "probesize": "500000",
    }
    with av.open(url, format="rtsp", options=options, timeout=20.0) as container:
        video = container.streams.video[0]
        if video.codec_context.width * video.codec_context.height > PIXELS_MAX:
            return 1
        video.codec_context.skip_frame = "NONKEY"
        video.codec_context.thread_count = 1
        for frame in container.decode(video):
            if not frame.key_frame:
                continue
            sys.stdout.buffer.write(f"{frame.width}x{frame.height}\n".encode())
            sys.stdout.buffer.write(draw(frame.to_image().convert("RGB"), 1920).jpeg)
            sys.stdout.buffer.flush()
            return 0
    return 1


if __name__ == "__main__":
    try:
        code = main()
    except Exception:
        code = 1  # Whatever a hostile stream did to the decoder, the parent only needs to know that it failed.
    os._exit(code)  # Without waiting for threads of the decoder.
