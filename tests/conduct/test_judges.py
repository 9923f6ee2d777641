"""Who judges a look: somebody above it who had no part in it."""

from datetime import timedelta

import pytest

from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from accounts.services import add_organization
from conduct.judges import judged_by, judges_of, may_judge
from registry.models import Site
from tests.conduct.conftest import MakeLook
from tests.factories import World, person

pytestmark = pytest.mark.django_db


def supervisor(world: World, body: Organization, user: User | None = None) -> User:
    return world.on_duty(DutyKind.SUPERVISOR, body, user=user).user


def polda(world: World) -> Organization:
    """A body above the Polres."""
    above = add_organization(name="Polda Uji", kind=OrganizationKind.POLRES, area_code="31", parent=None)
    world.polres.parent = above
    world.polres.save(update_fields=["parent"])
    return above


def test_only_the_body_above_judges_a_unit(world, looked):
    look = looked()
    own, above = supervisor(world, world.polsek), supervisor(world, world.polres)

    assert judges_of(look, world.now) == [above]
    assert list(judged_by(above, world.now)) == [look]
    assert not list(judged_by(own, world.now))


def test_a_units_own_supervisor_judges_while_nobody_above_does(world, looked):
    look, own = looked(), supervisor(world, world.polsek)
    assert judges_of(look, world.now) == [own]

    above = supervisor(world, world.polres)
    assert judges_of(look, world.now) == [above]

    User.objects.filter(pk=above.pk).update(is_active=False)
    assert judges_of(look, world.now) == [own]


def test_nobody_who_ever_did_other_work_in_his_own_unit_judges_it(world, looked):
    look, own = looked(), supervisor(world, world.polsek)
    long_ago = world.on_duty(DutyKind.VIEWER, world.polsek, user=own)
    Duty.objects.filter(pk=long_ago.pk).update(
        since=look.started_at - timedelta(days=400), ended_at=look.started_at - timedelta(days=300)
    )

    assert judges_of(look, world.now) == []
    assert judges_of(looked(duty=world.on_duty(DutyKind.VIEWER, world.polres)), world.now) == []


def test_supervisors_of_the_unit_below_or_of_another_body_do_not(world, looked):
    kodim = world._body("Kodim Uji", OrganizationKind.MILITARY, "31.73")
    look = looked(duty=world.on_duty(DutyKind.VIEWER, world.polres))

    assert not may_judge(supervisor(world, world.polsek), look, world.now)
    assert not may_judge(supervisor(world, kodim), look, world.now)


@pytest.mark.parametrize("kind", [kind for kind in DutyKind if kind != DutyKind.SUPERVISOR])
def test_no_other_duty_judges(world, looked, kind):
    assert not may_judge(world.on_duty(kind, world.polres).user, looked(), world.now)


@pytest.mark.parametrize("kind", [kind for kind in DutyKind if kind != DutyKind.SUPERVISOR])
def test_nobody_judges_his_own_unit(world, looked, kind):
    look = looked()
    judge = supervisor(world, world.polres)
    assert may_judge(judge, look, world.now)

    world.on_duty(kind, world.polsek, user=judge)

    assert not may_judge(judge, look, world.now)


def test_who_served_there_when_it_happened_does_not_judge_after_he_left(world, looked):
    judge = supervisor(world, world.polres)
    served = world.on_duty(DutyKind.VIEWER, world.polsek, user=judge)
    look = looked(at=world.now - timedelta(hours=2))

    Duty.objects.filter(pk=served.pk).update(ended_at=world.now - timedelta(hours=1))
    assert not may_judge(judge, look, world.now)

    Duty.objects.filter(pk=served.pk).update(ended_at=world.now - timedelta(hours=3))
    assert may_judge(judge, look, world.now)


def test_nobody_judges_what_he_did_himself_for_another_unit(world, looked):
    judge = supervisor(world, world.polres)
    looking = world.on_duty(DutyKind.VIEWER, world.polsek, user=judge)
    look = looked(duty=looking)
    Duty.objects.filter(pk=looking.pk).update(ended_at=look.started_at)

    assert judges_of(look, world.now) == []


def test_a_supervisors_own_look_goes_to_the_body_above_his(world, looked):
    who = supervisor(world, world.polsek)
    look = looked(duty=world.on_duty(DutyKind.VIEWER, world.polsek, user=who))
    colleague, above = supervisor(world, world.polsek), supervisor(world, world.polres)

    assert judges_of(look, world.now) == [above]
    assert not may_judge(colleague, look, world.now)


def test_the_look_of_a_supervisor_of_the_body_above_goes_one_further_up(world, looked):
    above = polda(world)
    who = supervisor(world, world.polres)
    look = looked(duty=world.on_duty(DutyKind.VIEWER, world.polsek, user=who))
    supervisor(world, world.polsek)
    supervisor(world, world.polres)
    assert judges_of(look, world.now) == []

    highest = supervisor(world, above)

    assert judges_of(look, world.now) == [highest]


def test_looks_of_a_supervisor_of_the_topmost_body_go_to_a_body_of_oversight_in_its_area(world, looked):
    who = supervisor(world, world.polres)
    look = looked(duty=world.on_duty(DutyKind.VIEWER, world.polres, user=who))
    below = looked(duty=world.on_duty(DutyKind.VIEWER, world.polsek, user=who))
    others = looked(duty=world.on_duty(DutyKind.VIEWER, world.polres))
    supervisor(world, world.polres)
    supervisor(world, world._body("Pengawas Jauh", OrganizationKind.OVERSIGHT, "32"))
    assert judges_of(look, world.now) == judges_of(below, world.now) == []

    outside = supervisor(world, world._body("Propam Uji", OrganizationKind.OVERSIGHT, "31"))

    assert judges_of(look, world.now) == judges_of(below, world.now) == [outside]
    assert not may_judge(outside, others, world.now)


def test_nobody_judges_himself_however_high_he_supervises(world, looked):
    above = polda(world)
    who = supervisor(world, world.polres)
    supervisor(world, above, user=who)
    looking = world.on_duty(DutyKind.VIEWER, world.polsek, user=who)
    look = looked(duty=looking)
    Duty.objects.filter(pk=looking.pk).update(ended_at=look.started_at)

    assert not may_judge(who, look, world.now)


def test_only_a_duty_in_force_of_an_active_person_judges(world, looked):
    look = looked()
    judge = supervisor(world, world.polres)
    assert not may_judge(judge, look, world.now - timedelta(days=2))

    User.objects.filter(pk=judge.pk).update(is_active=False)
    judge.refresh_from_db()
    assert not may_judge(judge, look, world.now)
    assert judges_of(look, world.now) == []

    User.objects.filter(pk=judge.pk).update(is_active=True)
    judge.refresh_from_db()
    Duty.objects.filter(user=judge).update(ended_at=world.now)
    assert not may_judge(judge, look, world.now)


def test_a_vital_object_exists_for_no_supervisor(world, looked):
    look = looked()
    judge = supervisor(world, world.polres)
    Site.objects.update(vital=True)

    assert not may_judge(judge, look, world.now)


def test_nobody_at_all(world, looked: MakeLook):
    looked()

    assert list(judged_by(person(), world.now)) == []
