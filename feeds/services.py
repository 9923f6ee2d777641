"""Pictures for allowed looks. Nothing is stored: a still goes from the camera to the viewer and is gone."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.cache import cache
from django.db.models import F
from django.utils import timezone

import audit
from access.models import Look
from access.services import count_still, require_running_look
from access.viewers import Viewer
from devices.errors import DeviceError, DifferentDevice, Unauthorized
from feeds.errors import silent
from feeds.gateway import take_picture
from feeds.pictures import watermark_lines, watermarked
from registry.models import Device
from registry.targets import NoCredentials

TURN_SECONDS = 30  # Longer than any still may take, so that a dead process gives its turn back.
WAIT_SECONDS = 8


def still_for(look: Look, viewer: Viewer, now: datetime) -> bytes:
    """One fresh, watermarked JPEG for a running look.

    The whole decision is asked again before the camera is, and once more before the picture leaves, because a
    withdrawal may come in between. The still is counted and committed before the first packet to the device.
    Raises LookRefused, or CameraSilent when the camera gives no picture.
    """
    require_running_look(look=look, viewer=viewer, now=now)
    device = look.camera.device
    if device is None or not device.host:
        raise silent("no_device")
    try:
        with turn_at(device):
            count_still(look=look, now=now)
            picture = take_picture(look.camera)
    except NoCredentials:
        raise silent("no_credentials") from None
    except DifferentDevice as error:
        mark_different(device=device, part=error.detail, now=timezone.now())
        raise silent(error.code) from None
    except Unauthorized as error:
        note_refusals(device=device, refusals=error.refusals - device.secret_refusals)
        raise silent(error.code) from None
    except DeviceError as error:
        raise silent(error.code) from None
    after = timezone.now()
    fresh = Look.objects.select_related(
        "viewer", "organization", "reason", "case__organization", "camera__device", "camera__site__area"
    ).get(pk=look.pk)
    require_running_look(look=fresh, viewer=viewer, now=after)
    return watermarked(picture.jpeg, watermark_lines(fresh, after))


@contextmanager
def turn_at(device: Device) -> Iterator[None]:
    """One still of a device at a time: cheap cameras answer one caller, and refusals are counted one by one.

    Waits for a few seconds; raises CameraSilent("busy") then.
    """
    key, mine = f"still-turn:{device.pk}", uuid.uuid4().hex
    give_up = time.monotonic() + WAIT_SECONDS
    while not cache.add(key, mine, TURN_SECONDS):
        if time.monotonic() > give_up:
            raise silent("busy")
        time.sleep(0.1)
    device.refresh_from_db(fields=["secret_refusals", "different_since"])
    try:
        yield
    finally:
        if cache.get(key) == mine:
            cache.delete(key)


@audit.atomic
def mark_different(*, device: Device, part: str, now: datetime) -> None:
    """Close every camera of a device whose address another device answers; marking twice records once."""
    if Device.objects.filter(pk=device.pk, different_since__isnull=True).update(different_since=now):
        audit.record("device.different", actor=None, target=device, part=part, site=str(device.site.public_id))


@audit.atomic
def note_refusals(*, device: Device, refusals: int) -> None:
    """Add to what this very secret was refused; at two it rests until the owner changes it."""
    if refusals <= 0:
        return
    won = Device.objects.filter(pk=device.pk, secret_changed_at=device.secret_changed_at).update(
        secret_refusals=F("secret_refusals") + refusals
    )
    if won:
        audit.record("device.secret_refused", actor=None, target=device, refusals=refusals)
