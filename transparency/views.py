"""The public numbers: a page for people and two files for programs. Nobody signs in for them."""

from datetime import date, datetime

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from conduct.months import next_month
from transparency import pictures
from transparency.files import csv_of, json_of
from transparency.months import offered
from transparency.queries import month_asked_for, numbers_of
from transparency.suppression import FEWEST_OWNERS

KEPT_SECONDS = 600  # How long a browser or proxy may show what it has: verdicts may come in for an old month.


@login_not_required
@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """The numbers of the month that was chosen, by default the last one that is over."""
    now = timezone.now()
    month = _month(request, now)
    told = numbers_of(month, now)
    response = render(
        request,
        "transparency/numbers.html",
        {
            "month": month,
            "month_words": pictures.month_words(month),
            "months": [(f"{other:%Y-%m}", pictures.month_words(other), other == month) for other in offered(now)],
            "stages": told.stages,
            "later": told.stages is not None and told.stages.counted_on != next_month(month),
            "funnel": told.stages and pictures.funnel(told.stages),
            "toward_target": told.stages and pictures.toward_target(told.stages),
            "stage_rows": told.stages and pictures.stage_rows(told.areas, told.stages),
            "year_rows": pictures.year_rows(told.year),
            "year_line": pictures.year_line(told.year),
            "police": told.police,
            "reasons": pictures.reasons(told),
            "body_rows": pictures.body_rows(told),
            "withdrawal_rows": told.withdrawals and pictures.withdrawal_rows(told.withdrawals),
            "cut_off": pictures.wait_words(told.police.cut_off),
            "erased": pictures.wait_words(told.police.erased),
            "rules": pictures.rules(),
            "few": FEWEST_OWNERS,
        },
    )
    if not request.user.is_authenticated:
        # Its head tells who signed in, so only a visitor's own browser may keep it, and only a stranger's.
        patch_cache_control(response, private=True, max_age=KEPT_SECONDS)
        patch_vary_headers(response, ["Cookie"])
    return response


@login_not_required
@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def numbers_csv(request: HttpRequest) -> HttpResponse:
    """The same numbers for a spreadsheet; in both languages, so that everybody may be handed one copy."""
    now = timezone.now()
    month = _month(request, now)
    return _file(csv_of(numbers_of(month, now)), "text/csv; charset=utf-8", f"transparansi-{month:%Y-%m}.csv")


@login_not_required
@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def numbers_json(request: HttpRequest) -> HttpResponse:
    """The same numbers for a program."""
    now = timezone.now()
    month = _month(request, now)
    return _file(json_of(numbers_of(month, now)), "application/json", f"transparansi-{month:%Y-%m}.json")


def _file(body: str, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        body, content_type=content_type, headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def _month(request: HttpRequest, now: datetime) -> date:
    month = month_asked_for(request.GET.get("bulan", ""), now)
    if month is None:
        raise Http404(_("Tidak ada angka untuk bulan itu. Pilih salah satu dari dua belas bulan terakhir."))
    return month
