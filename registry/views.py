"""Receipts: the public check, and the owner's own copy."""

from dataclasses import dataclass
from typing import Any

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit.proofs import proofs_of
from registry import receipts
from registry.models import Area, Consent, Receipt, Site
from registry.receipt_entries import told_of
from registry.receipt_pdf import receipt_pdf as make_pdf
from registry.wording import LANGUAGES


@dataclass(frozen=True)
class Agreed:
    """One consent as a receipt tells it; `state` as in `receipts.state_of`."""

    consent: Consent
    state: str

    @property
    def hours(self) -> str:
        """Its hours in words; empty for a consent without hours."""
        return self.consent.hours_in_words


@never_cache
@login_not_required
@require_safe
def receipt_find(request: HttpRequest) -> HttpResponse:
    """A field for the code of a receipt."""
    typed = request.GET.get("kode", "")
    code = receipts.parse_code(typed)
    if code:
        return redirect("registry:receipt-check", receipts.grouped(code))
    return render(request, "registry/receipt_find.html", {"asked": "kode" in request.GET})


@never_cache
@login_not_required
@require_safe
def receipt_check(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a receipt is genuine and what was agreed, without persons, address or position.

    Every other code gets the same 404, with the field to type it again; 80 random bits are not found by trying.
    """
    try:
        receipt = _found(Receipt.objects.all(), code)
    except Http404:
        return render(request, "registry/receipt_find.html", {"unknown": True}, status=404)
    return render(request, "registry/receipt_check.html", _facts(receipt))


@never_cache
@require_safe
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """The owner's full receipt, to read and print."""
    return render(request, "registry/receipt.html", _facts(_own(request, code)))


@never_cache
@require_safe
def receipt_json(request: HttpRequest, code: str) -> HttpResponse:
    """The owner's consent record (after ISO/IEC TS 27560), its hash, the texts whose hashes it names, and
    the proof that its consents stand in the audit trail (docs/check_receipt.py checks it)."""
    own = _own(request, code)
    consents = receipts.consents_of(own)
    shown = {consent.text.sha256: consent.text for consent in consents}
    record = receipts.record_of(own, consents)
    order = [row["notice"]["sha256"] for row in record["consents"]]
    answer = JsonResponse(
        {
            "record": record,
            "sha256": own.sha256,
            "texts": [
                {"sha256": sha, "language": shown[sha].language, "body": shown[sha].body}
                for sha in dict.fromkeys(order)
            ],
            "events": {str(consent.public_id): receipts.events_of(consent) for consent in consents},
            "proofs": proofs_of(receipts.entries_about(consents)),
        },
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    answer["Content-Disposition"] = f'attachment; filename="tanda-terima-{own.code}.json"'
    return answer


@never_cache
@require_safe
def receipt_pdf(request: HttpRequest, code: str, language: str) -> HttpResponse:
    """The owner's receipt as an accessible PDF in one of the two languages."""
    if language not in LANGUAGES:
        raise Http404
    own = _own(request, code)
    pdf = make_pdf(own, receipts.consents_of(own), _address_of(own), language)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="tanda-terima-{own.code}-{language}.pdf"'
    return answer


@require_safe
def area_map(request: HttpRequest, code: str) -> HttpResponse:
    """GeoJSON of a kelurahan's outline and its neighbours in the same kecamatan, for putting a pin."""
    area = get_object_or_404(Area, code=code[:13].replace("\0", ""))  # PostgreSQL takes no NUL.
    family = Area.objects.filter(parent=area.parent_id).exclude(outline=None) if area.parent_id else [area]
    features = [
        {
            "type": "Feature",
            "properties": {"kind": "kelurahan", "label": part.name},
            "geometry": {"type": "MultiPolygon", "coordinates": part.outline},
        }
        for part in family
        if part.outline
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features}, content_type="application/geo+json")


def _found(among: Any, typed: str) -> Receipt:
    code = receipts.parse_code(typed)
    found = among.select_related("partner", "site__area__parent").filter(code=code).first() if code else None
    if found is None:
        raise Http404
    return found


def _own(request: HttpRequest, code: str) -> Receipt:
    return _found(Receipt.objects.filter(site__in=Site.objects.owned_by(request.user)), code)


def _facts(receipt: Receipt) -> dict[str, Any]:
    consents = receipts.consents_of(receipt)
    now = timezone.now()
    address = _address_of(receipt)
    return {
        "receipt": receipt,
        "code": receipts.grouped(receipt.code),
        "genuine": receipts.is_genuine(receipt, consents),
        "agreed": [Agreed(consent, receipts.state_of(consent, now)) for consent in consents],
        "told": told_of(consents),
        "address": address,
        "qr": qr_svg(address),
    }


def _address_of(receipt: Receipt) -> str:
    """Where anybody who holds the code can check the receipt."""
    return f"{settings.BASE_URL}{reverse('registry:receipt-check', args=[receipts.grouped(receipt.code)])}"


def qr_svg(address: str) -> SafeString:
    """A QR code as an SVG element without styles, so that the content security policy lets it be drawn."""
    code = segno.make_qr(address, error="m")
    return mark_safe(  # noqa: S308 -- segno writes shapes only; the address is not text in it
        code.svg_inline(scale=4, border=2, svgclass="qr", lineclass=None, omitsize=True, dark="#000", light="#fff")
    )
