"""The receipt as a PDF: the owner's, in both languages, tagged, and blind to markup in what people typed."""

import pytest
from django.utils import timezone

from registry import receipts
from registry.models import Partner, Receipt
from registry.receipt_pdf import receipt_pdf
from registry.rights import Right
from tests.access.conftest import signed_in
from tests.factories import World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def receipt() -> Receipt:
    world = World(timezone.now())
    site = world.site()
    Partner.objects.filter(pk=site.partner_id).update(name='Warung "#panic()" $x$ \\ *b*')
    world.consent(site, Right.STILL_IN_HOURS, Right.RECORDING_ON_REQUEST)
    return Receipt.objects.select_related("partner", "site__area").get()


@pytest.mark.parametrize("language", ["id", "en"])
def test_it_is_tagged_titled_and_in_its_language(receipt: Receipt, language: str) -> None:
    owner = receipt.partner.people.get()
    url = f"/mitra/tanda-terima/{receipt.code}/tanda-terima-{language}.pdf"

    answer = signed_in(owner, second_factor=False).get(url)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"pdfuaid", b"/Lang"):
        assert mark in answer.content
    assert b"Tanda terima persetujuan" in answer.content or language == "en"


def test_the_same_receipt_is_the_same_file(receipt: Receipt) -> None:
    consents = receipts.consents_of(receipt)

    first, second = (receipt_pdf(receipt, consents, "https://mitra.contoh.id/", "id") for _ in range(2))

    assert first == second


def test_another_owner_finds_none(receipt: Receipt) -> None:
    stranger = World(timezone.now()).site().partner.people.get()

    url = f"/mitra/tanda-terima/{receipt.code}/tanda-terima-id.pdf"
    assert signed_in(stranger, second_factor=False).get(url).status_code == 404
