"""The owner's pages of a device's settings: what stands, what we advise, one yes at a time, and the way back."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from devices.changes import why_words
from onboarding.connect_views import picture_response
from onboarding.errors import OnboardingError
from onboarding.models import DeviceChange, SettingsWork, WorkKind
from onboarding.queries import devices_kept_by
from onboarding.settings.accounts import holds_our_user, tries_at
from onboarding.settings.errors import (
    AccountRests,
    AlreadyRunning,
    NothingToUndo,
    OfferGone,
    OtherDevice,
    WorkOpen,
)
from onboarding.settings.forms import AccountForm, MasksForm, UndoUserForm, typed_areas
from onboarding.settings.present import present_of
from onboarding.settings.queries import area_limits, open_work, pictures_of, settings_page
from onboarding.settings.refused import keep_user, refused_account
from onboarding.settings.services import (
    agree_change,
    request_picture,
    request_reading,
    require_settings,
    undo_change,
)
from onboarding.settings.shown import ChangeCard, card_of, found_lines, work_steps
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
        works.select_related("device__site", "camera", "change").defer("picture", "sealed_user", "sealed_password"),
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
    device = _device(request, public_id)
    read = SettingsWork.objects.filter(device=device).exclude(kind=WorkKind.PICTURE).defer("picture").first()
    again = read if read is not None and read.kind == WorkKind.READ else None
    return _page(request, device, _account_form(request, AccountForm, device, needed=False, last=again))


@require_POST
def settings_read(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have the settings read; an account may be typed for this once."""
    device = _device(request, public_id)
    form = _account_form(request, AccountForm, device, needed=False)
    if not form.is_valid():
        return _page(request, device, form)
    try:
        work = request_reading(device=device, by=request.user, now=timezone.now(), account=form.account)
    except WorkOpen as refusal:
        return _running(request, device, refusal)
    except AccountRests as refusal:
        form.add_error("password", str(refusal))
        return _page(request, device, form)
    except (OnboardingError, RegistryError) as refusal:
        messages.error(request, str(refusal))
        return redirect("onboarding:settings", device.public_id)
    keep_user(request, work)
    return redirect("onboarding:settings-work", work.public_id)


@never_cache
@require_safe
def settings_work(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A conversation while it runs: the part that changes for htmx, the whole page for everybody else; once it is
    over, the page where its result stands."""
    work = _work(request, public_id)
    if work.is_over:
        home = _home_of(request, work)
        return HttpResponseClientRedirect(home) if request.htmx else redirect(home)
    shown = {"device": work.device, "work": work, "steps": work_steps(work)}
    template = "settings_work_part.html" if request.htmx else "settings_work.html"
    return render(request, f"onboarding/settings/{template}", shown)


@never_cache
@require_http_methods(["GET", "POST"])
def settings_agree(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The owner's yes to one change; where ours does not suffice, with an account that he types for it."""
    change = _change(request, public_id)
    return _ask(request, change, undoes=False)


@never_cache
@require_http_methods(["GET", "POST"])
def settings_undo(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Restore one change; where ours does not suffice, with an account that he types for it."""
    change = _change(request, public_id)
    return _ask(request, change, undoes=True)


def _ask(request: HttpRequest, change: DeviceChange, *, undoes: bool) -> HttpResponse:
    """The question of one change, and what the answer leads to: its progress, also if another window began it."""
    device = change.device
    running = open_work(device)
    if running is not None and running.change_id == change.pk:
        return _running(request, device, AlreadyRunning())
    present = present_of(device)
    card = card_of(
        change,
        ours=holds_our_user(device),
        present=present,
        picture=pictures_of(device, present).get(change.camera_id or 0),
    )
    if card.closed:
        return _gone(request, change, OtherDevice())
    if not (change.may_be_undone if undoes else change.may_be_agreed):
        return _gone(request, change, NothingToUndo() if undoes else OfferGone())
    kind = UndoUserForm if undoes and card.loses_secret else AccountForm
    form = _account_form(request, kind, device, needed=card.needs_account, last=change.works.first())
    if request.method == "POST" and form.is_valid():
        try:
            work = _asked(request, change, form, undoes=undoes)
        except WorkOpen as refusal:
            return _running(request, device, refusal)
        except AccountRests as refusal:
            form.add_error("password", str(refusal))
        except (OnboardingError, RegistryError) as refusal:
            form.add_error(None, str(refusal))
        else:
            keep_user(request, work)
            return redirect("onboarding:settings-work", work.public_id)
    shown = {"device": device, "card": card, "form": form, "locked": tries_at(device, timezone.now()).locked_words}
    return render(request, f"onboarding/settings/settings_{'undo' if undoes else 'agree'}.html", shown)


def _asked(request: HttpRequest, change: DeviceChange, form: AccountForm, *, undoes: bool) -> SettingsWork:
    now, by = timezone.now(), request.user
    if not undoes:
        return agree_change(change=change, by=by, now=now, account=form.account)
    keeps = isinstance(form, UndoUserForm) and form.keeps_account
    return undo_change(change=change, by=by, now=now, account=form.account, keeps_account=keeps)


@never_cache
@require_http_methods(["GET", "POST"])
def settings_masks(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Draw areas on the camera's last picture; they become an offer, once the device has been asked."""
    camera = _camera(request, public_id)
    device = camera.device
    assert device is not None  # noqa: S101  (found by it)
    token = camera.video_source_token
    present = present_of(device)
    picture = pictures_of(device, present).get(camera.pk)
    limits = area_limits(picture)
    form = MasksForm(
        _posted(request),
        initial={"areas": typed_areas(drawn_areas(device).get(token, []))},
        most=limits.most,
    )
    if request.method == "POST" and form.is_valid():
        masks = {token: form.cleaned_data["areas"]}
        try:
            work = request_reading(device=device, by=request.user, now=timezone.now(), masks=masks)
        except WorkOpen as refusal:
            return _running(request, device, refusal)
        except (OnboardingError, RegistryError) as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("onboarding:settings-work", work.public_id)
    newest = SettingsWork.objects.filter(device=device, camera=camera, kind=WorkKind.PICTURE)
    work = newest.defer("picture", "sealed_user", "sealed_password").first()
    shown = {
        "device": device,
        "camera": camera,
        "form": form,
        "work": work if work is not None and present.was_seen_by(work) else None,
        "picture": picture,
        "refusal": _(why_words(limits.refusal)) if limits.refusal else "",
        "obstacle": _obstacle(device),
    }
    return render(request, "onboarding/settings/settings_masks.html", shown)


@require_POST
def settings_picture(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have a picture taken to draw on."""
    camera = _camera(request, public_id)
    try:
        work = request_picture(camera=camera, by=request.user, now=timezone.now())
    except WorkOpen as refusal:
        assert camera.device is not None  # noqa: S101  (found by it)
        return _running(request, camera.device, refusal)
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


def _running(request: HttpRequest, device: Device, refusal: OnboardingError) -> HttpResponse:
    """Another window, or another of its owners, is in a conversation with the device: show that one."""
    messages.info(request, str(refusal))
    running = open_work(device)
    if running is None:
        return redirect("onboarding:settings", device.public_id)
    return redirect("onboarding:settings-work", running.public_id)


def _account_form(
    request: HttpRequest,
    kind: type[AccountForm],
    device: Device,
    *,
    needed: bool,
    last: SettingsWork | None = None,
) -> AccountForm:
    """The form for an account. After the `last` conversation, in which the device did not take the account typed
    here, it has the user's name again and says so at its field."""
    options = {"needed": needed, "tries": tries_at(device, timezone.now())}
    refused = refused_account(request, last) if last is not None and request.method == "GET" else None
    if refused is None:
        return kind(_posted(request), **options)
    form = kind(refused.typed, **options)
    form.refuse(refused.field, refused.words)
    return form


def _gone(request: HttpRequest, change: DeviceChange, refusal: OnboardingError) -> HttpResponse:
    """The page was old: back to how things stand."""
    messages.error(request, str(refusal))
    return redirect("onboarding:settings", change.device.public_id)


def _home_of(request: HttpRequest, work: SettingsWork) -> str:
    if work.change is not None and refused_account(request, work) is not None:
        page = "settings-undo" if work.kind == WorkKind.UNDO else "settings-agree"
        return reverse(f"onboarding:{page}", args=[work.change.public_id])
    if work.kind == WorkKind.PICTURE and work.camera is not None:
        return reverse("onboarding:settings-masks", args=[work.camera.public_id])
    return reverse("onboarding:settings", args=[work.device.public_id])


def _obstacle(device: Device, *, account: bool = False) -> OnboardingError | None:
    """Why the settings cannot be spoken of as things stand; `account`: even with one that is typed."""
    try:
        require_settings(device, timezone.now(), account=account)
    except OnboardingError as refusal:
        return refusal
    return None


def _page(request: HttpRequest, device: Device, form: AccountForm) -> HttpResponse:
    page = settings_page(device)
    ours = holds_our_user(device)

    def cards(changes: list[DeviceChange]) -> list[ChangeCard]:
        pictures = page.pictures
        return [
            card_of(change, ours=ours, present=page.present, picture=pictures.get(change.camera_id or 0))
            for change in changes
        ]

    labels = {camera.video_source_token: camera.label for camera in page.cameras if camera.video_source_token}
    shown: dict[str, Any] = {
        "device": device,
        "form": form,
        "ours": ours,
        "obstacle": _obstacle(device),
        "account_obstacle": _obstacle(device, account=True),
        "work": page.work,
        "steps": work_steps(page.work) if page.work and not page.work.is_over else [],
        "reading": page.reading,
        "offers": cards(page.offers),
        "locked": tries_at(device, timezone.now()).locked_words,
        "found": found_lines(page.reading.findings if page.reading else None, labels),
        "past": [(card, page.may_be_agreed(card.change)) for card in cards(page.past)],
        "cameras": [camera for camera in page.cameras if camera.video_source_token],
    }
    return render(request, "onboarding/settings/settings.html", shown)
