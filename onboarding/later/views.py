"""The pages of `/mitra/tempat/…` on which an owner widens what he has enrolled.

What is chosen on the way (level and hours) travels in the address; nothing is stored before it is signed.
"""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from onboarding.enrolment.draft import box
from onboarding.enrolment.forms import DeviceForm, PageForm
from onboarding.enrolment.services import camera_facts
from onboarding.errors import ConsentFirst, HomeOnly, NoneWithoutDevice, OnboardingError
from onboarding.later import forms, services
from onboarding.later.draft import RenewalDraft, SiteDraft
from onboarding.queries import sites_acted_for
from registry.errors import ListedNeeded, RegistryError
from registry.models import PersonRole, Proposal, Site
from registry.people import KEEPING, SIGNING
from registry.receipts import grouped
from registry.rights import NEEDS_DEVICE
from registry.services import list_camera


@never_cache
@require_http_methods(["GET", "POST"])
def site_consent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Level, hours where asked, the boxes, the words once more, and the signature."""
    site = _site(request, public_id, SIGNING)
    draft = draft_of(request, site)
    try:
        services.require_open(site, draft.now)
    except OnboardingError as refusal:
        return _home(request, refusal)
    back = reverse("desks:owner")
    for key, form_class in (("level", forms.LevelForm), ("hours", forms.HoursForm)):
        if key == "hours" and not draft.asks_hours:
            continue
        chosen = form_class(request.GET, draft=draft, page_key=key)
        if not chosen.is_valid():
            return _choose(request, draft, form_class(**typed(request), draft=draft, page_key=key), back)
        back = _here(draft)
        draft.given[key] = chosen.answers()
    return _sign(request, draft, back)


@never_cache
@require_http_methods(["GET", "POST"])
def site_renew(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What ends soon or rests on older words: the boxes with the words in force, once more, and one signature."""
    site = _site(request, public_id, SIGNING)
    draft = RenewalDraft(user=request.user, now=timezone.now(), language=get_language() or "id", site=site)
    if not draft.due:
        messages.info(request, _("Tidak ada persetujuan yang perlu diperbarui sekarang."))
        return redirect("desks:owner")
    return _sign(request, draft, reverse("desks:owner"))


@never_cache
@sensitive_post_parameters("user", "password")
@require_http_methods(["GET", "POST"])
def site_device(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A device for cameras that have none: its address and account, the agent's queue, or an officer's help."""
    site = _site(request, public_id, KEEPING)
    draft = draft_of(request, site)
    if not draft.device_due:
        if not draft.without_device:
            return _home(request, NoneWithoutDevice())
        messages.warning(request, str(ConsentFirst()))
        return redirect(_consents_or_home(request, site))
    form = DeviceForm(**typed(request), draft=draft, page_key="device")
    try:
        if request.method == "POST" and "help" in request.POST:
            return _helped(request, draft)
        if request.method == "POST" and form.is_valid():
            return _attached(request, draft, form)
    except (OnboardingError, RegistryError) as refusal:
        return _home(request, refusal)
    free = draft.without_device
    verified = any(camera.is_verified(draft.now) for camera in free)
    return ask(
        request,
        draft,
        form,
        template="onboarding/later_device.html",
        button=_("Simpan perangkat"),
        verified=verified,
        camera=free[0] if len(free) == 1 else None,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def site_camera(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One more camera at a place that is on record."""
    site = _site(request, public_id, SIGNING)
    draft = draft_of(request, site)
    if not draft.listed:
        messages.warning(request, str(ListedNeeded()))
        return redirect("onboarding:site-consent", site.public_id)
    form = forms.CameraForm(**typed(request), draft=draft, page_key="camera-1")
    if request.method == "POST" and form.is_valid():
        draft.given["camera-1"] = form.answers()
        try:
            camera = list_camera(site=site, camera=camera_facts(draft, 1), by=request.user, now=draft.now)
        except RegistryError as refusal:
            form.add_error(None, str(refusal))
        else:
            words = _("%(camera)s sudah terdata. Petugas kelurahan Anda akan memeriksanya di tempat.")
            messages.success(request, words % {"camera": camera.label})
            return redirect("desks:owner")
    return ask(request, draft, form, button=_("Daftarkan kamera"))


# --- the consents, step by step ----------------------------------------------------------------------------


def _choose(request: HttpRequest, draft: SiteDraft, form: PageForm, back: str) -> HttpResponse:
    """Level or hours: a good answer goes into the address of the next step."""
    if request.method == "POST" and form.is_valid():
        draft.given[form.page_key] = form.answers()
        return redirect(_here(draft))
    level = form.page_key == "level"
    template = "onboarding/enrol_level.html" if level else "onboarding/enrol_question.html"
    return ask(request, draft, form, template=template, back=back, current=draft.level_now if level else None)


def _sign(request: HttpRequest, draft: SiteDraft, back: str) -> HttpResponse:
    """The boxes; then the ticked texts word for word; then the signature."""
    renews = isinstance(draft, RenewalDraft)
    form_class = forms.RenewalForm if renews else forms.ConsentForm
    form = form_class(**typed(request), draft=draft, page_key="consent")
    if request.method == "POST":
        if form.is_valid() and "kembali" not in request.POST:
            return _signed(request, draft, form) if "agree" in request.POST else _check(request, draft, form)
        if form.has_error(NON_FIELD_ERRORS, "changed"):
            messages.warning(request, form.non_field_errors()[0])
            form = form_class(draft=draft, page_key="consent")
    template = "onboarding/later_renew.html" if renews else "onboarding/later_consent.html"
    return ask(request, draft, form, template=template, back=back, standing=draft.standing)


def _check(request: HttpRequest, draft: SiteDraft, form: forms.ConsentForm) -> HttpResponse:
    ticked = form.ticked()
    facts = {
        "site": draft.site,
        "digest": form.digest,
        "boxes": [box(choice) for choice in ticked],
        "texts": [choice.text(form.tongue, draft.wording) for choice in ticked],
        "two": draft.asks_two,
    }
    return render(request, "onboarding/later_check.html", facts)


def _signed(request: HttpRequest, draft: SiteDraft, form: forms.ConsentForm) -> HttpResponse:
    ticked = form.ticked()
    try:
        signed = services.change_consents(
            site=draft.site,
            choices=ticked,
            by=request.user,
            now=draft.now,
            language=form.tongue,
            wording=draft.wording,
        )
    except (OnboardingError, RegistryError) as refusal:
        messages.warning(request, str(refusal))
        return redirect(_here(draft))
    if isinstance(signed, Proposal):
        messages.info(request, _("Menunggu tanda tangan orang kedua. Sampai itu tidak ada yang berubah."))
        return redirect("registry:proposal", signed.public_id)
    words = _("Izin Anda berlaku mulai sekarang. Tanda terimanya: %(code)s.")
    messages.success(request, words % {"code": grouped(signed.code)})
    due = draft.without_device and any(choice.right in NEEDS_DEVICE for choice in ticked)
    if due and sites_acted_for(request.user, KEEPING).filter(pk=draft.site.pk).exists():
        return redirect("onboarding:site-device", draft.site.public_id)
    return redirect("registry:receipt", signed.code)


def _here(draft: SiteDraft) -> str:
    """The address of the consents, with what was chosen so far."""
    if isinstance(draft, RenewalDraft):
        return reverse("onboarding:site-renew", args=[draft.site.public_id])
    chosen = {**draft.given.get("level", {}), **draft.given.get("hours", {})}
    plain = reverse("onboarding:site-consent", args=[draft.site.public_id])
    return f"{plain}?{urlencode(chosen)}" if chosen else plain


# --- the device --------------------------------------------------------------------------------------------


def _attached(request: HttpRequest, draft: SiteDraft, form: DeviceForm) -> HttpResponse:
    given = form.cleaned_data
    if form.home_only and given["home"] != "agent":
        messages.success(request, _("Kamera Anda tetap terdata, tanpa sambungan. Tidak ada yang disimpan."))
        return redirect("desks:owner")
    user, password = form.secret or ("", "")
    covers = given.get("covers") or "all"
    device = services.add_device(
        site=draft.site,
        cameras=[camera for camera in draft.without_device if covers in {"all", str(camera.public_id)}],
        by=request.user,
        now=draft.now,
        host=given["host"],
        onvif_port=given.get("onvif_port") or 80,
        rtsp_port=given.get("rtsp_port"),
        rtsp_path=given.get("rtsp_path") or "",
        rtsp_tls=bool(given.get("rtsp_tls")),
        brand=given.get("brand") or "",
        user=user,
        password=password,
    )
    if device.waits_for_agent:
        messages.warning(request, str(HomeOnly()))
    else:
        messages.success(request, _("Data perangkat disimpan. Sekarang Anda dapat menyambungkannya."))
    return redirect("onboarding:connect", device.public_id)


def _helped(request: HttpRequest, draft: SiteDraft) -> HttpResponse:
    services.add_device(
        site=draft.site, cameras=draft.without_device, by=request.user, now=draft.now, wants_help=True
    )
    messages.success(
        request,
        _("Petugas membantu saat berkunjung. Anda yang mengetik kata sandinya, di ponsel Anda sendiri."),
    )
    return redirect("desks:owner")


# --- what the pages share ----------------------------------------------------------------------------------


def _site(request: HttpRequest, public_id: uuid.UUID, roles: frozenset[PersonRole]) -> Site:
    """The site if this person acts for its owner in such a role; for everybody else it does not exist."""
    return get_object_or_404(sites_acted_for(request.user, roles), public_id=public_id)


def draft_of(request: HttpRequest, site: Site) -> SiteDraft:
    """The place as the forms read it, at this moment and in this language."""
    return SiteDraft(user=request.user, now=timezone.now(), language=get_language() or "id", site=site)


def typed(request: HttpRequest) -> dict[str, Any]:
    """What a form is bound to, if anything was sent."""
    return {"data": request.POST} if request.method == "POST" else {}


def _home(request: HttpRequest, refusal: Exception) -> HttpResponse:
    messages.warning(request, str(refusal))
    return redirect("desks:owner")


def _consents_or_home(request: HttpRequest, site: Site) -> str:
    """Where consent is given, for those who may give it."""
    if sites_acted_for(request.user, SIGNING).filter(pk=site.pk).exists():
        return reverse("onboarding:site-consent", args=[site.public_id])
    return reverse("desks:owner")


def ask(
    request: HttpRequest,
    draft: SiteDraft,
    form: PageForm,
    *,
    template: str = "onboarding/enrol_question.html",
    back: str = "",
    **more: Any,
) -> HttpResponse:
    """The page of one question."""
    if not form.is_bound:
        form.initial = form.first_values()
    form.dress()
    return render(
        request,
        template,
        {"form": form, "site": draft.site, "back_url": back or reverse("desks:owner"), **more},
    )
