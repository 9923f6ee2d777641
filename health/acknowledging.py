"""Kami tahu: the owner's people say that they know of a fall, and on which day the camera is back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from health.letters import letter_of
from health.models import Acknowledgement, Alert, Audience, Fall
from health.models.falls import FallQuerySet
from health.services import LONGEST, acknowledge
from registry.errors import NotYours, RegistryError
from registry.models import Camera, Site
from registry.people import ACTING


class BackOnForm(forms.Form):
    """The day on which the camera is back; tomorrow, unless another one is chosen."""

    back_on = forms.DateField(
        label=gettext_lazy("Kamera kembali pada"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Paling lama 30 hari lagi."),
        error_messages={
            "required": gettext_lazy("Pilih harinya."),
            "invalid": gettext_lazy("Tulis tanggal yang ada, misalnya 2026-12-24."),
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        today = timezone.localdate()
        self.fields["back_on"].initial = today + timedelta(days=1)
        self.fields["back_on"].widget.attrs |= {"min": f"{today}", "max": f"{today + LONGEST}"}


@never_cache
@require_http_methods(["GET", "POST"])
def camera(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One camera of the owner that is down."""
    owned = Camera.objects.owned_by(request.user, ACTING).listed()
    found = get_object_or_404(owned.select_related("site"), public_id=public_id)
    return _page(request, _running().filter(device=found.device_id) if found.device_id else Fall.objects.none())


@never_cache
@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, token: str) -> HttpResponse:
    """All cameras of a letter, for whoever got it and has signed in: what the link in it leads to."""
    of_letter = letter_of(token)
    lines = Alert.objects.filter(letter=of_letter, user=request.user, audience=Audience.OWNER)
    if of_letter is None or not lines.exists():
        raise Http404
    falls = _running().filter(pk__in=lines.values("fall")) | _running().filter(outage__in=lines.values("outage"))
    return _page(request, falls.filter(device__site__in=Site.objects.owned_by(request.user, ACTING).values("pk")))


def _running() -> FallQuerySet:
    return Fall.objects.running().select_related("device__site__partner").order_by("since", "pk")


def _page(request: HttpRequest, running: FallQuerySet) -> HttpResponse:
    falls, now = list(running), timezone.now()
    form = BackOnForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            acknowledge(falls=falls, back_on=form.cleaned_data["back_on"], by=request.user, now=now)
        except NotYours as gone:
            raise Http404 from gone
        except RegistryError as refusal:
            form.add_error(None, str(refusal))
        else:
            day = date_format(form.cleaned_data["back_on"], "j F Y")
            messages.success(
                request,
                _("Terima kasih. Sampai %(day)s polisi tidak kami kirimi surat; mereka membaca bahwa Anda tahu.")
                % {"day": day},
            )
            return redirect("desks:owner")
    shown = _shown(falls)
    for item in shown:
        if item["said"] is not None:
            form.initial["back_on"] = item["said"].back_on
    return render(request, "health/acknowledge.html", {"form": form, "falls": shown})


def _shown(falls: Sequence[Fall]) -> list[dict[str, Any]]:
    """Each fall with its cameras, and the day that somebody already named."""
    names: dict[int, list[Camera]] = {}
    for one in Camera.objects.listed().filter(device__in=[fall.device_id for fall in falls]).order_by("pk"):
        names.setdefault(one.device_id or 0, []).append(one)
    today = timezone.localdate()
    said = {row.fall_id: row for row in Acknowledgement.objects.in_force(today).filter(fall__in=list(falls))}
    return [{"fall": fall, "cameras": names.get(fall.device_id, []), "said": said.get(fall.pk)} for fall in falls]


urlpatterns = [
    path("mitra/kamera/<uuid:public_id>/kami-tahu/", camera, name="acknowledge"),
    path("mitra/kami-tahu/<str:token>/", letter, name="acknowledge-letter"),
]
