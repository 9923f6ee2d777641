"""`user.has_perm` within the window of grant and duty: what guardian's own backend would get wrong."""

from datetime import timedelta

import pytest

from access.models import Grant
from accounts.models import DutyKind
from registry.models import Camera
from tests.factories import World

pytestmark = pytest.mark.django_db


def test_a_grant_over_an_area_reaches_what_lies_below_it_and_nothing_beside(world: World, camera: Camera):
    user = world.viewer().user
    site = camera.site

    assert user.has_perm("registry.view_still_area", world.kelurahan)
    assert user.has_perm("registry.view_still_camera", camera)
    assert not user.has_perm("registry.view_still_area", world.other_kelurahan)
    assert not user.has_perm("registry.view_still_area", world.kecamatan)
    assert not user.has_perm("registry.view_live_camera", camera)
    assert not user.has_perm("registry.view_still_site", site), "an area grant names no site"
    assert not world.viewer(world.polsek).user.has_perm("registry.view_still_camera", camera)

    world.grant(site)
    assert user.has_perm("registry.view_still_site", site)


def test_a_lapsed_grant_gives_nothing(world: World, camera: Camera):
    user = world.viewer().user
    Grant.objects.update(valid_until=world.now - timedelta(seconds=1))

    assert not user.has_perm("registry.view_still_area", world.kelurahan)
    assert not user.has_perm("registry.view_still_camera", camera)


def test_a_narrowed_duty_reaches_no_further_than_itself(world: World, camera: Camera):
    world.grant(world.other_kelurahan)
    duty = world.on_duty(DutyKind.VIEWER, world.polres, area_code=world.other_kelurahan.code)

    assert duty.user.has_perm("registry.view_still_area", world.other_kelurahan)
    assert not duty.user.has_perm("registry.view_still_area", world.kelurahan)
    assert not duty.user.has_perm("registry.view_still_camera", camera)


def test_a_deactivated_person_has_no_right(world: World, camera: Camera):
    viewer = world.viewer().user
    viewer.is_active = False

    assert not viewer.has_perm("registry.view_still_camera", camera)
