"""The people named for a vital object. To everybody but them and those who name, these pages do not exist."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Duty
from registry.errors import RegistryError
from registry.models import Site
from registry.services.vital import name_person
from registry.vital import Task, may_approve, may_grant, naming_duties, sites_named_for, vital_sites_of, who_can_be

#: How a task is written in an address.
TASKS = {"pemeriksa": Task.VERIFIER, "pemberi": Task.GRANTOR, "penyetuju": Task.APPROVER}


class PersonForm(forms.Form):
    """Who of those who can be named."""

    person = forms.ChoiceField(
        label=gettext_lazy("Siapa"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Pilih orangnya.")},
    )

    def __init__(self, *args: object, offered: list[Duty], task: Task, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["person"].label = task.label
        self.fields["person"].choices = [(str(duty.user.public_id), self._words(duty)) for duty in offered]

    @staticmethod
    def _words(duty: Duty) -> str:
        return ", ".join(str(part) for part in (duty.user, duty.title, duty.organization) if str(part))


@never_cache
@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    """The vital sites for which this person names, and those for which he is named."""
    now = timezone.now()
    named, names = sites_named_for(request.user, now), naming_duties(request.user, now).exists()
    if not names and not named.exists():
        raise Http404
    page = Paginator(vital_sites_of(request.user, now), 25).get_page(request.GET.get("page"))
    return render(
        request,
        "registry/vital_sites.html",
        {
            "page": page,
            "rows": [{"site": one, "people": _people(one)} for one in page],
            "names": names,
            "named": named,
        },
    )


@never_cache
@require_safe
def site(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One vital site: its three people. Whoever is named for it finds here what he may do."""
    now = timezone.now()
    naming = vital_sites_of(request.user, now).filter(public_id=public_id).first()
    place: Site = naming or get_object_or_404(sites_named_for(request.user, now), public_id=public_id)
    return render(
        request,
        "registry/vital_site.html",
        {
            "site": place,
            "people": _people(place),
            "names": naming is not None,
            "may_grant": may_grant(request.user, place, now),
            "may_approve": may_approve(request.user, place, now),
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def name_one(request: HttpRequest, public_id: UUID, task: str) -> HttpResponse:
    """Name one of the three people of a vital site."""
    now = timezone.now()
    if task not in TASKS:
        raise Http404
    wanted = TASKS[task]
    place: Site = get_object_or_404(vital_sites_of(request.user, now), public_id=public_id)
    offered = who_can_be(wanted, place, request.user, now)
    named = getattr(place, wanted.field)
    form = PersonForm(
        request.POST if request.method == "POST" else None,
        offered=offered,
        task=wanted,
        initial={"person": str(named.public_id)} if named else None,
    )
    if request.method == "POST" and form.is_valid():
        chosen = next(duty.user for duty in offered if str(duty.user.public_id) == form.cleaned_data["person"])
        try:
            name_person(site=place, task=wanted, person=chosen, by=request.user, now=now)
        except RegistryError as refusal:
            form.add_error(None, str(refusal))
        else:
            words = _("%(person)s ditunjuk. Ia dan pengelola objek diberi tahu.")
            messages.success(request, words % {"person": chosen})
            return redirect("registry:vital-site", place.public_id)
    return render(
        request, "registry/vital_name.html", {"site": place, "form": form, "offered": offered, "task": wanted}
    )


def _people(place: Site) -> list[dict[str, Any]]:
    """The three tasks of a vital site and who is named for each."""
    slugs = {task: slug for slug, task in TASKS.items()}
    return [{"task": task, "slug": slugs[task], "person": getattr(place, task.field)} for task in Task]
