"""Who may see what: the grantor's pages. To people without a granting duty they do not exist."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from access import services
from access.errors import AccessError, ConsentTooSmall
from access.forms import GrantForm
from access.models import AccessRequest, Grant
from access.queries import Preview, also_open, preview_grant
from access.services.ends import TOLD_AHEAD
from access.shown import (
    WITH_SCOPE,
    granting_duties,
    grants_of,
    requests_for,
    requests_to,
    scope_of,
    scope_words,
    who_sees_what,
)
from access.spans import last_day
from access.viewers import person_of
from accounts.errors import AccountsError
from accounts.models import Duty, User
from config.ids import typed_id
from registry.models import Area
from registry.rights import AccessRight, Purpose

View = Callable[..., HttpResponse]
SOON = timedelta(days=max(TOLD_AHEAD))


def with_duties(find: Callable[[User, datetime], list[Duty]]) -> Callable[[View], View]:
    """Open a page to people who carry such duties now; the view gets them as `duties`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **options: Any) -> HttpResponse:
            duties = find(person_of(request), timezone.now())
            if not duties:
                raise Http404
            return view(request, duties=duties, **options)

        return guarded

    return decorate


for_grantors = with_duties(granting_duties)


@require_safe
@for_grantors
def grant_list(request: HttpRequest, duties: list[Duty]) -> HttpResponse:
    """Running grants, those that end soonest first; past ones on request, the latest first."""
    now = timezone.now()
    grants = grants_of(duties).prefetch_related(*WITH_SCOPE)
    past = request.GET.get("lampau") == "1"
    running = Q(revoked_at__isnull=True, valid_until__gt=now)
    found = grants.exclude(running) if past else grants.filter(running)
    found = found.order_by(*(("-granted_at", "-pk") if past else ("valid_until", "pk")))
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    waiting = _waiting(page)
    rows = [
        {
            "grant": grant,
            "scope": scope_words(scope_of(grant)),
            "state": _state(grant, now, waits=grant.pk in waiting),
            "days_left": _days_left(grant, now),
        }
        for grant in page
    ]
    return render(
        request,
        "access/grant_list.html",
        {
            "page": page,
            "rows": rows,
            "past": past,
            "query": "lampau=1" if past else "",
            "asked": requests_for(duties).count(),
        },
    )


@require_http_methods(["GET", "POST"])
@for_grantors
def grant_new(request: HttpRequest, duties: list[Duty]) -> HttpResponse:
    """The form, then who would see what, then the grant. `langkah` says which button was pressed."""
    now = timezone.now()
    step = request.POST.get("langkah", "")
    asked = _request_asked(request, duties)
    form = GrantForm(
        request.POST if request.method == "POST" else None,
        duties=duties,
        initial={
            **GrantForm.first_values(now),
            **_from_link(request),
            **_from_grant(request, duties, now),
            **_from_request(asked),
        },
        purposes_url=reverse("access:grant-purposes"),
    )
    if request.method == "POST" and step != "ubah" and form.is_valid():
        terms = form.terms
        preview = preview_grant(terms["organization"], terms["scope"], terms["right"], terms["purpose"], now)
        is_area, nobody = isinstance(terms["scope"], Area), preview.nobody_agreed
        if nobody and not is_area:
            form.add_error(None, str(ConsentTooSmall()))
        elif step != "beri" or (nobody and not form.cleaned_data["later_too"]):
            if step == "beri":
                form.add_error(
                    "later_too", _("Belum ada pemilik yang menyetujuinya. Centang bila tetap diberikan.")
                )
            return _show_preview(request, form, duties, preview, now)
        else:
            try:
                by = person_of(request)
                if asked is not None:
                    grant = services.grant_request(request=asked, by=by, now=now, **terms)
                else:
                    grant = services.give_grant(by=by, now=now, **terms)
            except (AccessError, AccountsError) as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Akses diberikan."))
                return redirect("access:grant", grant.public_id)
    if step == "ubah":
        form = GrantForm(duties=duties, initial=request.POST.dict(), purposes_url=reverse("access:grant-purposes"))
    return render(request, "access/grant_new.html", {"form": form})


def _show_preview(
    request: HttpRequest, form: GrantForm, duties: list[Duty], preview: Preview, now: datetime
) -> HttpResponse:
    terms = form.terms
    is_area = isinstance(terms["scope"], Area)
    return render(
        request,
        "access/grant_preview.html",
        {
            "form": form,
            "terms": terms,
            "summary": _terms_summary(terms),
            "hidden": [(name, form.data.get(name, "")) for name in form.fields if name != "later_too"],
            "ask_later_too": is_area and preview.nobody_agreed,
            **who_sees_what(
                duties, terms["organization"], terms["scope"], terms["right"], terms["purpose"], preview, now
            ),
        },
    )


@require_safe
@for_grantors
def grant_purposes(request: HttpRequest, duties: list[Duty]) -> HttpResponse:
    """The purpose question alone, for the right just chosen (asked by htmx)."""
    right = request.GET.get("right", "")
    if right not in AccessRight.values:
        raise Http404
    # Ids of its own: htmx copies the style of what it swaps out onto the same id, which our policy refuses.
    form = GrantForm(duties=duties, initial={"right": right}, auto_id=f"id_{right}_%s")
    return render(request, "access/_purposes.html", {"form": form})


@require_safe
@for_grantors
def grant_detail(request: HttpRequest, duties: list[Duty], public_id: UUID) -> HttpResponse:
    """One grant: its terms, who sees what by it now, and the way to revoke it."""
    now = timezone.now()
    grant = _grant_or_404(duties, public_id)
    scope = scope_of(grant)
    right, purpose = AccessRight(grant.right), Purpose(grant.purpose)
    preview = preview_grant(grant.organization, scope, right, purpose, now)
    return render(
        request,
        "access/grant_detail.html",
        {
            "grant": grant,
            "state": _state(grant, now, waits=bool(_waiting([grant]))),
            "days_left": _days_left(grant, now),
            "summary": grant_summary(grant, scope_words(scope)),
            **who_sees_what(duties, grant.organization, scope, right, purpose, preview, now),
        },
    )


@require_http_methods(["GET", "POST"])
@for_grantors
def grant_revoke(request: HttpRequest, duties: list[Duty], public_id: UUID) -> HttpResponse:
    """Ask once more, then revoke; running looks end with it."""
    now = timezone.now()
    grant = _grant_or_404(duties, public_id)
    if request.method == "POST":
        try:
            services.revoke_grant(grant=grant, by=person_of(request), now=now)
        except (AccessError, AccountsError) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Akses dicabut. Tidak ada lagi yang terbuka lewat akses ini."))
        return redirect("access:grant", grant.public_id)
    if grant.revoked_at is not None or grant.valid_until <= now:
        over = _("Akses ini sudah dicabut.") if grant.revoked_at else _("Akses ini sudah berakhir.")
        messages.info(request, over)
        return redirect("access:grant", grant.public_id)
    return render(
        request,
        "access/grant_revoke.html",
        {
            "grant": grant,
            "summary": grant_summary(grant, scope_words(scope_of(grant))),
            "others": [
                (other, scope_words(scope_of(other)))
                for other in also_open(grant, scope_of(grant), now).prefetch_related(*WITH_SCOPE)
            ],
        },
    )


def _grant_or_404(duties: list[Duty], public_id: UUID) -> Grant:
    return get_object_or_404(grants_of(duties).prefetch_related(*WITH_SCOPE), public_id=public_id)


def _from_link(request: HttpRequest) -> dict[str, Any]:
    """The scope that a link named: `?situs=`, `?kamera=` or `?wilayah=`."""
    for word, kind in (("kamera", "camera"), ("situs", "site"), ("wilayah", "area")):
        named = typed_id(request.GET.get(word))
        if named is not None:
            return {"scope_kind": kind, kind: named}
    return {}


def _from_grant(request: HttpRequest, duties: list[Duty], now: datetime) -> dict[str, Any]:
    """The terms of a grant to renew (`?perpanjang=`), from its last day on and for as long again; the letter is a
    new one."""
    named = typed_id(request.GET.get("perpanjang"))
    grant = grants_of(duties).filter(public_id=named).first() if named else None
    if grant is None:
        return {}
    scope, today = grant.scope, timezone.localtime(now).date()
    start = max(today, timezone.localtime(grant.valid_until).date())
    kind = str(scope._meta.model_name)
    return {
        "organization": grant.organization.public_id,
        "scope_kind": kind,
        kind: scope.public_id,
        "right": grant.right,
        "purpose": grant.purpose,
        "valid_from": start,
        "valid_until": start + (grant.valid_until - grant.valid_from) - timedelta(days=1),
    }


def _request_asked(request: HttpRequest, duties: list[Duty]) -> AccessRequest | None:
    """The request that this grant answers (`?permintaan=`), also one that somebody has answered meanwhile."""
    named = typed_id(request.GET.get("permintaan"))
    return requests_to(duties).filter(public_id=named).first() if named else None


def _from_request(asked: AccessRequest | None) -> dict[str, Any]:
    """The terms that were asked for; whose places were named in words, the grantor chooses."""
    if asked is None or asked.answered_at is not None:
        return {}
    return {
        "organization": asked.organization.public_id,
        **({} if asked.owner else {"scope_kind": "area", "area": asked.area.public_id}),
        "right": asked.right,
        "purpose": asked.purpose,
    }


def _waiting(grants: Iterable[Grant]) -> set[int]:
    """The keys of those that a second person has not answered yet."""
    keys = [grant.pk for grant in grants if grant.approved_at is None]
    return set(Grant.objects.for_two().filter(pk__in=keys).order_by().values_list("pk", flat=True))


def _state(grant: Grant, now: datetime, *, waits: bool) -> str:
    if grant.revoked_at is not None:
        return "declined" if grant.declined_words else "revoked"
    if grant.valid_until <= now:
        return "over"
    if waits:
        return "waiting"
    return "running" if grant.valid_from <= now else "ahead"


def _days_left(grant: Grant, now: datetime) -> int | None:
    """How many days there are from today to the last day of a standing grant, if that is soon."""
    if grant.revoked_at is not None or not now < grant.valid_until <= now + SOON:
        return None
    return (last_day(grant.valid_until) - timezone.localtime(now).date()).days


def _terms_summary(terms: dict[str, Any]) -> list[dict[str, Any]]:
    return _summary(
        terms["organization"],
        scope_words(terms["scope"]),
        terms["right"].label,
        terms["purpose"].label,
        terms["letter_number"],
        terms["valid_from"],
        terms["valid_until"],
    )


def grant_summary(grant: Grant, scope: str) -> list[dict[str, Any]]:
    return _summary(
        grant.organization,
        scope,
        grant.get_right_display(),
        grant.get_purpose_display(),
        grant.letter_number,
        grant.valid_from,
        grant.valid_until,
    )


def _summary(
    organization: Any, scope: str, right: Any, purpose: Any, letter: str, start: Any, end: Any
) -> list[dict[str, Any]]:
    return [
        {"label": _("Lembaga"), "value": organization},
        {"label": _("Cakupan"), "value": scope},
        {"label": _("Hak"), "value": right},
        {"label": _("Tujuan"), "value": purpose},
        {"label": _("Nomor Surat Perintah"), "value": letter},
        {"label": _("Berlaku"), "value": _span(start, end)},
    ]


def _span(start: Any, end: Any) -> str:
    """Both days as people say them: a grant to midnight ends with the day before."""
    return _("%(start)s sampai %(end)s") % {
        "start": date_format(timezone.localtime(start), "DATE_FORMAT"),
        "end": date_format(last_day(end), "DATE_FORMAT"),
    }
