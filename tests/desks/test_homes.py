"""What the homes of the staff show, and to whom."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.models import Look
from accounts.models import DutyKind, Organization, OrganizationKind
from accounts.services import add_organization
from registry.models import Camera, PartnerKind
from registry.rights import AccessRight
from tests.access.conftest import signed_in
from tests.factories import KECAMATAN, World, reason

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


def test_looks_at_vital_objects_are_for_the_supervisor_of_the_polres(world: World) -> None:
    vital = world.site(kind=PartnerKind.VITAL).cameras.get()
    look = _look(world, world.polsek, vital)

    assert _supervised(world, world.polsek) == []
    assert _supervised(world, world.polres) == [look]


def test_a_supervisor_does_not_judge_his_own_looks(world: World) -> None:
    duty = world.on_duty(DutyKind.VIEWER, world.polsek)
    world.on_duty(DutyKind.SUPERVISOR, world.polsek, user=duty.user)
    _look(world, world.polsek, world.site().cameras.get(), duty=duty)

    page = signed_in(duty.user).get("/pengawas/")

    assert not page.context["page"].object_list
