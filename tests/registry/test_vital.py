"""A vital object is verified by the one officer whom the Polres names."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import DutyKind, User
from audit.models import Entry
from notices.models import Notice
from registry.errors import NotAVerifier, NotYours
from registry.models import PartnerKind, Site
from registry.services.vital import name_verifier
from tests.access.conftest import signed_in
from tests.factories import KELURAHAN, World

pytestmark = pytest.mark.django_db
LIST = "/polsek/objek-vital/"


@pytest.fixture
def world() -> World:
    return World(now=timezone.now())


@pytest.fixture
def site(world: World) -> Site:
    found = world.site(kind=PartnerKind.VITAL)
    world.consent(found)
    return found


@pytest.fixture
def chief(world: World) -> User:
    return world.on_duty(DutyKind.GRANTOR, world.polres).user


def _officer(world: World) -> User:
    return world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user


def _visits(officer: User) -> list[object]:
    return [job.camera.site for job in signed_in(officer).get("/petugas/").context["jobs"]]


def _owner(site: Site) -> Client:
    return signed_in(site.partner.people.get())


def test_the_polres_names_the_officer_and_he_alone_visits(world: World, site: Site, chief: User) -> None:
    officer, colleague = _officer(world), _officer(world)
    browser = signed_in(chief)
    page = f"{LIST}{site.public_id}/"
    before = _owner(site).get("/mitra/").content.decode()
    assert 'href="/polsek/objek-vital/"' in browser.get("/polsek/").content.decode()
    assert "belum ditunjuk" in browser.get(LIST).content.decode()

    answer = browser.post(page, {"officer": str(officer.public_id)})

    assert answer.url == LIST
    assert _visits(officer) == [site]
    assert _visits(colleague) == []
    told = Notice.objects.get(user=site.partner.people.get())
    assert str(officer) in told.body
    assert Notice.objects.filter(user=officer).exists()
    assert Entry.objects.filter(action="site.verifier_named").count() == 1
    assert "Bhabinkamtibmas kelurahan Anda datang" not in before
    assert "Polres menunjuk seorang petugas" in before
    assert str(officer) in _owner(site).get("/mitra/").content.decode()


def test_naming_another_takes_the_object_from_the_first(world: World, site: Site, chief: User) -> None:
    first, second = _officer(world), _officer(world)
    for officer in (first, first, second):
        name_verifier(site=site, officer=officer, by=chief, now=world.now)

    assert _visits(first) == []
    assert _visits(second) == [site]
    assert Entry.objects.filter(action="site.verifier_named").count() == 2, "the same name twice is no news"


@pytest.mark.parametrize("kind", [DutyKind.GRANTOR, DutyKind.ADMINISTRATOR])
def test_a_polsek_knows_nothing_of_it(world: World, site: Site, kind: DutyKind) -> None:
    duty = world.on_duty(kind, world.polsek)

    assert signed_in(duty.user).get(LIST).status_code == 404
    assert signed_in(duty.user).get(f"{LIST}{site.public_id}/").status_code == 404
    assert LIST not in signed_in(duty.user).get("/polsek/").content.decode()
    with pytest.raises(NotYours):
        name_verifier(site=site, officer=_officer(world), by=duty.user, now=world.now)


@pytest.mark.parametrize("kind", [DutyKind.VIEWER, DutyKind.VERIFIER, DutyKind.APPROVER, DutyKind.SUPERVISOR])
def test_other_duties_of_the_polres_do_not_name(world: World, site: Site, kind: DutyKind) -> None:
    client = signed_in(world.on_duty(kind, world.polres).user)

    assert client.get(LIST).status_code == 404


def test_only_a_verifier_of_that_place_can_be_named(world: World, site: Site, chief: User) -> None:
    """Neither a viewer, nor a verifier of elsewhere, nor the object's own people, nor the one who names."""
    elsewhere = world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=world.other_kelurahan.code).user
    own = site.partner.people.get()
    for user in (own, chief):
        world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN, user=user)

    for officer in (world.viewer().user, elsewhere, own, chief):
        with pytest.raises(NotAVerifier):
            name_verifier(site=site, officer=officer, by=chief, now=world.now)
        page = signed_in(chief).post(f"{LIST}{site.public_id}/", {"officer": str(officer.public_id)})
        assert page.status_code == 200
    assert Site.objects.get(pk=site.pk).named_verifier is None


@pytest.mark.parametrize("typed", ["", "bukan-uuid", "\x00"])
def test_a_strange_answer_comes_back_with_words(world: World, site: Site, chief: User, typed: str) -> None:
    _officer(world)
    page = signed_in(chief).post(f"{LIST}{site.public_id}/", {"officer": typed})

    assert page.status_code == 200
    assert page.context["form"].errors


def test_an_ordinary_site_has_no_such_page(world: World, chief: User) -> None:
    assert signed_in(chief).get(f"{LIST}{world.site().public_id}/").status_code == 404
