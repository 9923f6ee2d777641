"""The page of a person's own data, and the rights he has over them."""

from typing import NoReturn
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.second_factor import has_authenticator
from privacy.archive import export_own_data
from privacy.erasing import steps_of
from privacy.errors import PrivacyError
from privacy.forms import EraseForm
from privacy.freshness import signed_in_freshly
from privacy.held import held_about
from privacy.law import RULES, Kind
from privacy.models import RequestQuerySet, SubjectRequest
from privacy.seconding import is_second, seconded_by
from privacy.services.erasures import ask_to_erase_partner, ask_to_erase_person, second_erasure, take_back_erasure
from privacy.services.restrictions import lift, restrict
from privacy.views.person import person_of
from registry.endings import Mark
from registry.errors import RegistryError
from registry.models import Partner, PartnerPerson
from registry.people import SIGNING, acts_for

REQUESTS_SHOWN = 30


@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What is held about me, in plain words; my rights; and what I asked for, with its clock."""
    now = timezone.now()
    held = held_about(person_of(request), now, whole=False)
    signing = set(
        PartnerPerson.objects.of(person_of(request))
        .in_roles(SIGNING)
        .for_all_sites()
        .values_list("partner_id", flat=True)
    )
    asked = SubjectRequest.objects.of(person_of(request)).select_related("partner", "site").distinct()
    return render(
        request,
        "privacy/mine.html",
        {
            "held": held,
            "rules": {str(kind): rule for kind, rule in RULES.items()},
            "partners": [(one, one.pk in held.restricted, one.pk in signing) for one in held.partners],
            "requests": [(row, row.is_overdue(now)) for row in asked[:REQUESTS_SHOWN]],
        },
    )


@never_cache
@require_POST
def download(request: HttpRequest) -> HttpResponseBase:
    """Everything in one archive, made while one waits; only in a session that was signed in a moment ago."""
    now = timezone.now()
    if not signed_in_freshly(request, now):
        return again(request)
    name = f"data-saya-{timezone.localtime(now):%Y-%m-%d}.zip"
    return FileResponse(export_own_data(user=person_of(request), now=now), as_attachment=True, filename=name)


def again(request: HttpRequest) -> HttpResponse:
    """Ask to sign in once more: by the second factor where there is one, else by a fresh code."""
    return render(
        request, "privacy/again.html", {"second_factor": has_authenticator(person_of(request))}, status=403
    )


@never_cache
@require_http_methods(["GET", "POST"])
def restriction(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Restrict the processing of an owner's data, or lift it: asked once, done at once."""
    now = timezone.now()
    partner = get_object_or_404(Partner.objects.of(person_of(request)).distinct(), public_id=public_id)
    if not acts_for(person_of(request), partner, SIGNING):
        _not_found()
    restricted = partner.restrictions.standing().exists()
    refusal = None
    if request.method == "POST":
        try:
            (lift if restricted else restrict)(partner=partner, by=person_of(request), now=now)
        except (PrivacyError, RegistryError) as error:
            refusal = error
        else:
            said = (
                _("Pembatasan dicabut.")
                if restricted
                else _("Pemrosesan dibatasi. Kamera Anda terbuka bagi tak seorang pun.")
            )
            messages.success(request, said)
            return redirect("privacy:mine")
    return render(
        request,
        "privacy/restriction.html",
        {"partner": partner, "restricted": restricted, "refusal": refusal, "rule": RULES[Kind.RESTRICT]},
    )


@never_cache
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """What erasing does is told first; then a typed word, in a session that was signed in a moment ago."""
    now = timezone.now()
    form = EraseForm(request.POST if request.method == "POST" else None, user=person_of(request))
    if request.method == "POST" and not signed_in_freshly(request, now):
        return again(request)
    if form.is_valid():
        try:
            if form.partner is not None:
                asked = ask_to_erase_partner(partner=form.partner, by=person_of(request), now=now)
            else:
                asked = ask_to_erase_person(by=person_of(request), now=now)
        except (PrivacyError, RegistryError) as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("privacy:request", asked.public_id)
    return render(request, "privacy/erase.html", {"form": form, "rule": RULES[Kind.ERASE]})


@never_cache
@require_http_methods(["GET", "POST"])
def request_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One request: its clock, what is done of it, and where a second person is needed, his yes or no."""
    now = timezone.now()
    row = get_object_or_404(_readable(request), public_id=public_id)
    may_answer = _may_answer(person_of(request), row)
    refusal = None
    if request.method == "POST":
        if not may_answer:
            _not_found()
        if "yes" in request.POST and not signed_in_freshly(request, now):
            return again(request)
        try:
            act = second_erasure if "yes" in request.POST else take_back_erasure
            act(request=row, by=person_of(request), now=now)
        except (PrivacyError, RegistryError) as error:
            refusal = error
        else:
            return redirect("privacy:request", row.public_id)
    marks: list[Mark] = []
    if row.kind == Kind.ERASE:
        done = {step.code: step.done_at for step in row.steps.all()}
        marks = [Mark(step.words, done.get(step.code)) for step in steps_of(row)]
    return render(
        request,
        "privacy/request.html",
        {
            "row": row,
            "marks": marks,
            "overdue": row.is_overdue(now),
            "may_answer": may_answer,
            "asked_it": row.asked_by_id == person_of(request).pk,
            "refusal": refusal,
        },
    )


def _may_answer(person: User, row: SubjectRequest) -> bool:
    """The second person says yes or no; who asked may drop it."""
    if not row.waits_for_second or row.partner is None:
        return False
    return row.asked_by_id == person.pk or is_second(person, row.partner)


def _readable(request: HttpRequest) -> RequestQuerySet:
    """Mine, those of the owners that I manage, and those that wait for a second person where I sign."""
    waiting = SubjectRequest.objects.filter(
        waits_for_second=True, partner__in=seconded_by(person_of(request)).values("pk")
    )
    found = SubjectRequest.objects.filter(
        Q(pk__in=SubjectRequest.objects.of(person_of(request)).values("pk")) | Q(pk__in=waiting.values("pk"))
    )
    return found.select_related("partner", "asked_by", "site")


def _not_found() -> NoReturn:
    raise Http404
