"""The Polres names who verifies a vital object. To everybody without such a duty these pages do not exist."""

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
from registry.services.vital import name_verifier
from registry.vital import naming_duties, verifiers_for, vital_sites_of


class VerifierForm(forms.Form):
    """Who of the verifiers."""

    officer = forms.ChoiceField(
        label=gettext_lazy("Petugas pemeriksa"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Pilih petugasnya.")},
    )

    def __init__(self, *args: object, offered: list[Duty], **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["officer"].choices = [(str(duty.user.public_id), self._words(duty)) for duty in offered]

    @staticmethod
    def _words(duty: Duty) -> str:
        return ", ".join(str(part) for part in (duty.user, duty.title, duty.organization) if str(part))


@never_cache
@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    """The vital sites of this Polres, those that wait for a verifier first."""
    now = timezone.now()
    if not naming_duties(request.user, now).exists():
        raise Http404
    page = Paginator(vital_sites_of(request.user, now), 25).get_page(request.GET.get("page"))
    return render(request, "registry/vital_sites.html", {"page": page})


@never_cache
@require_http_methods(["GET", "POST"])
def verifier(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One vital site: name who verifies it."""
    now = timezone.now()
    site: Site = get_object_or_404(vital_sites_of(request.user, now), public_id=public_id)
    offered = verifiers_for(site, request.user, now)
    named = site.named_verifier
    form = VerifierForm(
        request.POST if request.method == "POST" else None,
        offered=offered,
        initial={"officer": str(named.public_id)} if named else None,
    )
    if request.method == "POST" and form.is_valid():
        officer = next(duty.user for duty in offered if str(duty.user.public_id) == form.cleaned_data["officer"])
        try:
            name_verifier(site=site, officer=officer, by=request.user, now=now)
        except RegistryError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Petugas pemeriksa ditunjuk. Ia dan pengelola objek diberi tahu."))
            return redirect("registry:vital-sites")
    return render(request, "registry/vital_verifier.html", {"site": site, "form": form, "offered": offered})
