"""Of what exactly a picture is a proof."""

from typing import Any

from onboarding.identity import expected_identity, parts_of
from registry.models import Camera, Device


def what_is_proved(device: Device, camera: Camera) -> dict[str, Any]:
    """The device, its address and secret, and the channel, as they stand now: what a picture taken now proves.

    The session of the picture is held to this identity in every part, so it is also the identity of that session.
    """
    alone = {"rtsp_path": device.rtsp_path, "rtsp_tls": device.rtsp_tls, "brand": device.brand}
    return {
        **(alone if device.rtsp_only else {}),
        "device": str(device.public_id),
        "host": device.host,
        "onvif_port": device.onvif_port,
        "rtsp_port": device.rtsp_port,
        "secret_changed_at": device.secret_changed_at.isoformat() if device.secret_changed_at else None,
        "channel": camera.channel,
        "video_source_token": camera.video_source_token,
        "profile_token": camera.profile_token,
        "stream_path": camera.stream_path,
        "identity": parts_of(expected_identity(device)),
    }
