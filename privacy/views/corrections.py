"""Correcting: what a person typed, his contact, and the officers' answer about what they verified."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from privacy.errors import PrivacyError
from privacy.forms import AnswerForm, CameraForm, CodeForm, ContactForm, NameForm, PartnerForm, SiteForm
from privacy.freshness import signed_in_freshly
from privacy.models import SubjectRequest
from privacy.services import contacts
from privacy.services.corrections import (
    answer_correction,
    correct_camera,
    correct_name,
    correct_partner,
    correct_site,
    may_answer,
)
from privacy.views.mine import again
from privacy.views.person import person_of
from registry.errors import RegistryError
from registry.models import Camera, Partner, Site
from registry.people import SIGNING, acts_for


@never_cache
@require_http_methods(["GET", "POST"])
def name(request: HttpRequest) -> HttpResponse:
    """How I am called."""
    user = person_of(request)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": user.name})
    return _page(
        request, form, _("Betulkan nama Anda"), lambda: correct_name(name=form.cleaned_data["name"], by=user)
    )


@never_cache
@require_http_methods(["GET", "POST"])
def partner(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What I said about the owner for whom I sign."""
    user = person_of(request)
    row = get_object_or_404(Partner.objects.of(user).distinct(), public_id=public_id)
    if not acts_for(user, row, SIGNING):
        raise Http404
    form = PartnerForm(request.POST if request.method == "POST" else None, instance=row)
    return _page(
        request,
        form,
        _("Betulkan data mitra"),
        lambda: correct_partner(partner=row, facts=form.cleaned_data, by=user, now=timezone.now()),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def site(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What I typed about a place; an address that an officer has seen is asked of the officers."""
    user = person_of(request)
    row = get_object_or_404(Site.objects.owned_by(user, SIGNING), public_id=public_id)
    form = SiteForm(request.POST if request.method == "POST" else None, instance=row)
    verified = row.cameras.filter(verified_at__isnull=False).exists()
    note = _(
        "Petugas sudah memeriksa di tempat: alamat atau titik baru diperiksa dulu olehnya, paling lambat 3×24 jam."
    )
    return _page(
        request,
        form,
        _("Betulkan data tempat"),
        lambda: correct_site(site=row, facts=form.cleaned_data, by=user, now=timezone.now()),
        note=note if verified else "",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def camera(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How I call a camera; of one that an officer has seen a new name is asked of the officers."""
    user = person_of(request)
    found = Camera.objects.owned_by(user, SIGNING).select_related("site__partner", "site__area")
    row = get_object_or_404(found, public_id=public_id)
    form = CameraForm(request.POST if request.method == "POST" else None, initial={"label": row.label})
    note = _("Petugas sudah memeriksa kamera ini: nama baru diperiksa dulu olehnya, paling lambat 3×24 jam.")
    return _page(
        request,
        form,
        _("Betulkan nama kamera"),
        lambda: correct_camera(camera=row, label=form.cleaned_data["label"], by=user, now=timezone.now()),
        note=note if row.verified_at else "",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """My address or number: a code to the new one first, because sign-in rests on it."""
    user, now = person_of(request), timezone.now()
    if request.method == "POST" and not signed_in_freshly(request, now):
        return again(request)
    sent_to = contacts.waiting(request.session)
    posted = request.POST if request.method == "POST" else None
    code = CodeForm(posted if "code" in request.POST else None)
    form = ContactForm(posted if "code" not in request.POST else None)
    if "phone" not in settings.ACCOUNT_LOGIN_METHODS:
        del form.fields["phone"]
    try:
        if code.is_valid():
            contacts.confirm(session=request.session, code=code.cleaned_data["code"], by=user, now=now)
            messages.success(request, _("Kontak Anda sudah diganti."))
            return redirect("privacy:mine")
        if form.is_valid():
            new = {"email": form.cleaned_data.get("email", ""), "phone": form.cleaned_data.get("phone", "")}
            contacts.ask_for_code(session=request.session, now=now, **new)
            return redirect("privacy:contact")
    except PrivacyError as refusal:
        (code if code.is_bound else form).add_error(None, str(refusal))
    return render(request, "privacy/contact.html", {"form": form, "code": code, "sent_to": sent_to})


def _page(
    request: HttpRequest, form: forms.BaseForm, title: str, act: Callable[[], object], note: str = ""
) -> HttpResponse:
    if form.is_valid():
        try:
            asked = act()
        except (PrivacyError, RegistryError) as refusal:
            form.add_error(None, str(refusal))
        else:
            if isinstance(asked, SubjectRequest):
                return redirect("privacy:request", asked.public_id)
            messages.success(request, _("Sudah dibetulkan."))
            return redirect("privacy:mine")
    return render(request, "privacy/correct.html", {"form": form, "title": title, "note": note})


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """An officer of the place, or whoever protects data there, corrects it or says why not."""
    user, now = person_of(request), timezone.now()
    row = get_object_or_404(
        SubjectRequest.objects.select_related("site__area", "partner", "camera"), public_id=public_id
    )
    if not may_answer(user, row, now):
        raise Http404
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            answer_correction(
                request=row,
                accepted="accept" in request.POST,
                words=form.cleaned_data["words"],
                by=user,
                now=now,
            )
        except (PrivacyError, RegistryError) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Jawaban terkirim kepada pemilik."))
            return redirect("privacy:answer", row.public_id)
    return render(request, "privacy/answer.html", {"row": row, "form": form, "overdue": row.is_overdue(now)})
