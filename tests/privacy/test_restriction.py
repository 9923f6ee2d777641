"""While an owner restricts the processing, his cameras open for nobody and are asked nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.decision import Allowed, Because, decide
from feeds.keeping import readable_stills
from feeds.models import SavedStill
from health.services import watched_devices
from privacy.errors import AlreadyRestricted, NotRestricted
from privacy.services.restrictions import lift, restrict
from registry.errors import NotYours, Restricted
from registry.models import Camera, PersonRole
from registry.rights import AccessRight, Right
from registry.services import CameraFacts, give_role, list_camera, pause_camera, resume_camera
from tests.conduct.looks import a_look
from tests.factories import World, person, reason


def test_nobody_looks_while_it_is_restricted_and_again_after(world: World) -> None:
    owner = person()
    site = world.site(owner=owner)
    world.consent(site, Right.STILL_IN_HOURS)
    camera, viewer = world.verified(site), world.viewer()
    world.grant(site)

    def answer() -> object:
        fresh = Camera.objects.get(pk=camera.pk)
        return decide(viewer, fresh, AccessRight.VIEW_STILL, Because(reason()), timezone.now())

    assert isinstance(answer(), Allowed)
    restrict(partner=site.partner, by=owner, now=world.now)
    assert not isinstance(answer(), Allowed)
    lift(partner=site.partner, by=owner, now=world.now)
    assert isinstance(answer(), Allowed)


def test_no_pause_ends_it_and_a_new_camera_is_held_too(
    world: World, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    owner = person()
    site = world.site(owner=owner)
    world.consent(site)
    restrict(partner=site.partner, by=owner, now=world.now)
    camera = site.cameras.get()

    with pytest.raises(Restricted):
        resume_camera(camera=camera, by=owner, now=world.now)
    with pytest.raises(Restricted):
        pause_camera(camera=camera, by=owner, until=world.now + timedelta(hours=1), now=world.now)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        added = list_camera(site=site, camera=CameraFacts("Baru", "street"), by=owner, now=world.now)

    added.refresh_from_db()
    assert added.is_held


def test_its_devices_are_asked_nothing(world: World) -> None:
    owner = person()
    site = world.site(owner=owner)
    world.device(site, answered_at=world.now)
    world.consent(site, Right.STILL_IN_INCIDENT)
    assert watched_devices(world.now).exists()

    restrict(partner=site.partner, by=owner, now=world.now)

    assert not watched_devices(world.now).exists()


def test_only_who_signs_for_all_sites_restricts_and_only_once(world: World) -> None:
    owner, reader = person(), person()
    site = world.site(owner=owner)
    give_role(site=site, user=reader, role=PersonRole.READER, by=owner, now=world.now)

    for stranger in (reader, person()):
        with pytest.raises(NotYours):
            restrict(partner=site.partner, by=stranger, now=world.now)
    with pytest.raises(NotRestricted):
        lift(partner=site.partner, by=owner, now=world.now)
    restrict(partner=site.partner, by=owner, now=world.now)
    with pytest.raises(AlreadyRestricted):
        restrict(partner=site.partner, by=owner, now=world.now)


def test_the_pages_say_so(world: World, client: Client) -> None:
    owner = person()
    site = world.site(owner=owner)
    world.consent(site)
    client.force_login(owner)
    address = f"/mitra/data-saya/mitra/{site.partner.public_id}/batasi/"

    assert "Batasi pemrosesan?" in client.get(address).content.decode()
    assert client.post(address).status_code == 302

    assert "Cabut pembatasan" in client.get("/mitra/data-saya/").content.decode()
    assert "sampai Anda mencabut pembatasannya" in client.get("/mitra/").content.decode()
    camera = client.get(f"/mitra/kamera/{site.cameras.get().public_id}/").content.decode()
    assert "Pemrosesan data Anda dibatasi." in camera
    assert "3000" not in camera
    assert client.post(address).status_code == 302
    assert not site.cameras.get().is_held


def test_stills_that_rest_on_no_case_are_closed_while_it_is_restricted(world: World) -> None:
    owner = person()
    site = world.site(owner=owner)
    world.consent(site, Right.STILL_IN_HOURS)
    camera, viewer = world.verified(site), world.viewer()
    look = a_look(viewer.duty, camera, world.now - timedelta(hours=1))
    still = SavedStill.objects.create(
        look=look, sha256="0" * 64, size_bytes=1, file="stills/x.jpg", saved_at=world.now, stored_at=world.now,
        delete_at=world.now + timedelta(days=30),
    )  # fmt: skip
    assert readable_stills(viewer, world.now).get() == still

    restrict(partner=site.partner, by=owner, now=world.now)
    assert not readable_stills(viewer, world.now).exists()

    lift(partner=site.partner, by=owner, now=world.now)
    assert readable_stills(viewer, world.now).get() == still
