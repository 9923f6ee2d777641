"""What is kept of a view: under the consent alone, sealed, learned by a rule, confirmed by a second picture."""

import io
import os
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from PIL import Image

from demo.scene import Scene
from devices.secrets import sealed_with
from health import services, tasks
from health.models import CameraView, CheckGroup, CheckState, DaySource
from health.pictures.judging import Finding
from health.pictures.sealing import PLACES, opened, sealed
from health.pictures.small import Small, small
from proof import spoiling
from registry.models import Camera, Consent, Ending, Site
from registry.rights import Right
from registry.services import do_what_is_owed, end_verification, what_follows, withdraw_camera, withdraw_consent
from tests.factories import World

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # 12.00 in Jakarta
MIDNIGHT = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIZE = (640, 360)
STREET = Scene("Gerbang", 2)


@pytest.fixture(autouse=True)
def an_hour(settings):
    settings.PICTURE_AGAIN_AFTER = HOUR


@pytest.fixture
def world() -> World:
    return World(NOON)


@pytest.fixture
def camera(world: World) -> Camera:
    """Verified, connected, and with the consent to pictures for its health."""
    site = world.site()
    world.consent(site, Right.HEALTH_SNAPSHOT)
    world.device(site)
    return world.verified(site)


def drawn(now: datetime, sign: str = "") -> Image.Image:
    return STREET.draw(SIZE, now, sign)


def seen(now: datetime, kind: spoiling.Spoiler = spoiling.plain, *, turned: float = 0.0) -> Small:
    return small(kind(STREET.draw(SIZE, now, turned=turned), int(now.timestamp()) % 997))


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def verify(camera: Camera, now: datetime = NOON) -> bool:
    return services.keep_verified_view(camera=camera, jpeg=jpeg(drawn(now, "4821")), now=now)


def look(camera: Camera, now: datetime, kind: spoiling.Spoiler = spoiling.plain, **how: float) -> Finding:
    finding = services.record_picture(camera=camera, picture=seen(now, kind, **how), now=now)
    assert finding is not None
    return finding


def test_the_picture_of_the_visit_is_the_reference_and_a_clear_one_takes_its_place_once(camera):
    assert verify(camera)
    assert camera.view.day_source == DaySource.VISIT

    look(camera, NOON + HOUR)
    camera.view.refresh_from_db()
    matched = camera.view.sealed_day
    look(camera, NOON + 2 * HOUR)

    camera.view.refresh_from_db()
    assert (camera.view.day_source, camera.view.day_taken_at) == (DaySource.MATCHED, NOON + HOUR)
    assert camera.view.sealed_day == matched


def test_a_view_that_was_turned_after_the_visit_never_becomes_the_reference(camera):
    verify(camera)

    for hour in range(1, 4):
        assert look(camera, NOON + hour * HOUR, turned=0.2).measured == "shift"

    camera.view.refresh_from_db()
    assert camera.view.day_source == DaySource.VISIT
    assert camera.view.cause == "turned"


def test_a_night_is_learned_when_it_lies_on_the_day(camera):
    verify(camera)
    look(camera, NOON + HOUR)

    assert not look(camera, MIDNIGHT, spoiling.by_infrared).suspected
    camera.view.refresh_from_db()
    assert camera.view.night_taken_at == MIDNIGHT

    assert look(camera, MIDNIGHT + HOUR, spoiling.by_hand).suspected == "covered"


def test_without_a_reference_of_the_night_a_dim_night_proves_nothing_and_a_moved_one_does(camera):
    verify(camera)
    look(camera, NOON + HOUR)

    assert look(camera, MIDNIGHT, spoiling.by_cloth) == Finding()
    assert look(camera, MIDNIGHT + HOUR, spoiling.plain, turned=0.2).suspected == "turned"
    assert look(camera, MIDNIGHT + 2 * HOUR, spoiling.black).cause == "black"
    camera.view.refresh_from_db()
    assert camera.view.sealed_night == ""


def test_a_night_that_proves_nothing_does_not_end_what_was_found_by_day(camera):
    verify(camera)
    look(camera, NOON + HOUR, spoiling.by_cloth)
    assert look(camera, NOON + 2 * HOUR, spoiling.by_cloth).cause == "covered"

    assert look(camera, MIDNIGHT, spoiling.by_cloth).cause == "covered"
    assert services.causes_of([camera.pk]) == {camera.pk: "covered"}


def test_where_the_consent_came_after_the_visit_the_first_picture_of_a_day_is_the_reference(camera):
    look(camera, MIDNIGHT)
    assert camera.view.sealed_day == ""

    look(camera, NOON + timedelta(days=1))

    camera.view.refresh_from_db()
    assert camera.view.day_source == DaySource.FIRST
    assert look(camera, NOON + timedelta(days=1, hours=1), turned=0.1).suspected == "turned"


def test_a_fault_counts_when_a_second_picture_shows_it_an_hour_later(camera):
    verify(camera)
    look(camera, NOON + HOUR)

    first = look(camera, NOON + 2 * HOUR, spoiling.by_hand)
    soon = look(camera, NOON + 2 * HOUR + timedelta(minutes=50), spoiling.by_hand)
    assert (first.cause, first.suspected, soon.cause) == ("", "covered", "")
    assert services.causes_of([camera.pk]) == {}

    assert look(camera, NOON + 3 * HOUR, spoiling.by_paper).cause == "covered"
    assert services.causes_of([camera.pk]) == {camera.pk: "covered"}
    assert look(camera, NOON + 4 * HOUR, turned=0.2).cause == "turned"
    assert look(camera, NOON + 5 * HOUR) == Finding()
    assert services.causes_of([camera.pk]) == {}
    assert look(camera, NOON + timedelta(days=1), spoiling.by_hand).suspected == "covered"


def test_one_frame_that_comes_twice_within_minutes_is_not_frozen(camera):
    frame = seen(NOON)

    def again(after: timedelta) -> Finding:
        finding = services.record_picture(camera=camera, picture=frame, now=NOON + after)
        assert finding is not None
        return finding

    again(timedelta())
    assert again(timedelta(seconds=20)) == Finding()
    assert again(HOUR).suspected == "frozen"
    assert again(HOUR + timedelta(seconds=20)).suspected == "frozen", "the same task twice takes nothing back"
    assert again(2 * HOUR).cause == "frozen"


def test_without_the_consent_nothing_is_judged_or_kept(camera, world):
    owner = camera.site.partner.people.first()
    verify(camera)
    withdraw_consent(consent=Consent.objects.get(right=Right.HEALTH_SNAPSHOT), by=owner, now=NOON)

    assert services.record_picture(camera=camera, picture=seen(NOON), now=NOON + HOUR) is None
    assert not verify(camera, NOON + HOUR)
    assert not CameraView.objects.exists()


def test_the_end_of_the_consent_erases_the_pictures_as_a_step_of_what_is_owed(camera, world):
    verify(camera)
    site, owner = camera.site, camera.site.partner.people.first()
    consent = Consent.objects.get(right=Right.HEALTH_SNAPSHOT)
    assert "Gambar acuan untuk pemeriksaan kesehatan dihapus." in what_follows(site, [consent], NOON)

    withdraw_consent(consent=consent, by=owner, now=NOON)
    do_what_is_owed(now=NOON + timedelta(minutes=1))

    assert not CameraView.objects.exists()
    assert Ending.objects.get().steps.filter(code="health_views").exists()


def test_what_a_picture_showed_is_no_longer_said_when_its_consent_has_ended(camera, world):
    verify(camera)
    look(camera, NOON + HOUR / 2, spoiling.black)
    look(camera, NOON + 2 * HOUR, spoiling.black)
    group = CheckGroup.objects.create(next_check_at=NOON + 4 * HOUR)
    CheckState.objects.create(device=camera.device, next_check_at=NOON + 4 * HOUR, group=group)

    withdraw_consent(
        consent=Consent.objects.get(right=Right.HEALTH_SNAPSHOT), by=camera.site.partner.people.first(), now=NOON
    )
    do_what_is_owed(now=NOON + 3 * HOUR)

    row = CheckState.objects.get()
    assert (row.group, row.next_check_at) == (None, NOON + 3 * HOUR), "it is asked and judged by itself"


def test_another_consent_that_ends_leaves_the_pictures(camera, world):
    world.consent(camera.site, Right.STILL_IN_HOURS)
    verify(camera)
    consent = Consent.objects.get(right=Right.STILL_IN_HOURS)
    told = what_follows(camera.site, [consent], NOON)

    withdraw_consent(consent=consent, by=camera.site.partner.people.first(), now=NOON)
    do_what_is_owed(now=NOON + timedelta(minutes=1))

    assert CameraView.objects.count() == 1
    assert not [line for line in told if "Gambar acuan" in line]


def _withdrawn(camera: Camera, site: Site) -> None:
    withdraw_camera(camera=camera, by=site.partner.people.first(), now=NOON)


def _unverified(camera: Camera, site: Site) -> None:
    end_verification(camera=camera, by=None, reason="device_replaced")


def _expired(camera: Camera, site: Site) -> None:
    Camera.objects.filter(pk=camera.pk).update(verified_until=NOON - HOUR)


def _lapsed(camera: Camera, site: Site) -> None:
    Consent.objects.filter(site=site, right=Right.HEALTH_SNAPSHOT).update(valid_until=NOON - HOUR)


@pytest.mark.parametrize("end", [_withdrawn, _unverified, _expired, _lapsed])
def test_a_picture_does_not_outlive_what_it_rests_on(camera, monkeypatch, end):
    verify(camera)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    tasks.forget_views()
    assert CameraView.objects.count() == 1

    end(camera, camera.site)
    tasks.forget_views()

    assert not CameraView.objects.exists()


def test_a_new_visit_begins_the_view_anew(camera):
    verify(camera)
    look(camera, NOON + HOUR, turned=0.2)
    look(camera, NOON + 2 * HOUR, turned=0.2)

    verify(camera, NOON + 3 * HOUR)

    view = CameraView.objects.get(camera=camera)
    assert (view.cause, view.day_taken_at, view.sealed_last) == ("", NOON + 3 * HOUR, "")


@pytest.mark.parametrize(
    "content", [jpeg(Image.new("RGB", SIZE, (150, 150, 150))), b"\xff\xd8\xff no picture", b""]
)
def test_a_picture_that_shows_nothing_is_no_reference(camera, content):
    assert not services.keep_verified_view(camera=camera, jpeg=content, now=NOON)
    assert not CameraView.objects.exists()


def test_pictures_are_sealed_for_their_camera_and_place_and_small(camera, world):
    verify(camera)
    look(camera, NOON + HOUR)
    view = CameraView.objects.select_related("camera").get()
    other = CameraView(camera=world.verified(world.site()), sealed_day=view.sealed_day)

    assert [opened(view, place) is None for place in PLACES] == [False, True, False]
    assert opened(view, "day").shape == (54, 96)
    assert len(view.sealed_day) < 8000
    assert opened(other, "day") is None
    view.sealed_last = view.sealed_day
    assert opened(view, "last") is None


def test_after_rotating_the_old_key_is_not_needed_and_what_does_not_open_goes(camera, settings):
    settings.DEVICE_KEYS = {1: os.urandom(32)}
    verify(camera)
    look(camera, NOON + HOUR)
    settings.DEVICE_KEYS = {**settings.DEVICE_KEYS, 2: os.urandom(32)}
    call_command("rotate_keys")
    settings.DEVICE_KEYS = {2: settings.DEVICE_KEYS[2]}

    view = CameraView.objects.select_related("camera").get()
    assert {sealed_with(view.sealed_day), sealed_with(view.sealed_last)} == {2}
    assert opened(view, "day") is not None

    settings.DEVICE_KEYS = {3: os.urandom(32)}
    assert look(camera, NOON + 2 * HOUR) == Finding(), "as if there were none"
    call_command("rotate_keys")
    view = CameraView.objects.select_related("camera").get()
    assert (view.day_source, view.day_taken_at) == (DaySource.FIRST, NOON + 2 * HOUR)


@pytest.mark.parametrize(
    "facts",
    [
        {"sealed_day": "x"},
        {"sealed_day": "x", "day_taken_at": NOON},
        {"day_source": DaySource.VISIT},
        {"sealed_last": "x"},
        {"night_taken_at": NOON},
        {"found": "black"},
        {"found": "black", "found_since": NOON},
        {"confirmed_at": NOON},
    ],
)
def test_a_row_that_says_half_of_something_is_refused(camera, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        CameraView.objects.create(camera=camera, **facts)


def test_sealing_twice_gives_two_texts_of_one_picture(camera):
    picture = seen(NOON)

    assert sealed(picture, camera, "day") != sealed(picture, camera, "day")
