"""The receipt as a PDF: the owner's, in both languages, tagged, and blind to markup in what people typed."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from pypdf import PdfReader

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


@pytest.mark.parametrize(("language", "title"), [("id", "Tanda terima persetujuan"), ("en", "")])
def test_a_reader_of_pdf_finds_its_language_its_title_its_words_and_the_way_to_check_it(
    receipt: Receipt, language: str, title: str
) -> None:
    owner = receipt.partner.people.get()
    url = f"/mitra/tanda-terima/{receipt.code}/tanda-terima-{language}.pdf"

    answer = signed_in(owner, second_factor=False).get(url)
    file = PdfReader(io.BytesIO(answer.content))

    root = file.trailer["/Root"]
    words = " ".join(page.extract_text() for page in file.pages)
    assert root["/Lang"].startswith(language)
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert title in file.metadata.title
    assert receipts.grouped(receipt.code) in file.metadata.title
    assert receipt.sha256 in words.replace("\n", "")
    check = f"{settings.BASE_URL}/tanda-terima/{receipts.grouped(receipt.code)}/"
    links = [note.get_object()["/A"]["/URI"] for page in file.pages for note in page.get("/Annots", [])]
    assert check in links
    figures = [node for node in _nodes(root["/StructTreeRoot"]) if node.get("/S") == "/Figure"]
    assert all(str(node.get("/Alt", "")) for node in figures)
    assert len(figures) == 1, "the QR code, with words in its place"
    kinds = {node.get("/S") for node in _nodes(root["/StructTreeRoot"])}
    assert {"/Table", "/TH", "/TD", "/H1"} <= kinds


def _nodes(node: Any) -> Iterator[Any]:
    """Every element of the tree of tags."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for kid in node:
            yield from _nodes(kid)
    elif hasattr(node, "get"):
        yield node
        if "/K" in node:
            yield from _nodes(node["/K"])
