"""Looking through pages: what is seen, what is asked, and what stays 404."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

import audit
from access.models import Grant, Look, Reason
from access.services import revoke_grant
from accounts.models import DutyKind, User
from registry.models import Camera, Consent
from registry.rights import AccessRight, Purpose, Right
from registry.services import pause_camera, withdraw_consent
from tests.access.conftest import signed_in
from tests.factories import World, reason

pytestmark = pytest.mark.django_db


def camera_url(camera: Camera, desk: str = "pusat-komando") -> str:
    return f"/{desk}/kamera/{camera.public_id}/"


def start(client: Client, camera: Camera, **fields: str) -> Look:
    """Give a reason and look."""
    answer = client.post(camera_url(camera), {"reason": "technical_check", **fields})
    assert answer.status_code == 302, answer.content.decode()
    return Look.objects.get()


def test_the_list_shows_what_may_be_seen_and_nothing_else(officer, camera, world):
    hidden = world.verified(world.site(labels=("Tersembunyi",)))

    page = officer.get("/pusat-komando/kamera/")

    assert camera_url(camera) in page.content.decode()
    assert hidden.label not in page.content.decode()


@pytest.mark.parametrize("path", ["kamera/", "kamera/peta.json"])
@pytest.mark.parametrize("who", ["grantor", "stranger"])
def test_without_a_viewing_duty_there_is_no_desk(request, who, path, camera):
    client = request.getfixturevalue(who)

    assert client.get(f"/pusat-komando/{path}").status_code == 404
    assert client.get(f"/polsek/{path}").status_code == 404
    assert client.get(camera_url(camera)).status_code == 404


def test_another_body_without_a_grant_sees_404(camera, world):
    client = signed_in(world.viewer(world.polsek).user)

    assert client.get("/polsek/kamera/").status_code == 200
    assert client.get(camera_url(camera, "polsek")).status_code == 404


def test_a_superuser_sees_nothing(camera, world):
    client = signed_in(User.objects.create_superuser("akar@contoh.id"))

    assert client.get("/pusat-komando/kamera/").status_code == 404
    assert client.get(camera_url(camera)).status_code == 404


def test_a_camera_in_a_granted_area_opens_with_its_verification(officer, world):
    world.grant(world.kelurahan)
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    listed = site.cameras.get()
    assert officer.get(camera_url(listed)).status_code == 404

    world.verified(site)

    assert officer.get(camera_url(listed)).status_code == 200


def test_a_withdrawal_refuses_the_next_look_and_ends_the_running_one(officer, camera, world):
    look = start(officer, camera)
    consent = camera.site.consents.get(right=Right.STILL_IN_HOURS)

    withdraw_consent(consent=consent, by=camera.site.partner.people.get(), now=timezone.now())

    assert officer.get(camera_url(camera)).status_code == 404
    assert officer.post(camera_url(camera), {"reason": "technical_check"}).status_code == 404
    assert (
        "Persetujuan pemilik sudah ditarik"
        in officer.get(f"/pusat-komando/lihat/{look.public_id}/").content.decode()
    )
    look.refresh_from_db()
    assert look.ended_how == "no_consent"


def test_a_paused_camera_is_gone(officer, camera):
    now = timezone.now()

    pause_camera(camera=camera, until=now + timedelta(hours=1), by=camera.site.partner.people.get(), now=now)

    assert officer.get(camera_url(camera)).status_code == 404


def test_outside_its_hours_a_camera_is_gone(officer, world):
    local = timezone.localtime(world.now)
    minute = local.hour * 60 + local.minute
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS, hours=((minute + 60) % 1440, (minute + 120) % 1440))
    camera = world.verified(site)
    world.grant(world.kelurahan)

    assert officer.get(camera_url(camera)).status_code == 404


def test_without_a_reason_there_is_no_look(officer, camera):
    answer = officer.post(camera_url(camera), {})

    assert answer.status_code == 200
    assert "Pilih alasan melihat dari daftar." in answer.content.decode()
    assert not Look.objects.exists()


def test_a_reason_that_needs_a_case_says_so(officer, camera):
    answer = officer.post(camera_url(camera), {"reason": "incident_running"})

    assert "Alasan ini memerlukan perkara" in answer.content.decode()
    assert not Look.objects.exists()


def test_a_reason_off_the_list_is_no_reason(officer, camera):
    Reason.objects.filter(code="technical_check").update(active=False)

    answer = officer.post(camera_url(camera), {"reason": "technical_check"})

    assert answer.status_code == 200
    assert not Look.objects.exists()


def test_a_consent_for_incidents_asks_for_the_case(officer, world):
    site = world.site()
    world.consent(site, Right.STILL_IN_INCIDENT)
    camera = world.verified(site)
    world.grant(world.kelurahan, purpose=Purpose.INCIDENT)
    assert officer.get(camera_url(camera)).status_code == 404
    case = world.case(world.viewer())

    without = officer.post(camera_url(camera), {"reason": "technical_check"})
    within = officer.post(camera_url(camera), {"reason": "incident_running", "case": str(case.public_id)})

    assert "Pilih perkara yang terbuka" in without.content.decode()
    assert within.status_code == 302
    assert Look.objects.get().case == case


def test_a_case_elsewhere_is_not_offered(officer, camera, world):
    far = world.case(world.viewer(), lat=-6.13, lng=106.70)

    answer = officer.post(camera_url(camera), {"reason": "incident_running", "case": str(far.public_id)})

    assert answer.status_code == 200
    assert not Look.objects.exists()


def test_reason_and_case_are_kept_for_the_next_camera_of_the_case(officer, camera, world):
    case = world.case(world.viewer())
    start(officer, camera, reason="report_110", case=str(case.public_id))

    page = officer.get(camera_url(camera)).content.decode()

    assert f'value="{case.public_id}" selected' in page
    assert 'value="report_110"' in page.split("checked")[0].rsplit("<input", 1)[1]


def test_a_case_that_nothing_asks_for_is_not_filled_in(officer, camera, world):
    case = world.case(world.viewer())
    start(officer, camera, reason="technical_check", case=str(case.public_id))

    page = officer.get(camera_url(camera)).content.decode()

    assert f'value="{case.public_id}"' in page
    assert f'value="{case.public_id}" selected' not in page
    assert not Look.objects.get().for_case


def test_a_case_that_was_filled_in_for_another_reason_falls_away_with_it(officer, camera, world):
    case = world.case(world.viewer())
    for code in ("report_110", "technical_check"):
        officer.post(camera_url(camera), {"reason": code, "case": str(case.public_id)})

    assert Look.objects.get(reason__code="report_110").for_case
    assert Look.objects.get(reason__code="technical_check").case is None


def test_the_look_is_its_viewers_in_this_session_only(officer, camera, world):
    look = start(officer, camera)
    address = f"/pusat-komando/lihat/{look.public_id}/"

    assert officer.get(address).status_code == 200
    assert signed_in(look.viewer).get(address).status_code == 404
    assert signed_in(world.viewer().user).get(address).status_code == 404


def test_if_the_audit_fails_there_is_no_look(officer, camera, monkeypatch):
    def broken(*_args: object, **_facts: object) -> None:
        raise RuntimeError("no audit")

    monkeypatch.setattr(audit, "record", broken)
    officer.raise_request_exception = False

    answer = officer.post(camera_url(camera), {"reason": "technical_check"})

    assert answer.status_code == 500
    assert not Look.objects.exists()


def test_done_looking_ends_the_look(officer, camera):
    look = start(officer, camera)

    officer.post(f"/pusat-komando/lihat/{look.public_id}/selesai/")

    look.refresh_from_db()
    assert look.ended_how == "viewer_done"
    assert "Lihat lagi dengan alasan" in officer.get(f"/pusat-komando/lihat/{look.public_id}/").content.decode()


def test_the_map_holds_positions_that_may_be_seen(officer, camera, world):
    assert officer.get("/pusat-komando/kamera/peta.json").json()["features"] == []

    world.grant(world.kelurahan, right=AccessRight.SEE_POSITION)

    [feature] = officer.get("/pusat-komando/kamera/peta.json").json()["features"]
    assert feature["properties"]["label"] == camera.label
    assert feature["properties"]["url"] == camera_url(camera)


def test_an_address_is_a_position(officer, camera, world):
    assert camera.site.address not in officer.get("/pusat-komando/kamera/").content.decode()
    assert camera.label not in officer.get("/pusat-komando/kamera/?cari=Jalan+Uji").content.decode()

    world.grant(world.kelurahan, right=AccessRight.SEE_POSITION)

    assert camera.site.address in officer.get("/pusat-komando/kamera/?cari=Jalan+Uji").content.decode()


def test_the_duty_in_use_is_chosen(camera, world):
    viewer = world.viewer(world.polsek)
    other = world.on_duty(DutyKind.VIEWER, world.polres, user=viewer.user)
    client = signed_in(viewer.user)
    assert client.get(camera_url(camera)).status_code == 404

    answer = client.post("/tugas/", {"duty": str(other.public_id), "next": "/pusat-komando/kamera/"})

    assert answer.url == "/pusat-komando/kamera/"
    assert client.get(camera_url(camera)).status_code == 200
    assert client.post("/tugas/", {"duty": "x"}).status_code == 404


def test_the_list_has_a_query_budget(officer, world, django_assert_max_num_queries):
    world.grant(world.kelurahan)
    for _ in range(8):
        site = world.site()
        world.consent(site, Right.STILL_IN_HOURS)
        world.verified(site)

    with django_assert_max_num_queries(60):
        page = officer.get("/pusat-komando/kamera/")

    assert page.content.decode().count("dengan alasan") >= 8


def test_a_revoked_grant_closes_the_camera(officer, camera, world):
    grantor = world.on_duty(DutyKind.GRANTOR, world.polres).user
    grant = Grant.objects.get()

    revoke_grant(grant=grant, by=grantor, now=timezone.now())

    assert officer.get(camera_url(camera)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_signing_out_ends_the_looks_of_that_session_only() -> None:
    world = World(now=timezone.now())
    viewer = world.viewer()
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    camera = world.verified(site)
    world.grant(world.kelurahan)
    here, elsewhere = signed_in(viewer.user), signed_in(viewer.user)
    looks = []
    for browser in (here, elsewhere):
        answer = browser.post(f"/pusat-komando/kamera/{camera.public_id}/", {"reason": reason().code})
        looks.append(Look.objects.get(public_id=answer["Location"].rstrip("/").rsplit("/", 1)[-1]))

    here.post("/akun/keluar/")

    left, stays = (Look.objects.get(pk=look.pk) for look in looks)
    assert left.ended_how == "signed_out"
    assert stays.ended_at is None


def test_looking_again_is_offered_only_where_it_opens(officer, camera, world):
    officer.post(f"/pusat-komando/kamera/{camera.public_id}/", {"reason": "technical_check"})
    look = Look.objects.get()
    page = f"/pusat-komando/lihat/{look.public_id}/"
    officer.post(f"{page}selesai/")
    assert "Lihat lagi dengan alasan" in officer.get(page).content.decode()

    consent = Consent.objects.get(right=Right.STILL_IN_HOURS)
    withdraw_consent(consent=consent, by=camera.site.partner.people.get(), now=timezone.now())

    assert "Lihat lagi dengan alasan" not in officer.get(page).content.decode()
