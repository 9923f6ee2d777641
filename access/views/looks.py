"""Looking: the list, the reason, and the look itself. Everything that may not be seen answers 404."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access import services
from access.arrangement import Arrangement, arrangement_for, arrangements_in, forget_arrangements, keep
from access.decision import visible_cameras
from access.errors import REFUSALS, LookRefused
from access.forms import LookForm
from access.maps import background_urls
from access.models import Case, Look
from access.shown import cameras_to_show, cases_around, rights_on
from access.viewers import DUTY_IN_USE, Viewer, person_of, viewer_of, viewing_duties
from access.views.desks import desks_of
from registry.models import Camera
from registry.rights import AccessRight

# What refuses a look that begins, in the words of one that was running.
ENDED = {"no_consent": gettext_lazy("Persetujuan pemilik sudah ditarik atau berakhir.")}
CASE_CODES = frozenset({"case_needed", "reason_needs_case", "case_elsewhere"})

View = Callable[..., HttpResponse]


def at_desk(view: View) -> View:
    """Open the page to people whose viewing duty belongs at this desk; the view gets the `viewer`."""

    @wraps(view)
    def guarded(request: HttpRequest, desk: str, **options: Any) -> HttpResponse:
        viewer = viewer_of(request)
        if desk not in desks_of(viewer):
            raise Http404
        return view(request, desk=desk, viewer=viewer, **options)

    return guarded


@require_safe
@at_desk
def camera_list(request: HttpRequest, desk: str, viewer: Viewer) -> HttpResponse:
    """The cameras this viewer may see, as a list and on a plain map."""
    now = timezone.now()
    cameras = cameras_to_show(viewer, now)
    words = request.GET.get("cari", "").replace("\0", "").strip()[:80]  # PostgreSQL takes no NUL.
    if words:
        placed = visible_cameras(viewer, AccessRight.SEE_POSITION, now)
        cameras = cameras.filter(
            Q(label__icontains=words)
            | Q(site__area__name__icontains=words)
            | Q(site__area__parent__name__icontains=words)
            | Q(site__address__icontains=words, pk__in=placed.values("pk"))
        )
    page = Paginator(cameras, 50).get_page(request.GET.get("page"))
    rights = rights_on(viewer, page.object_list, now)
    rows = [
        {
            "camera": camera,
            "may_look": AccessRight.VIEW_STILL in rights[camera.pk],
            "has_position": AccessRight.SEE_POSITION in rights[camera.pk],
        }
        for camera in page
    ]
    return render(
        request,
        "access/camera_list.html",
        {
            "desk": desk,
            "viewer": viewer,
            "duties": viewing_duties(viewer.user, now),
            "page": page,
            "rows": rows,
            "words": words,
            "any_position": any(row["has_position"] for row in rows),
            "map_urls": f"{background_urls()} {reverse('access:cameras-map', args=[desk])}",
        },
    )


@require_http_methods(["GET", "POST"])
@never_cache
@at_desk
def camera_look(request: HttpRequest, desk: str, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """Ask for the reason; a look is written before any picture."""
    now = timezone.now()
    camera = get_object_or_404(
        visible_cameras(viewer, AccessRight.VIEW_STILL, now).select_related(
            "site__area__parent", "site__partner", "device"
        ),
        public_id=public_id,
    )
    cases = cases_around(viewer, camera, now)
    initial = _asked_before(request, viewer, camera, cases, now)
    form = LookForm(request.POST if request.method == "POST" else None, cases=cases, initial=initial)
    if form.is_valid():
        reason, case, minutes = (form.cleaned_data[name] for name in ("reason", "case", "minutes"))
        if case is not None and str(case.public_id) == initial.get("case") and reason.code != initial["reason"]:
            # We filled it in for another reason: for this one it is kept only where the look rests on it.
            rests = services.rests_on_case(viewer, camera, AccessRight.VIEW_STILL, reason, now)
            case = case if rests else None
        try:
            look = services.start_look(
                viewer=viewer,
                camera=camera,
                right=AccessRight.VIEW_STILL,
                reason=reason,
                case=case,
                now=now,
                lasts=timedelta(minutes=minutes),
            )
        except LookRefused as refusal:
            form.add_error("case" if refusal.code in CASE_CODES else None, str(refusal))
        else:
            if case is not None:
                known = arrangement_for(request.session, case, now)
                asked = known or Arrangement(case.public_id, reason.code, minutes)
                keep(request.session, asked.with_camera(camera))
            return redirect("access:look", desk, look.public_id)
    has_position = visible_cameras(viewer, AccessRight.SEE_POSITION, now).filter(pk=camera.pk).exists()
    return render(
        request,
        "access/camera_look.html",
        {
            "desk": desk,
            "viewer": viewer,
            "camera": camera,
            "form": form,
            "cases": cases,
            "has_position": has_position,
        },
    )


@require_safe
@never_cache
@at_desk
def look(request: HttpRequest, desk: str, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """One's own look: the still, the time left, and the way to end it."""
    now = timezone.now()
    mine = look_or_404(viewer, public_id)
    over = ""
    if mine.is_running(now):
        try:
            services.require_running_look(look=mine, viewer=viewer, now=now)
        except LookRefused as refusal:
            over = str(ENDED.get(refusal.code, refusal))
    else:
        over = str(ENDED.get(mine.ended_how) or REFUSALS.get(mine.ended_how, REFUSALS["look_over"]))
    return render(
        request,
        "access/look.html",
        {
            "desk": desk,
            "look": mine,
            "camera": mine.camera,
            "over": over,
            "may_again": bool(over)
            and visible_cameras(viewer, AccessRight.VIEW_STILL, now).filter(pk=mine.camera_id).exists(),
            "in_case": mine.case is not None and arrangement_for(request.session, mine.case, now) is not None,
            "minutes_left": max(0, -(-int((mine.until - now).total_seconds()) // 60)),
            "seconds_left": max(0, int((mine.until - now).total_seconds())),
            "moment": int(now.timestamp() * 1000),
        },
    )


@require_POST
@at_desk
def look_end(request: HttpRequest, desk: str, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """The viewer is done; the time is noted in Buku Tamu."""
    mine = look_or_404(viewer, public_id)
    services.end_look(look=mine, how="viewer_done", now=timezone.now())
    case = mine.case
    known = arrangement_for(request.session, case, timezone.now()) if case else None
    if known is not None:
        keep(request.session, known.without_camera(mine.camera))
    messages.success(request, _("Selesai. Pemilik dapat membaca kunjungan ini di Buku Tamu Kamera."))
    return _next_page(request) or redirect("access:cameras", desk)


@require_POST
def use_duty(request: HttpRequest) -> HttpResponse:
    """Choose in which duty to look, among one's own; then back to where one came from."""
    chosen = request.POST.get("duty", "")
    if chosen not in {str(duty.public_id) for duty in viewing_duties(person_of(request), timezone.now())}:
        raise Http404
    request.session[DUTY_IN_USE] = chosen
    forget_arrangements(request.session)
    return _next_page(request) or redirect("home")


def look_or_404(viewer: Viewer, public_id: UUID) -> Look:
    """The viewer's own look of this very session; any other does not exist."""
    looks = Look.objects.select_related(
        "viewer", "organization", "duty__organization", "reason", "case__organization",
        "camera__device", "camera__site__area__parent", "camera__site__partner",
    )  # fmt: skip
    return get_object_or_404(looks, public_id=public_id, viewer=viewer.user, session_key_hash=viewer.session)


def _next_page(request: HttpRequest) -> HttpResponse | None:
    """Back to the page of ours that the form named, if it named one."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target) if safe and target.startswith("/") else None


def _asked_before(
    request: HttpRequest, viewer: Viewer, camera: Camera, cases: list[Case], now: datetime
) -> dict[str, Any]:
    """What was asked for one of these cases, the one used last first. The case itself is filled in only where the
    look rests on it: nobody shall tie a look to a case by not looking at the form."""
    around = {case.public_id for case in cases}
    known = next((one for one in arrangements_in(request.session) if one.case in around), None)
    if known is None:
        return {}
    asked = {"reason": known.reason, "minutes": known.minutes}
    if services.rests_on_case(viewer, camera, AccessRight.VIEW_STILL, known.the_reason, now):
        asked["case"] = str(known.case)
    return asked
