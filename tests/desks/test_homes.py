"""What the homes of the staff show, and to whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Look
from accounts.models import DutyKind, Organization, OrganizationKind
from accounts.services import add_organization
from health.models import State, StatusInterval
from notices.services import tell
from registry.models import Camera, Consent, PartnerKind, Site
from registry.rights import AccessRight
from tests.access.conftest import signed_in
from tests.factories import KECAMATAN, KELURAHAN, World, person, reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World(now=timezone.now())


def _body(name: str, kind: OrganizationKind, parent: Organization | None, code: str = KECAMATAN) -> Organization:
    return add_organization(name=name, kind=kind, area_code=code, parent=parent)


# --- The supervisor ------------------------------------------------------------------------------------------


def _look(world: World, organization: Organization, camera: Camera, *, duty: object = None) -> Look:
    duty = duty or world.on_duty(DutyKind.VIEWER, organization)
    return Look.objects.create(
        viewer=duty.user, duty=duty, organization=organization, camera=camera, right=AccessRight.VIEW_STILL,
        reason=reason(), session_key_hash="0" * 64, started_at=world.now, until=world.now + timedelta(minutes=5),
    )  # fmt: skip


def _supervised(world: World, organization: Organization) -> list[Look]:
    page = signed_in(world.on_duty(DutyKind.SUPERVISOR, organization).user).get("/pengawas/")
    return sorted(page.context["page"].object_list, key=lambda look: look.pk)


def test_a_supervisor_reads_the_looks_of_his_body_and_of_its_units(world: World) -> None:
    """By the tree of bodies: neither an army post in the same kecamatan nor `31.73.051` is a unit of the Polsek."""
    post = _body("Koramil Uji", OrganizationKind.MILITARY, None)
    neighbour = _body("Polsek Sebelah", OrganizationKind.POLSEK, world.polres, KECAMATAN + "1")
    under_police = _body("Pos Bersama Uji", OrganizationKind.COMMUNITY, world.polsek)
    camera = world.site().cameras.get()
    looks = [_look(world, body, camera) for body in (world.polres, world.polsek, neighbour, post, under_police)]

    assert _supervised(world, world.polsek) == [looks[1]]
    assert _supervised(world, world.polres) == looks[:3]
    assert _supervised(world, post) == [looks[3]]


def test_looks_at_vital_objects_are_for_no_supervisor(world: World) -> None:
    """They stand in the object's own Buku Tamu; to a supervisor, too, it does not exist."""
    owner = person()
    _look(world, world.polsek, world.site(owner=owner, kind=PartnerKind.VITAL).cameras.get())

    assert _supervised(world, world.polsek) == []
    assert _supervised(world, world.polres) == []
    assert len(signed_in(owner).get("/mitra/buku-tamu/").context["page"].object_list) == 1


def test_a_supervisor_does_not_judge_his_own_looks(world: World) -> None:
    duty = world.on_duty(DutyKind.VIEWER, world.polsek)
    world.on_duty(DutyKind.SUPERVISOR, world.polsek, user=duty.user)
    _look(world, world.polsek, world.site().cameras.get(), duty=duty)

    page = signed_in(duty.user).get("/pengawas/")

    assert not page.context["page"].object_list


# --- Single cameras ------------------------------------------------------------------------------------------


def _broken(world: World, *, named: Organization) -> Camera:
    """Connected and down since an hour ago; its owner told only this body that it is there."""
    site = world.site()
    world.consent(site, recipient=named)
    camera = world.verified(site)
    Camera.objects.filter(pk=camera.pk).update(connected_at=world.now, connected_by=camera.verified_by)
    StatusInterval.objects.create(
        camera=camera, state=State.DOWN, cause="no_answer", since=world.now - timedelta(hours=1)
    )
    return camera


def _homes(world: World) -> dict[str, Client]:
    return {
        "/petugas/": signed_in(world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user),
        "/polsek/": signed_in(world.on_duty(DutyKind.GRANTOR, world.polsek).user),
        "/pusat-komando/": signed_in(world.on_duty(DutyKind.VIEWER, world.polres).user),
    }


def test_a_home_names_only_cameras_of_which_the_owner_told_that_body(world: World) -> None:
    to_polres, to_polsek = (_broken(world, named=body) for body in (world.polres, world.polsek))

    shown = {path: client.get(path) for path, client in _homes(world).items()}

    found = {path: [item.camera for item in page.context["broken"]] for path, page in shown.items()}
    assert found == {"/petugas/": [to_polsek], "/polsek/": [to_polsek], "/pusat-komando/": [to_polres]}
    assert {page.context["area"].counts.down for page in shown.values()} == {2}, "counts name nobody"


def test_a_withdrawn_word_takes_the_camera_off_the_homes(world: World) -> None:
    camera = _broken(world, named=world.polsek)
    Consent.objects.update(withdrawn_at=world.now, withdrawn_by=camera.verified_by)

    shown = [client.get(path).context["broken"] for path, client in _homes(world).items()]

    assert shown == [[], [], []]


def test_the_officer_reads_which_cameras_have_been_down_for_days(world: World) -> None:
    fresh, old = (_broken(world, named=world.polsek) for _ in range(2))
    StatusInterval.objects.filter(camera=old).update(since=world.now - timedelta(days=4))

    page = _homes(world)["/petugas/"].get("/petugas/")

    assert [item.camera for item in page.context["broken"]] == [fresh]
    assert [row.camera for row in page.context["long_down"]] == [old]


CAUSES = ("no_answer", "no_answer", "no_route", "no_answer")


def _recorder(world: World, *, days: int) -> tuple[Site, list[Camera]]:
    """One device of four channels, all down for so many days, the third for a cause of its own and the last since
    another moment."""
    site = world.site(labels=("Kanal 1", "Kanal 2", "Kanal 3", "Kanal 4"))
    world.consent(site, recipient=world.polsek)
    device = world.device(site, answered_at=world.now)
    cameras = list(site.cameras.order_by("pk"))
    since = world.now - timedelta(days=days)
    for number, (camera, cause) in enumerate(zip(cameras, CAUSES, strict=True), 1):
        site.cameras.filter(pk=camera.pk).update(
            device=device, channel=number, connected_at=world.now, connected_by=site.partner.people.get()
        )
        own = since + timedelta(minutes=number == len(CAUSES))
        StatusInterval.objects.create(camera=camera, state=State.DOWN, cause=cause, since=own)
    return site, cameras


@pytest.mark.parametrize(("days", "listed"), [(1, "broken"), (9, "long_down")])
def test_channels_that_fell_together_are_told_of_once_to_the_police(world: World, days: int, listed: str) -> None:
    _recorder(world, days=days)
    other = _broken(world, named=world.polsek)
    since = world.now - timedelta(days=days)
    StatusInterval.objects.filter(camera=other).update(since=since)

    page = _homes(world)["/petugas/"].get("/petugas/")

    assert [row.names for row in page.context[listed]] == [*("Kanal 1, Kanal 2", "Kanal 3", other.label, "Kanal 4")]
    assert "Kanal 1, Kanal 2" in page.content.decode()


# --- Cases ---------------------------------------------------------------------------------------------------


def test_cases_are_on_the_precinct_home_for_those_who_may_open_them(world: World) -> None:
    viewer = world.viewer(world.polsek)
    case = world.case(viewer)

    seen = signed_in(viewer.user).get("/polsek/")
    unseen = signed_in(world.on_duty(DutyKind.GRANTOR, world.polsek).user).get("/polsek/")

    assert list(seen.context["cases"]) == [case]
    assert case.place in seen.content.decode()
    assert not unseen.context["cases"]
    assert case.place not in unseen.content.decode()


@pytest.mark.parametrize("path", ["/polsek/", "/pusat-komando/"])
def test_a_home_lists_the_first_cases_and_leads_to_the_rest(world: World, path: str) -> None:
    viewer = world.viewer()
    for _ in range(21):
        world.case(viewer)

    page = signed_in(viewer.user).get(path)

    assert len(page.context["cases"]) == 20
    assert 'href="/polsek/perkara/"' in page.content.decode()


# --- The owner's cameras -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered", "verified", "words"),
    [
        (True, False, "Menunggu kunjungan petugas."),
        (True, True, "belum kami periksa"),
        (False, False, "Kamera ini belum tersambung"),
    ],
)
def test_a_connected_camera_waits_for_its_visit_and_is_not_called_unconnected(
    world: World, answered: bool, verified: bool, words: str
) -> None:
    site = world.site()
    world.device(site, answered_at=world.now if answered else None)
    owner = site.partner.people.get()
    stage = (world.now, owner, world.now + timedelta(days=300)) if verified else (None, None, None)
    Camera.objects.update(**dict(zip(("verified_at", "verified_by", "verified_until"), stage, strict=True)))

    page = signed_in(owner).get("/mitra/").content.decode()

    assert words in page
    assert ("Menunggu kunjungan petugas." in page) is (answered and not verified)


def test_channels_that_fell_together_are_told_of_once_to_their_owner(world: World) -> None:
    site, cameras = _recorder(world, days=1)

    page = signed_in(site.partner.people.get()).get("/mitra/").content.decode()

    assert page.count("Sama seperti Kanal 1.") == 1
    assert [f"/mitra/kamera/{camera.public_id}/kami-tahu/" in page for camera in cameras] == [
        True,
        False,
        True,
        True,
    ]


# --- The owner's notices -------------------------------------------------------------------------------------


def test_a_notice_is_new_until_its_reader_has_seen_it(world: World) -> None:
    site = world.site()
    owner = site.partner.people.get()
    tell(owner, code="uji", subject="Kabar", body="Isi.", now=world.now)
    stranger = signed_in(world.site().partner.people.get())
    stranger.get("/mitra/")

    first, second = (signed_in(owner).get("/mitra/") for _ in range(2))

    assert [notice.read_at for notice in first.context["notices"]] == [None]
    assert [notice.read_at is not None for notice in second.context["notices"]] == [True]
    assert (first.content.decode().count(">Baru<"), second.content.decode().count(">Baru<")) == (1, 0)
