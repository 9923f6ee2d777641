"""Small pictures at rest: sealed with the keys of the devices' secrets, each for its camera and its place there.

One that was copied to another camera or place does not open, nor does one that came back without its keys: it is
then as if it were not there.
"""

import structlog
from django.conf import settings

from devices.errors import SecretMoved
from devices.secrets import UnknownKey, open_bytes, seal_bytes, sealed_with
from health.models import CameraView
from health.pictures.small import NotSmall, Small, packed, unpacked
from registry.models import Camera

DAY, NIGHT, LAST = "day", "night", "last"
PLACES = (DAY, NIGHT, LAST)
HOST = "view"  # No address: a picture stays what it is when the device moves.

log = structlog.get_logger(__name__)


def sealed(picture: Small, camera: Camera, place: str) -> str:
    """The picture as it is stored in that place of the camera's row."""
    device = str(camera.public_id)
    return seal_bytes(packed(picture), keys=settings.DEVICE_KEYS, device=device, host=HOST, port=0, field=place)


def opened(view: CameraView, place: str) -> Small | None:
    """The picture in that place of the row; nothing where there is none, or none that opens."""
    text = getattr(view, f"sealed_{place}")
    if not text:
        return None
    try:
        device = str(view.camera.public_id)
        plain = open_bytes(text, keys=settings.DEVICE_KEYS, device=device, host=HOST, port=0, field=place)
        return unpacked(plain)
    except (SecretMoved, UnknownKey, NotSmall) as problem:
        log.warning(
            "health.picture_does_not_open", camera=str(view.camera.public_id), place=place, why=str(problem)
        )
        return None


def is_under_newest_key(text: str) -> bool:
    return not text or sealed_with(text) == max(settings.DEVICE_KEYS)
