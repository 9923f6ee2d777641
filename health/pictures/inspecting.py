"""The daily picture of each camera: taken from its device, judged at once, and gone.

Call it outside any transaction: it speaks to devices.
"""

import time
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import F

from devices.count import DIED
from devices.errors import DeviceError, DifferentSource
from devices.pictures import Still
from devices.probe import take_still_now
from health import services
from health.models.camera_view import checkable
from health.pictures.judging import Finding
from health.pictures.small import small_of_jpeg
from registry.models import Camera, Device
from registry.services import lift_doubts, note_no_still, note_still
from registry.targets import NoCredentials, credentials_of, identity_of, route_of, target_of
from registry.turns import TurnTaken, turn_at

WIDTH = 640  # Enough for what is made of it.
WAIT_SECONDS = 4
TOTAL_SECONDS = 60


def inspect(device: Device, cameras: Iterable[Camera], now: datetime) -> dict[int, Finding]:
    """Take one picture of each of these cameras of the device and judge it; what was found, by the camera's key.

    Asked are only those with the consent `health_snapshot` in force that are verified, connected and not paused;
    the others, and those that gave no picture, are not in the answer. A device that does not answer, answers as
    another, or refuses the secret is left alone for this time; what it refused is counted. A recorder that takes
    too long for all its channels is asked for those first, the next time, that have waited longest.
    """
    give_up = time.monotonic() + TOTAL_SECONDS
    allowed = checkable(now).filter(pk__in=[camera.pk for camera in cameras], device=device)
    findings: dict[int, Finding] = {}
    waited_longest = F("view__last_taken_at").asc(nulls_first=True)
    for camera in allowed.order_by(waited_longest, "channel", "pk"):
        if time.monotonic() > give_up:
            break
        try:
            still = _take(camera, device, now)
        except DifferentSource:
            continue
        except (TurnTaken, NoCredentials, DeviceError):
            break
        if still is None:
            break
        finding = services.record_picture(camera=camera, picture=small_of_jpeg(still.jpeg), now=now)
        if finding is not None:
            findings[camera.pk] = finding
    return findings


def _take(camera: Camera, device: Device, now: datetime) -> Still | None:
    """One picture in one's turn at the host; None where the secret rests.

    Raises what `devices` raises, after what it tells is written down, and TurnTaken or NoCredentials.
    """
    seconds = settings.PICTURE_DEADLINE_SECONDS
    with turn_at(device, holds=seconds + WAIT_SECONDS, waits=WAIT_SECONDS):
        if device.count.rests:
            return None
        try:
            still = take_still_now(
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
                max_width=WIDTH,
            )
        except DeviceError as error:
            note_no_still(camera=camera, device=device, error=error, now=now)
            raise
        note_still(device=device, still=still, now=now)
        if DIED in device.secret_doubts:
            lift_doubts(device=device, way=DIED, by=None, now=now)  # Nobody refused what a dead worker tried.
        return still
