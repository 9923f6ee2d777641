"""Which private network stands behind which site: the administrator's pages at the Polres."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from registry.errors import AlreadyDetached, NetworkNameTaken, RangeNotAllowed, RangeOurs, RangeTaken, RegistryError
from registry.models import Network
from registry.network_forms import NetworkForm
from registry.networks import attaching_bodies, networks_kept_by, sites_kept_by
from registry.services.networks import attach_network, detach_network

A_PAGE = 20
DETACHED_SHOWN = 10


@never_cache
@require_safe
def networks(request: HttpRequest) -> HttpResponse:
    """The attached networks, and the last ones that were detached."""
    kept = networks_kept_by(_require_attaching(request), timezone.now())
    page = Paginator(kept.attached().order_by("name", "pk"), A_PAGE).get_page(request.GET.get("page"))
    detached = kept.detached().select_related("detached_by").order_by("-detached_at", "pk")[:DETACHED_SHOWN]
    return render(request, "registry/networks.html", {"page": page, "detached": detached})


@never_cache
@require_safe
def network_site(request: HttpRequest) -> HttpResponse:
    """Choose the one site; `cari` finds it by its owner or its address."""
    sites = sites_kept_by(_require_attaching(request), timezone.now())
    words = request.GET.get("cari", "").replace("\0", "").strip()[:80]  # PostgreSQL takes no NUL.
    if words:
        sites = sites.filter(Q(partner__name__icontains=words) | Q(address__icontains=words))
    page = Paginator(sites, A_PAGE).get_page(request.GET.get("page"))
    query = urlencode({"cari": words}) if words else ""
    return render(request, "registry/network_site.html", {"page": page, "words": words, "query": query})


@never_cache
@require_http_methods(["GET", "POST"])
def network_attach(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Attach a range to this site."""
    now = timezone.now()
    site = get_object_or_404(sites_kept_by(_require_attaching(request), now), public_id=public_id)
    form = NetworkForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            attach_network(
                site=site, name=facts["name"], text=facts["range"], ports=facts["ports"], by=request.user, now=now
            )
        except RegistryError as refusal:
            form.add_error(_field(refusal), str(refusal))
        else:
            messages.success(request, _("Jaringan tersambung ke tempat ini. Pemiliknya diberi tahu."))
            return redirect("registry:networks")
    attached = Network.objects.attached().filter(site=site).order_by("pk")
    return render(request, "registry/network_attach.html", {"form": form, "site": site, "attached": attached})


@never_cache
@require_http_methods(["GET", "POST"])
def network_detach(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask once more, then end the reach."""
    kept = networks_kept_by(_require_attaching(request), timezone.now())
    network = get_object_or_404(kept, public_id=public_id)
    if request.method == "POST":
        try:
            detach_network(network=network, by=request.user, now=timezone.now())
        except RegistryError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Jaringan dilepas. Tidak ada lagi yang dihubungi di rentang itu."))
        return redirect("registry:networks")
    if network.detached_at is not None:
        messages.info(request, str(AlreadyDetached()))
        return redirect("registry:networks")
    return render(request, "registry/network_detach.html", {"network": network, "summary": _summary(network)})


def _require_attaching(request: HttpRequest) -> Any:
    """The person, if he is administrator of the Polres; to all others these pages do not exist."""
    if not attaching_bodies(request.user, timezone.now()):
        raise Http404
    return request.user


def _field(refusal: RegistryError) -> str | None:
    if isinstance(refusal, RangeNotAllowed | RangeOurs | RangeTaken):
        return "range"
    return "name" if isinstance(refusal, NetworkNameTaken) else None


def _summary(network: Network) -> list[dict[str, Any]]:
    return [
        {"label": _("Nama jaringan"), "value": network.name},
        {"label": _("Rentang alamat"), "value": network.range},
        {"label": _("Port kamera"), "value": network.ports_in_words},
        {"label": _("Tempat"), "value": f"{network.site.partner}\n{network.site.address}, {network.site.area}"},
        {"label": _("Sejak"), "value": date_format(timezone.localtime(network.attached_at), "j F Y, H.i") + " WIB"},
        {"label": _("Oleh"), "value": network.attached_by},
    ]
