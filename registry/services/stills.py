"""What a device tells when a picture is asked of it, written down whoever asked."""

from datetime import datetime

from devices.errors import DeviceError, DifferentDevice, DifferentSource
from devices.pictures import Still
from registry.models import Camera, Device
from registry.services.devices import note_sign_in
from registry.services.refusals import note_refusals
from registry.services.standing import mark_device_different, mark_source_changed


def note_still(*, device: Device, still: Still, now: datetime) -> None:
    """It gave a picture: what it refused on the way, and the way that it took."""
    note_refusals(device=device, count=still.count, by=None, now=now)
    note_sign_in(device=device, method=still.worked)


def note_no_still(*, camera: Camera, device: Device, error: DeviceError, now: datetime) -> None:
    """It gave none: what it refused, and whether another camera or another device answered.

    Call it before anybody else has his turn at the host, so that nobody tries a secret once too often.
    """
    note_refusals(device=device, count=error.count, by=None, now=now)
    if isinstance(error, DifferentSource):
        mark_source_changed(camera=camera, by=None, now=now)
    elif isinstance(error, DifferentDevice):
        mark_device_different(device=device, part=error.detail, by=None, now=now)
