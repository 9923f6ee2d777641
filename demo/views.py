"""Pages of the demo: signing in by link, the mail box, the virtual cameras, and the invented streets.

They are open to anybody who reaches this machine's loopback; production refuses to start in demo mode.
"""

from __future__ import annotations

import json
from math import isfinite

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import conditional_page, require_GET, require_http_methods

from accounts.errors import InvitationOver
from demo import devices_shown, fleet, grid, links, mailbox
from registry.models import Area


@never_cache
@login_not_required
@require_GET
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in by a link of the terminal. Unlike an invitation it acts on GET: nobody mails these links."""
    try:
        links.sign_in(request, token)
    except InvitationOver:
        return render(request, "demo/link_over.html", status=410)
    return redirect("home")


@never_cache
@login_not_required
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    """The letters and texts of the demo, newest first: here a newcomer finds his code."""
    return render(request, "demo/letters.html", {"letters": mailbox.letters()})


class SignForm(forms.Form):
    """The paper that somebody holds before the lens; empty takes it away."""

    text = forms.CharField(
        label=gettext_lazy("Tulisan di depan lensa"),
        max_length=12,
        required=False,
        validators=[RegexValidator(r"^[A-Za-z0-9 ]*$", gettext_lazy("Tulis huruf dan angka saja."))],
    )


@never_cache
@login_not_required
@require_GET
def cameras(request: HttpRequest) -> HttpResponse:
    """The virtual cameras: what to type in the form, and the paper before each lens."""
    words = devices_shown.FAULT_WORDS.items()
    context = {"devices": devices_shown.shown(), "faults": [(fault, _(text)) for fault, text in words]}
    return render(request, "demo/cameras.html", context)


def _spec_or_404(name: str) -> fleet.DeviceSpec:
    spec = devices_shown.spec_named(name)
    if spec is None:
        raise Http404
    return spec


@never_cache
@login_not_required
@require_http_methods(["POST"])
def camera_sign(request: HttpRequest, name: str) -> HttpResponse:
    """Hold a paper before a lens, or take it away."""
    spec = _spec_or_404(name)
    form = SignForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
    elif form.cleaned_data["text"]:
        fleet.hold_up(spec, form.cleaned_data["text"])
        messages.success(
            request,
            _("Tulisan %(text)s ada di depan lensa %(camera)s.")
            % {"text": form.cleaned_data["text"], "camera": spec.title},
        )
    else:
        fleet.take_away(spec)
        messages.success(request, _("Tulisan di depan lensa %(camera)s diambil.") % {"camera": spec.title})
    return redirect("demo:cameras")


@never_cache
@login_not_required
@require_http_methods(["POST"])
def camera_fault(request: HttpRequest, name: str) -> HttpResponse:
    """Let something be wrong with a device, or set it right again."""
    spec = _spec_or_404(name)
    fault = request.POST.get("fault", "")
    if not fault:
        fleet.mend(spec)
        messages.success(request, _("%(camera)s baik lagi.") % {"camera": spec.title})
    elif text := devices_shown.FAULT_WORDS.get(fault):
        fleet.spoil(spec, fault)
        messages.success(request, f"{spec.title}: {_(text)}.")
    else:
        messages.error(request, _("Pilih salah satu keadaan."))
    return redirect("demo:cameras")


@login_not_required
@require_GET
@cache_control(public=True, max_age=3600)
@conditional_page
def streets(request: HttpRequest) -> HttpResponse:
    """Streets and buildings as GeoJSON: of one kelurahan (`kelurahan=31.73.05.1001`), or within
    `bbox=WEST,SOUTH,EAST,NORTH`; without either the main streets of the whole city."""
    code = request.GET.get("kelurahan", "")
    if code:
        area = get_object_or_404(Area.objects.kelurahan(), code=code, outline__isnull=False)
        return _geojson(grid.kelurahan_geojson(json.dumps(area.outline)))
    try:
        box = _box(request.GET.get("bbox", ""))
    except ValueError:
        return JsonResponse({"title": "bbox=WEST,SOUTH,EAST,NORTH in degrees.", "status": 400}, status=400)
    outlines = [outline for outline in Area.objects.kelurahan().values_list("outline", flat=True) if outline]
    return _geojson(grid.within(outlines, box))


def _box(text: str) -> grid.Box | None:
    """(south, west, north, east); None for no text. Raises ValueError."""
    if not text:
        return None
    west, south, east, north = (float(part) for part in text[:200].split(","))
    if not all(map(isfinite, (west, south, east, north))) or west > east or south > north:
        raise ValueError(text[:200])
    return south, west, north, east


def _geojson(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/geo+json")
