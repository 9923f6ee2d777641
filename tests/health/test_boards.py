"""The precinct's page: numbers for all, names for those who may know, the worst first."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import DutyKind, Organization, OrganizationKind
from accounts.services import add_organization
from health import services
from health.causes import Cause
from health.models import AreaDay, CameraDay, State, StatusInterval
from registry.models import Area, Camera, PartnerKind, Site
from registry.models.cameras import HELD_UNTIL
from registry.rights import AccessRight
from tests.access.conftest import signed_in
from tests.factories import CITY, KELURAHAN, OTHER_KELURAHAN, World

pytestmark = pytest.mark.django_db

PAGE = "/polsek/kesehatan/"


@pytest.fixture
def world() -> World:
    return World(now=timezone.now())


def add_camera(
    world: World,
    state: State | None,
    *,
    days: float = 1,
    cause: str = "",
    named: Organization | None = None,
    kelurahan: Area | None = None,
    kind: PartnerKind = PartnerKind.RESIDENT,
) -> Camera:
    """A connected camera that has been in this state for so many days; its owner told one body of it."""
    site = world.site(kelurahan=kelurahan, kind=kind)
    world.consent(site, recipient=named or world.polsek)
    camera = world.verified(site)
    if state is not None:
        since = world.now - timedelta(days=days)
        StatusInterval.objects.create(camera=camera, state=state, cause=cause, since=since)
    return camera


def read(world: World, query: str = "", *, kind: DutyKind = DutyKind.GRANTOR) -> HttpResponse:
    answer = signed_in(world.on_duty(kind, world.polsek).user).get(PAGE + query)
    assert answer.status_code == 200
    return answer


def named(page: HttpResponse) -> list[Camera]:
    return [row.camera for row in page.context["rows"]]


def test_the_worst_come_first_and_those_that_are_well_are_left_out(world: World) -> None:
    add_camera(world, State.NORMAL)
    disturbed = add_camera(world, State.DEGRADED, days=9)
    fresh, old = (add_camera(world, State.DOWN, days=days) for days in (1, 5))

    assert named(read(world)) == [old, fresh, disturbed]


def test_everything_can_be_asked_for_and_the_unknown_stand_before_the_well(world: World) -> None:
    well, unknown, down = (add_camera(world, state) for state in (State.NORMAL, None, State.DOWN))

    assert named(read(world, "?keadaan=semua")) == [down, unknown, well]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"?kelurahan={OTHER_KELURAHAN}", ["there"]),
        ("?keadaan=degraded", ["clock"]),
        ("?keadaan=unknown", ["unknown"]),
        ("?keadaan=up", []),
        (f"?sebab={Cause.REFUSED}", ["refused"]),
        (f"?sebab={Cause.REFUSED}&keadaan=degraded", []),
    ],
)
def test_the_filter_narrows_what_is_named(world: World, query: str, found: list[str]) -> None:
    cameras = {
        "there": add_camera(world, State.DOWN, cause=Cause.NO_ANSWER, kelurahan=world.other_kelurahan),
        "clock": add_camera(world, State.DEGRADED, cause=Cause.CLOCK_DRIFT),
        "refused": add_camera(world, State.DOWN, cause=Cause.REFUSED),
        "unknown": add_camera(world, None),
    }

    assert named(read(world, query)) == [cameras[name] for name in found]


@pytest.mark.parametrize("query", ["?kelurahan=31.74.01.1001", "?keadaan=rusak", "?sebab=%00"])
def test_a_filter_that_cannot_be_read_names_nobody_and_says_so(world: World, query: str) -> None:
    add_camera(world, State.DOWN)

    page = read(world, query)

    assert named(page) == []
    assert page.context["filter"].errors


def test_kelurahan_are_counted_worst_first(world: World) -> None:
    add_camera(world, State.NORMAL)
    add_camera(world, None)
    for _ in range(2):
        add_camera(world, State.DOWN, kelurahan=world.other_kelurahan)

    rows = read(world).context["areas"]

    assert [row.area.code for row in rows] == [OTHER_KELURAHAN, KELURAHAN]
    assert (rows[0].counts.down, rows[1].counts.normal, rows[1].counts.unknown) == (2, 1, 1)


def test_days_of_a_kelurahan_are_those_of_its_cameras_together(world: World) -> None:
    cameras = [add_camera(world, State.NORMAL) for _ in range(10)]
    yesterday = timezone.localdate(world.now) - timedelta(days=1)
    for camera in cameras[:9]:
        CameraDay.objects.create(camera=camera, day=yesterday, normal=86_400)
    CameraDay.objects.create(camera=cameras[9], day=yesterday, down=86_400)
    CameraDay.objects.create(camera=cameras[9], day=yesterday - timedelta(days=1), normal=86_000, down=400)
    services.pack_days(world.now)

    [row] = read(world).context["areas"]

    assert row.spark.words == "30 hari: terputus 1 hari, normal 2 hari, tidak diketahui 27 hari"


def test_a_row_tells_state_since_cause_days_and_who_maintains_it(world: World) -> None:
    camera = add_camera(world, State.DOWN, cause=Cause.REFUSED, days=0.01)
    Camera.objects.filter(pk=camera.pk).update(label="Pojok Timur")

    page = read(world)

    [row] = page.context["rows"]
    text = page.content.decode()
    assert (row.state.state, row.state.cause, row.place) == (State.DOWN, Cause.REFUSED, "")
    assert "terputus 1 hari" in row.spark.words
    assert all(word in text for word in ("Pojok Timur", "tidak menerima sambungan", "Perawat Uji", row.spark.words))
    assert "Jalan Uji 1" not in text, "the position is a right of its own"


def test_the_address_is_for_whoever_was_granted_the_position(world: World) -> None:
    add_camera(world, State.DOWN)
    world.grant(world.kelurahan, right=AccessRight.SEE_POSITION, organization=world.polsek)

    assert [row.place for row in read(world, kind=DutyKind.VIEWER).context["rows"]] == ["Jalan Uji 1"]


def test_others_are_counted_and_not_named(world: World) -> None:
    to_polres = add_camera(world, State.DOWN, named=world.polres)

    page = read(world)

    assert named(page) == []
    assert (page.context["counts"].down, page.context["unnamed"]) == (1, 1)
    assert named(read(world, "?keadaan=semua")) == []
    assert str(to_polres.public_id) not in page.content.decode()


def test_a_choice_that_there_is_not_is_not_repeated(world: World) -> None:
    page = read(world, "?kelurahan=" + "a" * 5000 + "&keadaan=mungkin&sebab=1").content.decode()

    assert page.count("Pilihan ini tidak ada.") == 3
    assert "aaaaaaaaaa bukan" not in page


def test_a_vital_object_is_neither_named_nor_counted(world: World) -> None:
    camera = add_camera(world, State.DOWN)
    Site.objects.filter(pk=camera.site_id).update(vital=True)
    CameraDay.objects.create(camera=camera, day=timezone.localdate(world.now) - timedelta(days=1), down=9)

    page = read(world, "?keadaan=semua")

    assert (named(page), page.context["areas"], page.context["counts"].total) == ([], [], 0)
    assert page.context["unnamed"] == 0


def test_a_camera_whose_data_must_not_be_processed_is_not_named(world: World) -> None:
    camera = add_camera(world, State.DOWN)
    Camera.objects.filter(pk=camera.pk).update(paused_until=HELD_UNTIL)

    assert named(read(world, "?keadaan=semua")) == []


def test_another_body_reads_what_it_was_granted_from_its_grant_on(world: World) -> None:
    guard = add_organization(name="Satgas Uji", kind=OrganizationKind.POLRES, area_code=CITY, parent=None)
    camera = add_camera(world, State.DOWN, days=9, named=guard)
    guard.kind = OrganizationKind.COMMUNITY  # Owners are offered the police alone; some other way was found here.
    guard.save()
    CameraDay.objects.create(camera=camera, day=timezone.localdate(world.now) - timedelta(days=5), down=86_400)
    client = signed_in(world.on_duty(DutyKind.VIEWER, guard).user)

    before = named(client.get(PAGE))
    world.grant(world.kelurahan, right=AccessRight.SEE_HEALTH, organization=guard)
    [row] = client.get(PAGE).context["rows"]

    assert before == []
    assert row.since > world.now - timedelta(minutes=1)
    assert row.spark.words == "30 hari: terputus 1 hari, tidak diketahui 29 hari"


def test_the_page_costs_the_same_however_many_cameras_it_tells_of(
    world: World, django_assert_max_num_queries: object
) -> None:
    client = signed_in(world.on_duty(DutyKind.VIEWER, world.polsek).user)
    for _ in range(12):
        add_camera(world, State.DOWN, kelurahan=world.other_kelurahan)
        add_camera(world, State.DEGRADED)
    client.get(PAGE)

    with django_assert_max_num_queries(45):
        assert len(client.get(PAGE).context["rows"]) == 24


def test_the_officer_reads_whom_to_call(world: World) -> None:
    camera = add_camera(world, State.DOWN, days=4, cause=Cause.NO_ANSWER)
    add_camera(world, State.DOWN, days=2)
    Site.objects.filter(pk=camera.site_id).update(
        maintainer_name="Teknisi Rukun", maintainer_phone="+6281200000007"
    )
    officer = signed_in(world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user)

    page = officer.get("/petugas/")

    assert [row.camera for row in page.context["long_down"]] == [camera]
    text = page.content.decode()
    assert 'href="tel:+6281200000007"' in text
    assert "Teknisi Rukun" in text
    assert "Listrik atau internet" in text


def test_the_added_up_days_hold_no_vital_object_and_no_camera_that_is_not_connected(world: World) -> None:
    yesterday = timezone.localdate(world.now) - timedelta(days=1)
    counted, vital, unconnected = (add_camera(world, State.NORMAL) for _ in range(3))
    Site.objects.filter(pk=vital.site_id).update(vital=True)
    Camera.objects.filter(pk=unconnected.pk).update(connected_at=None, connected_by=None)
    for camera, seconds in ((counted, 100), (vital, 20), (unconnected, 3)):
        CameraDay.objects.create(camera=camera, day=yesterday, down=seconds)

    services.pack_days(world.now)

    assert list(AreaDay.objects.filter(day=yesterday).values_list("area__code", "down")) == [(KELURAHAN, 100)]


def test_days_are_added_up_again_when_cameras_are_packed_late(world: World) -> None:
    midday = world.now.replace(hour=5)  # Noon in Jakarta: yesterday is settled.
    first, late = add_camera(world, State.DOWN, days=3), add_camera(world, None)
    services.pack_days(midday)
    yesterday = AreaDay.objects.latest("day").day
    StatusInterval.objects.create(camera=late, state=State.DOWN, since=world.now - timedelta(days=3))

    services.pack_days(midday)
    services.pack_days(midday)

    assert AreaDay.objects.get(day=yesterday).down == 2 * 86_400
    assert CameraDay.objects.filter(camera=first, day=yesterday).count() == 1
