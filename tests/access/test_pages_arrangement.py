"""Several cameras of one case: asked once, opened with one tap each, every one with a look of its own."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.arrangement import arrangements_in
from access.models import Case, Look, Reason
from audit.models import Entry
from registry.models import Camera
from registry.rights import AccessRight, Purpose, Right
from registry.services import pause_camera
from tests.access.conftest import signed_in
from tests.factories import LAT, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world: World) -> Case:
    return world.case(world.viewer())


@pytest.fixture
def cameras(world: World) -> list[Camera]:
    """Three houses around the case, each allowing the Polres stills in an incident."""
    found = []
    for number in range(3):
        site = world.site(labels=(f"Pagar {number}",), lat=LAT + number * 0.0002)
        world.consent(site, Right.STILL_IN_INCIDENT)
        found.append(world.verified(site))
    world.grant(world.kelurahan, purpose=Purpose.INCIDENT)
    return found


def page_of(case: Case) -> str:
    return f"/pusat-komando/kamera-perkara/{case.public_id}/"


def ask(client: Client, case: Case, *, minutes: int = 5, code: str = "report_110", **more: str):  # type: ignore[no-untyped-def]
    return client.post(page_of(case), {"reason": code, "minutes": str(minutes), **more})


def open_(client: Client, case: Case, *cameras: Camera):  # type: ignore[no-untyped-def]
    return client.post(f"{page_of(case)}buka/", {"camera": [str(camera.public_id) for camera in cameras]})


def test_asked_once_every_further_camera_opens_with_one_tap(officer, case, cameras):
    assert ask(officer, case)["Location"] == page_of(case)
    assert not Look.objects.exists()

    for camera in cameras:
        assert open_(officer, case, camera)["Location"] == page_of(case)

    looks = list(Look.objects.order_by("pk"))
    assert [look.camera for look in looks] == cameras
    assert {(look.reason.code, look.case) for look in looks} == {("report_110", case)}
    assert all(look.until - look.started_at == timedelta(minutes=5) for look in looks)
    assert Entry.objects.filter(action="look.started").count() == 3
    page = officer.get(page_of(case)).content.decode()
    assert [page.count(f"/lihat/{look.public_id}/gambar.jpg") for look in looks] == [
        2,
        2,
        2,
    ]  # Once without script.


def test_the_case_page_asks_first_and_then_opens(officer, case, cameras):
    address, camera = f"/polsek/perkara/{case.public_id}/", cameras[0]
    assert f"{page_of(case)}?kamera={camera.public_id}" in officer.get(address).content.decode()

    ask(officer, case, kamera=str(camera.public_id))

    assert Look.objects.get().camera == camera
    assert f'action="{page_of(case)}buka/"' in officer.get(address).content.decode()


def test_the_first_tap_without_an_answer_leads_to_the_question(officer, case, cameras):
    answer = open_(officer, case, cameras[0])

    assert answer["Location"] == f"{page_of(case)}?kamera={cameras[0].public_id}"
    assert not Look.objects.exists()


def test_a_camera_that_is_open_gets_no_second_look(officer, case, cameras):
    ask(officer, case)
    open_(officer, case, cameras[0])

    open_(officer, case, *cameras[:2])

    assert Look.objects.count() == 2


def test_a_camera_outside_the_radius_is_refused(officer, case, cameras, world):
    far = world.site(lat=LAT + 0.02, labels=("Jauh",))
    world.consent(far, Right.STILL_IN_HOURS)
    camera = world.verified(far)
    world.grant(world.kelurahan)
    ask(officer, case)

    page = officer.post(f"{page_of(case)}buka/", {"camera": str(camera.public_id)}, follow=True).content.decode()

    assert "di luar jangkauan perkara" in page
    assert not Look.objects.exists()


def test_a_camera_that_may_not_be_seen_does_not_exist(officer, case, cameras, world):
    hidden = world.verified(world.site(labels=("Tersembunyi",)))
    ask(officer, case)

    assert open_(officer, case, hidden).status_code == 404
    assert officer.post(f"{page_of(case)}buka/", {"camera": "x"}).status_code == 404
    assert officer.post(f"{page_of(case)}buka/").status_code == 404


def test_one_that_is_paused_keeps_no_other_from_opening(officer, case, cameras):
    ask(officer, case)
    now = timezone.now()
    owner = cameras[1].site.partner.people.get()
    pause_camera(camera=cameras[1], until=now + timedelta(hours=1), by=owner, now=now)

    open_(officer, case, *cameras)

    assert {look.camera for look in Look.objects.all()} == {cameras[0], cameras[2]}


def test_the_time_box_is_never_longer_than_a_look(officer, case, cameras, settings):
    settings.LOOK_LASTS = timedelta(minutes=10)

    assert ask(officer, case, minutes=15).status_code == 200
    ask(officer, case, minutes=10)
    open_(officer, case, cameras[0])

    look = Look.objects.get()
    assert look.until - look.started_at == timedelta(minutes=10)


@pytest.mark.parametrize("flaw", ["no reason", "unknown reason", "reason off", "no minutes of ours"])
def test_a_wrong_answer_arranges_nothing(officer, case, cameras, flaw):
    sent = {"reason": "report_110", "minutes": "5"}
    if flaw == "no reason":
        del sent["reason"]
    elif flaw == "unknown reason":
        sent["reason"] = "patroli"
    elif flaw == "reason off":
        Reason.objects.filter(code="report_110").update(active=False)
    else:
        sent["minutes"] = "60"

    assert officer.post(page_of(case), sent).status_code == 200
    assert arrangements_in(officer.session) == []


def test_it_is_asked_again_for_another_case(officer, case, cameras, world):
    ask(officer, case)
    other = world.case(world.viewer())

    assert "Alasan untuk perkara ini" in officer.get(page_of(other)).content.decode()
    assert "Alasan untuk perkara ini" not in officer.get(page_of(case)).content.decode()


def test_another_duty_asks_everything_anew(world, case, cameras):
    viewer = world.viewer()
    client = signed_in(viewer.user)
    ask(client, case)
    assert len(arrangements_in(client.session)) == 1

    client.post("/tugas/", {"duty": str(viewer.duty.public_id)})

    assert arrangements_in(client.session) == []


def test_what_was_asked_at_one_camera_serves_for_the_case(officer, case, cameras):
    officer.post(
        f"/pusat-komando/kamera/{cameras[0].public_id}/",
        {"reason": "report_110", "case": str(case.public_id), "minutes": "10"},
    )

    [known] = arrangements_in(officer.session)
    assert (known.reason, known.minutes, known.cameras) == ("report_110", 10, (cameras[0].public_id,))
    open_(officer, case, cameras[1])
    assert Look.objects.count() == 2


def test_a_look_at_one_camera_changes_nothing_that_was_asked_for_the_case(officer, case, cameras):
    ask(officer, case, minutes=5)
    officer.post(
        f"/pusat-komando/kamera/{cameras[0].public_id}/",
        {"reason": "technical_check", "case": str(case.public_id), "minutes": "15"},
    )

    [known] = arrangements_in(officer.session)
    assert (known.reason, known.minutes, known.cameras) == ("report_110", 5, (cameras[0].public_id,))
    assert Look.objects.get().for_case


def test_done_with_one_leaves_the_others_on_the_page(officer, case, cameras):
    ask(officer, case)
    open_(officer, case, *cameras)
    mine = Look.objects.get(camera=cameras[0])

    answer = officer.post(f"/pusat-komando/lihat/{mine.public_id}/selesai/", {"next": page_of(case)})

    assert answer["Location"] == page_of(case)
    [known] = arrangements_in(officer.session)
    assert set(known.cameras) == {camera.public_id for camera in cameras[1:]}


def test_what_is_over_opens_again_with_a_look_of_its_own(officer, case, cameras):
    ask(officer, case)
    open_(officer, case, *cameras[:2])
    Look.objects.update(until=timezone.now())

    page = officer.get(page_of(case)).content.decode()
    assert page.count("Buka lagi") == 3  # One each, and one for both.
    assert "gambar.jpg" not in page
    open_(officer, case, *cameras[:2])

    assert Look.objects.count() == 4


def test_a_closed_case_leads_to_its_page_and_a_foreign_one_does_not_exist(officer, case, cameras, world):
    sister = world._body("Polsek Lain", "polsek", "31.73.06", world.polres)
    stranger = signed_in(world.viewer(sister).user)
    of_the_precinct = world.case(world.viewer(world.polsek))
    assert stranger.get(f"/polsek/kamera-perkara/{of_the_precinct.public_id}/").status_code == 404

    Case.objects.update(closed_at=world.now, closed_by=world.viewer().user)

    assert stranger.get(f"/polsek/kamera-perkara/{of_the_precinct.public_id}/").status_code == 404
    for answer in (officer.get(page_of(case)), ask(officer, case), open_(officer, case, cameras[0])):
        assert answer.url == f"/polsek/perkara/{case.public_id}/"
    assert "Perkara ditutup" in officer.get(page_of(case), follow=True).content.decode()
    assert not Look.objects.exists()


def test_an_address_stands_exactly_where_the_position_may_be_seen(officer, case, cameras, world):
    ask(officer, case)
    open_(officer, case, cameras[0])
    assert "Jalan Uji 1" not in officer.get(page_of(case)).content.decode()

    world.grant(world.kelurahan, right=AccessRight.SEE_POSITION)

    assert officer.get(page_of(case)).content.decode().count("Jalan Uji 1") == 3


def test_what_looking_is_never_for_stands_beside_the_reason(officer, case, cameras):
    for page in (page_of(case), f"{page_of(case)}?ubah", f"/pusat-komando/kamera/{cameras[0].public_id}/"):
        assert "mengawasi kumpulan orang yang sah" in officer.get(page).content.decode()


def test_the_page_of_many_cameras_has_a_query_budget(officer, case, cameras, django_assert_max_num_queries):
    ask(officer, case)
    open_(officer, case, *cameras)

    with django_assert_max_num_queries(60):
        officer.get(page_of(case))
