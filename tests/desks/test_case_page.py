"""The page of a case: which cameras around it are worth opening."""

from datetime import timedelta

import pytest

from access.models import Case
from health.models import State, StatusInterval
from registry.models import Camera
from registry.rights import AccessRight, Purpose, Right
from tests.access.conftest import _own_cache, officer, world
from tests.factories import LAT, World

__all__ = ["_own_cache", "officer", "world"]
pytestmark = pytest.mark.django_db

OTHERS = "Belum tersambung atau sedang tidak menjawab"


@pytest.fixture
def case(world: World) -> Case:
    return world.case(world.viewer())


def camera(world: World, label: str, state: State | None, *, north: float = 0.0) -> Camera:
    """A camera that may be looked through in the case, in this state for an hour."""
    site = world.site(labels=(label,), lat=LAT + north)
    world.consent(site, Right.STILL_IN_INCIDENT)
    found = world.verified(site)
    if state is not None:
        StatusInterval.objects.create(camera=found, state=state, since=world.now - timedelta(hours=1))
    return found


def test_the_healthy_come_first_by_distance_and_the_silent_stand_apart(officer, case, world):
    world.grant(world.kelurahan, purpose=Purpose.INCIDENT)
    for label, state, north in (
        ("Jauh sehat", State.NORMAL, 0.002),
        ("Dekat sehat", State.NORMAL, 0.0),
        ("Jam melenceng", State.DEGRADED, 0.001),
        ("Putus", State.DOWN, 0.0001),
        ("Belum diperiksa", None, 0.0002),
    ):
        camera(world, label, state, north=north)

    page = officer.get(f"/polsek/perkara/{case.public_id}/").content.decode()

    healthy, silent = page.split(OTHERS)
    assert healthy.index("Dekat sehat") < healthy.index("Jam melenceng") < healthy.index("Jauh sehat")
    assert "Putus<" not in healthy
    assert "Belum diperiksa" not in healthy
    assert silent.index("Putus<") < silent.index("Belum diperiksa")
    assert "Terputus" in silent


def test_the_health_of_a_camera_whose_place_alone_is_known_is_not_told(officer, case, world):
    world.grant(world.kelurahan, right=AccessRight.SEE_POSITION)
    camera(world, "Letak saja", State.DOWN)

    page = officer.get(f"/polsek/perkara/{case.public_id}/").content.decode()

    assert "Letak saja" in page
    assert OTHERS not in page
    assert "tag--bad" not in page


def test_nobody_is_led_to_a_question_that_he_may_not_answer(officer, case, world):
    world.grant(world.kelurahan, purpose=Purpose.INCIDENT)
    seen = camera(world, "Dekat", State.NORMAL)
    address = f"/polsek/perkara/{case.public_id}/"
    assert f"?kamera={seen.public_id}" in officer.get(address).content.decode()

    Case.objects.update(closed_at=world.now, closed_by=case.opened_by)

    assert str(seen.public_id) not in officer.get(address).content.decode()
