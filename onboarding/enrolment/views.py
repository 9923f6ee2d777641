"""The pages of `/daftar/`."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onboarding.enrolment import pages, services, summary
from onboarding.enrolment.draft import Draft
from onboarding.enrolment.errors import EnrolmentChanged, EnrolmentClosed, EnrolmentIncomplete
from onboarding.models import Enrolment
from registry.errors import RegistryError
from registry.receipts import grouped

ANEW = "enrol_anew"
"""In the session: the enrolment after whose sending its sender asked to begin one more."""

BACK_WITHIN = timedelta(hours=1)


@never_cache
@login_not_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What is shared, who sees it, how long it takes, how to stop; and the way in."""
    draft = Enrolment.objects.of(request.user).drafts().first()
    return render(
        request, "onboarding/enrol_start.html", {"draft": draft, "first_url": reverse("onboarding:enrol-go")}
    )


@never_cache
@require_safe
def go(request: HttpRequest) -> HttpResponse:
    """To the first unanswered question; the sign-in stands before it. Who comes here means to begin one more."""
    sent = _just_sent(request)
    if sent:
        request.session[ANEW] = str(sent.public_id)
    return redirect(_next_url(_draft(request)))


@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Throw the open draft away and start afresh."""
    enrolment = Enrolment.objects.of(request.user).drafts().first()
    if enrolment and str(enrolment.public_id) == request.POST.get("draft"):
        services.drop_enrolment(enrolment=enrolment, by=request.user, now=timezone.now())
        messages.success(request, _("Draf dihapus."))
    return redirect("onboarding:enrol")


@never_cache
@sensitive_post_parameters("user", "password")
@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, slug: str, number: int = 0) -> HttpResponse:
    """One question: shown with what was answered or typed before, saved when it is good."""
    draft = _draft(request)
    stale = _stale(request, draft) or _came_back(request, draft)
    if stale:
        return stale
    page = pages.find(draft, slug, number)
    if page is None or not pages.may_open(page, draft):
        return redirect(_next_url(draft))
    if request.method == "GET":
        return _ask(request, page, draft, _unanswered(page, draft))

    form = page.form(request.POST, draft=draft, page_key=page.key)
    good = form.is_valid()
    try:
        if "kembali" in request.POST:
            return _step_back(request, page, draft, form)
        if good:
            return _save(request, page, draft, form)
        if draft.enrolment and draft.has_secret and getattr(form, "home_only", False):
            draft.enrolment = services.forget_secret(enrolment=draft.enrolment, by=request.user)
            form.dropped = True
    except EnrolmentClosed as refusal:
        messages.warning(request, str(refusal))
        return redirect("onboarding:enrol")
    if form.has_error(NON_FIELD_ERRORS, "changed"):
        messages.warning(request, form.non_field_errors()[0])
        form = page.form(draft=draft, page_key=page.key)
    return _ask(request, page, draft, form)


@never_cache
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """All answers and the consents word for word, before they are sent."""
    draft = _draft(request)
    stale = _stale(request, draft) or _came_back(request, draft)
    if stale:
        return stale
    if draft.enrolment is None or pages.first_open(draft):
        return redirect(_next_url(draft))
    if request.method == "POST":
        try:
            sent = services.submit_enrolment(
                enrolment=draft.enrolment,
                by=request.user,
                now=draft.now,
                language=draft.language,
                seen=request.POST.get("seen", ""),
            )
        except (EnrolmentClosed, EnrolmentIncomplete) as refusal:
            messages.warning(request, str(refusal))
            return redirect("onboarding:enrol")
        except (EnrolmentChanged, RegistryError) as refusal:
            messages.warning(request, str(refusal))
            return redirect("onboarding:enrol-check")
        return redirect("onboarding:enrol-done", sent.public_id)
    step, steps = pages.progress("check", draft)
    facts = {
        "enrolment": draft.enrolment,
        "sections": summary.sections(draft),
        "texts": [choice.text(draft.consent_language, draft.wording) for choice in draft.ticked],
        "consent_url": pages.CONSENT.url,
        "seen": draft.seen,
        "two": draft.asks_two,
        "back_url": pages.pages_of(draft)[-1].url,
        "step": step,
        "steps": steps,
    }
    return render(request, "onboarding/enrol_check.html", facts)


@never_cache
@require_safe
def done(request: HttpRequest, public_id: Any) -> HttpResponse:
    """The number, the receipt (or what waits for a second signature), and what happens next."""
    mine = Enrolment.objects.of(request.user).filter(submitted_at__isnull=False)
    enrolment = get_object_or_404(mine.select_related("site__area", "receipt"), public_id=public_id)
    receipt = enrolment.receipt
    facts = {
        "enrolment": enrolment,
        "device": enrolment.site.devices.first(),
        "receipt_code": grouped(receipt.code) if receipt else "",
        "proposal": None if receipt else enrolment.site.proposals.open_at(timezone.now()).first(),
    }
    return render(request, "onboarding/enrol_done.html", facts)


def _draft(request: HttpRequest) -> Draft:
    return Draft(
        user=request.user,
        now=timezone.now(),
        language=get_language() or "id",
        enrolment=Enrolment.objects.of(request.user).drafts().first(),
    )


def _stale(request: HttpRequest, draft: Draft) -> HttpResponse | None:
    """Where to send a form of a draft that is no longer the open one: another tab was quicker."""
    if request.method != "POST":
        return None
    named = request.POST.get("draft", "")
    own = str(draft.enrolment.public_id) if draft.enrolment else ""
    if named in {"", own}:
        return None
    sent = Enrolment.objects.of(request.user).filter(submitted_at__isnull=False)
    known = [row for row in sent.only("public_id")[:50] if str(row.public_id) == named]
    if known:
        return redirect("onboarding:enrol-done", known[0].public_id)
    messages.warning(request, str(EnrolmentClosed()))
    return redirect("onboarding:enrol")


def _just_sent(request: HttpRequest) -> Enrolment | None:
    """What this person sent within the last hour, the newest."""
    sent = Enrolment.objects.of(request.user).filter(submitted_at__gt=timezone.now() - BACK_WITHIN)
    return sent.order_by("-submitted_at").first()


def _came_back(request: HttpRequest, draft: Draft) -> HttpResponse | None:
    """Where to send somebody who came back to a question after sending, and did not ask to begin one more."""
    if request.method != "GET" or draft.enrolment is not None:
        return None
    sent = _just_sent(request)
    if sent is None or request.session.get(ANEW) == str(sent.public_id):
        return None
    messages.info(request, _("Sudah terkirim, nomor %(number)s.") % {"number": sent.number})
    return redirect("onboarding:enrol")


def _next_url(draft: Draft) -> str:
    page = pages.first_open(draft)
    return page.url if page else reverse("onboarding:enrol-check")


def _unanswered(page: pages.Page, draft: Draft) -> Any:
    """The form with what was typed before going back, else what was answered, else what it starts with."""
    form = page.form(draft=draft, page_key=page.key)
    form.initial = {**form.first_values(), **(draft.answers.get(page.key) or {}), **draft.parked(page.key)}
    return form


def _ask(request: HttpRequest, page: pages.Page, draft: Draft, form: Any) -> HttpResponse:
    form.dress()
    step, steps = pages.progress(page.stage, draft)
    facts = {
        "page": page,
        "form": form,
        "enrolment": draft.enrolment,
        "area": draft.area,
        "first": pages.before(page, draft) is None,
        "step": step,
        "steps": steps,
    }
    return render(request, page.template, facts)


def _save(request: HttpRequest, page: pages.Page, draft: Draft, form: Any) -> HttpResponse:
    enrolment = draft.enrolment or services.open_enrolment(by=request.user)
    secret = getattr(form, "secret", None)
    services.save_page(
        enrolment=enrolment,
        page=page.key,
        answers=form.answers(),
        by=request.user,
        secret=secret,
        forget_secret=not getattr(form, "wants_secret", True),
    )
    return redirect(_after(page, _draft(request)))


def _after(page: pages.Page, draft: Draft) -> str:
    """The next question; when all are answered, the check page."""
    open_page = pages.first_open(draft)
    if open_page is None:
        return reverse("onboarding:enrol-check")
    keys = [other.key for other in pages.pages_of(draft)]
    place = keys.index(page.key) if page.key in keys else -1
    following = pages.pages_of(draft)[place + 1] if place + 1 < len(keys) else open_page
    return following.url if pages.may_open(following, draft) else open_page.url


def _step_back(request: HttpRequest, page: pages.Page, draft: Draft, form: Any) -> HttpResponse:
    earlier = pages.before(page, draft)
    enrolment = draft.enrolment or services.open_enrolment(by=request.user)
    services.park_page(enrolment=enrolment, page=page.key, answers=form.answers(), by=request.user)
    return redirect(earlier.url if earlier else reverse("onboarding:enrol"))
