"""The owner's home and his Buku Tamu Kamera."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.viewers import person_of
from conduct.guest_book import asks_at, months_of, weeks_of, with_conduct
from conduct.guest_book_filter import ROWS
from conduct.guest_book_views import filtered_book
from conduct.told import looks_told_to
from desks.owner import places_of
from notices.services import notices_to_show
from onboarding.models import Enrolment
from onboarding.queries import visits_to
from registry.models import Camera, Proposal

NOTICES_SHOWN = 5
LOOKS_SHOWN = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each place with its cameras: stages, health in words, who may see what until when."""
    owner, now = person_of(request), timezone.now()
    return render(
        request,
        "desks/owner_home.html",
        {
            "places": places_of(request.user, now),
            "draft": Enrolment.objects.of(request.user).drafts().first(),
            "recent_looks": with_conduct(list(looks_told_to(owner, now)[:LOOKS_SHOWN]), owner, now),
            "notices": notices_to_show(request.user, now, most=NOTICES_SHOWN),
            "proposals": Proposal.objects.owned_by(request.user)
            .open_at(now)
            .select_related("site", "partner", "proposed_by"),
            "now": now,
        },
    )


@require_safe
def guest_book_page(request: HttpRequest) -> HttpResponse:
    """Every look through his cameras that he is told of, newest first, filtered: time, body, duty, reason,
    duration, and what he asked about it. And every visit of an officer, with the pictures that were taken for its
    proof."""
    owner, now = person_of(request), timezone.now()
    book_filter, looks = filtered_book(request, now)
    chosen = book_filter.cleaned_data if book_filter.is_valid() else {}
    page = Paginator(looks, chosen.get("baris") or ROWS[0]).get_page(request.GET.get("page"))
    page.object_list = with_conduct(list(page.object_list), owner, now)
    return render(
        request,
        "desks/guest_book.html",
        {
            "page": page,
            "filter": book_filter,
            "months": months_of(looks),
            "bars": weeks_of(looks, chosen.get("sampai") or timezone.localdate(now)),
            "asks_at": asks_at(owner),
            "visits": Paginator(visits_to(request.user), ROWS[0]).get_page(request.GET.get("visits")),
            "cameras": Camera.objects.owned_by(owner).listed().select_related("site").order_by("site_id", "pk"),
            "now": now,
        },
    )
