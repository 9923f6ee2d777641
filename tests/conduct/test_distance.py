"""The metres between case and camera are those of the moment in which the look began."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from access.models import Look
from access.services import start_look
from access.viewers import Viewer
from accounts.models import DutyKind, User
from conduct.queries import facts_of
from privacy.services.erasures import ask_to_erase_partner, erase_what_is_owed
from registry.models import Site
from registry.rights import AccessRight, Right
from registry.services import do_what_is_owed
from tests.access.conftest import signed_in
from tests.conduct.looks import a_look
from tests.factories import LAT, World, person, reason


@pytest.fixture
def owner(db: None) -> User:
    return person()


@pytest.fixture
def viewer(world: World) -> Viewer:
    return world.viewer(world.polsek)


@pytest.fixture
def look(world: World, owner: User, viewer: Viewer) -> Look:
    """Under a case 111 metres to the north of the camera."""
    site = world.site(owner=owner)
    world.consent(site, Right.STILL_IN_HOURS, recipient=world.polsek)
    camera = world.verified(site)
    world.grant(site, organization=world.polsek)
    case = world.case(viewer, lat=LAT + 0.001)
    return start_look(
        viewer=viewer, camera=camera, right=AccessRight.VIEW_STILL, reason=reason(), case=case, now=world.now
    )


def read(world: World, look: Look) -> dict[str, str]:
    supervisor = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    page = signed_in(supervisor).get(f"/pengawas/tayangan/{look.public_id}/")
    return {str(item["label"]): str(item["value"]) for item in page.context["summary"]}


def test_a_place_that_is_corrected_later_moves_no_look(world, look):
    Site.objects.update(lat=LAT - 0.02)

    assert read(world, look)["Jarak perkara ke kamera"] == "111 meter"


def test_after_an_erasure_nobody_is_judged_on_a_distance(world, look, owner):
    world.kelurahan.lat = LAT - 0.02
    world.kelurahan.save(update_fields=["lat"])
    ask_to_erase_partner(partner=look.camera.site.partner, by=owner, now=world.now)
    do_what_is_owed(now=world.now)
    assert erase_what_is_owed(now=world.now) == 1

    lines = read(world, look)

    assert lines["Jarak perkara ke kamera"] == "tidak diketahui lagi: letak kamera sudah dihapus"
    assert lines["Dari perkara dibuka sampai melihat"] == "5 menit"
    look.refresh_from_db()
    assert look.case_distance_m is None, "from several distances a place can be found again"


def test_what_was_outside_its_case_is_said_to_be(world, look, viewer):
    far = a_look(viewer.duty, look.camera, world.now, case=world.case(viewer, lat=LAT + 0.01))

    assert facts_of(far, world.now).outside
    assert read(world, far)["Jarak perkara ke kamera"] == "1112 meter (di luar jangkauan perkara, 300 meter)"
    assert not facts_of(look, world.now).outside


def test_without_a_case_there_is_no_distance(world, look, viewer):
    assert "Jarak perkara ke kamera" not in read(world, a_look(viewer.duty, look.camera, world.now))


def test_looks_from_before_the_metres_were_kept_get_those_of_today_unless_the_place_was_erased(world, look):
    measure = import_module("access.migrations.0008_distance_as_a_look_began").measure
    Look.objects.update(case_distance_m=None)
    Site.objects.update(address="(dihapus)")
    measure(apps, SimpleNamespace(connection=connection))
    assert Look.objects.get().case_distance_m is None

    Site.objects.update(address="Jalan Uji 1")
    measure(apps, SimpleNamespace(connection=connection))
    assert Look.objects.get().case_distance_m == 111
