"""The supervisor's pages: one look and its verdict, and odd patterns."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.maps import background_urls, case_area, collection, marker
from access.models import Look
from access.templatetags.looks import duration_in_words
from access.viewers import person_of
from accounts.duties import has_duty
from accounts.models import DutyKind
from conduct import judging, patterns
from conduct.errors import ConductError
from conduct.judging_forms import VerdictForm
from conduct.queries import Facts, facts_of, look_to_read, others_of

View = Callable[..., HttpResponse]


def for_supervisors(view: View) -> View:
    """Open the page to supervisors; to all others it does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, **options: object) -> HttpResponse:
        if not has_duty(person_of(request), timezone.now(), DutyKind.SUPERVISOR):
            raise Http404
        return view(request, **options)

    return guarded


@require_http_methods(["GET", "POST"])
@never_cache
@for_supervisors
def look(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One look with what is needed to judge it, and the verdict. One that he may not judge does not exist."""
    now, user = timezone.now(), person_of(request)
    found = _look_or_404(request, public_id)
    form = VerdictForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        verdict = judging.Verdict(form.cleaned_data["verdict"])
        try:
            judging.judge(look=found, verdict=verdict, words=form.cleaned_data["words"], by=user, now=now)
        except ConductError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Dicatat: %(verdict)s.") % {"verdict": verdict.label})
            return redirect("desks:supervisor")
    facts = facts_of(found, now)
    return render(
        request,
        "conduct/look.html",
        {
            "facts": facts,
            "look": found,
            "card": facts.card,
            "explanation": getattr(facts.card, "explanation", None),
            "summary": _summary(facts),
            "others": others_of(found, user, now),
            "form": form,
            "map_urls": f"{background_urls()} {request.path}peta.json",
        },
    )


@require_safe
@cache_control(no_store=True)
@for_supervisors
def look_map(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The case around its place, and the camera where its position may be told."""
    found = _look_or_404(request, public_id)
    features = [case_area(found.case)] if found.case else []
    if facts_of(found, timezone.now()).placed:
        features.append(marker(found.camera, None))
    return collection(features)


@require_POST
@for_supervisors
def suspension_lift(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give back the duty that was suspended over this look."""
    found = _look_or_404(request, public_id)
    try:
        judging.lift_suspension(look=found, by=person_of(request), now=timezone.now())
    except ConductError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Tugasnya dibuka kembali."))
    return redirect("conduct:look", found.public_id)


@require_safe
@for_supervisors
def odd_patterns(request: HttpRequest) -> HttpResponse:
    """Each pattern with its rule in one sentence, and the looks behind it."""
    now = timezone.now()
    looks = patterns.looks_lately(person_of(request), now)
    evening, morning = settings.ODD_NIGHT_HOURS
    return render(
        request,
        "conduct/patterns.html",
        {
            "nights": patterns.same_camera_at_night(looks),
            "without_case": patterns.without_case(looks),
            "bursts": patterns.bursts(looks),
            "evening": evening,
            "morning": morning,
            "days": settings.ODD_WITHIN.days,
            "least_nights": settings.ODD_NIGHTS,
            "least_cameras": settings.ODD_BURST_CAMERAS,
            "minutes": int(settings.ODD_BURST_WITHIN.total_seconds() // 60),
        },
    )


def _look_or_404(request: HttpRequest, public_id: UUID) -> Look:
    return get_object_or_404(look_to_read(person_of(request), timezone.now()), public_id=public_id)


def _summary(facts: Facts) -> list[dict[str, object]]:
    """The look, line by line."""
    look, case = facts.look, facts.look.case
    lines: list[dict[str, object]] = [
        {"label": _("Petugas"), "value": f"{look.viewer}, {look.duty.title or look.organization}"},
        {"label": _("Lembaga"), "value": look.organization},
        {"label": _("Kamera"), "value": f"{look.camera}, {look.camera.site.area}"},
        {"label": _("Alasan"), "value": look.reason},
        {"label": _("Perkara"), "value": f"{case}, {case.place}" if case else _("Tanpa perkara")},
    ]
    if facts.minutes is not None and case is not None:
        distance = _("tidak diketahui lagi: letak kamera sudah dihapus")
        if facts.distance_m is not None:
            distance = ngettext("%(n)d meter", "%(n)d meter", facts.distance_m) % {"n": facts.distance_m}
        if facts.outside:
            distance += " " + _("(di luar jangkauan perkara, %(n)d meter)") % {"n": case.radius_m}
        minutes = ngettext("%(n)d menit", "%(n)d menit", facts.minutes) % {"n": facts.minutes}
        lines += [
            {"label": _("Jarak perkara ke kamera"), "value": distance},
            {"label": _("Dari perkara dibuka sampai melihat"), "value": minutes},
        ]
    stills = ngettext("%(n)d gambar dilihat", "%(n)d gambar dilihat", look.stills_shown) % {"n": look.stills_shown}
    return [
        *lines,
        {"label": _("Lama"), "value": duration_in_words(look)},
        {"label": _("Yang dibuka"), "value": f"{look.get_right_display()}; {stills}"},
    ]
