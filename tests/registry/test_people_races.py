"""Two of an owner's people at the same moment. PostgreSQL only: SQLite lets one writer in at a time."""

import time
from datetime import timedelta
from threading import Event

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from onboarding.later.services import change_consents
from registry.errors import LastManager, ProposalOver, RegistryError, RoleHeld
from registry.models import Consent, PartnerPerson, PersonRole, Proposal, SecondSignature, Site
from registry.rights import Right
from registry.services import (
    ConsentChoice,
    ask_for_two,
    countersign,
    end_role,
    give_role,
    propose_consents,
    withdraw_all,
)
from tests.factories import World, person
from tests.onboarding.test_races import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("only_on_postgresql"),
]
ROUNDS = 12


def refused(act: object) -> RegistryError | object:
    try:
        return act()  # type: ignore[operator]
    except RegistryError as refusal:
        return refusal


def place(world: World, managers: int) -> tuple[Site, list[User]]:
    people = [person() for _ in range(managers)]
    site = world.site(owner=people[0])
    world.consent(site)
    for user in people[1:]:
        give_role(site=site, user=user, role=PersonRole.MANAGER, by=people[0], now=world.now, everywhere=True)
    return site, people


def test_of_managers_who_all_leave_at_once_one_stays() -> None:
    world = World(now=timezone.now())
    for _ in range(ROUNDS):
        site, people = place(world, 3)
        rows = [PartnerPerson.objects.get(user=user) for user in people]

        results = together(
            *[
                lambda row=row, by=by: refused(lambda: end_role(held=row, by=by, now=world.now))  # type: ignore[misc]
                for row, by in zip(rows, people, strict=True)
            ]
        )

        assert PartnerPerson.objects.filter(partner=site.partner, role=PersonRole.MANAGER).count() == 1
        assert [type(one) for one in results].count(LastManager) == 1


def test_one_role_given_by_two_at_once_is_given_once() -> None:
    world = World(now=timezone.now())
    site, people = place(world, 2)
    user = person()

    results = together(
        *[
            lambda by=by: refused(  # type: ignore[misc]
                lambda: give_role(site=site, user=user, role=PersonRole.READER, by=by, now=world.now)
            )
            for by in people
        ]
    )

    assert [type(one) for one in results].count(RoleHeld) == 1
    assert PartnerPerson.objects.filter(user=user).count() == 1


def waiting(world: World) -> tuple[Site, list[User], Proposal]:
    site, people = place(world, 3)
    ask_for_two(site=site, by=people[0], now=world.now)
    wanted = ConsentChoice(Right.RECORDING_ON_REQUEST, world.polres, world.now + timedelta(days=90))
    return site, people, propose_consents(site=site, choices=[wanted], by=people[0], now=world.now)


def test_two_who_countersign_at_once_sign_once() -> None:
    world = World(now=timezone.now())
    for _ in range(ROUNDS):
        site, people, proposal = waiting(world)

        results = together(
            *[
                lambda by=by, wanted=proposal: refused(  # type: ignore[misc]
                    lambda: countersign(proposal=wanted, by=by, now=world.now)
                )
                for by in people[1:]
            ]
        )

        assert [type(one) for one in results].count(ProposalOver) == 1
        assert Consent.objects.filter(site=site, right=Right.RECORDING_ON_REQUEST).count() == 1


def test_proposing_anew_while_another_countersigns_stops_neither() -> None:
    """Each holds rows that the other's new rows point to: the locks must let them be pointed to."""
    world = World(now=timezone.now())
    for _ in range(ROUNDS):
        site, people, proposal = waiting(world)
        wanted = ConsentChoice(Right.STILL_IN_INCIDENT, world.polres, world.now + timedelta(days=90))

        results = together(
            lambda: refused(lambda: countersign(proposal=proposal, by=people[1], now=world.now)),  # noqa: B023
            lambda: change_consents(site=site, choices=[wanted], by=people[2], now=world.now),  # noqa: B023
            lambda: ask_for_two(site=site, by=people[0], now=world.now, everywhere=True),  # noqa: B023
        )

        assert isinstance(results[0], Proposal | ProposalOver)
        assert isinstance(results[1], Proposal)
        assert isinstance(results[2], SecondSignature)


def test_after_a_withdrawal_no_countersignature_leaves_a_consent_in_force() -> None:
    """Whichever comes first: nothing that was given under two names outlives the withdrawal of one."""
    world = World(now=timezone.now())
    for _ in range(ROUNDS):
        site, people, proposal = waiting(world)

        together(
            lambda: refused(lambda: countersign(proposal=proposal, by=people[1], now=world.now)),  # noqa: B023
            lambda: refused(lambda: withdraw_all(site=site, by=people[2], now=world.now)),  # noqa: B023
        )

        assert not Consent.objects.in_force(timezone.now()).filter(site=site).exists()


def test_a_withdrawal_that_had_to_wait_for_a_gift_takes_that_back_too() -> None:
    """What was committed while the withdrawal waited for its lock is not in the statement that waited."""
    world = World(now=timezone.now())
    site, [owner] = place(world, 1)
    given = Event()

    def give() -> None:
        with transaction.atomic():
            world.consent(site, Right.RECORDING_ON_REQUEST)
            given.set()
            time.sleep(0.5)

    def withdraw() -> None:
        assert given.wait(10)
        withdraw_all(site=site, by=owner, now=timezone.now())

    together(give, withdraw)

    assert Consent.objects.filter(site=site, right=Right.RECORDING_ON_REQUEST).exists()
    assert not Consent.objects.in_force(timezone.now()).filter(site=site).exists()
