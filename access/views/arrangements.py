"""Many cameras of one case: reason and time are asked once, then each opens with one tap and gets its own look."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from access import services
from access.arrangement import Arrangement, arrangement_for, keep
from access.decision import usable_case, visible_cameras
from access.errors import LookRefused
from access.forms import ArrangementForm
from access.models import Case, Look
from access.shown import NearCamera, cameras_near, cases_of
from access.viewers import Viewer
from access.views.looks import at_desk
from config.ids import typed_id
from registry.models import Camera
from registry.rights import AccessRight


@dataclass(frozen=True)
class Tile:
    """One camera of the arrangement: its running look, or None where it is over; then `may_look` says whether it
    would open again. Where it stands is told where the viewer `has_position`."""

    camera: Camera
    look: Look | None
    seconds_left: int
    may_look: bool
    has_position: bool


@require_http_methods(["GET", "POST"])
@never_cache
@at_desk
def arrangement(request: HttpRequest, desk: str, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """The cameras of a case side by side; before that, and with `?ubah`, the reason and time for all of them."""
    now = timezone.now()
    case = usable_case(viewer, public_id, now)
    if case is None:
        return _case_over(request, viewer, public_id, now)
    known = arrangement_for(request.session, case, now)
    if request.method == "POST" or known is None or "ubah" in request.GET:
        return _ask(request, desk, viewer, case, known, now)
    near = cameras_near(viewer, case, now)
    tiles = _tiles(viewer, case, known, near, now)
    return render(
        request,
        "access/arrangement.html",
        {
            "desk": desk,
            "viewer": viewer,
            "case": case,
            "arrangement": known,
            "reason": known.the_reason,
            "tiles": tiles,
            "again": [tile.camera for tile in tiles if tile.look is None and tile.may_look],
            "further": [item for item in near if item.may_look and item.camera.public_id not in known.cameras],
            "moment": int(now.timestamp() * 1000),
        },
    )


def _ask(
    request: HttpRequest, desk: str, viewer: Viewer, case: Case, known: Arrangement | None, now: datetime
) -> HttpResponse:
    """Reason and time, once for the case; whoever came for one camera finds it open."""
    initial = {"reason": known.reason, "minutes": known.minutes} if known else {}
    initial["kamera"] = request.GET.get("kamera", "")
    form = ArrangementForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        cameras = known.cameras if known else ()
        fresh = Arrangement(case.public_id, form.cleaned_data["reason"].code, form.cleaned_data["minutes"], cameras)
        keep(request.session, fresh)
        wanted = form.cleaned_data["kamera"]
        if wanted:
            _open(request, viewer, case, fresh, _visible(viewer, [wanted], now), now)
        return redirect("access:arrangement", desk, case.public_id)
    return render(
        request,
        "access/arrangement_ask.html",
        {"desk": desk, "viewer": viewer, "case": case, "form": form, "known": known},
    )


@require_POST
@at_desk
def open_cameras(request: HttpRequest, desk: str, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """Open one or more cameras under what was asked for the case; each gets a look of its own."""
    now = timezone.now()
    case = usable_case(viewer, public_id, now)
    if case is None:
        return _case_over(request, viewer, public_id, now)
    wanted = [_id_or_404(typed) for typed in request.POST.getlist("camera")]
    cameras = _visible(viewer, wanted, now)
    if not cameras:
        raise Http404
    known = arrangement_for(request.session, case, now)
    if known is None:
        ask = reverse("access:arrangement", args=[desk, case.public_id])
        return redirect(f"{ask}?{urlencode({'kamera': str(wanted[0])})}")
    _open(request, viewer, case, known, cameras, now)
    return redirect("access:arrangement", desk, case.public_id)


def _case_over(request: HttpRequest, viewer: Viewer, public_id: UUID, now: datetime) -> HttpResponse:
    """Whoever may read a case that is over is sent to its page; to all others, and for a case that is open but not
    of this body, there is none."""
    readable = cases_of(viewer.user, now)
    case = get_object_or_404(readable.exclude(pk__in=readable.open_at(now).values("pk")), public_id=public_id)
    ended = date_format(timezone.localtime(case.closed_at or case.until), "j F Y, H.i")
    messages.info(
        request, _("Perkara ditutup %(moment)s WIB. Kameranya tidak dapat dibuka lagi.") % {"moment": ended}
    )
    return redirect("desks:case", case.public_id)


def case_or_404(viewer: Viewer, public_id: UUID, now: datetime) -> Case:
    """The open case under which the body of this viewer may look."""
    case = usable_case(viewer, public_id, now)
    if case is None:
        raise Http404
    return case


def open_looks(viewer: Viewer, case: Case, now: datetime) -> dict[int, Look]:
    """By camera, the running looks of this session under the case, the decision asked again for each."""
    running = Look.objects.running(now).filter(viewer=viewer.user, session_key_hash=viewer.session, case=case)
    found = {}
    for look in running.select_related(
        "viewer", "duty__organization", "organization", "reason", "case__organization",
        "camera__device", "camera__site__area__parent", "camera__site__partner",
    ).order_by("started_at"):  # fmt: skip
        try:
            services.require_running_look(look=look, viewer=viewer, now=now)
        except LookRefused:
            continue
        found[look.camera_id] = look
    return found


def _open(
    request: HttpRequest, viewer: Viewer, case: Case, known: Arrangement, cameras: list[Camera], now: datetime
) -> None:
    """A look for each camera that has none running; a refusal is said in words and keeps no other from opening."""
    running = open_looks(viewer, case, now)
    for camera in cameras:
        if camera.pk not in running:
            try:
                services.start_look(
                    viewer=viewer,
                    camera=camera,
                    right=AccessRight.VIEW_STILL,
                    reason=known.the_reason,
                    case=case,
                    now=now,
                    lasts=known.lasts,
                )
            except LookRefused as refusal:
                messages.error(request, f"{camera.label}: {refusal}")
                continue
        known = known.with_camera(camera)
    keep(request.session, known)


def _visible(viewer: Viewer, wanted: list[UUID], now: datetime) -> list[Camera]:
    """Those of the wanted cameras that this viewer may look through."""
    cameras = visible_cameras(viewer, AccessRight.VIEW_STILL, now).filter(public_id__in=wanted)
    return list(cameras.select_related("site__area__parent", "site__partner", "device").order_by("pk"))


def _tiles(viewer: Viewer, case: Case, known: Arrangement, near: list[NearCamera], now: datetime) -> list[Tile]:
    """The cameras of the arrangement in the order in which they were opened."""
    running = open_looks(viewer, case, now)
    openable = {item.camera.pk for item in near if item.may_look}
    placed = {item.camera.pk for item in near if item.has_position}
    found = Camera.objects.filter(public_id__in=known.cameras).select_related("site")
    cameras = {camera.public_id: camera for camera in found}
    tiles = []
    for public_id in known.cameras:
        camera = cameras.get(public_id)
        look = running.get(camera.pk) if camera else None
        if camera is not None and (look is not None or camera.pk in openable):
            left = max(0, int((look.until - now).total_seconds())) if look else 0
            tiles.append(Tile(camera, look, left, camera.pk in openable, camera.pk in placed))
    return tiles


def _id_or_404(typed: str) -> UUID:
    found = typed_id(typed)
    if found is None:
        raise Http404
    return found
