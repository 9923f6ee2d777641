"""Server-sent events: an open page learns within a second that the right to what it shows has ended.

A page of a running look is told `over`, once, with the reason in words; a list of cameras is told `changed`, and
`over` once it may not be opened any longer. What they are told is asked of the decision each time, so that news of
others tells nothing. Where the broker is silent, it is asked every RECHECK_SECONDS all the same.
"""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access import services
from access.decision import usable_case, visible_cameras
from access.errors import REFUSALS, LookRefused
from access.viewers import Viewer, viewer_of
from access.views.arrangements import case_or_404, open_looks
from access.views.desks import desks_of
from access.views.looks import look_or_404
from accounts.models import User
from audit import broadcast
from registry.rights import AccessRight

RECHECK_SECONDS = 5.0
#: A page that stays open longer asks again by itself, as the standard of EventSource has it.
LONGEST_SECONDS = 20 * 60
MOST_LISTED = 500

#: The name of an event, and what it carries as JSON.
Event = tuple[str, object]


@require_safe
@never_cache
async def look_news(request: HttpRequest, public_id: UUID) -> StreamingHttpResponse:
    """The news of one's own running look: `over`, and why."""
    await sync_to_async(lambda: look_or_404(viewer_of(request), public_id))()
    return stream(lambda: _look_over(request, public_id))


@require_safe
@never_cache
async def list_news(request: HttpRequest, desk: str) -> StreamingHttpResponse:
    """The news of one's list of cameras: `changed`, each time it holds others than before."""

    def first() -> str:
        if desk not in desks_of(viewer_of(request)):
            raise Http404
        return _listed(request)

    known = await sync_to_async(first)()

    def changed() -> Event | None:
        nonlocal known
        now = _listed(request)
        if now == known:
            return None
        known = now
        return "changed", {}

    return stream(changed)


@require_safe
@never_cache
async def case_news(request: HttpRequest, desk: str, public_id: UUID) -> StreamingHttpResponse:
    """The news of the cameras of a case side by side: `running`, the ids of the looks that do, when it changes."""

    def first() -> list[str]:
        viewer = viewer_of(request)
        if desk not in desks_of(viewer):
            raise Http404
        case_or_404(viewer, public_id, timezone.now())
        return _open_in_case(request, public_id)

    known = await sync_to_async(first)()

    def changed() -> Event | None:
        nonlocal known
        now = _open_in_case(request, public_id)
        if now == known:
            return None
        known = now
        return "running", now

    return stream(changed)


def _open_in_case(request: HttpRequest, public_id: UUID) -> list[str]:
    """Empty, too, where the case is over or out of reach."""
    viewer, now = reader(request), timezone.now()
    case = usable_case(viewer, public_id, now)
    return [str(look.public_id) for look in open_looks(viewer, case, now).values()] if case else []


def reader(request: HttpRequest) -> Viewer:
    """Whoever reads the page, as he stands in the database now: he may have lost everything since. Http404 once his
    session is over: he signed out, here or elsewhere, or its time has passed."""
    viewer, key = viewer_of(request), request.session.session_key
    if not Session.objects.filter(session_key=key, expire_date__gt=timezone.now()).exists():
        raise Http404
    return replace(viewer, user=User.objects.get(pk=viewer.user.pk))


def _look_over(request: HttpRequest, public_id: UUID) -> Event | None:
    look = look_or_404(viewer_of(request), public_id)
    try:
        services.require_running_look(look=look, viewer=reader(request), now=timezone.now())
    except (LookRefused, Http404) as refusal:
        look.refresh_from_db()
        code = refusal.code if isinstance(refusal, LookRefused) else "signed_out"
        code = look.ended_how if look.ended_how in REFUSALS else code
        return "over", {"code": code, "words": str(REFUSALS[code])}
    return None


def _listed(request: HttpRequest) -> str:
    viewer = reader(request)
    cameras = visible_cameras(viewer, AccessRight.VIEW_STILL, timezone.now()).order_by("pk")
    keys = list(cameras.values_list("pk", flat=True)[:MOST_LISTED])
    return sha256(repr(keys).encode()).hexdigest()


def stream(
    ask: Callable[[], Event | None], *, channel: str = broadcast.CHANNEL, calm_seconds: float = 0.0
) -> StreamingHttpResponse:
    """The events of an open page: `ask` is asked at once, at each news of the channel and every RECHECK_SECONDS.

    What it answers is sent; None is nothing new. `over` is the last event, also where it raises Http404.
    `calm_seconds`: see `broadcast.heard`.
    """
    news = broadcast.heard(RECHECK_SECONDS, channel=channel, calm_seconds=calm_seconds)
    response = StreamingHttpResponse(_events(ask, news), content_type="text/event-stream")
    response["X-Accel-Buffering"] = "no"  # A proxy in between passes each event on at once.
    return response


async def _events(ask: Callable[[], Event | None], news: AsyncIterator[bool]) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    asked = sync_to_async(partial(_asked, ask))
    ends = timezone.now().timestamp() + LONGEST_SECONDS
    async for _told in news:
        event = await asked()
        if event is None:
            yield b": \n\n"  # A connection that is gone shows when something is written to it.
        else:
            yield f"event: {event[0]}\ndata: {json.dumps(event[1], ensure_ascii=False)}\n\n".encode()
        if timezone.now().timestamp() > ends or (event and event[0] == "over"):
            return


def _asked(ask: Callable[[], Event | None]) -> Event | None:
    try:
        return ask()
    except Http404:
        return "over", {}
