"""The still of a look, and how it went, for the same viewer in the same session only."""

from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from access.errors import LookRefused
from access.viewers import viewer_of
from access.views.looks import look_or_404
from feeds import pictures
from feeds.errors import CameraSilent
from feeds.services import still_for

KEPT_SECONDS = 900


@require_safe
@cache_control(no_store=True, private=True)
def still(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A fresh, watermarked JPEG; a card in words where the look is over (403) or the camera is silent (502)."""
    now = timezone.now()
    viewer = viewer_of(request)
    look = look_or_404(viewer, public_id)
    try:
        jpeg, status, outcome = still_for(look, viewer, now), 200, {}
    except LookRefused as refusal:
        title = _("Gambar tidak dibuka.")
        jpeg, status = pictures.card(title, str(refusal)), 403
        outcome = {"code": refusal.code, "title": title, "words": str(refusal)}
    except CameraSilent as failure:
        jpeg, status = pictures.card(str(failure.message), str(failure.remedy)), 502
        outcome = {"code": failure.code, "title": str(failure.message), "words": str(failure.remedy)}
    cache.set(_key(public_id), {**outcome, "at": timezone.now()}, KEPT_SECONDS)
    response = HttpResponse(jpeg, status=status, content_type="image/jpeg")
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    if outcome:
        response["X-Mitra-Code"] = outcome["code"]
    return response


@require_safe
@cache_control(no_store=True, private=True)
def words(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How the last still went, in words beside the picture (asked by htmx once it has loaded)."""
    now = timezone.now()
    look = look_or_404(viewer_of(request), public_id)
    context: dict[str, Any] = {
        "until": look.until,
        "minutes_left": max(0, -(-int((look.until - now).total_seconds()) // 60)),
        "outcome": cache.get(_key(public_id)),
    }
    return render(request, "feeds/_words.html", context)


def _key(public_id: UUID) -> str:
    return f"still-outcome:{public_id}"
