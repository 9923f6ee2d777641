"""Asking that an owner be told of a look later, and the decision. Off unless settings.LOOK_DEFERRAL."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from access.models import Look
from access.viewers import Viewer, person_of
from access.views.looks import at_desk
from accounts.duties import has_duty
from accounts.models import DutyKind
from conduct.deferrals import (
    approve_deferral,
    decline_deferral,
    deferrals_for,
    renew_deferral,
    request_deferral,
    request_renewal,
)
from conduct.deferrals_forms import DecisionForm, DeferralForm, RenewalDecisionForm, RenewalForm
from conduct.errors import ConductError
from conduct.judges import SHOWN_OF_LOOK
from conduct.models import Deferral

A_PAGE = 25
View = Callable[..., HttpResponse]


def where_deferred(view: View) -> View:
    """Where nothing is deferred, the page does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, **options: Any) -> HttpResponse:
        if not settings.LOOK_DEFERRAL:
            raise Http404
        return view(request, **options)

    return guarded


@require_http_methods(["GET", "POST"])
@never_cache
@where_deferred
@at_desk
def defer(request: HttpRequest, desk: str, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """Ask for it, on a letter, about a look of one's own body; in its last days, that it be renewed."""
    if viewer.duty is None:
        raise Http404
    looks = Look.objects.filter(organization=viewer.duty.organization, camera__site__vital=False)
    look = get_object_or_404(looks.select_related("organization__parent", "camera", "reason"), public_id=public_id)
    now, data = timezone.now(), request.POST if request.method == "POST" else None
    running = Deferral.objects.in_force(now).filter(look=look).first()
    form = RenewalForm(data) if running else DeferralForm(data)
    if form.is_valid():
        try:
            if running:
                request_renewal(deferral=running, by=viewer.user, now=now, **form.cleaned_data)
            else:
                request_deferral(look=look, by=viewer.user, now=now, **form.cleaned_data)
        except ConductError as refusal:
            form.add_error(None, str(refusal))
        else:
            said = _("Diminta. Sampai pengawas menyetujui, pemilik membacanya seperti biasa.")
            messages.success(request, _("Perpanjangan diminta. Pengawas memutuskan.") if running else said)
            return redirect("access:cameras", desk)
    asks = running is None or running.renewal_may_be_asked(now)
    return render(
        request, "conduct/defer.html", {"desk": desk, "look": look, "form": form, "running": running, "asks": asks}
    )


@require_safe
@never_cache
@where_deferred
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for this supervisor, and what keeps a look back now."""
    judge, now = person_of(request), timezone.now()
    if not has_duty(judge, now, DutyKind.SUPERVISOR):
        raise Http404
    waiting = deferrals_for(judge, now).select_related("look__organization", "look__camera")
    page = Paginator(waiting, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "conduct/deferral_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@never_cache
@where_deferred
def deferral(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One of them: approve or decline, and where the body that looked asks for it in its last days, renew."""
    judge, now = person_of(request), timezone.now()
    asked = get_object_or_404(
        deferrals_for(judge, now).select_related(*SHOWN_OF_LOOK, "requested_by"), public_id=public_id
    )
    data = request.POST if request.method == "POST" else None
    renews = asked.renewal_waits(now) and judge.pk != asked.renewal_asked_by_id
    form = DecisionForm(data) if asked.is_waiting else RenewalDecisionForm(data) if renews else None
    if form is not None and form.is_valid():
        try:
            if not asked.is_waiting:
                renew_deferral(deferral=asked, by=judge, now=now)
            elif form.cleaned_data["decision"] == "approve":
                approve_deferral(deferral=asked, by=judge, now=now)
            else:
                decline_deferral(deferral=asked, by=judge, now=now)
        except ConductError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Keputusan tercatat."))
            return redirect("conduct:deferrals")
    return render(request, "conduct/deferral.html", {"deferral": asked, "look": asked.look, "form": form})
