"""The owner's pages of a device's settings: what stands, what we advise, one yes at a time, and the way back."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from onboarding.connect_views import picture_response
from onboarding.errors import OnboardingError
from onboarding.models import DeviceChange, SettingsWork, WorkKind
from onboarding.queries import devices_kept_by
from onboarding.settings.accounts import holds_our_user
from onboarding.settings.errors import NothingToUndo, OfferGone
from onboarding.settings.forms import AccountForm, MasksForm, UndoUserForm, typed_areas
from onboarding.settings.queries import settings_page
from onboarding.settings.services import (
    agree_change,
    request_picture,
    request_reading,
    require_settings,
    undo_change,
)
from onboarding.settings.shown import card_of, found_lines, work_steps
from onboarding.settings.wishes import drawn_areas
from registry.errors import RegistryError
from registry.models import Camera, Device


def _device(request: HttpRequest, public_id: uuid.UUID) -> Device:
    """The device if this person keeps it; for everybody else it does not exist."""
    return get_object_or_404(devices_kept_by(request.user), public_id=public_id)


def _change(request: HttpRequest, public_id: uuid.UUID) -> DeviceChange:
    changes = DeviceChange.objects.filter(device__in=devices_kept_by(request.user))
    return get_object_or_404(changes.select_related("device__site", "camera"), public_id=public_id)


def _work(request: HttpRequest, public_id: uuid.UUID) -> SettingsWork:
    works = SettingsWork.objects.filter(device__in=devices_kept_by(request.user))
    return get_object_or_404(
        works.select_related("device__site", "camera").defer("picture", "sealed_user", "sealed_password"),
        public_id=public_id,
    )


def _camera(request: HttpRequest, public_id: uuid.UUID) -> Camera:
    """A camera on which can be drawn: its video source is known."""
    cameras = Camera.objects.listed().filter(device__in=devices_kept_by(request.user))
    return get_object_or_404(
        cameras.exclude(video_source_token="").select_related("device__site"), public_id=public_id
    )


@never_cache
@require_safe
def settings(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What stands now, what is offered, and what was done."""
    return _page(request, _device(request, public_id), AccountForm(needed=False))


@require_POST
def settings_read(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have the settings read; an account may be typed for this once."""
    device = _device(request, public_id)
    form = AccountForm(request.POST, needed=False)
    if not form.is_valid():
        return _page(request, device, form)
    try:
        work = request_reading(device=device, by=request.user, now=timezone.now(), account=form.account)
    except (OnboardingError, RegistryError) as refusal:
        messages.error(request, str(refusal))
        return redirect("onboarding:settings", device.public_id)
    return redirect("onboarding:settings-work", work.public_id)


@never_cache
@require_safe
def settings_work(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A conversation while it runs: the part that changes for htmx, the whole page for everybody else; once it is
    over, the page where its result stands."""
    work = _work(request, public_id)
    if work.is_over:
        home = _home_of(work)
        return HttpResponseClientRedirect(home) if request.htmx else redirect(home)
    shown = {"device": work.device, "work": work, "steps": work_steps(work)}
    template = "settings_work_part.html" if request.htmx else "settings_work.html"
    return render(request, f"onboarding/settings/{template}", shown)


@never_cache
@require_http_methods(["GET", "POST"])
def settings_agree(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The owner's yes to one change; where ours does not suffice, with an account that he types for it."""
    change = _change(request, public_id)
    if not change.may_be_agreed:
        return _gone(request, change, OfferGone())
    card = card_of(change, ours=holds_our_user(change.device))
    form = AccountForm(_posted(request), needed=card.needs_account)
    if request.method == "POST" and form.is_valid():
        try:
            work = agree_change(change=change, by=request.user, now=timezone.now(), account=form.account)
        except (OnboardingError, RegistryError) as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("onboarding:settings-work", work.public_id)
    shown = {"device": change.device, "card": card, "form": form}
    return render(request, "onboarding/settings/settings_agree.html", shown)


@never_cache
@require_http_methods(["GET", "POST"])
def settings_undo(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Restore one change; where ours does not suffice, with an account that he types for it."""
    change = _change(request, public_id)
    if not change.may_be_undone:
        return _gone(request, change, NothingToUndo())
    card = card_of(change, ours=holds_our_user(change.device))
    kind = UndoUserForm if card.loses_secret else AccountForm
    form = kind(_posted(request), needed=card.needs_account)
    if request.method == "POST" and form.is_valid():
        keeps = isinstance(form, UndoUserForm) and form.keeps_account
        try:
            work = undo_change(
                change=change, by=request.user, now=timezone.now(), account=form.account, keeps_account=keeps
            )
        except (OnboardingError, RegistryError) as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("onboarding:settings-work", work.public_id)
    shown = {"device": change.device, "card": card, "form": form}
    return render(request, "onboarding/settings/settings_undo.html", shown)


@never_cache
@require_http_methods(["GET", "POST"])
def settings_masks(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Draw areas on the camera's last picture; they become an offer, once the device has been asked."""
    camera = _camera(request, public_id)
    device = camera.device
    assert device is not None  # noqa: S101  (found by it)
    form = MasksForm(
        _posted(request), initial={"areas": typed_areas(drawn_areas(device).get(camera.video_source_token, []))}
    )
    if request.method == "POST" and form.is_valid():
        masks = {camera.video_source_token: form.cleaned_data["areas"]}
        try:
            work = request_reading(device=device, by=request.user, now=timezone.now(), masks=masks)
        except (OnboardingError, RegistryError) as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("onboarding:settings-work", work.public_id)
    pictures = SettingsWork.objects.filter(device=device, camera=camera, kind=WorkKind.PICTURE)
    newest = pictures.defer("picture", "sealed_user", "sealed_password").first()
    has_picture = pictures.filter(picture__isnull=False).only("public_id").first()
    shown = {
        "device": device,
        "camera": camera,
        "form": form,
        "work": newest,
        "picture": has_picture,
        "obstacle": _obstacle(device),
    }
    return render(request, "onboarding/settings/settings_masks.html", shown)


@require_POST
def settings_picture(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have a picture taken to draw on."""
    camera = _camera(request, public_id)
    try:
        work = request_picture(camera=camera, by=request.user, now=timezone.now())
    except (OnboardingError, RegistryError) as refusal:
        messages.error(request, str(refusal))
        return redirect("onboarding:settings-masks", camera.public_id)
    return redirect("onboarding:settings-work", work.public_id)


@require_safe
def settings_work_picture(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The picture to draw on, for the owner alone."""
    return picture_response(_work(request, public_id))


def _posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, an empty yes too."""
    return request.POST if request.method == "POST" else None


def _gone(request: HttpRequest, change: DeviceChange, refusal: OnboardingError) -> HttpResponse:
    """The page was old: back to how things stand."""
    messages.error(request, str(refusal))
    return redirect("onboarding:settings", change.device.public_id)


def _home_of(work: SettingsWork) -> str:
    if work.kind == WorkKind.PICTURE and work.camera is not None:
        return reverse("onboarding:settings-masks", args=[work.camera.public_id])
    return reverse("onboarding:settings", args=[work.device.public_id])


def _obstacle(device: Device) -> OnboardingError | None:
    """Why the settings cannot be spoken of as things stand."""
    try:
        require_settings(device)
    except OnboardingError as refusal:
        return refusal
    return None


def _page(request: HttpRequest, device: Device, form: AccountForm) -> HttpResponse:
    page = settings_page(device)
    ours = holds_our_user(device)
    labels = {camera.video_source_token: camera.label for camera in page.cameras if camera.video_source_token}
    shown: dict[str, Any] = {
        "device": device,
        "form": form,
        "ours": ours,
        "obstacle": _obstacle(device),
        "work": page.work,
        "steps": work_steps(page.work) if page.work and not page.work.is_over else [],
        "reading": page.reading,
        "offers": [card_of(change, ours=ours) for change in page.offers],
        "found": found_lines(page.reading.findings if page.reading else None, labels),
        "past": [(card_of(change, ours=ours), page.may_be_agreed(change)) for change in page.past],
        "cameras": [camera for camera in page.cameras if camera.video_source_token],
    }
    return render(request, "onboarding/settings/settings.html", shown)
