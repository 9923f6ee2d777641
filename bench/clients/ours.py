"""Our own reading: the product's dialler, session and reader, as a probe uses them."""

from __future__ import annotations

import asyncio

from bench.clients.meter import Orders, Reading, Shown, measure_async
from bench.replies import PASSWORD, USER, Camera
from devices.conversation import Conversation
from devices.deadline import Deadline
from devices.report import Target
from devices.routes import routes_from_allow
from devices.secrets import Credentials

LOOPBACK = routes_from_allow("127.0.0.0/8:1024-65535")
OWNER = Credentials(USER, PASSWORD)


async def read(camera: Camera) -> Reading:
    """The seven calls of a probe, each by the function that a probe calls for it."""
    talk = Conversation(
        Target("127.0.0.1", camera.port), OWNER, route=LOOPBACK, deadline=Deadline.after(orders.deadline)
    )
    try:
        await talk.read_clock()
        information = await talk.reader.sign_in()
        await talk.reader.read_services()
        mac = await talk.reader.read_mac()
        profiles = await talk.reader.read_profiles()
        stream = await talk.reader.stream_address(profiles[0].token)
        snapshot = await talk.reader.snapshot_path(profiles[0].token)
    finally:
        talk.close()
    if stream is None or snapshot is None or talk.reader.warnings:
        raise ValueError(f"The camera was not read whole: {talk.reader.warnings}")
    # Only path and query are kept of what a device names; the rest is what was verified.
    return Reading(
        information.serial,
        mac,
        [
            Shown(
                p.token, p.source, p.encoder.codec, p.encoder.width, p.encoder.height, p.encoder.fps, p.encoder.kbit
            )
            for p in profiles
        ],
        f"rtsp://127.0.0.1:{stream.port}{stream.path}",
        f"http://127.0.0.1:{camera.port}{snapshot}",
    )


if __name__ == "__main__":
    orders = Orders.given()
    asyncio.run(measure_async(orders, read))
