"""onveef's asyncio client, over one connection pool for all cameras, which costs it least."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from onveef import AsyncOnvifClient

from bench.clients.meter import Orders, Reading, Shown, measure_async
from bench.replies import PASSWORD, USER, Camera


def shown(profile: dict[str, Any]) -> Shown:
    encoder = profile["video_encoder"]
    return Shown(
        profile["token"],
        profile["video_source"]["source_token"],
        encoder["encoding"],
        encoder["width"],
        encoder["height"],
        encoder["fps_limit"],
        encoder["bitrate_kbps"],
    )


async def run(orders: Orders) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=orders.concurrency)
    async with httpx.AsyncClient(verify=False, limits=limits) as pool:  # noqa: S501 - plain HTTP alone is asked

        async def read(camera: Camera) -> Reading:
            """GetServices is asked by `connect`."""
            async with AsyncOnvifClient("127.0.0.1", camera.port, USER, PASSWORD, http_client=pool) as device:
                await device.get_system_date_time()
                await device.connect()
                information = await device.get_device_information()
                interfaces = await device.get_network_interfaces()
                profiles = await device.get_profiles()
                token = profiles[0]["token"]
                stream = await device.get_stream_uri(profile_token=token)
                snapshot = await device.get_snapshot_uri(profile_token=token)
            return Reading(
                information["SerialNumber"],
                interfaces[0]["hardware_address"],
                [shown(p) for p in profiles],
                stream,
                snapshot,
            )

        await measure_async(orders, read)


if __name__ == "__main__":
    asyncio.run(run(Orders.given()))
