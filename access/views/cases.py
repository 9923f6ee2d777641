"""Cases: open, number, extend, close. For people with a viewing duty; to all others these pages do not exist.

The page of one case gathers, so it lives in `desks`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access import services
from access.errors import AccessError
from access.forms import CaseForm, CaseNumberForm
from access.maps import background_urls
from access.models import Case
from access.shown import cases_of
from access.viewers import Viewer, viewer_of
from accounts.errors import AccountsError

View = Callable[..., HttpResponse]


def for_viewers(view: View) -> View:
    """Open the page to people who carry a viewing duty now; the view gets the `viewer`."""

    @wraps(view)
    def guarded(request: HttpRequest, **options: Any) -> HttpResponse:
        viewer = viewer_of(request)
        if viewer.duty is None:
            raise Http404
        return view(request, viewer=viewer, **options)

    return guarded


def body_of(viewer: Viewer) -> int | None:
    """The organization of the duty in use."""
    return viewer.duty.organization_id if viewer.duty else None


def may_extend(viewer: Viewer, case: Case) -> bool:
    """Whether the body of the duty in use is the case's or the one above it."""
    return body_of(viewer) in {case.organization_id, case.organization.parent_id}


@require_safe
@for_viewers
def case_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The open cases, and the past ones below."""
    now = timezone.now()
    cases = cases_of(viewer.user, now)
    opened = cases.open_at(now)
    page = Paginator(cases.exclude(pk__in=opened.values("pk")), 25).get_page(request.GET.get("page"))
    return render(request, "access/case_list.html", {"opened": opened, "page": page})


@require_http_methods(["GET", "POST"])
@for_viewers
def case_new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Open a case for the body of the duty in use."""
    form = CaseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            case = services.open_case(by=viewer.user, duty=viewer.duty, now=timezone.now(), **form.facts)
        except (AccessError, AccountsError) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Perkara dibuka."))
            return redirect("desks:case", case.public_id)
    return render(
        request, "access/case_new.html", {"form": form, "viewer": viewer, "background": background_urls()}
    )


@require_POST
@for_viewers
def case_number(request: HttpRequest, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """Note the number that was to follow."""
    case = get_object_or_404(
        cases_of(viewer.user, timezone.now()), public_id=public_id, organization_id=body_of(viewer)
    )
    form = CaseNumberForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Isi nomor perkara, paling banyak 80 huruf."))
        return redirect("desks:case", case.public_id)
    try:
        services.number_case(case=case, by=viewer.user, now=timezone.now(), **form.cleaned_data)
    except (AccessError, AccountsError) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Nomor dicatat."))
    return redirect("desks:case", case.public_id)


@require_POST
@for_viewers
def case_extend(request: HttpRequest, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """A second person lets the case run on."""
    now = timezone.now()
    case = get_object_or_404(cases_of(viewer.user, now), public_id=public_id)
    if not may_extend(viewer, case):
        raise Http404
    try:
        services.extend_case(case=case, by=viewer.user, now=now)
    except (AccessError, AccountsError) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Perkara diperpanjang."))
    return redirect("desks:case", case.public_id)


@require_http_methods(["GET", "POST"])
@for_viewers
def case_close(request: HttpRequest, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """Ask once more, then close; looks under the case end with it."""
    now = timezone.now()
    case = get_object_or_404(cases_of(viewer.user, now), public_id=public_id, organization_id=body_of(viewer))
    if request.method == "POST":
        try:
            services.close_case(case=case, by=viewer.user, now=now)
        except (AccessError, AccountsError) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Perkara ditutup."))
        return redirect("desks:case", case.public_id)
    return render(request, "access/case_close.html", {"case": case})
