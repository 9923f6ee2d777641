"""A vital object has three people whom the Polres names, each for one task; to all others it does not exist."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from access.errors import NotForThisBody
from access.services import revoke_grant
from accounts.duties import duties_in_force
from accounts.models import Duty, DutyKind, User
from audit.models import Entry
from notices.models import Notice
from registry.errors import NotNameable, NotYours
from registry.models import PartnerKind, Site
from registry.people import people_at
from registry.rights import Right
from registry.services.vital import name_person
from registry.vital import Task, known_to, may_approve, may_grant, sites_named_for, vital_sites_of
from tests.access.conftest import signed_in
from tests.factories import KELURAHAN, World, person

pytestmark = pytest.mark.django_db
LIST = "/polsek/objek-vital/"
SLUGS = {Task.VERIFIER: "pemeriksa", Task.GRANTOR: "pemberi", Task.APPROVER: "penyetuju"}


@pytest.fixture
def site(world: World) -> Site:
    found = world.site(kind=PartnerKind.VITAL)
    world.consent(found, Right.STILL_IN_HOURS)
    return found


@pytest.fixture
def chief(world: World) -> User:
    return world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user


def _fit(world: World, task: Task) -> User:
    """Somebody who can be named for this task."""
    if task == Task.VERIFIER:
        return world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user
    return world.on_duty(task.duty, world.polres).user


def _named(world: World, site: Site, chief: User, task: Task) -> User:
    user = _fit(world, task)
    name_person(site=site, task=task, person=user, by=chief, now=world.now)
    site.refresh_from_db()
    return user


def _visits(officer: User) -> list[object]:
    return [job.camera.site for job in signed_in(officer).get("/petugas/").context["jobs"]]


def _owner(site: Site) -> Client:
    return signed_in(site.partner.people.get())


def _page(site: Site, task: Task | None = None) -> str:
    return f"{LIST}{site.public_id}/" + (f"{SLUGS[task]}/" if task else "")


# --- naming --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", Task)
def test_an_administrator_of_the_polres_names_and_everybody_concerned_is_told(
    world: World, site: Site, chief: User, task: Task
) -> None:
    user, browser = _fit(world, task), signed_in(chief)
    assert f'href="{LIST}"' in browser.get("/polsek/").content.decode()
    assert browser.get(LIST).content.decode().count("belum ditunjuk") == 3

    answer = browser.post(_page(site, task), {"person": str(user.public_id)})

    assert answer.url == _page(site)
    assert getattr(Site.objects.get(pk=site.pk), task.field) == user
    assert str(user) in browser.get(_page(site)).content.decode()
    said = Notice.objects.get(user=site.partner.people.get()).body
    assert (str(user) in said) == (task == Task.VERIFIER), "only he who comes to the door has a name"
    told = Notice.objects.get(user=user)
    assert signed_in(user).get(told.url).status_code == 200
    entry = Entry.objects.get(action="site.person_named")
    assert json.loads(bytes(entry.body))["facts"]["task"] == task.value


def test_the_named_verifier_alone_visits(world: World, site: Site, chief: User) -> None:
    before = _owner(site).get("/mitra/").content.decode()
    first = _named(world, site, chief, Task.VERIFIER)
    assert _visits(first) == [site]

    second = _named(world, site, chief, Task.VERIFIER)
    name_person(site=site, task=Task.VERIFIER, person=second, by=chief, now=world.now)

    assert _visits(first) == []
    assert _visits(second) == [site]
    assert Entry.objects.filter(action="site.person_named").count() == 2, "the same name twice is no news"
    assert "Polres menunjuk seorang petugas" in before
    assert str(second) in _owner(site).get("/mitra/").content.decode()


@pytest.mark.parametrize("body", ["polres", "polsek"])
@pytest.mark.parametrize("kind", DutyKind)
def test_nobody_else_names_or_learns_of_it(world: World, site: Site, body: str, kind: DutyKind) -> None:
    if (body, kind) == ("polres", DutyKind.ADMINISTRATOR):
        return
    duty = world.on_duty(kind, getattr(world, body))
    client = signed_in(duty.user)

    for path in (LIST, _page(site), *(_page(site, task) for task in Task)):
        assert client.get(path).status_code == 404
        assert client.post(path, {"person": str(duty.user.public_id)}).status_code in {404, 405}
    assert LIST not in client.get("/polsek/").content.decode()
    with pytest.raises(NotYours):
        name_person(site=site, task=Task.GRANTOR, person=duty.user, by=duty.user, now=world.now)


@pytest.mark.parametrize("task", Task)
def test_only_who_is_fit_for_the_task_can_be_named(world: World, site: Site, chief: User, task: Task) -> None:
    """Not the one who names, the object's own people, those without the duty, elsewhere, of a Polsek where access
    is decided, or who verified a camera there."""
    own = site.partner.people.get()
    misfits = [chief, own, world.viewer().user]
    for user in (chief, own):
        world.on_duty(task.duty, world.polres, user=user)
    if task == Task.VERIFIER:
        misfits.append(world.on_duty(task.duty, world.polsek, area_code=world.other_kelurahan.code).user)
    else:
        misfits.append(world.on_duty(task.duty, world.polsek).user)
        verified = world.on_duty(task.duty, world.polres).user
        world.verified(site, by=verified)
        misfits.append(verified)
    over = world.on_duty(task.duty, world.polres)
    Duty.objects.filter(pk=over.pk).update(ended_at=world.now)
    misfits.append(over.user)

    for user in misfits:
        with pytest.raises(NotNameable):
            name_person(site=site, task=task, person=user, by=chief, now=world.now)
        answer = signed_in(chief).post(_page(site, task), {"person": str(user.public_id)})
        assert answer.status_code == 200
    assert getattr(Site.objects.get(pk=site.pk), task.field) is None


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("other", Task)
def test_the_three_are_three_people(world: World, site: Site, chief: User, task: Task, other: Task) -> None:
    if task == other:
        return
    user = _named(world, site, chief, task)
    world.on_duty(other.duty, world.polres, user=user)

    with pytest.raises(NotNameable):
        name_person(site=site, task=other, person=user, by=chief, now=world.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.filter(pk=site.pk).update(**{other.field: user})


@pytest.mark.parametrize("typed", ["", "bukan-uuid", "\x00"])
def test_a_strange_answer_comes_back_with_words(world: World, site: Site, chief: User, typed: str) -> None:
    _fit(world, Task.GRANTOR)
    answer = signed_in(chief).post(_page(site, Task.GRANTOR), {"person": typed})

    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_an_ordinary_site_has_no_such_page(world: World, chief: User) -> None:
    ordinary = world.site()

    for path in (_page(ordinary), _page(ordinary, Task.GRANTOR), f"{LIST}{ordinary.public_id}/bersama/"):
        assert signed_in(chief).get(path).status_code == 404


# --- what the named ones may ---------------------------------------------------------------------------------


def test_who_may_grant_and_who_may_approve(world: World, site: Site, chief: User) -> None:
    now, ordinary = world.now, world.site()
    grantor, approver = (_named(world, site, chief, task) for task in (Task.GRANTOR, Task.APPROVER))
    other_grantor, other_approver = (_fit(world, task) for task in (Task.GRANTOR, Task.APPROVER))
    of_polsek = world.on_duty(DutyKind.GRANTOR, world.polsek).user

    def who(rule: object, place: Site) -> set[User]:
        everybody = (grantor, approver, other_grantor, other_approver, of_polsek, chief, person())
        return {user for user in everybody if rule(user, place, now)}  # type: ignore[operator]

    assert who(may_grant, site) == {grantor}
    assert who(may_approve, site) == {approver}
    assert who(may_grant, ordinary) == {grantor, other_grantor, of_polsek}
    assert who(may_approve, ordinary) == {approver, other_approver}
    assert [list(sites_named_for(user, now)) for user in (grantor, approver)] == [[site], [site]]
    assert not sites_named_for(other_grantor, now).exists()
    for user in (grantor, approver):
        Duty.objects.filter(user=user).update(ended_at=now)
    assert not who(may_grant, site) | who(may_approve, site), "the name alone is no duty"
    assert not sites_named_for(grantor, now).exists()


def test_a_duty_at_the_polsek_does_not_do(world: World, site: Site) -> None:
    user = world.on_duty(DutyKind.GRANTOR, world.polsek).user
    Site.objects.filter(pk=site.pk).update(named_grantor=user)
    site.refresh_from_db()

    assert not may_grant(user, site, world.now)


def test_the_named_grantor_grants_and_revokes_and_no_other(world: World, site: Site, chief: User) -> None:
    camera = world.verified(site)
    grant = world.grant(site)
    first = grant.granted_by
    other = _fit(world, Task.GRANTOR)

    with pytest.raises(NotForThisBody):
        revoke_grant(grant=grant, by=other, now=world.now)
    for user, seen in ((first, True), (other, False)):
        browser = signed_in(user)
        assert (browser.get(f"/polsek/akses/{grant.public_id}/").status_code == 200) == seen
        listed = browser.get("/api/v1/grants/").json()["results"]
        assert (str(grant.public_id) in {row["id"] for row in listed}) == seen
        form = browser.get("/polsek/akses/baru/").content.decode()
        assert (str(site.public_id) in form) == seen
        assert (str(camera.public_id) in form) == seen
    second = _named(world, site, chief, Task.GRANTOR)
    with pytest.raises(NotForThisBody):
        revoke_grant(grant=grant, by=first, now=world.now)
    revoke_grant(grant=grant, by=second, now=world.now)


def test_known_to_is_one_rule(world: World, site: Site, chief: User) -> None:
    ordinary = world.site()
    users = {task: _named(world, site, chief, task) for task in Task}
    for task, user in users.items():
        world.on_duty(DutyKind.VIEWER, world.polres, user=user)
        known = {duty.kind: set(Site.objects.filter(known_to(duty))) for duty in duties_in_force(user, world.now)}
        assert known == {task.duty.value: {ordinary, site}, "viewer": {ordinary}}
    for kind in DutyKind:
        stranger = world.on_duty(kind, world.polres)
        assert set(Site.objects.filter(known_to(stranger))) == {ordinary}


def test_the_object_s_own_people_read_who_is_named(world: World, site: Site, chief: User) -> None:
    _named(world, site, chief, Task.APPROVER)

    assert Notice.objects.filter(user__in=people_at(site), code="vital.named").count() == 1
    assert list(vital_sites_of(chief, world.now + timedelta(seconds=1))) == [site]
