"""Proof of possession: a code that the officer sees in a fresh picture, and of what exactly that is a proof.

The picture has no look behind it, so it has bounds of its own: the owner's consent to pictures, no pause, a camera
that waits for a visit, an officer who said where he stands, and few of them. Each stands in the owner's guest book.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

import audit
from accounts.models import User
from onboarding.errors import (
    DeviceDiffers,
    NotConnectedYet,
    NothingToKnowItBy,
    PictureMissing,
    PictureNotAllowed,
    PositionFirst,
    PossessionMissing,
    TooManyPictures,
)
from onboarding.identity import last_report
from onboarding.models import Probe, ProbeKind, ProbeState, Verification
from onboarding.probing import DAY, owe_probe
from onboarding.proofs import what_is_proved
from onboarding.queries import may_be_photographed
from onboarding.visits import own_open
from registry.models import Camera, Device

PICTURE_FRESH = timedelta(minutes=10)


def needs_possession(camera: Camera) -> bool:
    """Whether this camera can pass only by a code seen in a fresh picture of it.

    So it is for every device that we can sign in to or that ever answered, also when its secret was wiped since.
    A device that waits for an agent or for help never answered: its camera can be verified, not connected.
    """
    device = camera.device
    return device is not None and (
        device.has_secret or device.answered_at is not None or camera.channel is not None
    )


@transaction.atomic
def request_possession_picture(*, visit: Verification, by: User, now: datetime) -> Probe:
    """Ask for one fresh picture of the visit's camera. A new picture has to be looked at anew."""
    visit = own_open(visit, by, now)
    camera = visit.camera
    if visit.distance_m is None:
        raise PositionFirst
    if camera.device_id is None:
        raise NotConnectedYet
    device = Device.objects.select_for_update().get(pk=camera.device_id)
    camera = Camera.objects.select_related("site").get(pk=camera.pk)
    if not may_be_photographed(camera, now, lock=True):
        raise PictureNotAllowed
    if device.different_since is not None:
        raise DeviceDiffers
    proves = what_is_proved(device, camera)
    if camera.device_id != device.pk or camera.channel is None:
        raise NotConnectedYet
    if not any(proves["identity"].values()):
        raise NothingToKnowItBy if last_report(device) else NotConnectedYet
    _require_within_limits(visit, by, now)
    probe = owe_probe(
        device=device, by=by, now=now, kind=ProbeKind.POSSESSION, camera=camera, visit=visit, proves=proves
    )
    visit.possession_probe, visit.possession_seen_at = probe, None
    visit.save(update_fields=["possession_probe", "possession_seen_at"])
    return probe


def _require_within_limits(visit: Verification, by: User, now: datetime) -> None:
    asked = Probe.objects.filter(kind=ProbeKind.POSSESSION)
    today = asked.filter(requested_by=by, created_at__gt=now - DAY).count()
    if (
        today >= settings.POSSESSION_PICTURES_PER_OFFICER_PER_DAY
        or asked.filter(visit=visit).count() >= settings.POSSESSION_PICTURES_PER_VISIT
    ):
        raise TooManyPictures


@audit.atomic
def confirm_possession(*, visit: Verification, by: User, now: datetime) -> Verification:
    """The officer saw the code in the fresh picture. Confirming twice changes and records nothing."""
    visit = own_open(visit, by, now)
    if visit.possession_seen_at is not None:
        return visit
    probe, camera = visit.possession_probe, visit.camera
    if probe is None or not _is_good(probe) or probe.finished_at is None or now - probe.finished_at > PICTURE_FRESH:
        raise PictureMissing
    if camera.device is None or not _still_proves(probe, camera.device, camera):
        raise PictureMissing
    visit.possession_seen_at = now
    visit.save(update_fields=["possession_seen_at"])
    audit.record(
        "visit.possession_seen",
        actor=by,
        target=visit,
        camera=str(camera.public_id),
        probe=str(probe.public_id),
    )
    return visit


def require_proof(visit: Verification, camera: Camera, device: Device) -> dict[str, str]:
    """The identity of the device in whose picture the code was seen.

    Raises PossessionMissing unless the device, its address, its secret and the channel are all still what they were
    when the picture was taken, and DeviceDiffers where another device has answered since.
    """
    if device.different_since is not None:
        raise DeviceDiffers
    probe = visit.possession_probe
    if visit.possession_seen_at is None or probe is None or not _still_proves(probe, device, camera):
        raise PossessionMissing
    identity: dict[str, str] = (probe.proves or {})["identity"]
    return identity


def _still_proves(probe: Probe, device: Device, camera: Camera) -> bool:
    return probe.proves is not None and probe.proves == what_is_proved(device, camera)


def _is_good(probe: Probe) -> bool:
    return probe.state == ProbeState.DONE and probe.picture is not None
