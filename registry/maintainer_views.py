"""Perawat: who looks after the cameras of a place, who did before, and who will."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.phones import PhoneField
from registry.errors import RegistryError
from registry.fields import TextLineField
from registry.models import MaintainerHandover, Site
from registry.people import ACTING, MANAGING, acts_for
from registry.services import drop_handover, name_maintainer


class MaintainerForm(forms.Form):
    """Who comes next, and from which day on."""

    use_required_attribute = False

    name = TextLineField(
        label=gettext_lazy("Nama yang merawat"),
        error_messages={"required": gettext_lazy("Isi namanya.")},
    )
    phone = PhoneField(label=gettext_lazy("Nomor HP yang merawat"), required=False)
    from_on = forms.DateField(
        label=gettext_lazy("Mulai tanggal"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Sampai hari itu yang sekarang tetap tercatat."),
        error_messages={
            "required": gettext_lazy("Pilih harinya."),
            "invalid": gettext_lazy("Tulis tanggal yang ada, misalnya 2026-12-24."),
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["from_on"].initial = timezone.localdate()


@never_cache
@require_http_methods(["GET", "POST"])
def maintainer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Read by whoever acts at the place; a manager names the next one."""
    sites = Site.objects.owned_by(request.user, ACTING).select_related("partner", "area__parent")
    site = get_object_or_404(sites, public_id=public_id)
    manages = acts_for(request.user, site, MANAGING)
    if request.method == "POST" and not manages:
        raise Http404
    form = MaintainerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            named = name_maintainer(site=site, by=request.user, now=timezone.now(), **data)
        except RegistryError as refusal:
            form.add_error(None, str(refusal))
        else:
            facts = {"name": named.name, "day": date_format(named.from_on, "j F Y")}
            messages.success(request, _("%(name)s merawat kamera di sini mulai %(day)s.") % facts)
            return redirect("registry:maintainer", site.public_id)
    handovers = MaintainerHandover.objects.filter(site=site)
    return render(
        request,
        "registry/maintainer.html",
        {
            "site": site,
            "form": form if manages else None,
            "planned": handovers.planned().first(),
            "before": handovers.done(),
        },
    )


@never_cache
@require_http_methods(["POST"])
def drop_plan(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A manager lets a planned handover fall."""
    site = get_object_or_404(Site.objects.owned_by(request.user, MANAGING), public_id=public_id)
    if drop_handover(site=site, by=request.user, now=timezone.now()):
        words = _("Rencana itu dibatalkan. %(name)s tetap merawat.") % {"name": site.maintainer_name}
        messages.success(request, words)
    return redirect("registry:maintainer", site.public_id)
