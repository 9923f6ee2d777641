"""What is owed after consents ended, and places that changed hands: the pages of those who are not the owner."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from registry.endings import Mark, endings_kept_by, time_line
from registry.errors import RegistryError
from registry.models import Ending
from registry.networks import attaching_bodies, sites_kept_by
from registry.ownership import sites_to_note
from registry.services import end_ownership
from registry.services.endings import steps

A_PAGE = 20


class NoteForm(forms.Form):
    """How one knows that a place changed hands."""

    use_required_attribute = False

    note = forms.CharField(
        label=gettext_lazy("Dari mana Anda tahu?"),
        help_text=gettext_lazy(
            "Contoh: pemilik lama pindah, diberitahukan Ketua RT 05. Tercatat dalam jejak audit."
        ),
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
    )


@never_cache
@require_safe
def endings(request: HttpRequest) -> HttpResponse:
    """What is still owed, the overdue first: since when, by when, and which step is open. No owner is named."""
    now = timezone.now()
    if not attaching_bodies(request.user, now):
        raise Http404
    owed = endings_kept_by(request.user, now).open().select_related("site__area").prefetch_related("steps")
    page = Paginator(owed.order_by("due_at", "pk"), A_PAGE).get_page(request.GET.get("page"))
    rows = [(ending, ending.due_at <= now, _open_steps(ending)) for ending in page.object_list]
    return render(request, "registry/endings.html", {"page": page, "rows": rows})


@never_cache
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """Find the place that changed hands, by its owner or its address."""
    now = timezone.now()
    if not attaching_bodies(request.user, now):
        raise Http404
    sites = sites_kept_by(request.user, now)
    words = request.GET.get("cari", "").replace("\0", "").strip()[:80]  # PostgreSQL takes no NUL.
    if words:
        sites = sites.filter(Q(partner__name__icontains=words) | Q(address__icontains=words))
    page = Paginator(sites, A_PAGE).get_page(request.GET.get("page"))
    query = urlencode({"cari": words}) if words else ""
    return render(request, "registry/places.html", {"page": page, "words": words, "query": query})


@never_cache
@require_http_methods(["GET", "POST"])
def place_moved(request: HttpRequest, public_id: UUID, desk: str) -> HttpResponse:
    """An officer or administrator notes that a place changed hands: asked once more, with how he knows."""
    now = timezone.now()
    site = get_object_or_404(sites_to_note(request.user, now), public_id=public_id)
    back = "/petugas/" if desk == "officer" else reverse("registry:places")
    form = NoteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            end_ownership(site=site, by=request.user, now=now, note=form.cleaned_data["note"])
        except RegistryError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Semua persetujuan di tempat itu berakhir. Pemiliknya diberi tahu."))
            return redirect(back)
    return render(request, "registry/place_moved.html", {"site": site, "form": form, "back": back})


def _open_steps(ending: Ending) -> list[Mark]:
    return [mark for mark in time_line(ending, steps(), ending.steps.all()) if mark.at is None]
