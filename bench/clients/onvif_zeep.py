"""onvif-zeep as shipped. It asks one call more than the seven: its constructor subscribes to events each time."""

from __future__ import annotations

from typing import Any

from onvif import ONVIFCamera

from bench.clients.meter import Orders, Reading, Shown, measure
from bench.replies import ENCODER, PASSWORD, USER, Camera


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


def read(camera: Camera) -> Reading:
    """GetSystemDateAndTime and GetCapabilities are asked by the constructor."""
    device = ONVIFCamera("127.0.0.1", camera.port, USER, PASSWORD, adjust_time=True)
    information = device.devicemgmt.GetDeviceInformation()
    interfaces = device.devicemgmt.GetNetworkInterfaces()
    media = device.create_media_service()
    profiles = media.GetProfiles()
    token = profiles[0].token
    setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
    stream = media.GetStreamUri({"StreamSetup": setup, "ProfileToken": token})
    snapshot = media.GetSnapshotUri({"ProfileToken": token})
    return Reading(
        information.SerialNumber,
        interfaces[0].Info.HwAddress,
        [shown(p) for p in profiles],
        stream.Uri,
        snapshot.Uri,
    )


def configure(camera: Camera) -> None:
    """Connect, read one encoder, write its rate, read it back."""
    device = ONVIFCamera("127.0.0.1", camera.port, USER, PASSWORD, adjust_time=True)
    media = device.create_media_service()
    encoder = media.GetVideoEncoderConfiguration({"ConfigurationToken": ENCODER})
    encoder.RateControl.FrameRateLimit = 15 if encoder.RateControl.FrameRateLimit != 15 else 25
    media.SetVideoEncoderConfiguration({"Configuration": encoder, "ForcePersistence": True})
    again = media.GetVideoEncoderConfiguration({"ConfigurationToken": encoder.token})
    if again.RateControl.FrameRateLimit != encoder.RateControl.FrameRateLimit:
        raise ValueError("The camera did not take the rate.")


if __name__ == "__main__":
    orders = Orders.given()
    measure(orders, read if orders.what == "read" else configure)
