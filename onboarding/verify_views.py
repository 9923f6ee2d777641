"""The officer's visit to a camera. Other kelurahan, other people's visits: 404."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NoDuty
from onboarding.connect_views import picture_response
from onboarding.errors import OnboardingError
from onboarding.identity import certificate_words, weak_words
from onboarding.models import Outcome, Probe, Verification
from onboarding.queries import due_for_visit, last_attempt, may_be_photographed, verifiable_cameras
from onboarding.shown import direction_words, step_lines
from onboarding.site_forms import VisitForm
from onboarding.verification import (
    ask_for_visit,
    confirm_possession,
    decide_visit,
    needs_possession,
    place_to_explain,
    request_possession_picture,
    save_checks,
    start_visit,
)
from onboarding.visits import NEEDED
from registry.errors import NotYours
from registry.models import Camera
from registry.people import ACTING, is_of_partner

SAVE, PICTURE, SEEN = "save", "picture", "seen"


def _camera(request: HttpRequest, public_id: uuid.UUID) -> Camera:
    return get_object_or_404(verifiable_cameras(request.user, timezone.now()), public_id=public_id)


def _visit(request: HttpRequest, public_id: uuid.UUID) -> Verification:
    """The officer's own visit, to a camera that is still within his duty."""
    visits = Verification.objects.filter(officer=request.user).select_related(
        "camera__site__partner", "camera__site__area", "camera__device"
    )
    reached = verifiable_cameras(request.user, timezone.now()).order_by().values("pk")
    return get_object_or_404(visits.filter(camera__in=reached), public_id=public_id)


@never_cache
@require_http_methods(["GET", "POST"])
def verify_camera(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the owner said about the camera, and the button that begins the visit."""
    camera = _camera(request, public_id)
    if request.method == "POST":
        try:
            visit = start_visit(camera=camera, by=request.user, now=timezone.now())
        except NoDuty as refusal:
            raise Http404 from refusal
        except OnboardingError as refusal:
            messages.error(request, str(refusal))
            return redirect("onboarding:verify-camera", camera.public_id)
        return redirect("onboarding:verify-visit", visit.public_id)
    own = is_of_partner(request.user, camera.site.partner_id)
    visits = camera.verifications.all()
    due = due_for_visit(Camera.objects.filter(pk=camera.pk), timezone.now()).exists()
    return render(
        request,
        "onboarding/verify_camera.html",
        {
            "camera": camera,
            "direction": direction_words(camera.direction),
            "own": own,
            "due": due,
            "needs_possession": needs_possession(camera),
            "attempt": last_attempt(camera),
            "mine": visits.filter(officer=request.user, decided_at__isnull=True).first(),
            "last": visits.filter(decided_at__isnull=False).order_by("-decided_at").first(),
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def verify_visit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The checklist. Every button saves it first, so that nothing typed on the street is lost."""
    visit = _visit(request, public_id)
    if visit.decided_at is not None:
        shown = {"visit": visit, "camera": visit.camera, "explain": place_to_explain(visit)}
        return render(request, "onboarding/verify_done.html", shown)
    form = VisitForm(request.POST or None, initial=_initial(visit))
    if request.method == "POST" and form.is_valid():
        try:
            answer = _act(request, visit, form)
        except NoDuty as refusal:
            raise Http404 from refusal
        except OnboardingError as refusal:
            form.add_error("note" if refusal.code == "reason_missing" else None, str(refusal))
            visit.refresh_from_db()
            if refusal.code == "checks_missing":
                _name_what_is_missing(form, visit)
        else:
            return answer
    return render(request, "onboarding/verify_visit.html", {"form": form, **_shown(visit)})


def _act(request: HttpRequest, visit: Verification, form: VisitForm) -> HttpResponse:
    """Save the checks, then do what the pressed button says."""
    officer: Any = request.user
    now = timezone.now()
    act = request.POST.get("act", SAVE)
    visit = save_checks(visit=visit, checks=form.checks(), by=officer, now=now)
    back = redirect("onboarding:verify-visit", visit.public_id)
    if act == PICTURE:
        request_possession_picture(visit=visit, by=officer, now=now)
        back["Location"] += "#bukti"
    elif act == SEEN:
        confirm_possession(visit=visit, by=officer, now=now)
        back["Location"] += "#bukti"
    elif act in Outcome.values:
        decide_visit(visit=visit, outcome=Outcome(act), by=officer, now=now)
    else:
        messages.success(request, _("Isian disimpan."))
    return back


def _name_what_is_missing(form: VisitForm, visit: Verification) -> None:
    """Each check that a pass still needs, at its field, so that the list of errors leads to it."""
    for name in NEEDED:
        if not getattr(visit, name):
            form.add_error(name, _("Belum dicentang."))
    if visit.distance_m is None:
        form.add_error("lat", _("Posisi Anda belum diisi."))
    if needs_possession(visit.camera) and visit.possession_seen_at is None:
        link = '<a href="#bukti">{}</a>'
        form.add_error(None, format_html(link, _("Bukti penguasaan: kode belum terlihat di gambar.")))


@never_cache
@require_safe
def verify_proof(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The proof of possession as it stands, for htmx; the whole page for everybody else."""
    visit = _visit(request, public_id)
    if not request.htmx:
        return redirect("onboarding:verify-visit", visit.public_id)
    return render(request, "onboarding/verify_proof.html", _shown(visit))


@require_safe
def verify_picture(request: HttpRequest, public_id: uuid.UUID, probe_id: uuid.UUID) -> HttpResponse:
    """The fresh picture, for the officer of this open visit alone, as long as the owner allows it."""
    visit = _visit(request, public_id)
    probes = Probe.objects.filter(pk=visit.possession_probe_id, requested_by=request.user)
    if visit.decided_at is not None or not may_be_photographed(visit.camera, timezone.now()):
        probes = probes.none()
    return picture_response(get_object_or_404(probes, public_id=probe_id))


@never_cache
@require_safe
def verify_map(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The pin the owner set, for the map of the visit."""
    camera = _visit(request, public_id).camera
    pin = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [camera.site.lng, camera.site.lat]},
        "properties": {"kind": "camera", "label": camera.label},
    }
    return JsonResponse({"type": "FeatureCollection", "features": [pin]}, content_type="application/geo+json")


@require_POST
def ask_again(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The owner says that what the officer refused is mended."""
    camera = get_object_or_404(Camera.objects.owned_by(request.user, ACTING).listed(), public_id=public_id)
    try:
        ask_for_visit(camera=camera, by=request.user, now=timezone.now())
    except NotYours as refusal:
        raise Http404 from refusal
    except OnboardingError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Kamera kembali menunggu kunjungan petugas."))
    return redirect("desks:owner")


def _initial(visit: Verification) -> dict[str, Any]:
    names = (*VisitForm.base_fields,)
    initial = {name: getattr(visit, name) for name in names}
    accuracy = initial["accuracy_m"]
    return initial | {"accuracy_m": None if accuracy is None else round(accuracy)}


def _shown(visit: Verification) -> dict[str, Any]:
    camera = visit.camera
    probe = Probe.objects.filter(pk=visit.possession_probe_id).defer("picture").first()
    far = visit.distance_m is not None and visit.distance_m > settings.PIN_DISTANCE_WARNING_METRES
    return {
        "visit": visit,
        "camera": camera,
        "direction": direction_words(camera.direction),
        "needs_possession": needs_possession(camera),
        "far": far,
        "explain": place_to_explain(visit),
        "limit": settings.PIN_DISTANCE_WARNING_METRES,
        "probe": probe,
        "certificate": certificate_words((probe.proves or {}).get("identity")) if probe else "",
        "weak": weak_words(camera.device) if camera.device else [],
        "steps": step_lines(probe) if probe else [],
        "has_picture": probe is not None and Probe.objects.filter(pk=probe.pk, picture__isnull=False).exists(),
        "map_url": f"{reverse('access:areas-map')} {reverse('onboarding:verify-map', args=[visit.public_id])}",
    }
