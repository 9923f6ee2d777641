"""Pausing and withdrawing a camera. Both act at once and wait for nobody."""

from datetime import datetime, timedelta

import audit
from accounts.models import User
from registry.errors import AlreadyWithdrawn, NotPaused, PauseNotAhead
from registry.models import Camera
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
    if not Camera.objects.filter(pk=camera.pk, withdrawn_at__isnull=True).update(paused_until=until):
        raise AlreadyWithdrawn
    audit.record("camera.paused", actor=by, target=camera, until=until)
    camera.refresh_from_db()
    return camera


@audit.atomic
def resume_camera(*, camera: Camera, by: User, now: datetime) -> Camera:
    """End a pause early."""
    require_person(by, camera.site, ACTING)
    if not Camera.objects.filter(pk=camera.pk, paused_until__gt=now).update(paused_until=None):
        raise NotPaused
    audit.record("camera.resumed", actor=by, target=camera)
    camera.refresh_from_db()
    return camera


def take_off(camera: Camera, by: User | None, now: datetime) -> bool:
    """Withdraw the row if nobody did before, inside the caller's audit block; False if somebody did. `by` is nobody
    where the clock takes it off: the last consent `listed` at its site lapsed."""
    won = Camera.objects.filter(pk=camera.pk, withdrawn_at__isnull=True).update(withdrawn_at=now, withdrawn_by=by)
    if won:
        audit.record("camera.withdrawn", actor=by, target=camera, site=str(camera.site.public_id))
        camera.refresh_from_db()
    return bool(won)
