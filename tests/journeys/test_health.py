"""A camera stops, and the pages that lie open tell of it by themselves; it starts again, and they say so."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey

CAMERA, KELURAHAN = "Kanal 1", "31.73.05.1001"
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


def turn(somebody: Person, condition: str) -> None:
    """What somebody does at the recorder, on the demo's page of devices."""
    somebody.open("/peragaan/kamera/")
    somebody.page.select_option("#fault-recorder", label=condition)
    somebody.page.get_by_role("button", name="Ubah keadaan Ruko Anggrek").click()
    expect(somebody.page.locator(".message--success")).to_contain_text("Ruko Anggrek")


def test_open_pages_follow_a_camera_that_stops_and_starts(come: Callable[[str], Person]) -> None:
    roles = ("neighbour", "officer", "precinct", "peragaan")
    owner, officer, precinct, somebody = (come(role) for role in roles)
    own_page(owner)
    officer.open("/petugas/")
    precinct.open(f"/polsek/kesehatan/?kelurahan={KELURAHAN}&keadaan=semua")
    expect(owner.page.locator("#state")).to_contain_text("Normal", timeout=WITHIN)
    expect(named(precinct, "cameras")).to_contain_text("Normal", timeout=WITHIN)
    expect(named(officer, "health")).to_have_count(0, timeout=WITHIN)
    for person in (owner, officer, precinct):
        person.page.evaluate("window.opened = true")

    turn(somebody, "Tanpa listrik")
    try:
        expect(owner.page.locator("#state")).to_contain_text("Terputus", timeout=WITHIN)
        expect(named(precinct, "cameras")).to_contain_text("Terputus")
        expect(named(officer, "health")).to_contain_text("Terputus")
        expect(owner.page.locator("#days")).to_contain_text("masih berlangsung")
        for person, name in ((owner, "mitra"), (officer, "petugas"), (precinct, "polsek")):
            person.picture(f"09-kesehatan-terputus-{name}")
    finally:
        turn(somebody, "Baik")

    expect(owner.page.locator("#state")).to_contain_text("Normal", timeout=WITHIN)
    expect(named(precinct, "cameras")).to_contain_text("Normal")
    expect(named(officer, "health")).to_have_count(0)
    expect(owner.page.locator("#days")).not_to_contain_text("masih berlangsung")
    expect(owner.page.locator("#days")).to_contain_text("sebab: tidak menjawab", ignore_case=True)
    for person in (owner, officer, precinct):
        assert person.page.evaluate("window.opened"), f"{person.role} was sent to another page"
