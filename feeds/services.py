"""Pictures for allowed looks. Nothing is stored: a still goes from the camera to the viewer and is gone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256

from django.core.cache import cache
from django.utils import timezone

from access.models import Look
from access.services import count_still, require_running_look
from access.viewers import Viewer
from devices.errors import DeviceError, Unauthorized, Unreachable
from devices.pictures import Still
from feeds.errors import silent
from feeds.gateway import take_picture
from feeds.pictures import watermark_lines, watermarked
from registry.models import Device
from registry.services import note_no_still, note_still
from registry.targets import NoCredentials
from registry.turns import Turn, TurnTaken, give_back_turn, refresh_in_turn, take_turn, wait_for_turn

TOTAL_SECONDS = 10  # What one request may take at most, waiting included.
WAIT_SECONDS = 4
WAITING_MAX = 3  # Per device: each of them holds a worker of the web server.
TURN_SECONDS = TOTAL_SECONDS + 5  # Longer than any still may take, so that a dead process gives its turn back.
SILENT_SECONDS = 15  # How long a device that did not answer is left alone.


def still_for(look: Look, viewer: Viewer, now: datetime) -> bytes:
    """One fresh, watermarked JPEG for a running look, or CameraSilent, within TOTAL_SECONDS.

    The whole decision is asked again before the camera is, and once more before the picture leaves, because a
    withdrawal may come in between. The still is counted and committed before the first packet to the device.
    Raises LookRefused, or CameraSilent when the camera gives no picture.
    """
    give_up = time.monotonic() + TOTAL_SECONDS
    require_running_look(look=look, viewer=viewer, now=now)
    device = look.camera.device
    if device is None or not device.host:
        raise silent("no_device")
    with turn_at(device):
        if device.count.rests:
            raise silent("secret_unclear" if device.count.doubts else "secret_rests")
        if cache.get(_silence_of(device)):
            raise silent(Unreachable.code)
        count_still(look=look, now=now)
        picture = _ask(look, device, seconds=give_up - time.monotonic())
    after = timezone.now()
    fresh = Look.objects.select_related(
        "viewer", "organization", "reason", "case__organization", "camera__device", "camera__site__area"
    ).get(pk=look.pk)
    require_running_look(look=fresh, viewer=viewer, now=after)
    return watermarked(picture.jpeg, watermark_lines(fresh, after))


def _ask(look: Look, device: Device, *, seconds: float) -> Still:
    """Ask the device, and keep what it refused before anybody else has his turn, however the visit ended."""
    try:
        picture = take_picture(look.camera, seconds=seconds)
    except NoCredentials:
        raise silent("no_credentials") from None
    except DeviceError as error:
        note_no_still(camera=look.camera, device=device, error=error, now=timezone.now())
        if isinstance(error, Unreachable):
            cache.set(_silence_of(device), True, SILENT_SECONDS)
        unclear = isinstance(error, Unauthorized) and device.count.rests and device.count.doubts
        raise silent("secret_unclear" if unclear else error.code) from None
    note_still(device=device, still=picture, now=timezone.now())
    return picture


def _silence_of(device: Device) -> str:
    """Names the address too: a corrected one is asked at once."""
    streams = f"{device.rtsp_port} {device.rtsp_path} {device.rtsp_tls}"
    place = sha256(f"{device.host} {device.onvif_port} {streams}".encode()).hexdigest()
    return f"still-silent:{device.pk}:{place[:16]}"


@contextmanager
def turn_at(device: Device) -> Iterator[None]:
    """One still of a host at a time, and none while it is probed (`registry.turns`).

    A few may wait, and only for seconds; raises CameraSilent("busy") for the others. The device is as it is in the
    database when the turn comes.
    """
    mine = take_turn(device, holds=TURN_SECONDS)
    if not mine:
        with _place_in_line(device):
            mine = _wait_for(device)
    try:
        _refresh(device, mine)
        yield
    finally:
        give_back_turn(mine)


def _refresh(device: Device, mine: Turn) -> None:
    try:
        refresh_in_turn(device, mine)
    except TurnTaken:
        raise silent("busy") from None


@contextmanager
def _place_in_line(device: Device) -> Iterator[None]:
    """One of the WAITING_MAX places; they free themselves where a process dies."""
    places = [f"still-waiting:{device.pk}:{number}" for number in range(WAITING_MAX)]
    place = next((key for key in places if cache.add(key, True, WAIT_SECONDS + 1)), None)
    if place is None:
        raise silent("busy")
    try:
        yield
    finally:
        cache.delete(place)


def _wait_for(device: Device) -> Turn:
    try:
        return wait_for_turn(device, holds=TURN_SECONDS, waits=WAIT_SECONDS)
    except TurnTaken:
        raise silent("busy") from None
