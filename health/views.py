"""Pages on health: the precinct's, and the owner's of one camera."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.viewers import viewer_of
from accounts.doors import for_duties
from accounts.models import Duty
from health.acknowledged import back_on
from health.boards import cameras_in_order, named_and_unnamed, outages_of, rows_by_area, rows_of
from health.forms import HealthFilter
from health.history import history_of
from health.news import PRECINCT_DUTIES
from health.outages_shown import running
from health.queries import Counts, state_of
from health.versions import version_of_board, version_of_camera
from registry.models import Area, Camera
from registry.people import ACTING, KEEPING, roles_at

ROWS_A_PAGE = 25


@require_safe
@for_duties(*PRECINCT_DUTIES)
def precinct(request: HttpRequest, duty: Duty) -> HttpResponse:
    """The health of the precinct's area: by kelurahan in numbers, and by name those cameras of which this reader
    may know."""
    now, viewer = timezone.now(), viewer_of(request)
    version = version_of_board(viewer, duty, now)  # Taken first: it may be too old, never too new.
    areas = rows_by_area(duty.reach, now)
    named, unnamed = named_and_unnamed(viewer, duty, now)
    chosen = HealthFilter(request.GET, areas=areas)
    page = Paginator(chosen.narrow(cameras_in_order(named)), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "health/precinct.html",
        {
            "duty": duty,
            "area": Area.objects.defer("outline").filter(code=duty.reach).first(),
            "counts": sum((row.counts for row in areas), Counts()),
            "areas": areas,
            "filter": chosen,
            "page": page,
            "rows": rows_of(list(page.object_list), viewer, duty, now),
            "unnamed": unnamed,
            "outages": outages_of(named, duty, now),
            "version": version,
            "now": now,
        },
    )


@require_safe
def camera(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The last days of one of one's own cameras: what happened when, how much of the time it answered, what
    to do now."""
    now = timezone.now()
    found = get_object_or_404(
        Camera.objects.owned_by(request.user).listed().select_related("site__area", "device"), public_id=public_id
    )
    version = version_of_camera(found, now)
    roles = roles_at(request.user, [found.site])[found.site_id]
    return render(
        request,
        "health/camera.html",
        {
            "camera": found,
            "state": state_of(found),
            "history": history_of(found, now),
            "back_on": back_on([found], now).get(found.pk),
            "outages": running([found]),
            "may_keep": bool(roles & KEEPING),
            "may_act": bool(roles & ACTING),
            "version": version,
            "now": now,
        },
    )
