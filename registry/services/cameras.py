"""Pausing and withdrawing a camera. Both act at once and wait for nobody."""

from datetime import datetime, timedelta

import audit
from accounts.models import User
from registry.errors import AlreadyWithdrawn, NotPaused, PauseNotAhead, Restricted
from registry.models import Camera, Partner
from registry.models.cameras import HELD_UNTIL, CameraQuerySet
from registry.people import ACTING, SIGNING
from registry.services.people import require_person

LONGEST_PAUSE = timedelta(days=90)


@audit.atomic
def withdraw_camera(*, camera: Camera, by: User, now: datetime) -> Camera:
    """Take one camera off the register, keeping its history.

    The site's consents stay: they still cover its other cameras.
    """
    require_person(by, camera.site, SIGNING)
    if not take_off(camera, by, now):
        raise AlreadyWithdrawn
    return camera


@audit.atomic
def pause_camera(*, camera: Camera, until: datetime, by: User, now: datetime) -> Camera:
    """Refuse every look at this camera until then; a running pause is moved to the new end."""
    require_person(by, camera.site, ACTING)
    if not now < until <= now + LONGEST_PAUSE:
        raise PauseNotAhead
    standing = Camera.objects.filter(pk=camera.pk, withdrawn_at__isnull=True)
    if not _not_held(standing).update(paused_until=until):
        raise Restricted if standing.exists() else AlreadyWithdrawn
    audit.record("camera.paused", actor=by, target=camera, until=until)
    camera.refresh_from_db()
    return camera


@audit.atomic
def resume_camera(*, camera: Camera, by: User, now: datetime) -> Camera:
    """End a pause early."""
    require_person(by, camera.site, ACTING)
    paused = Camera.objects.filter(pk=camera.pk, paused_until__gt=now)
    if not _not_held(paused).update(paused_until=None):
        raise Restricted if paused.exists() else NotPaused
    audit.record("camera.resumed", actor=by, target=camera)
    camera.refresh_from_db()
    return camera


@audit.atomic
def hold_cameras(*, partner: Partner, by: User, now: datetime) -> int:
    """Pause every listed camera of an owner until he lifts it himself (`release_cameras`); how many were not held.

    It is a pause, so whatever refuses a paused camera refuses these: a look that runs ends by the same news.
    """
    require_person(by, partner, SIGNING)
    held = 0
    for camera in _not_held(Camera.objects.listed().filter(site__partner=partner)).order_by("pk"):
        hold_camera(camera, by)
        held += 1
    return held


def hold_camera(camera: Camera, by: User | None) -> None:
    """Pause one camera until the restriction is lifted, inside the caller's audit block."""
    if _not_held(Camera.objects.filter(pk=camera.pk)).update(paused_until=HELD_UNTIL):
        audit.record("camera.paused", actor=by, target=camera, until=HELD_UNTIL)


@audit.atomic
def release_cameras(*, partner: Partner, by: User, now: datetime) -> int:
    """End the hold of an owner's cameras; how many."""
    require_person(by, partner, SIGNING)
    held = list(Camera.objects.filter(site__partner=partner, paused_until=HELD_UNTIL).order_by("pk"))
    for camera in held:
        if Camera.objects.filter(pk=camera.pk, paused_until=HELD_UNTIL).update(paused_until=None):
            audit.record("camera.resumed", actor=by, target=camera)
    return len(held)


def _not_held(cameras: CameraQuerySet) -> CameraQuerySet:
    return cameras.exclude(paused_until=HELD_UNTIL)


def take_off(camera: Camera, by: User | None, now: datetime) -> bool:
    """Withdraw the row if nobody did before, inside the caller's audit block; False if somebody did. `by` is nobody
    where the clock takes it off: the last consent `listed` at its site lapsed."""
    won = Camera.objects.filter(pk=camera.pk, withdrawn_at__isnull=True).update(withdrawn_at=now, withdrawn_by=by)
    if won:
        audit.record("camera.withdrawn", actor=by, target=camera, site=str(camera.site.public_id))
        camera.refresh_from_db()
    return bool(won)
