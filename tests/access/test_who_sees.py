"""Who sees a camera: the list of bodies says what the decision would, to the owner and to the grantors he told."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings

from access.decision import emergency_cameras, usable_cases, visible_cameras
from access.models import Grant, Reason
from access.viewers import Viewer
from access.who_sees import Way, shut_for_all, who_sees
from accounts.models import Duty, DutyKind, Organization, User
from accounts.services import end_duty
from registry.models import Camera, Consent, Site
from registry.rights import AccessRight, Right
from registry.services import withdraw_consent
from tests.access import reference as plain
from tests.access.conftest import signed_in
from tests.access.test_worlds import OPEN, Built, ground, of_cameras, of_consents, of_each, worlds
from tests.factories import person

pytestmark = pytest.mark.django_db
__all__ = ["ground"]


def ways(camera: Camera, now: datetime) -> list[Way]:
    row = Camera.objects.select_related("site__area", "device").get(pk=camera.pk)
    return [way for body in who_sees(row, now) for right in body.rights for way in right.ways]


def agrees(facts: plain.Facts) -> None:
    """Raise AssertionError where the list and the decision differ for a viewer of any body."""
    with override_settings(LIVE_NEEDS_TWO_PEOPLE=facts.live_by_two), transaction.atomic():
        try:
            built = Built(facts)
            viewers = [on_duty(body, built.now) for body in built.bodies]
            for camera in built.cameras.values():
                found = ways(camera, built.now)
                said = {(w.organization.pk, w.right) for w in found if w.opens_now and not w.emergency}
                urgent = {(w.organization.pk, w.right) for w in found if w.opens_now}
                assert said == {
                    (viewer.duty.organization_id, right)
                    for viewer in viewers
                    for right in AccessRight
                    if visible_cameras(viewer, right, built.now).filter(pk=camera.pk).exists()
                }
                assert (
                    urgent - said
                    == {
                        (viewer.duty.organization_id, right)
                        for viewer in viewers
                        for right in AccessRight
                        for case in usable_cases(viewer.duty.organization, built.now)
                        if emergency_cameras(viewer, right, case, built.now).filter(pk=camera.pk).exists()
                    }
                    - said
                )
        finally:
            transaction.set_rollback(True)


def on_duty(body: Organization, now: datetime) -> Viewer:
    duty = Duty.objects.create(
        user=person(), organization=body, kind=DutyKind.VIEWER, since=now - timedelta(days=1), emergency=True
    )
    return Viewer(duty.user, duty, second_factor_at=now, session="s" * 64)


@pytest.mark.slow
@example(facts=OPEN)
@example(facts=of_cameras(paused_until=30)(OPEN))
@example(facts=of_cameras(verified_until=0)(OPEN))
@example(facts=of_cameras(connected=False)(OPEN))
@example(facts=of_consents(hours=(0, 720))(OPEN))
@example(facts=of_each("grants", revoked=True)(OPEN))
@example(facts=of_each("grants", approved=False)(OPEN))
@example(facts=of_each("reasons", needs_case=True)(OPEN))
@example(facts=replace(OPEN, reasons=()))
@example(facts=replace(OPEN, grants=()))
@example(facts=replace(OPEN, cases=()))
@settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(facts=worlds())
def test_a_body_is_listed_for_what_its_viewers_may_open_and_for_nothing_else(ground, facts):
    agrees(facts)


def owner_of(site: Site) -> User:
    return site.partner.people.get()


def page(client: Client, camera: Camera, status: int = 200) -> str:
    answer = client.get(f"/mitra/kamera/{camera.public_id}/siapa-melihat/")
    assert answer.status_code == status
    return answer.content.decode()


def test_the_owner_reads_who_until_when_and_by_which_consent(world, camera, officer):
    read = page(signed_in(owner_of(camera.site)), camera)

    consent = Consent.objects.get(right=Right.STILL_IN_HOURS)
    assert "Polres Uji" in read
    assert "Melihat gambar diam" in read
    assert "Melihat tayangan langsung" not in read
    assert "Dapat sekarang" in read
    assert f"/mitra/persetujuan/{consent.public_id}/tarik/" in read
    for duty in Duty.objects.select_related("user"):
        assert duty.user.email not in read
        assert not duty.user.name or duty.user.name not in read


def test_whoever_lost_the_consent_is_off_the_list(world, camera, officer):
    owner = owner_of(camera.site)

    withdraw_consent(consent=Consent.objects.get(right=Right.STILL_IN_HOURS), by=owner, now=world.now)

    read = page(signed_in(owner), camera)
    assert "Polres Uji" not in read
    assert "Tidak ada. Belum ada lembaga" in read


def test_without_a_grant_nobody_is_on_the_list(world):
    site = world.site()
    world.consent(site, Right.LIVE_IN_HOURS)
    camera = world.verified(site)

    assert "Tidak ada. Belum ada lembaga" in page(signed_in(owner_of(site)), camera)


def test_hours_are_said_and_drawn(world, officer):
    minute = timezone.localtime(world.now).hour * 60 + timezone.localtime(world.now).minute
    start, end = (minute + 60) % 1440, (minute + 180) % 1440
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS, hours=(start, end))
    camera = world.verified(site)
    world.grant(world.kelurahan)

    [way] = ways(camera, world.now)
    read = page(signed_in(owner_of(site)), camera)

    assert way.waits == "outside_hours"
    assert "Tidak sekarang" in read
    assert way.hours in read
    assert f'x="{way.spans[0][0]}"' in read
    assert sum(last - first for first, last in way.spans) == 120


@pytest.mark.parametrize(
    ("change", "words"),
    [({"verified_until": None}, "belum diperiksa petugas"), ({"paused_until": 1}, "sedang dijeda")],
)
def test_a_camera_that_is_shut_says_so_and_who_would_see(world, camera, officer, change, words):
    if "paused_until" in change:
        change = {"paused_until": world.now + timedelta(hours=1)}
    else:
        change = {"verified_until": None, "verified_at": None, "verified_by": None}
    Camera.objects.filter(pk=camera.pk).update(**change)
    camera.refresh_from_db()

    read = page(signed_in(owner_of(camera.site)), camera)

    assert shut_for_all(camera, world.now)
    assert "Sekarang tidak seorang pun dapat melihatnya." in read
    assert words in read
    assert "Polres Uji" in read
    assert "Dapat sekarang" not in read


def test_a_body_with_nobody_on_duty_there_sees_nothing_now(world, camera):
    assert [way.waits for way in ways(camera, world.now)] == ["nobody_on_duty"]

    elsewhere = world.on_duty(DutyKind.VIEWER, world.polres, area_code=world.other_kelurahan.code)
    assert [way.waits for way in ways(camera, world.now)] == ["nobody_on_duty"]

    here = world.on_duty(DutyKind.VIEWER, world.polres, area_code=world.kelurahan.code)
    assert [way.waits for way in ways(camera, world.now)] == [""]

    User.objects.filter(pk=here.user_id).update(is_active=False)
    assert [way.waits for way in ways(camera, world.now)] == ["nobody_on_duty"]
    end_duty(duty=elsewhere, by=None, now=world.now)


def test_no_reason_no_picture(world, camera, officer):
    Reason.objects.update(active=False)

    assert [way.waits for way in ways(camera, world.now)] == ["no_reasons"]


def test_an_emergency_is_said_for_what_it_is(world):
    site = world.site()
    world.consent(site, Right.LIVE_IN_INCIDENT)
    camera = world.verified(site)
    viewer = on_duty(world.polres, world.now)

    before = ways(camera, world.now)
    world.case(viewer)
    after = ways(camera, world.now)

    assert {(way.emergency, way.waits) for way in before} == {(True, "case_needed")}
    assert {(way.emergency, way.waits) for way in after} == {(True, "")}
    assert "Akses darurat." in page(signed_in(owner_of(site)), camera)


def test_to_others_the_page_does_not_exist(world, camera, officer, grantor, stranger):
    for client in (officer, grantor, stranger):
        page(client, camera, 404)


def test_a_grantor_reads_it_of_a_camera_whose_owner_told_his_body(world, camera, grantor, officer):
    told = signed_in(world.on_duty(DutyKind.GRANTOR, world.polres).user)
    approver = signed_in(world.on_duty(DutyKind.APPROVER, world.polres).user)
    path = f"/polsek/akses/kamera/{camera.public_id}/"

    answer = told.get(path)
    assert answer.status_code == 200
    assert "Polres Uji" in answer.content.decode()
    assert "/tarik/" not in answer.content.decode()
    assert approver.get(path).status_code == 404  # He reads of a camera in what waits for him, and nowhere else.
    assert grantor.get(path).status_code == 404  # Of the Polsek, to which no consent was given.
    assert officer.get(path).status_code == 404
    assert told.get(f"/polsek/akses/kamera/{uuid4()}/").status_code == 404


def test_the_page_is_linked_from_the_camera_the_guest_book_and_the_grant(world, camera):
    owner = signed_in(owner_of(camera.site))
    told = signed_in(world.on_duty(DutyKind.GRANTOR, world.polres).user)
    link = f"/mitra/kamera/{camera.public_id}/siapa-melihat/"

    assert link in owner.get(f"/mitra/kamera/{camera.public_id}/").content.decode()
    assert link in owner.get("/mitra/buku-tamu/").content.decode()
    grant = Grant.objects.get()
    read = told.get(f"/polsek/akses/{grant.public_id}/").content.decode()
    assert f"/polsek/akses/kamera/{camera.public_id}/" in read
