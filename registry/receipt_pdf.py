"""The receipt as a PDF that a screen reader reads: tagged (PDF/UA-1), with language, title and a described QR code.

The page is `templates/registry/receipt.typ`; what stands on it comes from here as data, so that nothing an owner
typed is read as markup. Fonts are those that typst brings, so that every server makes the same bytes.
"""

import json
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from registry import receipts
from registry.models import Consent, Receipt
from registry.texts import day_in_words, last_day

PAGE = Path(settings.BASE_DIR) / "templates" / "registry" / "receipt.typ"


def receipt_pdf(receipt: Receipt, consents: list[Consent], address: str, language: str) -> bytes:
    """The receipt in this language ("id" or "en"); `address` is where it can be checked.

    The texts stand in the language in which they were read and signed.
    """
    with translation.override(language):
        data = _data(receipt, consents, address, language)
    return typst.compile(
        PAGE,
        root=PAGE.parent,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        ignore_system_fonts=True,
        pdf_standards="ua-1",
        timestamp=int(receipt.created_at.timestamp()),
    )


def _data(receipt: Receipt, consents: list[Consent], address: str, language: str) -> dict[str, Any]:
    signed = timezone.localtime(receipt.created_at)
    return {
        "language": language,
        "title": _("Tanda terima persetujuan"),
        "code": receipts.grouped(receipt.code),
        "facts": [
            [_("Kode"), receipts.grouped(receipt.code)],
            [_("Ditandatangani"), f"{date_format(signed, 'j F Y')} {signed:%H.%M} WIB"],
            [_("Oleh"), str(consents[0].signed_by) if consents else ""],
            [_("Mitra"), f"{receipt.partner} ({receipt.partner.get_kind_display()})"],
            [_("Tempat"), f"{receipt.site.address}, {receipt.site.area}"],
        ],
        "agreed_title": _("Yang Anda setujui"),
        "heads": [_("Izin"), _("Untuk"), _("Sampai")],
        "agreed": [_row(consent, language) for consent in consents],
        "words_title": _("Kata demi kata"),
        "words_note": _("Inilah teks yang Anda baca saat menyetujui."),
        "texts": [{"language": one.text.language, "lines": one.text.body.splitlines()} for one in consents],
        "check": _("Periksa keaslian tanda terima ini di"),
        "address": address,
        "qr": segno.make_qr(address, error="m").svg_inline(scale=4, border=2),
        "qr_words": _("Kode QR ke halaman periksa tanda terima"),
        "hash_title": _("Sidik digital (SHA-256)"),
        "hash": receipt.sha256,
        "withdraw": _("Anda dapat menarik persetujuan kapan saja di halaman Kamera saya; itu berlaku seketika."),
    }


def _row(consent: Consent, language: str) -> list[str]:
    until = day_in_words(last_day(consent.valid_until), language)
    hours = f", {consent.hours_in_words}" if consent.hours_in_words else ""
    return [f"{consent.get_right_display()}{hours}", str(consent.recipient), until]
