"""Orang-orang: who acts for an owner at one of his places, and who no longer does."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.forms import ContactField, reached_by
from accounts.models import User
from accounts.services import person_reached_by
from registry.errors import NotYours, RegistryError
from registry.models import PartnerPerson, PersonRole, SecondSignature, Site
from registry.people import MANAGING, acts_for, roles_at
from registry.services.roles import end_role, give_role, may_words

HERE, EVERYWHERE = "here", "everywhere"


class PersonForm(forms.Form):
    """Whom to add, in which role, and where."""

    use_required_attribute = False

    contact = ContactField(error_messages={"required": gettext_lazy("Isi alamat surel atau nomor HP orang itu.")})
    called = forms.CharField(
        label=gettext_lazy("Nama"),
        max_length=120,
        help_text=gettext_lazy("Seperti Anda menyebutnya."),
        error_messages={"required": gettext_lazy("Isi nama yang Anda kenal.")},
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Peran"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Pilih perannya.")},
    )
    scope = forms.ChoiceField(label=gettext_lazy("Di mana"), widget=forms.RadioSelect, initial=HERE)

    def __init__(self, *args: Any, site: Site, may_everywhere: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = [
            (role.value, f"{role.label}. {may_words(role)}") for role in reversed(PersonRole)
        ]
        if may_everywhere:
            self.fields["scope"].choices = [
                (HERE, _("Hanya di %(place)s") % {"place": site.address}),
                (
                    EVERYWHERE,
                    _("Di semua tempat %(partner)s, juga yang didaftarkan nanti") % {"partner": site.partner},
                ),
            ]
        else:
            del self.fields["scope"]


@never_cache
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Who is who at this place, and one more of them. Managers only."""
    site = _site(request, public_id, MANAGING)
    may_everywhere = acts_for(request.user, site.partner, MANAGING)
    form = PersonForm(request.POST if request.method == "POST" else None, site=site, may_everywhere=may_everywhere)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            held = give_role(
                site=site,
                user=person_reached_by(**reached_by(data["contact"])),
                role=PersonRole(data["role"]),
                called=data["called"],
                everywhere=data.get("scope") == EVERYWHERE,
                by=request.user,
                now=timezone.now(),
            )
        except RegistryError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("%(name)s ditambahkan dan diberi tahu.") % {"name": held.called or held.user}
            )
            return redirect("registry:people", site.public_id)
    return render(
        request,
        "registry/people.html",
        {
            "site": site,
            "people": _people(site),
            "form": form,
            "two": SecondSignature.objects.over(site).exists(),
            "me": request.user.pk,
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, public_id: UUID, person_id: UUID) -> HttpResponse:
    """One person's roles at this place: a manager ends any of them, everybody his own."""
    own = person_id == request.user.public_id
    site = _site(request, public_id, frozenset(PersonRole) if own else MANAGING)
    held = PartnerPerson.objects.at(site).filter(user__public_id=person_id).select_related("user").order_by("pk")
    rows = list(held)
    if not rows:
        raise Http404
    refusal = None
    if request.method == "POST":
        row = next((row for row in rows if str(row.pk) == request.POST.get("row")), None)
        if row is None:
            raise Http404
        try:
            end_role(held=row, by=request.user, now=timezone.now())
        except NotYours as gone:
            raise Http404 from gone
        except RegistryError as problem:
            refusal = problem
        else:
            messages.success(request, _("Peran itu sudah berakhir."))
            manages = Site.objects.owned_by(request.user, MANAGING).filter(pk=site.pk).exists()
            return redirect("registry:people", site.public_id) if manages else redirect("desks:owner")
    return render(
        request,
        "registry/person.html",
        {
            "site": site,
            "name": rows[0].called or rows[0].user,
            "contact": _contact(rows[0].user),
            "rows": [
                {
                    "row": row,
                    "may": may_words(row.role),
                    "may_end": own or acts_for(request.user, site if row.site_id else site.partner, MANAGING),
                }
                for row in rows
            ],
            "own": own,
            "manages": bool(roles_at(request.user, [site])[site.pk] & MANAGING),
            "refusal": refusal,
        },
    )


def _people(site: Site) -> list[dict[str, Any]]:
    """By person, the oldest first: the name by which he is known here, how he is reached, and his roles."""
    found: dict[int, dict[str, Any]] = {}
    for row in PartnerPerson.objects.at(site).select_related("user").order_by("pk"):
        entry = found.setdefault(
            row.user_id, {"user": row.user, "name": "", "contact": _contact(row.user), "rows": []}
        )
        entry["name"] = entry["name"] or row.called
        entry["rows"].append(row)
    return [{**entry, "name": entry["name"] or entry["user"]} for entry in found.values()]


def _contact(user: User) -> str:
    return " · ".join(part for part in (user.email, user.phone) if part)


def _site(request: HttpRequest, public_id: UUID, roles: frozenset[PersonRole]) -> Site:
    """The place if this person acts there in such a role; for everybody else it does not exist."""
    sites = Site.objects.owned_by(request.user, roles).select_related("partner", "area__parent")
    return get_object_or_404(sites, public_id=public_id)
