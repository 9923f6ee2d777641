"""Server-sent events of the pages on health: `changed` when the page would now show something else.

A page says in its address which version it shows, so that nothing is missed between its reading and its listening.
What it may show is asked anew each time; `over` says that it may not be opened any longer.
"""

from collections.abc import Callable
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.news import Event, reader, stream
from accounts.doors import duty_for
from accounts.models import DutyKind
from health.bell import CHANNEL
from health.versions import version_of_board, version_of_camera
from registry.models import Camera

PRECINCT_DUTIES = (DutyKind.GRANTOR, DutyKind.APPROVER, DutyKind.ADMINISTRATOR, DutyKind.VIEWER)
CALM_SECONDS = 1.0


@require_safe
@never_cache
async def precinct_news(request: HttpRequest) -> StreamingHttpResponse:
    """The news of the precinct's page."""
    return await _news(request, lambda: _board(request, *PRECINCT_DUTIES))


@require_safe
@never_cache
async def officer_news(request: HttpRequest) -> StreamingHttpResponse:
    """The news of what the officer's home tells of health."""
    return await _news(request, lambda: _board(request, DutyKind.VERIFIER))


@require_safe
@never_cache
async def camera_news(request: HttpRequest, public_id: UUID) -> StreamingHttpResponse:
    """The news of one's own camera."""
    return await _news(request, lambda: _camera(request, public_id))


async def _news(request: HttpRequest, version: Callable[[], str]) -> StreamingHttpResponse:
    shown = await sync_to_async(version)()  # Raises Http404, while a status can still be sent.
    shown = request.GET.get("v", shown)

    def ask() -> Event | None:
        nonlocal shown
        now = version()
        if now == shown:
            return None
        shown = now
        return "changed", {}

    return stream(ask, channel=CHANNEL, calm_seconds=CALM_SECONDS)


def _board(request: HttpRequest, *kinds: DutyKind) -> str:
    viewer = reader(request)
    return version_of_board(viewer, duty_for(viewer.user, *kinds), timezone.now())


def _camera(request: HttpRequest, public_id: UUID) -> str:
    owner = reader(request).user
    camera = get_object_or_404(Camera.objects.owned_by(owner).listed(), public_id=public_id)
    return version_of_camera(camera, timezone.now())
