"""onvif-zeep-async as shipped; its WSDL documents are parsed once, before the measure begins."""

from __future__ import annotations

import asyncio
from typing import Any

from onvif import ONVIFCamera

from bench.clients.meter import Orders, Reading, Shown, measure_async
from bench.replies import PASSWORD, USER, Camera


def shown(profile: Any) -> Shown:
    encoder, rate = profile.VideoEncoderConfiguration, profile.VideoEncoderConfiguration.RateControl
    return Shown(
        profile.token,
        profile.VideoSourceConfiguration.SourceToken,
        encoder.Encoding,
        encoder.Resolution.Width,
        encoder.Resolution.Height,
        rate.FrameRateLimit,
        rate.BitrateLimit,
    )


async def read(camera: Camera) -> Reading:
    """GetSystemDateAndTime and GetServices are asked by `update_xaddrs`."""
    device = ONVIFCamera("127.0.0.1", camera.port, USER, PASSWORD, adjust_time=True)
    try:
        await device.update_xaddrs()
        management = await device.create_devicemgmt_service()
        information = await management.GetDeviceInformation()
        interfaces = await management.GetNetworkInterfaces()
        media = await device.create_media_service()
        profiles = await media.GetProfiles()
        token = profiles[0].token
        setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        stream = await media.GetStreamUri({"StreamSetup": setup, "ProfileToken": token})
        snapshot = await media.GetSnapshotUri({"ProfileToken": token})
        return Reading(
            information.SerialNumber,
            interfaces[0].Info.HwAddress,
            [shown(p) for p in profiles],
            stream.Uri,
            snapshot.Uri,
        )
    finally:
        await device.close()


if __name__ == "__main__":
    orders = Orders.given()
    asyncio.run(measure_async(orders, read))
