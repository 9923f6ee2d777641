"""GeoJSON for the plain maps: only what this viewer may see."""

from contextlib import suppress
from math import cos, pi, sin
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from access.models import Case
from access.shown import cameras_near, cases_of
from access.sight import Sight
from access.viewers import viewer_of
from access.views.desks import desk_for, desks_of
from registry.geo import box
from registry.models import Area, AreaLevel, Camera
from registry.rights import AccessRight

MOST_MARKERS = 5000


def background_urls() -> str:
    """The addresses of what lies under the markers: area outlines, and in demo mode the invented streets."""
    urls = [reverse("access:areas-map")]
    with suppress(NoReverseMatch):
        urls.append(reverse("demo:streets"))
    return " ".join(urls)


def _areas_etag(_request: HttpRequest) -> str:
    areas = Area.objects.filter(outline__isnull=False)
    newest = areas.order_by("-pk").values_list("pk", flat=True).first() or 0
    return f'"areas-{areas.count()}-{newest}"'


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
@condition(etag_func=_areas_etag)
def areas_map(_request: HttpRequest) -> HttpResponse:
    """The outlines of the kelurahan; boundaries are public."""
    areas = Area.objects.filter(level=AreaLevel.KELURAHAN, outline__isnull=False).order_by("code")
    return collection(
        {
            "type": "Feature",
            "geometry": {"type": "MultiPolygon", "coordinates": area.outline},
            "properties": {"kind": "kelurahan", "label": area.name},
        }
        for area in areas
    )


@require_safe
@cache_control(no_store=True)
def cameras_map(request: HttpRequest, desk: str) -> HttpResponse:
    """The cameras whose position this viewer may see."""
    viewer = viewer_of(request)
    if desk not in desks_of(viewer):
        raise Http404
    sight = Sight(viewer, timezone.now())
    placed = sight.cameras(AccessRight.SEE_POSITION).select_related("site__area", "device")[:MOST_MARKERS]
    rights = sight.rights_on(placed)
    return collection(
        marker(camera, desk if AccessRight.VIEW_STILL in rights.get(camera.pk, ()) else None) for camera in placed
    )


@require_safe
@cache_control(no_store=True)
def case_map(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The cameras around an open case whose position this viewer may see."""
    viewer = viewer_of(request)
    now = timezone.now()
    case = get_object_or_404(cases_of(viewer.user, now), public_id=public_id)
    near = cameras_near(viewer, case, now) if case.is_open(now) else []
    markers = [
        marker(item.camera, desk_for(viewer) if item.may_look else None) for item in near if item.has_position
    ]
    return collection([case_area(case), *markers])


def case_area(case: Case) -> dict[str, Any]:
    """The circle of a case, as a polygon of 48 corners."""
    south, west, north, east = box(case.lat, case.lng, case.radius_m)
    high, wide = (north - south) / 2, (east - west) / 2
    turns = [2 * pi * step / 48 for step in range(49)]
    ring = [[case.lng + wide * cos(turn), case.lat + high * sin(turn)] for turn in turns]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"kind": "hotspot", "label": str(case), "detail": case.place},
    }


def marker(camera: Camera, desk: str | None) -> dict[str, Any]:
    """A camera at its place; with a desk, the way to look through it."""
    properties = {"kind": "camera", "label": camera.label, "detail": camera.site.area.name}
    if desk:
        properties["url"] = reverse("access:camera", args=[desk, camera.public_id])
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [camera.site.lng, camera.site.lat]},
        "properties": properties,
    }


def collection(features: Any) -> HttpResponse:
    """The answer that holds these features."""
    return JsonResponse(
        {"type": "FeatureCollection", "features": list(features)}, content_type="application/geo+json"
    )
