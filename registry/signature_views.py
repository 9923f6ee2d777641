"""The second signature: its switch, and the page on which a second person signs or does not."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registry.errors import RegistryError
from registry.models import Proposal, ProposalKind, SecondSignature, Site
from registry.people import MANAGING, SIGNING, acts_for
from registry.receipts import grouped
from registry.services.signatures import LASTS, ask_for_two, countersign, decline, propose_one_signature, texts_of


@never_cache
@require_http_methods(["GET", "POST"])
def second_signature(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Whether consent here takes two people; a manager switches it on, two people switch it off."""
    now = timezone.now()
    sites = Site.objects.owned_by(request.user, SIGNING).select_related("partner", "area__parent")
    site = get_object_or_404(sites, public_id=public_id)
    switches = list(SecondSignature.objects.over(site).select_related("site", "on_by").order_by("pk"))
    refusal = None
    if request.method == "POST":
        try:
            if "off" in request.POST:
                switch = next((one for one in switches if str(one.public_id) == request.POST["off"]), None)
                if switch is not None:
                    proposal = propose_one_signature(switch=switch, by=request.user, now=now)
                    messages.info(
                        request, _("Menunggu tanda tangan orang kedua. Sampai itu tidak ada yang berubah.")
                    )
                    return redirect("registry:proposal", proposal.public_id)
            else:
                ask_for_two(site=site, by=request.user, now=now, everywhere="everywhere" in request.POST)
                messages.success(request, _("Mulai sekarang persetujuan di sini diberikan dua orang."))
            return redirect("registry:second-signature", site.public_id)
        except RegistryError as problem:
            refusal = problem
    waiting = {one.switch_id for one in Proposal.objects.open_at(now).filter(switch__in=switches)}
    return render(
        request,
        "registry/second_signature.html",
        {
            "site": site,
            "switches": [
                {
                    "switch": one,
                    "waits": one.pk in waiting,
                    "may": acts_for(request.user, one.site or site.partner, SIGNING),
                }
                for one in switches
            ],
            "may_here": acts_for(request.user, site, MANAGING) and not any(one.site_id for one in switches),
            "may_everywhere": acts_for(request.user, site.partner, MANAGING)
            and not any(one.site_id is None for one in switches),
            "days": LASTS.days,
            "refusal": refusal,
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What somebody proposed, word for word: the second person signs it or says no, the first takes it back."""
    now = timezone.now()
    found = Proposal.objects.owned_by(request.user).select_related(
        "site__area", "partner", "proposed_by", "receipt"
    )
    proposal = get_object_or_404(found, public_id=public_id)
    refusal, shown = None, []
    if request.method == "POST":
        try:
            if "sign" in request.POST:
                done = countersign(proposal=proposal, by=request.user, now=now)
                if done.receipt is not None:
                    words = _("Izin Anda berlaku mulai sekarang. Tanda terimanya: %(code)s.")
                    messages.success(request, words % {"code": grouped(done.receipt.code)})
                    return redirect("registry:receipt", done.receipt.code)
                messages.success(request, _("Tanda tangan kedua tidak lagi diminta."))
            else:
                decline(proposal=proposal, by=request.user, now=now)
                messages.success(request, _("Usul itu diakhiri. Tidak ada yang berubah."))
            return redirect("desks:owner")
        except RegistryError as problem:
            refusal = problem
            proposal.refresh_from_db()
    waits = proposal.ended_at is None and proposal.expires_at > now
    if waits and proposal.kind == ProposalKind.CONSENTS:
        try:
            shown = texts_of(proposal)
        except RegistryError as problem:
            refusal = refusal or problem
    return render(
        request,
        "registry/proposal.html",
        {
            "proposal": proposal,
            "texts": shown,
            "own": proposal.proposed_by_id == request.user.pk,
            "waits": waits,
            "may_sign": waits and (bool(shown) or proposal.kind == ProposalKind.SWITCH_OFF),
            "refusal": refusal,
        },
    )
