"""If the look cannot be written, no picture is sent and no camera is asked: at every door."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from access.models import Case, Look
from accounts.models import Duty, User
from notices.models import Notice
from registry.models import Camera
from tests.access.conftest import signed_in
from tests.feeds.conftest import street
from tests.feeds.refusing import refuse_inserts

pytestmark = pytest.mark.django_db

JPEG = b"\xff\xd8"


@pytest.fixture
def asked(answers: Callable[..., None]) -> list[Camera]:
    """Which cameras were asked for a picture."""
    found: list[Camera] = []

    def device(camera: Camera):  # type: ignore[no-untyped-def]
        found.append(camera)
        return street()

    answers(device)
    return found


@pytest.fixture
def viewer(world) -> Client:
    """Somebody who may look, in emergencies as well; a failure is answered and not raised."""
    duty = world.viewer().duty
    Duty.objects.filter(pk=duty.pk).update(emergency=True)
    client = signed_in(duty.user)
    client.raise_request_exception = False
    return client


@pytest.fixture
def case(world) -> Case:
    return world.case(world.viewer())


def by_page(client: Client, camera: Camera, case: Case) -> HttpResponse:
    return client.post(f"/pusat-komando/kamera/{camera.public_id}/", {"reason": "technical_check"})


def by_api(client: Client, camera: Camera, case: Case) -> HttpResponse:
    body = {"camera": str(camera.public_id), "reason": "technical_check"}
    return client.post("/api/v1/looks/", body, content_type="application/json")


def in_emergency(client: Client, camera: Camera, case: Case) -> HttpResponse:
    sent = {"reason": "report_110", "camera": str(camera.public_id)}
    return client.post(f"/pusat-komando/darurat/?perkara={case.public_id}", sent)


def in_emergency_by_api(client: Client, camera: Camera, case: Case) -> HttpResponse:
    body = {
        "camera": str(camera.public_id),
        "reason": "report_110",
        "case": str(case.public_id),
        "emergency": True,
    }
    return client.post("/api/v1/looks/", body, content_type="application/json")


def of_a_case(client: Client, camera: Camera, case: Case) -> HttpResponse:
    page = f"/pusat-komando/kamera-perkara/{case.public_id}/"
    client.post(page, {"reason": "report_110", "minutes": "5"})
    return client.post(f"{page}buka/", {"camera": str(camera.public_id)})


DOORS = [by_page, by_api, in_emergency, in_emergency_by_api, of_a_case]


@pytest.mark.parametrize("door", DOORS)
def test_each_door_opens_while_the_database_writes(viewer, connected, case, asked, door):
    answer = door(viewer, connected, case)

    look = Look.objects.get()
    assert answer.status_code in {201, 302}
    assert asked == []
    assert viewer.get(f"/lihat/{look.public_id}/gambar.jpg").content.startswith(JPEG)
    assert asked == [connected]


@pytest.mark.parametrize("table", ["access_look", "audit_entry"])
@pytest.mark.parametrize("door", DOORS)
def test_if_the_look_cannot_be_written_nothing_is_sent_and_no_camera_is_asked(
    viewer, connected, case, asked, door, table
):
    if door is of_a_case:
        viewer.post(f"/pusat-komando/kamera-perkara/{case.public_id}/", {"reason": "report_110", "minutes": "5"})
    refuse_inserts(table)

    answer = door(viewer, connected, case)

    assert answer.status_code == 500
    assert JPEG not in answer.content
    assert asked == []
    assert not Look.objects.exists()
    assert not Notice.objects.filter(code="look.emergency").exists()


def test_if_the_still_cannot_be_counted_nothing_is_sent_and_no_camera_is_asked(viewer, connected, case, asked):
    by_page(viewer, connected, case)
    look = Look.objects.get()
    refuse_inserts("audit_entry")

    answer = viewer.get(f"/lihat/{look.public_id}/gambar.jpg")

    assert answer.status_code == 500
    assert JPEG not in answer.content
    assert asked == []
    look.refresh_from_db()
    assert look.stills_shown == 0


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("power", ["superuser", "superuser of another body"])
def test_a_superuser_cannot_look(world, connected, case, asked, door, power):
    if power == "superuser":
        user = User.objects.create_superuser("akar@contoh.id")
    else:
        duty = world.viewer(world.polsek).duty
        Duty.objects.filter(pk=duty.pk).update(emergency=True)
        user = duty.user
        type(user).objects.filter(pk=user.pk).update(is_superuser=True)
    client = signed_in(user)

    assert door(client, connected, case).status_code == 404
    assert not Look.objects.exists()
    assert asked == []
