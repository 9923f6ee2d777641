"""Withdrawal against grant and against look, and recording services beside each other, on real connections.

PostgreSQL only: SQLite lets one writer in at a time. The entries of the trail are written under one lock that is
held until the commit, so their numbers tell in which order the changes became real.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.utils import timezone

import audit
from access.errors import AccessError
from access.models import Grant, Look
from access.services import give_grant, start_look
from accounts.models import DutyKind
from audit.checking import check_chain
from audit.models import Entry
from registry.errors import RegistryError
from registry.models import Consent
from registry.rights import AccessRight, Purpose, Right
from registry.services import pause_camera, resume_camera, withdraw_consent
from tests.factories import World, person, reason

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("only_on_postgresql"),
]

INTERLEAVINGS = 500  # Of each of the two pairs: a thousand in all.
WRITERS, ROUNDS = 8, 20


class Opponents:
    """Two threads, each with a connection of its own, that meet round after round at one starting line."""

    def __init__(self, *acts: Callable[[], object]) -> None:
        self.line = threading.Barrier(len(acts) + 1, timeout=30)
        self.problems: list[BaseException] = []
        self.outcomes: list[Counter[str]] = [Counter() for _ in acts]
        self.over = False
        self.threads = [threading.Thread(target=self._run, args=item, daemon=True) for item in enumerate(acts)]
        for thread in self.threads:
            thread.start()

    def _run(self, number: int, act: Callable[[], object]) -> None:
        chance = random.Random(number)  # The same small delays in each run.
        try:
            while True:
                self.line.wait()
                if self.over:
                    return
                threading.Event().wait(chance.choice((0, 0, 0.001, 0.002, 0.004, 0.008)))
                try:
                    act()
                    self.outcomes[number]["done"] += 1
                except (AccessError, RegistryError) as refusal:
                    self.outcomes[number][refusal.code] += 1
                finally:
                    self.line.wait()
        except BaseException as problem:
            self.problems.append(problem)
            self.line.abort()
        finally:
            connection.close()

    def meet(self) -> None:
        """One round: both begin together, and both are through when this returns."""
        self.line.wait()
        self.line.wait()

    def __enter__(self) -> "Opponents":
        return self

    def __exit__(self, *_: object) -> None:
        self.over = True
        if not self.line.broken:
            self.line.wait()
        for thread in self.threads:
            thread.join(30)
        assert self.problems == []


def numbers_of(action: str, after: int) -> list[int]:
    return list(Entry.objects.filter(action=action, number__gt=after).values_list("number", flat=True))


def last_number() -> int:
    return Entry.objects.order_by("-number").values_list("number", flat=True).first() or 0


def fight(world: World, site, act: Callable[[], object], action: str) -> Counter[str]:  # type: ignore[no-untyped-def]
    """Round after round: a fresh consent, its withdrawal beside the act; how the act fared.

    Fails where an entry of the act stands behind that of the withdrawal.
    """
    owner = site.partner.people.first()

    def withdraw() -> None:
        consent = Consent.objects.get(site=site, right=Right.STILL_IN_HOURS, withdrawn_at__isnull=True)
        withdraw_consent(consent=consent, by=owner, now=timezone.now())

    with Opponents(withdraw, act) as opponents:
        for _ in range(INTERLEAVINGS):
            world.consent(site, Right.STILL_IN_HOURS)
            before = last_number()
            opponents.meet()
            withdrawn = max(numbers_of("consent.withdrawn", before))
            late = [number for number in numbers_of(action, before) if number > withdrawn]
            assert late == [], f"{action} was committed after the withdrawal"
            Consent.objects.filter(site=site).delete()
        assert opponents.outcomes[0] == {"done": INTERLEAVINGS}
        return opponents.outcomes[1]


def grant_once(world: World, site, grantor, letter: str) -> None:  # type: ignore[no-untyped-def]
    now = timezone.now()
    give_grant(
        by=grantor,
        organization=world.polres,
        scope=site,
        right=AccessRight.VIEW_STILL,
        purpose=Purpose.SECURITY,
        letter_number=letter,
        valid_from=now,
        valid_until=now + timedelta(days=1),
        now=now,
    )


def test_two_who_press_the_same_button_at_once_give_one_grant() -> None:
    world = World(now=timezone.now())
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    grantor = world.on_duty(DutyKind.GRANTOR, world.polres).user
    rounds = count(2)

    def press() -> None:
        grant_once(world, site, grantor, f"Sprin/{next(rounds) // 2}/XI/2026")

    with Opponents(press, press) as opponents:
        for _ in range(50):
            opponents.meet()
        outcomes = opponents.outcomes

    assert outcomes[0] + outcomes[1] == {"done": 50, "grant_stands": 50}


def test_no_grant_is_committed_after_the_withdrawal() -> None:
    world = World(now=timezone.now())
    site = world.site()
    grantor = world.on_duty(DutyKind.GRANTOR, world.polres).user
    letters = (f"Sprin/{number}/XI/2026" for number in count(1))

    def grant() -> None:
        grant_once(world, site, grantor, next(letters))

    outcomes = fight(world, site, grant, "grant.given")

    assert set(outcomes) == {"done", "consent_too_small"}
    assert min(outcomes.values()) >= INTERLEAVINGS // 20, f"the two hardly met: {outcomes}"
    assert Grant.objects.count() == outcomes["done"]


def test_no_look_is_committed_after_the_withdrawal() -> None:
    world = World(now=timezone.now())
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    camera = world.verified(site)
    world.grant(world.kelurahan)
    viewer, why = world.viewer(), reason()

    def look() -> None:
        right = AccessRight.VIEW_STILL
        start_look(viewer=viewer, camera=camera, right=right, reason=why, case=None, now=timezone.now())

    Consent.objects.filter(site=site).delete()
    outcomes = fight(world, site, look, "look.started")

    assert set(outcomes) == {"done", "no_consent"}
    assert min(outcomes.values()) >= INTERLEAVINGS // 20, f"the two hardly met: {outcomes}"
    looks = Look.objects.all()
    assert looks.count() == outcomes["done"]
    assert not looks.filter(ended_at__isnull=True).exists(), "a look outlived the consent it rested on"


def test_nested_recording_services_never_wait_for_each_other_in_a_ring() -> None:
    """Eight writers pause and resume all the same cameras, each in an order of his own, several in one block."""
    world = World(now=timezone.now())
    owner = person()
    sites = [world.site(owner=owner) for _ in range(3)]
    cameras = [site.cameras.get() for site in sites]

    @audit.atomic
    def both(camera, now) -> None:  # type: ignore[no-untyped-def]
        pause_camera(camera=camera, until=now + timedelta(hours=1), by=owner, now=now)
        resume_camera(camera=camera, by=owner, now=now)
        audit.record("camera.paused", actor=owner, target=camera)

    def write(number: int) -> Callable[[], None]:
        chance = random.Random(number)

        def act() -> None:
            both(chance.choice(cameras), timezone.now())

        return act

    before = last_number()
    with Opponents(*(write(number) for number in range(WRITERS))) as writers:
        for _ in range(ROUNDS):
            writers.meet()

    assert [outcome["done"] for outcome in writers.outcomes] == [ROUNDS] * WRITERS
    assert last_number() - before == WRITERS * ROUNDS * 3
    assert check_chain().holds
