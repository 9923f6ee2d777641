"""A camera stops, and the pages that lie open tell of it by themselves; it starts again, and they say so."""

import os
import re
import signal

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Person, Product
from tests.journeys.test_other_devices import sign_in_by_code

pytestmark = pytest.mark.journey

#: The owner of the demo's recorder, whose cameras are verified and connected; he told the Polsek of them.
OWNER, CAMERA, KELURAHAN = "+6281200000199", "Kanal 1", "31.73.05.1001"
WITHIN = 90_000  # Milliseconds: two checks of a device that does not answer, and the news of it.


def own_page(owner: Person) -> str:
    """The page of the camera's health, by the link on its card."""
    owner.open("/mitra/")
    card = owner.page.locator(".inset").filter(has_text=CAMERA)
    card.get_by_role("link", name=re.compile("90 hari terakhir")).first.click()
    owner.page.wait_for_load_state()
    return owner.page.url


def named(person: Person, part: str) -> Locator:
    """The row of the camera within a part of the page."""
    return person.page.locator(f"#{part} tr").filter(has=person.page.get_by_role("rowheader", name=CAMERA))


def test_open_pages_follow_a_camera_that_stops_and_starts(product: Product, come: object) -> None:
    owner, officer, precinct = (come(role) for role in ("pemilik-perekam", "officer", "precinct"))  # type: ignore[operator]
    sign_in_by_code(owner, OWNER)
    own_page(owner)
    officer.open("/petugas/")
    precinct.open(f"/polsek/kesehatan/?kelurahan={KELURAHAN}&keadaan=semua")
    expect(owner.page.locator("#state")).to_contain_text("Normal", timeout=WITHIN)
    expect(named(precinct, "cameras")).to_contain_text("Normal", timeout=WITHIN)
    expect(named(officer, "health")).to_have_count(0, timeout=WITHIN)
    for person in (owner, officer, precinct):
        person.page.evaluate("window.opened = true")

    [recorder] = product.children("demo.recorder")
    os.kill(recorder, signal.SIGSTOP)
    try:
        expect(owner.page.locator("#state")).to_contain_text("Terputus", timeout=WITHIN)
        expect(named(precinct, "cameras")).to_contain_text("Terputus")
        expect(named(officer, "health")).to_contain_text("Terputus")
        expect(owner.page.locator("#days")).to_contain_text("masih berlangsung")
        for person, name in ((owner, "mitra"), (officer, "petugas"), (precinct, "polsek")):
            person.picture(f"09-kesehatan-terputus-{name}")
    finally:
        os.kill(recorder, signal.SIGCONT)

    expect(owner.page.locator("#state")).to_contain_text("Normal", timeout=WITHIN)
    expect(named(precinct, "cameras")).to_contain_text("Normal")
    expect(named(officer, "health")).to_have_count(0)
    expect(owner.page.locator("#days")).not_to_contain_text("masih berlangsung")
    expect(owner.page.locator("#days")).to_contain_text("sebab: tidak menjawab", ignore_case=True)
    for person in (owner, officer, precinct):
        assert person.page.evaluate("window.opened"), f"{person.role} was sent to another page"
