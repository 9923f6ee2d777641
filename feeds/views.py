"""The still of a look, for the same viewer in the same session only; and stills that were saved."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from access.errors import LookRefused
from access.viewers import Viewer, viewer_of
from access.views.looks import at_desk, look_or_404
from feeds import pictures
from feeds.errors import CameraSilent, NotKept, SavingRefused
from feeds.keeping import fetch_still, readable_stills, save_still
from feeds.services import still_for

KEPT_SECONDS = 900
SAVED_A_PAGE = 25


class SaveForm(forms.Form):
    """For how many days a still is kept."""

    days = forms.IntegerField(min_value=1, max_value=3650)


@require_safe
@cache_control(no_store=True, private=True)
def still(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A fresh, watermarked JPEG; a card in words where the look is over (403) or the camera is silent (502)."""
    now = timezone.now()
    viewer = viewer_of(request)
    look = look_or_404(viewer, public_id)
    try:
        jpeg, status, outcome = still_for(look, viewer, now), 200, {}
    except LookRefused as refusal:
        title = _("Gambar tidak dibuka.")
        jpeg, status = pictures.card(title, str(refusal)), 403
        outcome = {"code": refusal.code, "title": title, "words": str(refusal)}
    except CameraSilent as failure:
        jpeg, status = pictures.card(str(failure.message), str(failure.remedy)), 502
        outcome = {"code": failure.code, "title": str(failure.message), "words": str(failure.remedy)}
    cache.set(_key(public_id), {**outcome, "at": timezone.now()}, KEPT_SECONDS)
    response = HttpResponse(jpeg, status=status, content_type="image/jpeg")
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    if outcome:
        response["X-Mitra-Code"] = outcome["code"]
    return response


@require_safe
@cache_control(no_store=True, private=True)
def words(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How the last still went, in words beside the picture (asked by htmx once it has loaded)."""
    now = timezone.now()
    look = look_or_404(viewer_of(request), public_id)
    context: dict[str, Any] = {
        "until": look.until,
        "minutes_left": max(0, -(-int((look.until - now).total_seconds()) // 60)),
        "outcome": cache.get(_key(public_id)),
    }
    return render(request, "feeds/_words.html", context)


def _key(public_id: UUID) -> str:
    return f"still-outcome:{public_id}"


@require_POST
@at_desk
def save(request: HttpRequest, desk: str, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """Keep one more picture of a running look; how it went is said on the look's page."""
    look = look_or_404(viewer, public_id)
    form = SaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Pilih berapa lama gambar disimpan."))
        return redirect("access:look", desk, public_id)
    kept_for = timedelta(days=form.cleaned_data["days"])
    try:
        saved = save_still(look=look, viewer=viewer, kept_for=kept_for, now=timezone.now())
    except (LookRefused, CameraSilent, SavingRefused) as refusal:
        messages.error(request, str(refusal))
    else:
        day = date_format(timezone.localtime(saved.delete_at), "j F Y")
        messages.success(
            request, _("Gambar disimpan dan tercatat di Buku Tamu. Dihapus pada %(day)s.") % {"day": day}
        )
    return redirect("access:look", desk, public_id)


@require_safe
@never_cache
@at_desk
def saved_list(request: HttpRequest, desk: str, viewer: Viewer) -> HttpResponse:
    """The saved stills that this viewer may fetch, those that go first on top."""
    stills = readable_stills(viewer, timezone.now()).select_related(
        "look__viewer", "look__reason", "look__case", "look__camera__site__area"
    )
    page = Paginator(stills.order_by("delete_at", "pk"), SAVED_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "feeds/saved_list.html", {"desk": desk, "viewer": viewer, "page": page})


@require_safe
@cache_control(no_store=True, private=True)
def saved(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The picture as it was saved; each fetch is on the trail."""
    viewer, now = viewer_of(request), timezone.now()
    still = get_object_or_404(readable_stills(viewer, now).select_related("look"), public_id=public_id)
    try:
        jpeg = fetch_still(still=still, viewer=viewer, now=now)
    except NotKept:
        raise Http404 from None
    response = HttpResponse(jpeg, content_type="image/jpeg")
    moment = timezone.localtime(still.saved_at)
    response["Content-Disposition"] = f'attachment; filename="{moment:%Y%m%d-%H%M%S}-{still.sha256[:8]}.jpg"'
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
