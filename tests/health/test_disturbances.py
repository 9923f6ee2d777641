"""Disturbances reach the owner's people: once each, what may pass only if it lasts, by day, and nobody else."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from health import services, tasks
from health.causes import DISTURBANCES, Answer, Cause
from health.models import Alert, Audience, CheckState, Disturbance, State, StatusInterval, Tier, TierCheck
from health.words import sentence
from notices.models import Notice
from registry.models import Camera, Device
from tests.health.world import add_device, add_to, fall, look_at_all, record
from tests.registry.world import NOW, City

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TONIGHT = NOW.replace(hour=16)  # 23.00 WIB
MORNING = TONIGHT.replace(hour=23)  # 06.00 WIB of the next day
AT_ONCE = [Cause.BLACK, Cause.COVERED, Cause.FROZEN, Cause.TURNED, Cause.TLS_CHANGED, Cause.DIFFERENT_DEVICE]
AFTER_AN_HOUR = [Cause.NO_STREAM, Cause.FLAPPING, Cause.CLOCK_DRIFT]


@pytest.fixture
def device(city: City, owner: User) -> Device:
    found = add_device(city, owner, 554, cameras=2)
    watch()
    return found


def watch() -> None:
    services.ensure_states(NOW)
    look_at_all(NOW)


def find(device: Device, cause: str, now: datetime, *, of: list[int] | None = None) -> None:
    """Let an upper tier find this of a device, or of some of its cameras; nothing where the cause is empty."""
    TierCheck.objects.update_or_create(
        device=device, tier=Tier.FULL, defaults={"cause": cause, "of_cameras": of or [], "next_at": now + DAY}
    )
    services.judge_again([device.pk], now)
    services.follow_disturbances(now)


def tick(now: datetime) -> list[Notice]:
    """All letters so far, after a tick at this moment, twice."""
    for _ in range(2):
        services.end_over(now)
        services.follow_disturbances(now)
        services.escalate(now)
        services.send_letters(now)
    return list(Notice.objects.order_by("created_at", "pk"))


@pytest.mark.parametrize("cause", AT_ONCE)
def test_what_does_not_pass_by_itself_is_told_at_once_and_once(device: Device, owner: User, cause: Cause) -> None:
    find(device, cause, NOW + MINUTE)

    [letter] = tick(NOW + 2 * MINUTE)
    assert (letter.user, letter.code) == (owner, "health.disturbed")
    assert letter.subject == f"Kamera perlu diperiksa, {cause.label}: Kamera 1, Kamera 2"
    assert sentence(State.DEGRADED, cause) in letter.body
    assert "Yang merawat kamera ini: Sari Rekaan" in letter.body
    assert "Kami tahu" not in letter.body
    for later in (HOUR, DAY, 4 * DAY):
        assert len(tick(NOW + later)) == 1, "neither again, nor to the police"


@pytest.mark.parametrize("cause", AFTER_AN_HOUR)
def test_what_may_pass_is_told_after_an_hour(device: Device, cause: Cause) -> None:
    find(device, cause, NOW + MINUTE)

    assert tick(NOW + HOUR) == []
    assert len(tick(NOW + HOUR + MINUTE)) == 1


def test_what_passed_within_the_hour_is_not_told_of(device: Device) -> None:
    find(device, Cause.CLOCK_DRIFT, NOW + MINUTE)
    find(device, "", NOW + 30 * MINUTE)

    assert tick(NOW + 2 * HOUR) == []
    assert not Alert.objects.exists()
    assert not Disturbance.objects.running().exists()


def test_every_cause_of_a_disturbance_is_told(device: Device) -> None:
    """But the refused password, which has a letter of its own."""
    assert {*AT_ONCE, *AFTER_AN_HOUR, Cause.PASSWORD_REFUSED} == set(DISTURBANCES)
    find(device, Cause.PASSWORD_REFUSED, NOW + MINUTE)

    assert tick(NOW + 2 * HOUR) == []


def test_a_clock_that_is_off_is_told_in_minutes_and_in_one_letter_for_all_cameras(device: Device) -> None:
    record(NOW + MINUTE, Answer(device.pk, answered=True, clock_offset_seconds=-420.0))

    [letter] = tick(NOW + 2 * HOUR)
    assert letter.subject == "Kamera perlu diperiksa, jam kamera meleset: Kamera 1, Kamera 2"
    assert letter.body.count("Jam kamera 7 menit lebih lambat") == 1


def test_several_at_once_are_one_letter(city: City, owner: User, device: Device) -> None:
    other = add_to(device.site, 600)
    watch()
    find(device, Cause.BLACK, NOW + MINUTE, of=[device.cameras.order_by("pk")[0].pk])
    find(other, Cause.TURNED, NOW + MINUTE)

    [letter] = tick(NOW + 2 * MINUTE)
    assert letter.subject == "2 kamera perlu diperiksa"
    assert "Kamera 2" not in letter.body, "the other channel is well"


def test_with_a_fall_it_is_one_letter_too(device: Device) -> None:
    other = add_to(device.site, 600)
    watch()
    fall([other], NOW + 2 * MINUTE)
    find(device, Cause.COVERED, NOW + 8 * MINUTE)

    [letter] = tick(NOW + 20 * MINUTE)
    assert letter.code == "health.down"
    assert letter.subject == "Kamera terputus: Kamera 3; 2 kamera perlu diperiksa"
    assert sentence(State.DEGRADED, Cause.COVERED) in letter.body


def test_what_comes_again_within_a_week_is_told_of_after_it(device: Device) -> None:
    find(device, Cause.TURNED, NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    find(device, "", NOW + HOUR)
    find(device, Cause.TURNED, NOW + 2 * HOUR)

    assert len(tick(NOW + 6 * DAY)) == 1
    assert len(tick(NOW + 7 * DAY + 3 * MINUTE)) == 2


def test_who_was_told_is_told_that_it_is_over_once_a_day_has_passed(device: Device, owner: User) -> None:
    find(device, Cause.BLACK, NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    find(device, "", NOW + HOUR)

    assert len(tick(NOW + HOUR + DAY - MINUTE)) == 1
    letter = tick(NOW + HOUR + DAY)[-1]
    assert (letter.user, letter.code) == (owner, "health.mended")
    assert letter.subject == "Kamera normal kembali, tadinya gambar gelap: Kamera 1, Kamera 2"
    assert "tadinya gambar gelap, normal kembali sejak 25 November 2026, 11.00 WIB." in letter.body
    assert len(tick(NOW + 9 * DAY)) == 2


def test_what_is_over_of_one_camera_and_not_of_the_other(device: Device) -> None:
    other = add_to(device.site, 600)
    watch()
    find(device, Cause.BLACK, NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    second = device.cameras.order_by("pk")[1]
    find(device, Cause.BLACK, NOW + HOUR, of=[second.pk])
    find(other, Cause.TURNED, NOW + HOUR + DAY)

    assert tick(NOW + HOUR + DAY)[-1].subject == "1 kamera perlu diperiksa; 1 kamera normal kembali"


def test_what_comes_with_each_night_is_not_over_in_the_morning(device: Device) -> None:
    for night in range(5):
        find(device, Cause.BLACK, NOW + night * DAY + MINUTE)
        tick(NOW + night * DAY + 2 * MINUTE)
        find(device, "", NOW + night * DAY + 12 * HOUR)
        tick(NOW + night * DAY + 13 * HOUR)

    assert [letter.code for letter in tick(NOW + 5 * DAY)] == ["health.disturbed"]


def test_what_was_said_to_be_over_and_comes_again_is_told_at_once(device: Device) -> None:
    find(device, Cause.BLACK, NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    find(device, "", NOW + HOUR)
    tick(NOW + 2 * DAY)
    find(device, Cause.BLACK, NOW + 3 * DAY)

    assert [letter.code for letter in tick(NOW + 3 * DAY + MINUTE)] == [
        *("health.disturbed", "health.mended", "health.disturbed")
    ]


def test_of_what_nobody_knows_any_more_it_is_not_said_that_it_is_over(device: Device) -> None:
    find(device, Cause.BLACK, NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    StatusInterval.objects.open().update(state=State.UNKNOWN, cause="")
    tick(NOW + HOUR)
    assert not Disturbance.objects.running().exists()

    StatusInterval.objects.open().update(state=State.NORMAL)
    assert len(tick(NOW + 3 * DAY)) == 1


def test_of_a_short_one_that_nobody_was_told_of_it_is_not_said_that_it_is_over(device: Device) -> None:
    find(device, Cause.CLOCK_DRIFT, NOW + MINUTE)
    tick(NOW + 2 * HOUR)
    find(device, "", NOW + 3 * HOUR)
    Alert.objects.unsent().delete()  # As it was before anybody was told of ends.
    find(device, Cause.CLOCK_DRIFT, NOW + 200 * DAY)
    find(device, "", NOW + 200 * DAY + 10 * MINUTE)

    assert len(tick(NOW + 203 * DAY)) == 1


def test_after_its_end_was_told_a_short_one_more_is_not_told_to_be_over(device: Device) -> None:
    find(device, Cause.CLOCK_DRIFT, NOW + MINUTE)
    tick(NOW + 2 * HOUR)
    find(device, "", NOW + 3 * HOUR)
    assert len(tick(NOW + 2 * DAY)) == 2
    find(device, Cause.CLOCK_DRIFT, NOW + 3 * DAY)
    find(device, "", NOW + 3 * DAY + 10 * MINUTE)

    assert len(tick(NOW + 6 * DAY)) == 2


@pytest.mark.parametrize("cause", [Cause.BLACK, Cause.FLAPPING])
def test_while_it_is_down_or_disturbed_otherwise_nothing_is_said_to_be_well(device: Device, cause: Cause) -> None:
    find(device, cause, NOW + MINUTE)
    tick(NOW + 2 * HOUR)
    find(device, "", NOW + 3 * HOUR)
    fall([device], NOW + 4 * HOUR)
    tick(NOW + 3 * DAY)
    look_at_all(NOW + 3 * DAY)
    find(device, Cause.COVERED, NOW + 3 * DAY + HOUR)
    tick(NOW + 3 * DAY + 2 * HOUR)
    find(device, "", NOW + 4 * DAY)

    letters = tick(NOW + 5 * DAY - MINUTE)
    assert [letter.code for letter in letters] == ["health.disturbed", "health.down", "health.back"]
    assert sentence(State.DEGRADED, Cause.COVERED) in letters[-1].body
    letter = tick(NOW + 5 * DAY)[-1]
    assert letter.code == "health.mended"
    assert letter.body.count("normal kembali sejak 29 November 2026, 10.00 WIB.") == 2, "not since before the fall"


def test_with_what_goes_on_it_is_a_letter_of_that(device: Device) -> None:
    other = add_to(device.site, 600)
    watch()
    find(device, Cause.BLACK, NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    find(device, "", NOW + HOUR)
    find(other, Cause.TURNED, NOW + HOUR + DAY)

    assert tick(NOW + HOUR + DAY)[-1].code == "health.disturbed"


def test_a_worse_cause_covers_one_and_does_not_end_it(device: Device) -> None:
    find(device, Cause.CLOCK_DRIFT, NOW + MINUTE)
    find(device, Cause.BLACK, NOW + 10 * MINUTE)
    find(device, Cause.CLOCK_DRIFT, NOW + 20 * MINUTE)

    assert set(Disturbance.objects.running().values_list("cause", flat=True)) == {Cause.CLOCK_DRIFT}
    assert Disturbance.objects.filter(cause=Cause.CLOCK_DRIFT).count() == 2, "one for each camera, as before"
    assert [letter.subject for letter in tick(NOW + HOUR + MINUTE)] == [
        "Kamera perlu diperiksa, jam kamera meleset: Kamera 1, Kamera 2"
    ]


def test_while_it_is_down_a_camera_is_not_said_to_answer(device: Device) -> None:
    find(device, Cause.NO_STREAM, NOW + MINUTE)
    fall([device], NOW + 30 * MINUTE)
    assert [letter.code for letter in tick(NOW + 2 * HOUR)] == ["health.down"]

    look_at_all(NOW + 3 * HOUR)
    codes = [letter.code for letter in tick(NOW + 4 * HOUR)]
    assert codes == ["health.down", "health.back"]
    assert sentence(State.DEGRADED, Cause.NO_STREAM) in Notice.objects.order_by("pk").last().body


def test_a_line_that_goes_up_and_down_is_told_even_while_it_is_down(device: Device) -> None:
    CheckState.objects.update(flapping_since=NOW, outcomes=0b1100110011001100)
    services.judge_again([device.pk], NOW + MINUTE)
    services.follow_disturbances(NOW + MINUTE)
    assert Disturbance.objects.running().filter(cause=Cause.FLAPPING).count() == 2
    for minutes in (10, 20, 58):
        fall([device], NOW + minutes * MINUTE)
        if minutes < 58:
            look_at_all(NOW + (minutes + 4) * MINUTE)
            look_at_all(NOW + (minutes + 5) * MINUTE)

    tick(NOW + HOUR + MINUTE)
    assert sentence(State.DEGRADED, Cause.FLAPPING) in "".join(Notice.objects.values_list("body", flat=True))
    assert Disturbance.objects.count() == 2, "a fall neither ends nor renews it"


def test_another_device_of_which_its_owner_has_a_letter_is_not_told_twice(device: Device) -> None:
    Device.objects.update(different_since=NOW)
    find(device, Cause.TLS_CHANGED, NOW + MINUTE)

    assert tick(NOW + DAY) == []


def test_at_night_a_resident_is_left_in_peace(device: Device) -> None:
    find(device, Cause.BLACK, TONIGHT)

    assert tick(MORNING - MINUTE) == []
    assert len(tick(MORNING + MINUTE)) == 1


def test_what_is_no_longer_watched_takes_its_unsent_lines_with_it(device: Device) -> None:
    find(device, Cause.CLOCK_DRIFT, NOW + MINUTE)
    Camera.objects.update(withdrawn_at=NOW + 2 * MINUTE)
    services.ensure_states(NOW + 3 * MINUTE)

    assert tick(NOW + 4 * MINUTE) == []
    assert not Disturbance.objects.running().exists()
    assert not Alert.objects.exists()


def test_it_is_forgotten_when_its_time_is_over(device: Device, settings: object) -> None:
    find(device, Cause.BLACK, NOW + MINUTE)
    tick(NOW + 2 * MINUTE)
    services.forget_old(NOW + 1000 * DAY)
    assert Disturbance.objects.count() == 2, "it goes on"
    find(device, "", NOW + HOUR)
    services.forget_old(NOW + 2 * HOUR + settings.FALLS_KEPT)

    assert not Disturbance.objects.exists()
    assert not Alert.objects.filter(audience=Audience.OWNER).exists()


def test_a_step_that_fails_stops_no_other(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    find(device, Cause.BLACK, NOW + MINUTE)
    Alert.objects.update(due_at=NOW, quiet=False)

    def broken(_now: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(services, "end_over", broken)
    with pytest.raises(ValueError, match="broken"):
        tasks.tell_of_falls()

    assert Notice.objects.filter(code="health.disturbed").count() == 1
    assert StatusInterval.objects.open().filter(state=State.DEGRADED).count() == 2
