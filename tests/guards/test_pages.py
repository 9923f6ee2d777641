"""Every page of the shared world: labels, headings, and nothing inline that the content policy would refuse."""

import re

import pytest
from lxml import html

from tests.guards.policy import Row, rows
from tests.guards.test_urls import ask
from tests.guards.world import Everything

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Addresses that answer with data instead of a page.
DATA = re.compile(r"^api/|^peta/|\.(json|jpg|pdf|csv|py)$|/gambar/|/download/|/kabar/$|^(healthz|readyz|metrics)$")
PAGES = [row for row in rows() if (row.method, row.rightful) == ("GET", "200") and not DATA.search(row.pattern)]
PARTS = {"lihat/<uuid:public_id>/keterangan/", "polsek/akses/baru/tujuan/"}  # Asked by htmx, no whole pages.
UNSEEN = {"hidden", "submit", "button", "image", "reset"}


@pytest.fixture
def page(everything: Everything, row: Row) -> html.HtmlElement:
    answer = ask(everything.client(row.person), row, everything)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html"), row
    return html.document_fromstring(answer.content.decode())


@pytest.mark.parametrize("row", PAGES, ids=str)
def test_every_control_has_a_name_and_every_page_is_whole(page: html.HtmlElement, row: Row) -> None:
    labelled = {label.get("for") for label in page.iter("label")}

    nameless = [
        html.tostring(control, encoding="unicode")[:120]
        for control in page.iter("input", "select", "textarea")
        if control.get("type") not in UNSEEN and not _has_name(control, labelled, page)
    ]
    nameless += [
        html.tostring(control, encoding="unicode")[:120]
        for control in page.iter("button", "a")
        if not (control.text_content().strip() or control.get("aria-label") or control.get("title"))
    ]
    ids = [element.get("id") for element in page.iter() if element.get("id")]

    assert nameless == []
    assert sorted({name for name in ids if ids.count(name) > 1}) == []
    assert _inline(page) == []
    if row.pattern not in PARTS:
        assert len(page.findall(".//h1")) == 1
        assert page.get("lang") in {"id", "en"}
        assert page.findtext(".//title").strip()
    for form in page.iter("form"):
        if form.get("method", "get").lower() == "post":
            assert form.find(".//input[@name='csrfmiddlewaretoken']") is not None


def _has_name(control: html.HtmlElement, labelled: set[str | None], page: html.HtmlElement) -> bool:
    if control.get("aria-label"):
        return True
    if control.get("aria-labelledby"):
        named = [page.get_element_by_id(name, None) for name in control.get("aria-labelledby").split()]
        return all(element is not None and element.text_content().strip() for element in named)
    return control.get("id") in labelled or any(parent.tag == "label" for parent in control.iterancestors())


def _inline(page: html.HtmlElement) -> list[str]:
    """What the content security policy would refuse."""
    found = [f"style on {element.tag}" for element in page.iter() if element.get("style") is not None]
    found += [f"{name} on {e.tag}" for e in page.iter() for name in e.attrib if name.lower().startswith("on")]
    found += ["a style element" for style in page.iter("style") if not style.get("nonce")]
    found += ["a script" for s in page.iter("script") if not s.get("src") and s.get("type") != "application/json"]
    return found
