"""The closed list of reasons, for administrators at the top; to all others these pages do not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from access import services
from access.errors import AccessError
from access.forms import ReasonChangeForm, ReasonForm
from access.models import Reason
from access.viewers import person_of
from accounts.errors import AccountsError

View = Callable[..., HttpResponse]


def for_editors(view: View) -> View:
    """Open the page to administrators of the Polres at the top."""

    @wraps(view)
    def guarded(request: HttpRequest, **options: Any) -> HttpResponse:
        if not services.may_edit_reasons(person_of(request), timezone.now()):
            raise Http404
        return view(request, **options)

    return guarded


@require_safe
@for_editors
def reason_list(request: HttpRequest) -> HttpResponse:
    """What stands on the list, and below it what stood there."""
    return render(
        request,
        "access/reason_list.html",
        {"active": Reason.objects.filter(active=True), "past": Reason.objects.filter(active=False)},
    )


@require_http_methods(["GET", "POST"])
@for_editors
def reason_new(request: HttpRequest) -> HttpResponse:
    """Put a reason on the list."""
    form = ReasonForm(request.POST if request.method == "POST" else None, initial={"needs_case": True})
    if form.is_valid():
        try:
            services.add_reason(by=person_of(request), now=timezone.now(), **form.cleaned_data)
        except (AccessError, AccountsError) as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, _("Alasan ditambahkan."))
            return redirect("access:reasons")
    return render(request, "access/reason_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@for_editors
def reason_change(request: HttpRequest, code: str) -> HttpResponse:
    """Rename a reason, ask for a case with it, or switch it off."""
    reason = get_object_or_404(Reason, code=code)
    initial = {name: getattr(reason, name) for name in ("words", "words_en", "needs_case", "active")}
    form = ReasonChangeForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            services.change_reason(reason=reason, by=person_of(request), now=timezone.now(), **form.cleaned_data)
        except (AccessError, AccountsError) as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, _("Alasan diubah."))
            return redirect("access:reasons")
    return render(request, "access/reason_form.html", {"form": form, "reason": reason})
