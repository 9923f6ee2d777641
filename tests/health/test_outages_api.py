"""GET /api/v1/outages/: of each outage the cameras that the caller may know of, none from before his right."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Grant
from accounts.models import User
from health.models import Fall, Outage, OutageKind
from registry.models import Site
from registry.rights import AccessRight, Right
from tests.access.conftest import signed_in
from tests.factories import World, person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return World(now=timezone.now())


def falls(world: World, outage: Outage, owner: User, *, until: datetime | None = None, listed: bool = True) -> Site:
    site = world.site(owner=owner)
    if listed:
        world.consent(site, Right.LISTED)
    world.verified(site)
    Fall.objects.create(device=world.device(site), since=outage.since, until=until, outage=outage)
    return site


def area_outage(world: World, began: timedelta, ended: timedelta | None = None) -> Outage:
    return Outage.objects.create(
        kind=OutageKind.AREA,
        key=world.kelurahan.code,
        since=world.now - began,
        until=world.now - ended if ended else None,
        cause="no_answer",
    )


def read(client: Client, **asked: str) -> list[dict[str, object]]:
    return client.get("/api/v1/outages/", asked).json()["results"]


def test_each_reads_of_his_own_cameras(world: World) -> None:
    outage, me, other = area_outage(world, HOUR), person(), person()
    mine, theirs = falls(world, outage, me), falls(world, outage, other)
    back = falls(world, outage, me, until=world.now)

    [row] = read(signed_in(me))

    ids = {str(site.cameras.get().public_id) for site in (mine, back)}
    assert set(row["cameras"]) == ids
    assert row["back"] == [str(back.cameras.get().public_id)]
    assert (row["id"], row["kind"], row["until"]) == (str(outage.public_id), "area", None)
    assert row["place"] == world.kelurahan.name
    assert str(theirs.cameras.get().public_id) not in str(row)
    assert read(signed_in(person())) == []


def test_an_officer_reads_what_was_granted_from_the_day_on_which_it_was(world: World) -> None:
    running, over = area_outage(world, 48 * HOUR), area_outage(world, 90 * HOUR, 80 * HOUR)
    owner = person()
    seen = falls(world, running, owner)
    falls(world, running, owner, listed=False)
    falls(world, over, owner, until=world.now - 80 * HOUR)
    client = signed_in(world.viewer().user)
    before = read(client)
    grant = world.grant(world.kelurahan, right=AccessRight.SEE_HEALTH)

    [row] = read(client)

    assert before == []
    assert row["cameras"] == [str(seen.cameras.get().public_id)]
    assert datetime.fromisoformat(str(row["since"])) == grant.granted_at
    assert len(read(signed_in(owner))) == 2
    assert client.get(f"/api/v1/outages/{over.public_id}/").status_code == 404
    Grant.objects.update(granted_at=world.now - 100 * HOUR, valid_from=world.now - 100 * HOUR)
    seen.consents.update(valid_from=world.now - 100 * HOUR)
    assert datetime.fromisoformat(str(read(client)[0]["since"])) == running.since


def test_the_address_of_a_site_is_its_owners_to_read(world: World) -> None:
    outage = Outage.objects.create(kind=OutageKind.SITE, key="1", since=world.now, cause="no_answer")
    owner = person()
    site = falls(world, outage, owner)
    world.grant(world.kelurahan, right=AccessRight.SEE_HEALTH)

    [row], [own] = read(signed_in(world.viewer().user)), read(signed_in(owner))

    assert (row["place"], own["place"]) == (world.kelurahan.name, site.address)


def test_running_or_over_and_pages(world: World) -> None:
    owner = person()
    outages = [
        area_outage(world, 9 * HOUR, 8 * HOUR),
        area_outage(world, 5 * HOUR, 4 * HOUR),
        area_outage(world, HOUR),
    ]
    for outage in outages:
        falls(world, outage, owner, until=outage.until)
    client = signed_in(owner)

    assert [row["id"] for row in read(client)] == [str(outage.public_id) for outage in reversed(outages)]
    assert [row["id"] for row in read(client, running="true")] == [str(outages[2].public_id)]
    assert len(read(client, running="false")) == 2
    assert client.get("/api/v1/outages/", {"running": "ya"}).status_code == 400
    for nothing in ("?running", "?running="):
        assert len(client.get(f"/api/v1/outages/{nothing}").json()["results"]) == 3
    first = client.get("/api/v1/outages/", {"page_size": 2}).json()
    assert len(first["results"]) == 2
    assert len(client.get(first["next"]).json()["results"]) == 1


def test_the_number_of_queries_does_not_grow(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    owner = person()
    for hours in range(2, 12):
        outage = area_outage(world, hours * HOUR, HOUR)
        for _ in range(2):
            falls(world, outage, owner, until=outage.until)
    client = signed_in(owner)
    client.get("/api/v1/outages/")

    with django_assert_max_num_queries(20):
        assert len(read(client)) == 10
