"""Two administrators at the same moment. PostgreSQL only: SQLite lets one writer in at a time."""

import contextlib
import threading
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import DutyKind, User
from audit.models import Entry
from registry.errors import AlreadyDetached, NetworkNameTaken, RangeTaken, RegistryError
from registry.models import Network, Site
from registry.rights import Right
from registry.services import networks
from registry.services.networks import attach_network, detach_network
from tests.factories import World
from tests.onboarding.test_races import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("only_on_postgresql"),
]
AT_ONCE = 4


@pytest.fixture
def administrators(world: World) -> list[User]:
    return [world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user for _ in range(AT_ONCE)]


@pytest.fixture
def sites(world: World) -> list[Site]:
    found = [world.site() for _ in range(AT_ONCE)]
    for site in found:
        world.consent(site, Right.STILL_IN_HOURS)
    return found


@pytest.fixture
def judged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody writes before all have looked whether the range is free, or one has waited for them long enough."""
    everybody = threading.Barrier(AT_ONCE)
    really = networks._require_free

    def judge(*args: Any) -> None:
        really(*args)
        with contextlib.suppress(threading.BrokenBarrierError):
            everybody.wait(0.7)

    monkeypatch.setattr(networks, "_require_free", judge)


def attempt(site: Site, by: User, name: str, text: str) -> Network | RegistryError:
    try:
        return attach_network(site=site, by=by, name=name, text=text, ports=[80], now=timezone.now())
    except RegistryError as refusal:
        return refusal


@pytest.mark.usefixtures("judged_at_once")
@pytest.mark.parametrize(
    ("names", "ranges", "refusal"),
    [
        (
            ["A", "B", "C", "D"],
            ["10.20.30.0/24", "10.20.30.0/25", "10.20.30.64/26", "10.20.30.64/27"],
            RangeTaken,
        ),
        (["A", "a", "A", "a"], [f"10.20.{n}.0/24" for n in range(AT_ONCE)], NetworkNameTaken),
    ],
    ids=["overlapping ranges", "one name"],
)
def test_of_overlapping_networks_attached_at_once_one_is_attached(
    sites: list[Site], administrators: list[User], names: list[str], ranges: list[str], refusal: type[RegistryError]
) -> None:
    results = together(
        *[
            lambda n=n: attempt(sites[n], administrators[n], names[n], ranges[n])  # type: ignore[misc]
            for n in range(AT_ONCE)
        ]
    )

    assert Network.objects.count() == 1
    assert [type(one) for one in results].count(refusal) == AT_ONCE - 1
    assert Entry.objects.filter(action="network.attached").count() == 1


def test_two_who_detach_at_once_detach_once(sites: list[Site], administrators: list[User]) -> None:
    network = attempt(sites[0], administrators[0], "A", "10.20.30.0/24")
    assert isinstance(network, Network)

    def detach(by: User) -> Network | RegistryError:
        try:
            return detach_network(network=network, by=by, now=timezone.now())
        except RegistryError as refusal:
            return refusal

    results = together(*[lambda by=by: detach(by) for by in administrators])  # type: ignore[misc]

    assert [type(one) for one in results].count(AlreadyDetached) == AT_ONCE - 1
    assert Entry.objects.filter(action="network.detached").count() == 1
