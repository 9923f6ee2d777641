"""Asking for access to an area, and the queue of those who grant there."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from access import services
from access.decision import usable_cases
from access.errors import AccessError
from access.forms import AskForm, DeclineForm
from access.models import AccessRequest
from access.shown import requests_for, requests_of
from access.viewers import Viewer, person_of
from access.views.grants import for_grantors
from access.views.looks import at_desk
from accounts.errors import AccountsError
from accounts.models import Duty
from registry.rights import AccessRight, Purpose


@require_http_methods(["GET", "POST"])
@at_desk
def ask(request: HttpRequest, desk: str, viewer: Viewer) -> HttpResponse:
    """Ask, and read what became of earlier requests of the same body. Nothing here tells what stands in an area."""
    if viewer.duty is None:
        raise Http404
    now = timezone.now()
    cases = usable_cases(viewer.duty.organization, now)
    initial = {"area": request.GET.get("wilayah", ""), "case": request.GET.get("perkara", "")}
    form = AskForm(request.POST if request.method == "POST" else None, cases=cases, initial=initial)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.ask_for_access(
                duty=viewer.duty,
                area=data["area"],
                right=AccessRight(data["right"]),
                purpose=Purpose(data["purpose"]),
                case=data.get("case"),
                words=data["words"],
                owner=data["owner"],
                now=now,
            )
        except AccessError as refusal:
            form.add_error("words" if refusal.code == "asked_too_vaguely" else None, str(refusal))
        else:
            messages.success(request, _("Permintaan dikirim. Jawabannya tampil di halaman ini."))
            return redirect("access:ask", desk)
    page = Paginator(requests_of(viewer), 25).get_page(request.GET.get("page"))
    return render(request, "access/ask.html", {"desk": desk, "viewer": viewer, "form": form, "page": page})


@require_safe
@for_grantors
def request_list(request: HttpRequest, duties: list[Duty]) -> HttpResponse:
    """What waits for an answer, the oldest first."""
    page = Paginator(requests_for(duties), 25).get_page(request.GET.get("page"))
    return render(request, "access/request_list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@for_grantors
def request_answer(request: HttpRequest, duties: list[Duty], public_id: UUID) -> HttpResponse:
    """One request: the way to a grant, or a no in words."""
    asked = get_object_or_404(requests_for(duties), public_id=public_id)
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.decline_request(
                request=asked, by=person_of(request), words=form.cleaned_data["words"], now=timezone.now()
            )
        except (AccessError, AccountsError) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Dijawab. Yang meminta sudah diberi tahu."))
            return redirect("access:requests")
    return render(request, "access/request_answer.html", {"asked": asked, "form": form, "summary": _summary(asked)})


def _summary(asked: AccessRequest) -> list[dict[str, object]]:
    return [
        {"label": _("Lembaga"), "value": asked.organization},
        {"label": _("Wilayah"), "value": asked.area},
        {"label": _("Tempat milik"), "value": asked.owner or _("Seluruh wilayah")},
        {"label": _("Hak"), "value": asked.get_right_display()},
        {"label": _("Tujuan"), "value": asked.get_purpose_display()},
        {"label": _("Perkara"), "value": asked.case or _("Tanpa perkara")},
        {"label": _("Untuk apa"), "value": asked.words},
    ]
