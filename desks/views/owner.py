"""The owner's home and his Buku Tamu Kamera."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.queries import guest_book
from desks.owner import places_of
from notices.services import notices_to_show
from onboarding.models import Enrolment
from onboarding.queries import visits_to
from registry.models import Camera, Proposal

NOTICES_SHOWN = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each place with its cameras: stages, health in words, who may see what until when."""
    now = timezone.now()
    return render(
        request,
        "desks/owner_home.html",
        {
            "places": places_of(request.user, now),
            "draft": Enrolment.objects.of(request.user).drafts().first(),
            "recent_looks": guest_book(request.user).prefetch_related("saved_stills")[:5],
            "notices": notices_to_show(request.user, now, most=NOTICES_SHOWN),
            "proposals": Proposal.objects.owned_by(request.user)
            .open_at(now)
            .select_related("site", "partner", "proposed_by"),
            "now": now,
        },
    )


@require_safe
def guest_book_page(request: HttpRequest) -> HttpResponse:
    """Every look through his cameras, newest first: time, body, duty, reason, duration. And every visit of an
    officer, with the pictures that were taken for its proof."""
    looks = guest_book(request.user).prefetch_related("saved_stills")
    page = Paginator(looks, 25).get_page(request.GET.get("page"))
    visits = Paginator(visits_to(request.user), 25).get_page(request.GET.get("visits"))
    cameras = Camera.objects.owned_by(request.user).listed().select_related("site").order_by("site_id", "pk")
    return render(request, "desks/guest_book.html", {"page": page, "visits": visits, "cameras": cameras})
