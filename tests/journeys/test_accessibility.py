"""Every page a role can reach, signed in: usable with a keyboard and a screen reader, never wider than a phone."""

import itertools
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from demo import people
from demo.data import FIRST_OWNER_PHONE
from tests.journeys.conftest import SIZES, Person, Product
from tests.journeys.test_other_devices import sign_in_by_code

pytestmark = pytest.mark.journey

GRAVE = {"serious", "critical"}
SMALLEST_TARGET = 44  # Pixels; links inside a sentence are excepted, as in WCAG 2.5.8.
MOST_PAGES = 40  # A role's crawl ends here; it found fewer when this was written.
STARTS = {
    "nobody": ["/", "/tanda-terima/", "/akun/masuk/", "/peragaan/kamera/", "/peragaan/kotak-surat/"],
    "owner": ["/mitra/", "/mitra/buku-tamu/", "/daftar/", "/akun/faktor-kedua/"],
    "enrolled owner": ["/mitra/", "/mitra/buku-tamu/", "/mitra/pertanyaan/"],
    "officer": ["/petugas/", "/petugas/kamera/"],
    "precinct": ["/polsek/", "/polsek/akses/baru/", "/polsek/kamera/"],
    "command": ["/pusat-komando/", "/pusat-komando/kamera/", "/polsek/perkara/baru/"],
    "supervisor": ["/pengawas/", "/pengawas/pertanyaan/"],
}
MISSING = ["/alamat/yang/tidak/ada/", "/tanda-terima/AAAA-BBBB-CCCC-DDDD/"]  # Pages too, though they answer 404.
NO_PAGE = re.compile(r"\.(json|pdf|jpg|csv|py)$|^/peragaan/masuk/|^/api/|^/static/|^/media/")
PARTS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Z]{4}(-[0-9A-Z]{4}){3}|\b\d+\b")
CONTROLS = "a[href], button, summary, input, select, textarea"
SMALL_TARGETS = """([controls, smallest]) => Array.from(document.querySelectorAll(controls))
  .filter(one => one.checkVisibility() && !one.closest(".leaflet-container, .visually-hidden, .skip"))
  .filter(one => !(one.matches("a") && getComputedStyle(one).display === "inline"))
  .filter(one => !one.closest(".choice, .dial__option, .level")) // The whole row is the target.
  .filter(one => one.getBoundingClientRect().width > 2 && one.getBoundingClientRect().height < smallest - 0.5)
  .map(one => one.outerHTML.slice(0, 120) + " is " + one.getBoundingClientRect().height + " px high")"""
HEADINGS = "() => Array.from(document.querySelectorAll('h1, h2, h3, h4')).map(one => Number(one.tagName[1]))"
LINKS = "all => all.map(one => one.getAttribute('href'))"


@dataclass
class Inspector:
    """Opens pages as one person, follows their links, and collects what is wrong."""

    person: Person
    faults: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def crawl(self, starts: list[str]) -> None:
        """Inspect these pages and what they link to, one page of each shape of address."""
        waiting = deque(starts)
        while waiting and len(self.seen) < MOST_PAGES:
            path = waiting.popleft()
            shape = PARTS.sub("*", path)
            if shape not in self.seen:
                self.seen.add(shape)
                waiting += self.inspect(path)

    def inspect(self, path: str) -> list[str]:
        """The addresses that this page links to."""
        status = self.person.open(path)
        if status >= 400 and path not in MISSING:
            self.faults.append(f"{path} answered {status}")
            return []
        page = self.person.page
        page.wait_for_load_state("networkidle")
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)
            self._axe(path, colours)
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if overflow > 0:
                self.faults.append(f"{path} is {overflow} px too wide at {size}")
        page.set_viewport_size(SIZES["360"])  # type: ignore[arg-type]
        self.faults += [f"{path}: {words}" for words in page.evaluate(SMALL_TARGETS, [CONTROLS, SMALLEST_TARGET])]
        self._headings(path)
        links = [urlsplit(href or "") for href in page.eval_on_selector_all("main a, nav a", LINKS)]
        return [link.path for link in links if link.path and not link.netloc and not NO_PAGE.search(link.path)]

    def _axe(self, path: str, colours: str) -> None:
        for fault in Axe().run(self.person.page).response["violations"]:
            if fault["impact"] in GRAVE:
                where = "; ".join(str(node["target"]) for node in fault["nodes"][:3])
                self.faults.append(f"{path} ({colours}): {fault['id']}, {fault['help']}: {where}")

    def _headings(self, path: str) -> None:
        levels = self.person.page.evaluate(HEADINGS)
        if levels.count(1) != 1:
            self.faults.append(f"{path} has {levels.count(1)} titles")
        if any(after - before > 1 for before, after in itertools.pairwise(levels)):
            self.faults.append(f"{path} skips a level of heading: {levels}")


@pytest.fixture(scope="module")
def fresh_links(product: Product) -> dict[str, str]:
    """New one-time links of the running product: those it printed are used up by other journeys."""
    return product.fresh_links()


@pytest.fixture
def visitor(
    browser: Browser, product: Product, pictures: Path, fresh_links: dict[str, str], role: str
) -> Iterator[Person]:
    """The person of the test's role, signed in."""
    person = Person(browser, product, "", pictures)
    person.role = role
    if role in fresh_links:
        person.page.goto(fresh_links[role])
    if role == "enrolled owner":
        sign_in_by_code(person, people.phone(FIRST_OWNER_PHONE))
    yield person
    person.context.close()
    assert not person.complaints, f"{role}: {person.complaints}"


@pytest.mark.parametrize("role", STARTS)
def test_pages_are_usable_by_everybody(visitor: Person, role: str) -> None:
    inspector = Inspector(visitor)

    inspector.crawl([*STARTS[role], *(MISSING if role == "nobody" else [])])

    assert len(inspector.seen) >= len(STARTS[role])
    assert not inspector.faults, f"{sorted(inspector.seen)}\n" + "\n".join(inspector.faults)
