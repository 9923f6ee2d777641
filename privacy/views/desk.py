"""The desk of whoever protects data: requests and their clocks, the record of processing, the breach register."""

from copy import copy
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Duty
from privacy.duties import breaches_kept_by, requests_kept_by, require_protection
from privacy.errors import NotYourDesk, PrivacyError
from privacy.forms import AmendForm, BreachForm, LetterForm, LineForm
from privacy.models import Activity
from privacy.record import FIELDS, line_of, lines
from privacy.services import protection
from privacy.services.breaches import FACTS, amend_breach, cancel_breach, reach_of
from privacy.services.corrections import may_answer
from privacy.views.person import person_of

A_PAGE = 25


def _duty(request: HttpRequest) -> Duty:
    try:
        return require_protection(person_of(request), timezone.now())
    except NotYourDesk:
        raise Http404 from None


@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """All requests of the area, what is due first; nobody is named here."""
    _duty(request)
    user, now = person_of(request), timezone.now()
    rows = requests_kept_by(user, now).select_related("site__area", "partner")
    ordered = rows.order_by(F("closed_at").desc(nulls_first=True), "due_at", "pk")
    page = Paginator(ordered, A_PAGE).get_page(request.GET.get("page"))
    shown = [(row, row.is_overdue(now), may_answer(user, row, now)) for row in page.object_list]
    untold = [(breach, breach.is_overdue(now)) for breach in breaches_kept_by(user, now).untold()[:A_PAGE]]
    return render(
        request,
        "privacy/desk.html",
        {"page": page, "rows": shown, "untold": untold, "overdue": rows.overdue(now).count()},
    )


@never_cache
@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """The record of processing as it stands."""
    _duty(request)
    return render(request, "privacy/record.html", {"lines": lines()})


@never_cache
@require_http_methods(["GET", "POST"])
def record_line(request: HttpRequest, code: str) -> HttpResponse:
    """One line of the record: its older versions, and a form for a newer one."""
    _duty(request)
    line = line_of(code)
    if line is None:
        raise Http404
    initial = {name: getattr(line, name) for name in FIELDS}
    form = LineForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            protection.write_line(code=code, words=form.cleaned_data, by=person_of(request), now=timezone.now())
        except PrivacyError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Catatan pemrosesan diperbarui."))
            return redirect("privacy:record")
    older = Activity.objects.filter(code=code).select_related("written_by")
    return render(request, "privacy/record_line.html", {"form": form, "line": line, "older": older})


@never_cache
@require_http_methods(["GET", "POST"])
def breaches(request: HttpRequest) -> HttpResponse:
    """The breach register, and a form for a new one."""
    duty, now = _duty(request), timezone.now()
    form = BreachForm(request.POST if request.method == "POST" else None, reach=duty.reach, now=now)
    if form.is_valid():
        try:
            breach = protection.note_breach(facts=form.cleaned_data, by=person_of(request), now=now)
        except PrivacyError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("privacy:breach", breach.public_id)
    page = Paginator(breaches_kept_by(person_of(request), now), A_PAGE).get_page(request.GET.get("page"))
    rows = [(row, row.is_overdue(now)) for row in page.object_list]
    return render(request, "privacy/breaches.html", {"form": form, "page": page, "rows": rows})


@never_cache
@require_http_methods(["GET", "POST"])
def breach(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One breach as a letter that prints; that the authority has it is noted with the letter's number."""
    _duty(request)
    now = timezone.now()
    row = get_object_or_404(breaches_kept_by(person_of(request), now), public_id=public_id)
    form = LetterForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            protection.note_authority_told(
                breach=row, letter=form.cleaned_data["letter"], by=person_of(request), now=now
            )
        except PrivacyError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("privacy:breach", row.public_id)
    return render(
        request,
        "privacy/breach.html",
        {
            "row": row,
            "form": form,
            "overdue": row.is_overdue(now),
            "words": protection.letter_of(row),
            "reach": reach_of(row, now),
            "authority": settings.DATA_PROTECTION_AUTHORITY,
            "today": row.authority_told_at or now,
            "sender": person_of(request),
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def breach_amend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Correct an entry or cancel it, with a reason; what it said before stays in the trail."""
    duty, now = _duty(request), timezone.now()
    user = person_of(request)
    row = get_object_or_404(breaches_kept_by(user, now), public_id=public_id)
    posted = request.POST if request.method == "POST" else None
    # The form writes what was typed into its instance; what stands there stays with `row`.
    form = AmendForm(posted, instance=copy(row), reach=duty.reach, now=now)
    refusal: PrivacyError | None = None
    try:
        if posted is not None and "cancel" in posted:
            cancel_breach(breach=row, why=posted.get("why", "")[:400], by=user, now=now)
            return redirect("privacy:breach", row.public_id)
        if form.is_valid():
            facts = {name: form.cleaned_data[name] for name in FACTS}
            amend_breach(breach=row, facts=facts, why=form.cleaned_data["why"], by=user, now=now)
            return redirect("privacy:breach", row.public_id)
    except PrivacyError as problem:
        refusal = problem
    return render(request, "privacy/breach_amend.html", {"row": row, "form": form, "refusal": refusal})


@never_cache
@require_POST
def breach_tell(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Tell every owner in the area."""
    _duty(request)
    row = get_object_or_404(breaches_kept_by(person_of(request), timezone.now()), public_id=public_id)
    try:
        protection.begin_telling(breach=row, by=person_of(request), now=timezone.now())
    except PrivacyError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Pemilik diberi tahu dalam beberapa menit."))
    return redirect("privacy:breach", row.public_id)
