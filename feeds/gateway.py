"""One fresh picture from a camera on record. The only place in feeds that leaves the process."""

from devices.pictures import Still
from devices.probe import take_still_now
from registry.models import Camera
from registry.targets import credentials_of, identity_of, route_of, target_of

STILL_WIDTH = 1280


def take_picture(camera: Camera, *, seconds: float) -> Still:
    """Ask the camera's device for one picture within so many seconds; raises a DeviceError or NoCredentials."""
    device = camera.device
    if device is None:
        raise LookupError("This camera has no device.")
    return take_still_now(
        target_of(device),
        credentials_of(device),
        route=route_of(device),
        profile_token=camera.profile_token,
        video_source_token=camera.video_source_token,
        deadline_seconds=seconds,
        expected_identity=identity_of(device),
        refusals_before=device.secret_refusals,
        doubts_before=device.count.doubts,
        sign_in_method=device.sign_in_method,
        max_width=STILL_WIDTH,
    )
