"""The owner's Buku Tamu as a file. (Its page stands in `desks`, beside the visits of officers.)"""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from access.models import LookQuerySet
from access.viewers import person_of
from conduct.guest_book_csv import book_csv
from conduct.guest_book_filter import BookFilter
from conduct.told import looks_told_to

MOST_IN_A_FILE = 20_000


def filtered_book(request: HttpRequest, now: datetime) -> tuple[BookFilter, LookQuerySet]:
    """The filter of this address, and the entries that it lets through."""
    owner = person_of(request)
    told = looks_told_to(owner, now)
    form = BookFilter(request.GET, owner=owner, told=told)
    return form, form.narrow(told)


@require_safe
@cache_control(no_store=True, private=True)
def book_file(request: HttpRequest) -> HttpResponse:
    """The filtered book as CSV; what cannot be read or is too much is said on the page instead."""
    now = timezone.now()
    form, looks = filtered_book(request, now)
    if not form.is_valid():
        return redirect(f"{reverse('desks:guest-book')}?{form.query}")
    if looks.count() > MOST_IN_A_FILE:
        messages.error(request, _("Terlalu banyak untuk satu berkas. Persempit masanya, lalu unduh lagi."))
        return redirect(f"{reverse('desks:guest-book')}?{form.query}")
    response = HttpResponse(book_csv(looks, person_of(request), now), content_type="text/csv; charset=utf-8")
    day = timezone.localtime(now)
    response["Content-Disposition"] = f'attachment; filename="buku-tamu-kamera-{day:%Y-%m-%d}.csv"'
    return response
