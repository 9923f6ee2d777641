"""Who is on duty for which body: the administrator's pages. To all others they do not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.duties import administered_by
from accounts.errors import AccountsError
from accounts.models import Duty, Organization, OrganizationQuerySet, User
from accounts.organizations import is_top
from accounts.services import open_organization, relieve
from registry.administration_forms import AppointForm, OrganizationForm
from registry.area_words import area_words
from registry.endings import endings_kept_by
from registry.models import Area, Partner
from registry.queries import bodies_matching, last_day, precincts_missing, rosters
from registry.services.administration import (
    Invited,
    add_precincts,
    appoint_and_invite,
    invite_again,
    send_invitation,
)

View = Callable[..., HttpResponse]

BODIES_A_PAGE = 20


def for_administrators(view: View) -> View:
    """Open the page to people who carry an administrator's duty now; the view gets their `bodies`."""

    @wraps(view)
    def guarded(request: HttpRequest, **options: Any) -> HttpResponse:
        bodies = administered_by(person_of(request), timezone.now())
        if not bodies.exists():
            raise Http404
        return view(request, bodies=bodies, **options)

    return guarded


@require_safe
@for_administrators
def overview(request: HttpRequest, bodies: OrganizationQuerySet) -> HttpResponse:
    """The bodies this person keeps, each with its people; `cari` finds either by name."""
    now = timezone.now()
    words = request.GET.get("cari", "").replace("\0", "").strip()[:80]  # PostgreSQL takes no NUL.
    found = bodies_matching(bodies, words, now).order_by("area_code", "name")
    page = Paginator(found, BODIES_A_PAGE).get_page(request.GET.get("page"))
    top = _top(bodies)
    return render(
        request,
        "registry/administration.html",
        {
            "words": words,
            "page": page,
            "rosters": rosters(page.object_list, words, now),
            "query": urlencode({"cari": words}) if words else "",
            "top": top,
            "overdue": endings_kept_by(person_of(request), now).overdue(now).count(),
            "missing": list(precincts_missing(top)) if top else [],
            "has_areas": top is None or Area.objects.below(top.area_code).exists(),
        },
    )


@require_POST
@for_administrators
def precincts_add(request: HttpRequest, bodies: OrganizationQuerySet) -> HttpResponse:
    """A Polsek for each loaded kecamatan that has none."""
    top = _top_or_404(bodies)
    try:
        added = add_precincts(city=top, by=person_of(request), now=timezone.now())
    except AccountsError as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("%(count)d Polsek ditambahkan.", "%(count)d Polsek ditambahkan.", added)
        messages.success(request, words % {"count": added} if added else _("Setiap kecamatan sudah punya Polsek."))
    return redirect("registry:administration")


@require_http_methods(["GET", "POST"])
@for_administrators
def organization_new(request: HttpRequest, bodies: OrganizationQuerySet) -> HttpResponse:
    """Add one body in the area of the Polres."""
    top = _top_or_404(bodies)
    form = OrganizationForm(request.POST if request.method == "POST" else None, top=top)
    if form.is_valid():
        try:
            body = open_organization(under=top, by=person_of(request), now=timezone.now(), **form.facts)
        except AccountsError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(body)s ditambahkan.") % {"body": body})
            return redirect(f"{reverse('registry:administration')}?{urlencode({'cari': body.name})}")
    return render(request, "registry/organization_new.html", {"form": form, "top": top})


@never_cache
@require_http_methods(["GET", "POST"])
@for_administrators
def appoint(request: HttpRequest, bodies: OrganizationQuerySet, public_id: UUID) -> HttpResponse:
    """Give a duty. The answer itself shows the one-time link: it is kept nowhere to be shown after a redirect."""
    body = get_object_or_404(bodies, public_id=public_id)
    now = timezone.now()
    form = AppointForm(request.POST if request.method == "POST" else None, body=body, now=now)
    if form.is_valid():
        try:
            given, invited = appoint_and_invite(organization=body, by=person_of(request), now=now, **form.terms)
        except AccountsError as refusal:
            form.add_error(None, str(refusal))
        else:
            return given_page(request, given, invited, _("Tugas diberikan"))
    return render(request, "registry/appoint.html", {"form": form, "body": body})


@require_safe
@for_administrators
def duty(request: HttpRequest, bodies: OrganizationQuerySet, public_id: UUID) -> HttpResponse:
    """One duty, and what may be done about it."""
    found = duty_or_404(bodies, public_id)
    stands = Duty.objects.standing(timezone.now()).filter(pk=found.pk).exists()
    never_here = found.user.last_login is None and not Partner.objects.of(found.user).exists()
    return render(
        request,
        "registry/duty.html",
        {
            "duty": found,
            "summary": summary_of(found),
            "stands": stands,
            "may_close": found.user.is_active and found.user != request.user,
            "may_invite": stands and never_here and found.user.is_active,
        },
    )


@require_http_methods(["GET", "POST"])
@for_administrators
def duty_end(request: HttpRequest, bodies: OrganizationQuerySet, public_id: UUID) -> HttpResponse:
    """Ask once more, then end; what the person looks at under this duty ends with it."""
    found = duty_or_404(bodies, public_id)
    if request.method == "POST":
        try:
            relieve(duty=found, by=person_of(request), now=timezone.now())
        except AccountsError as refusal:
            messages.error(request, str(refusal))
            return redirect("registry:duty", found.public_id)
        messages.success(request, _("Tugas diakhiri."))
        return redirect("home" if found.user == request.user else "registry:administration")
    return render(request, "registry/duty_end.html", {"duty": found, "summary": summary_of(found)})


@never_cache
@require_POST
@for_administrators
def duty_invite(request: HttpRequest, bodies: OrganizationQuerySet, public_id: UUID) -> HttpResponse:
    """A fresh one-time link for somebody who has not come yet."""
    found = duty_or_404(bodies, public_id)
    try:
        invited = invite_again(duty=found, by=person_of(request), now=timezone.now())
    except AccountsError as refusal:
        messages.error(request, str(refusal))
        return redirect("registry:duty", found.public_id)
    return given_page(request, found, invited, _("Undangan dibuat"))


def given_page(request: HttpRequest, given: Duty, invited: Invited | None, heading: str) -> HttpResponse:
    """What was given, with the one-time link for somebody new."""
    sent = invited is not None and send_invitation(duty=given, invited=invited)
    return render(
        request,
        "registry/duty_given.html",
        {"duty": given, "summary": summary_of(given), "invited": invited, "sent": sent, "heading": heading},
    )


def person_of(request: HttpRequest) -> User:
    """Who sent the request."""
    return cast(User, request.user)


def _top(bodies: OrganizationQuerySet) -> Organization | None:
    """The Polres at the top, if this person keeps it: only there are bodies added."""
    return next((body for body in bodies.filter(parent__isnull=True) if is_top(body)), None)


def _top_or_404(bodies: OrganizationQuerySet) -> Organization:
    top = _top(bodies)
    if top is None:
        raise Http404
    return top


def duty_or_404(bodies: OrganizationQuerySet, public_id: UUID) -> Duty:
    """A duty of one of these bodies; any other does not exist."""
    duties = Duty.objects.filter(organization__in=bodies).select_related("user", "organization")
    return get_object_or_404(duties, public_id=public_id)


def summary_of(given: Duty) -> list[dict[str, Any]]:
    """A duty, line by line."""
    area = Area.objects.filter(code=given.area_code).first() if given.area_code else None
    where = area_words(area) if area else given.area_code
    contact = " · ".join(part for part in (given.user.email, given.user.phone) if part)
    return [
        {"label": _("Nama"), "value": given.user},
        {"label": _("Alamat surel atau nomor HP"), "value": contact},
        {"label": _("Jabatan"), "value": given.title},
        {"label": _("Lembaga"), "value": given.organization},
        {"label": _("Tugas"), "value": given.get_kind_display()},
        {"label": _("Wilayah tugas"), "value": where or _("Seluruh wilayah lembaga")},
        {"label": _("Masa"), "value": _span(given)},
        *([{"label": _("Akses darurat"), "value": _("Boleh")}] if given.emergency else []),
    ]


def _span(given: Duty) -> str:
    """The first and the last day, as people say them."""
    start = date_format(timezone.localtime(given.since), "DATE_FORMAT")
    if given.ended_at is not None:
        end = date_format(timezone.localtime(given.ended_at), "DATE_FORMAT")
        return _("%(start)s, diakhiri %(end)s") % {"start": start, "end": end}
    if given.suspended_at is not None:
        day = date_format(timezone.localtime(given.suspended_at), "DATE_FORMAT")
        return _("%(start)s, ditangguhkan pengawas sejak %(day)s") % {"start": start, "day": day}
    last = last_day(given)
    if last is None:
        return _("%(start)s, sampai diakhiri") % {"start": start}
    return _("%(start)s sampai %(end)s") % {"start": start, "end": date_format(last, "DATE_FORMAT")}
