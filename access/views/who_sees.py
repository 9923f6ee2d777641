"""Who sees one camera: for its owner, and for the grantors whose body he told of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.rule import local_minute
from access.shown import cameras_of
from access.viewers import person_of
from access.views.grants import for_grantors
from access.who_sees import shut_for_all, who_sees
from accounts.models import Duty
from registry.models import Camera
from registry.people import SIGNING, roles_at


@require_safe
def owner_who_sees(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """To its owner: every body that may open something of his camera, with the way to end it."""
    cameras = Camera.objects.owned_by(person_of(request)).listed().select_related("site__area", "device")
    camera = get_object_or_404(cameras, public_id=public_id)
    may_sign = bool(roles_at(person_of(request), [camera.site])[camera.site_id] & SIGNING)
    return render(
        request, "access/who_sees.html", {**_shown(camera, timezone.now()), "may_sign": may_sign, "is_owner": True}
    )


@require_safe
@for_grantors
def grantor_who_sees(request: HttpRequest, duties: list[Duty], public_id: UUID) -> HttpResponse:
    """The same to a grantor, of the cameras among which he may choose (ADR 0007)."""
    now = timezone.now()
    camera = get_object_or_404(cameras_of(duties, now).select_related("device"), public_id=public_id)
    return render(request, "access/who_sees.html", {**_shown(camera, now), "may_sign": False, "is_owner": False})


def _shown(camera: Camera, now: datetime) -> dict[str, Any]:
    bodies = who_sees(camera, now)
    return {
        "camera": camera,
        "bodies": bodies,
        "shut": shut_for_all(camera, now),
        "looking": sum(body.sees_picture_now for body in bodies),
        "knowing": sum(body.opens_now for body in bodies),
        "minute": local_minute(now),
        "now": now,
        "emergency_minutes": int(settings.EMERGENCY_LASTS.total_seconds() // 60),
    }
