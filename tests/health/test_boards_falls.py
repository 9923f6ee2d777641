"""What the pages tell of outages, and of what owners said of a fall."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client import generate_latest

from accounts.models import DutyKind
from health.boards import outages_of
from health.models import Acknowledgement, Fall, Outage, OutageKind, State
from health.versions import version_of_camera
from registry.models import Camera, Device, Site
from tests.access.conftest import signed_in
from tests.factories import KELURAHAN, World
from tests.health.test_boards import add_camera, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World(now=timezone.now())


def add_fall(world: World, camera: Camera, *, outage: Outage | None = None, over: bool = False) -> Fall:
    """The device of this camera fell an hour ago."""
    if camera.device is None:
        world.device(camera.site, answered_at=world.now)
        camera.refresh_from_db()
    return Fall.objects.create(
        device=camera.device,
        since=world.now - timedelta(hours=1),
        until=world.now if over else None,
        cause="no_answer",
        outage=outage,
    )


def add_outage(world: World, kind: OutageKind = OutageKind.AREA, key: str = KELURAHAN) -> Outage:
    return Outage.objects.create(kind=kind, key=key, since=world.now - timedelta(hours=1), cause="no_answer")


def say(fall: Fall, world: World, days: int = 3) -> Acknowledgement:
    owner = fall.device.site.partner.people.get()
    day = timezone.localdate(world.now) + timedelta(days=days)
    return Acknowledgement.objects.create(fall=fall, by=owner, at=world.now, back_on=day)


def test_the_precinct_reads_of_an_outage_with_the_cameras_it_may_know(world: World) -> None:
    outage = add_outage(world)
    known, back = (add_camera(world, state) for state in (State.DOWN, State.NORMAL))
    unknown = add_camera(world, State.DOWN, named=world.polres)
    add_fall(world, known, outage=outage)
    add_fall(world, back, outage=outage, over=True)
    add_fall(world, unknown, outage=outage)
    Camera.objects.filter(pk=known.pk).update(label="Tiang Dua")
    Camera.objects.filter(pk=unknown.pk).update(label="Tiang Asing")

    page = read(world)

    [row] = page.context["outages"]
    assert set(row.outage.cameras) == {known, back}
    assert row.outage.back == (back,)
    assert row.areas == [world.kelurahan.name]
    text = page.content.decode()
    assert "Gangguan di kelurahan" in text
    assert "Tiang Dua" in text
    assert "1 sudah kembali" in text
    assert "Tiang Asing" not in text


def test_an_outage_that_holds_no_camera_of_his_is_not_told(world: World) -> None:
    outage = add_outage(world)
    add_fall(world, add_camera(world, State.DOWN, named=world.polres), outage=outage)

    assert read(world).context["outages"] == []


def test_an_outage_that_is_over_is_not_told(world: World) -> None:
    outage = add_outage(world)
    add_fall(world, add_camera(world, State.DOWN), outage=outage)
    Outage.objects.update(until=world.now)

    assert read(world).context["outages"] == []


def test_a_vital_object_is_in_no_outage_that_others_read(world: World) -> None:
    outage = add_outage(world)
    camera = add_camera(world, State.DOWN)
    add_fall(world, camera, outage=outage)
    Site.objects.filter(pk=camera.site_id).update(vital=True)

    assert read(world).context["outages"] == []
    assert 'mitra_outages_running{kind="area"} 0.0' in generate_latest().decode()


def test_running_outages_are_counted_for_the_operator(world: World) -> None:
    add_fall(world, add_camera(world, State.DOWN), outage=add_outage(world))
    Outage.objects.create(kind=OutageKind.SITE, key="x", since=world.now, until=world.now)

    told = generate_latest().decode()

    assert 'mitra_outages_running{kind="area"} 1.0' in told
    assert 'mitra_outages_running{kind="site"} 0.0' in told


def test_the_largest_outage_comes_first(world: World) -> None:
    small, large = add_outage(world), add_outage(world, OutageKind.NETWORK, "198.51.100.0/24")
    for outage, count in ((small, 1), (large, 2)):
        for _ in range(count):
            add_fall(world, add_camera(world, State.DOWN), outage=outage)
    duty = world.on_duty(DutyKind.GRANTOR, world.polsek)

    rows = outages_of(Camera.objects.listed(), duty, world.now)

    assert [row.outage.outage for row in rows] == [large, small]


def test_staff_reads_that_the_owner_knows_and_when_it_is_back(world: World) -> None:
    said, silent = (add_camera(world, State.DOWN, days=5) for _ in range(2))
    day = say(add_fall(world, said), world).back_on
    add_fall(world, silent)
    officer = signed_in(world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user)

    rows = {row.camera: row.back_on for row in read(world).context["rows"]}
    home = officer.get("/petugas/")

    assert rows == {said: day, silent: None}
    assert {row.camera: row.back_on for row in home.context["long_down"]} == rows
    assert "Pemilik tahu" in home.content.decode()
    assert "Pemilik belum mengabarkan" in home.content.decode()


def test_the_owner_reads_of_the_outage_and_may_say_that_he_knows(world: World) -> None:
    camera = add_camera(world, State.DOWN)
    fall = add_fall(world, camera, outage=add_outage(world))
    owner = signed_in(camera.site.partner.people.get())
    address = f"/mitra/kamera/{camera.public_id}/kesehatan/"

    before = owner.get(address).content.decode()
    say(fall, world)
    after = owner.get(address).content.decode()

    assert f'href="/mitra/kamera/{camera.public_id}/kami-tahu/"' in before
    assert "Ini bagian dari gangguan bersama (Gangguan di kelurahan)" in before
    assert "Dikabarkan" not in before
    assert "Dikabarkan" in after


@pytest.mark.parametrize(
    "change",
    [
        lambda world, fall: say(fall, world),
        lambda world, fall: Fall.objects.update(until=world.now),
        lambda world, fall: Fall.objects.update(outage=add_outage(world)),
    ],
    ids=["said", "back", "outage"],
)
def test_open_pages_hear_of_each_of_these(world: World, change: Callable[[World, Fall], object]) -> None:
    camera = add_camera(world, State.DOWN)
    fall = add_fall(world, camera)
    shown = version_of_camera(camera, world.now)
    assert version_of_camera(camera, world.now) == shown

    change(world, fall)

    assert version_of_camera(camera, world.now) != shown


def test_the_version_of_a_camera_does_not_move_with_its_neighbours(world: World) -> None:
    camera, other = (add_camera(world, State.DOWN) for _ in range(2))
    add_fall(world, camera)
    shown = version_of_camera(camera, world.now)

    add_fall(world, other, outage=add_outage(world))

    assert Device.objects.count() == 2
    assert version_of_camera(camera, world.now) == shown
