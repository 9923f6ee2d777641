"""Emergency looks through the page: who may, what opens, who hears of it, and when it ends."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from access.decision import Because, Refused, decide
from access.models import Case, Grant, Look
from access.services import end_lost_looks, start_look
from accounts.models import Duty, DutyKind
from audit.models import Entry
from notices.models import Notice
from registry.models import Camera
from registry.rights import AccessRight, Right
from registry.services import pause_camera
from tests.access.conftest import signed_in
from tests.factories import LAT, World, reason

pytestmark = pytest.mark.django_db

PAGE = "/pusat-komando/darurat/"


@pytest.fixture
def duty(world: World) -> Duty:
    """Somebody of the Polres whose duty is marked for emergencies."""
    duty = world.on_duty(DutyKind.VIEWER, world.polres)
    Duty.objects.filter(pk=duty.pk).update(emergency=True)
    duty.refresh_from_db()
    return duty


@pytest.fixture
def officer(duty: Duty) -> Client:
    return signed_in(duty.user)


@pytest.fixture
def camera(world: World) -> Camera:
    """Verified; its owner allows the Polres stills in an incident. There is no grant at all."""
    site = world.site()
    world.consent(site, Right.STILL_IN_INCIDENT)
    return world.verified(site)


@pytest.fixture
def case(world: World) -> Case:
    return world.case(world.viewer())


def open_camera(client: Client, camera: Camera, case: Case):  # type: ignore[no-untyped-def]
    return client.post(
        f"{PAGE}?perkara={case.public_id}",
        {"reason": reason(needs_case=True).code, "camera": str(camera.public_id)},
    )


def test_without_a_grant_a_camera_around_the_case_opens_for_a_quarter_of_an_hour(officer, camera, case, world):
    supervisor = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    page = officer.get(f"{PAGE}?perkara={case.public_id}").content.decode()
    assert str(camera.public_id) in page

    answer = open_camera(officer, camera, case)

    look = Look.objects.get()
    assert answer["Location"] == f"/pusat-komando/lihat/{look.public_id}/"
    assert "akses darurat" in officer.get(answer["Location"]).content.decode()
    assert Grant.objects.count() == 0
    assert (look.emergency, look.case) == (True, case)
    assert look.until <= look.started_at + settings.EMERGENCY_LASTS
    told = {notice.user: notice for notice in Notice.objects.filter(code="look.emergency")}
    assert set(told) == {camera.site.partner.people.get(), supervisor}
    assert look.viewer.name not in told[camera.site.partner.people.get()].body
    assert look.viewer.name in told[supervisor].body
    assert b'"emergency":true' in bytes(Entry.objects.get(action="look.started").body)
    assert Entry.objects.get(action="look.emergency").target_id == str(look.public_id)


def test_the_owner_reads_that_it_was_an_emergency(officer, camera, case):
    open_camera(officer, camera, case)

    page = signed_in(camera.site.partner.people.get()).get("/mitra/buku-tamu/").content.decode()

    assert "akses darurat" in page


def test_an_unmarked_duty_has_no_such_page(world, camera, case):
    client = signed_in(world.viewer().user)

    assert client.get(PAGE).status_code == 404
    assert open_camera(client, camera, case).status_code == 404
    assert Look.objects.count() == 0


def test_the_second_factor_is_asked_for_again(duty, camera, case):
    client = signed_in(duty.user)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= settings.EMERGENCY_SECOND_FACTOR_LASTS.total_seconds()
    session.save()

    page = client.get(f"{PAGE}?perkara={case.public_id}").content.decode()

    assert "/akun/faktor-kedua/reauthenticate/?next=" in page
    assert str(camera.public_id) not in page
    assert open_camera(client, camera, case).status_code == 404
    assert Look.objects.count() == 0


@pytest.mark.parametrize("flaw", ["far", "no consent", "paused", "vital", "unverified"])
def test_the_owners_consent_is_not_exceeded(officer, case, world, flaw):
    site = world.site(lat=LAT + (0.1 if flaw == "far" else 0))
    world.consent(site, *([] if flaw == "no consent" else [Right.STILL_IN_INCIDENT]))
    camera = world.verified(site)
    if flaw == "paused":
        now = timezone.now()
        pause_camera(camera=camera, until=now + timedelta(hours=1), by=site.partner.people.get(), now=now)
    if flaw == "vital":
        type(site).objects.update(vital=True)
    if flaw == "unverified":
        Camera.objects.update(verified_until=timezone.now())

    assert str(camera.public_id) not in officer.get(f"{PAGE}?perkara={case.public_id}").content.decode()
    assert open_camera(officer, camera, case).status_code == 404
    assert Look.objects.count() == 0


def test_if_the_notices_cannot_be_left_there_is_no_look(officer, camera, case, monkeypatch):
    def fails(*args, **options):
        raise RuntimeError("no notice")

    monkeypatch.setattr("access.services.emergencies.tell", fails)

    with pytest.raises(RuntimeError):
        open_camera(officer, camera, case)

    assert Look.objects.count() == 0
    assert not Entry.objects.filter(action="look.started").exists()


def test_it_ends_with_its_time_and_with_the_case(duty, camera, case, world):
    viewer = world.viewer()
    viewer = type(viewer)(duty.user, duty, world.now - timedelta(minutes=1), "s" * 64)
    still = AccessRight.VIEW_STILL
    why = reason(needs_case=True)
    camera = Camera.objects.select_related("site__area", "device").get(pk=camera.pk)
    start_look(viewer=viewer, camera=camera, right=still, reason=why, case=case, now=world.now, emergency=True)

    late = world.now + settings.EMERGENCY_LASTS
    assert isinstance(decide(viewer, camera, still, Because(why, case, world.now), late), Refused)
    Case.objects.update(closed_at=world.now, closed_by=duty.user)
    assert end_lost_looks(now=world.now + timedelta(minutes=1)) == 1


def test_a_superuser_has_no_emergency(world, camera, case):
    user = world.on_duty(DutyKind.VIEWER, world.polres).user
    type(user).objects.filter(pk=user.pk).update(is_superuser=True)

    assert open_camera(signed_in(user), camera, case).status_code == 404


def test_an_administrator_marks_a_duty_for_looking_only(world):
    client = signed_in(world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user)
    url = f"/polsek/administrasi/lembaga/{world.polres.public_id}/tugas/"
    today = timezone.localdate().isoformat()
    facts = {"contact": "baru@contoh.id", "name": "Bripka Uji", "since": today, "emergency": "on"}

    refused = client.post(url, {**facts, "kind": "grantor"})
    assert "Akses darurat hanya untuk tugas melihat." in refused.content.decode()
    client.post(url, {**facts, "kind": "viewer"})

    assert [d.kind for d in Duty.objects.filter(emergency=True)] == ["viewer"]


def through_the_api(client: Client, camera: Camera, **facts: object):  # type: ignore[no-untyped-def]
    body = {"camera": str(camera.public_id), "reason": reason(needs_case=True).code, "emergency": True, **facts}
    return client.post("/api/v1/looks/", body, content_type="application/json")


def test_the_api_opens_the_same_and_tells_the_same_people(officer, camera, case):
    answer = through_the_api(officer, camera, case=str(case.public_id))

    assert answer.status_code == 201
    look = Look.objects.get()
    assert (look.emergency, look.case) == (True, case)
    assert Notice.objects.filter(code="look.emergency", user=camera.site.partner.people.get()).exists()


@pytest.mark.parametrize("flaw", ["no case", "unmarked", "second factor"])
def test_the_api_says_what_is_missing(world, duty, camera, case, flaw):
    if flaw == "unmarked":
        Duty.objects.update(emergency=False)
    client = signed_in(duty.user)
    if flaw == "second factor":
        session = client.session
        lasts = settings.EMERGENCY_SECOND_FACTOR_LASTS.total_seconds()
        session["account_authentication_methods"][0]["at"] -= lasts
        session.save()

    answer = through_the_api(client, camera, **({} if flaw == "no case" else {"case": str(case.public_id)}))

    code = {"no case": "emergency_needs_case", "unmarked": "not_for_emergencies"}.get(flaw, "second_factor_again")
    assert answer.json()["code"] == code
    assert Look.objects.count() == 0


def test_the_api_opens_no_camera_beyond_the_consent(officer, case, world):
    camera = world.verified(world.site())

    assert through_the_api(officer, camera, case=str(case.public_id)).status_code == 404


def test_the_time_box_of_the_api_is_kept(officer, camera, case):
    through_the_api(officer, camera, case=str(case.public_id), minutes=5)

    look = Look.objects.get()
    assert look.until - look.started_at == timedelta(minutes=5)


def test_what_looking_is_never_for_stands_beside_the_reason(officer, camera, case):
    assert "mengenali wajah" in officer.get(f"{PAGE}?perkara={case.public_id}").content.decode()
