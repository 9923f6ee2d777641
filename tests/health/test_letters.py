"""Letters to owners: one for what is down, one for what is back, gathered, and none at night to residents."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from health import services
from health.models import Alert, State, StatusInterval
from notices.models import Notice
from notices.quiet import loud_from
from registry.models import Device, Partner, PartnerKind
from tests.health.world import add_device, add_to, fall, look_at_all, rise
from tests.registry.world import NOW, City

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TONIGHT = NOW.replace(hour=16)  # 23.00 WIB
MORNING = TONIGHT.replace(hour=23)  # 06.00 WIB of the next day


@pytest.fixture
def device(city: City, owner: User) -> Device:
    found = add_device(city, owner, 554)
    watched()
    return found


def watched() -> None:
    services.ensure_states(NOW)
    look_at_all(NOW)


def told(now: datetime) -> list[str]:
    """Every letter so far, after the ticks of the ten minutes before `now`."""
    for minutes in range(10, -1, -1):
        services.follow_disturbances(now - minutes * MINUTE)
        services.send_letters(now - minutes * MINUTE)
    return list(Notice.objects.order_by("created_at", "pk").values_list("code", flat=True))


def test_two_hours_of_flapping_are_one_letter_down_one_back_and_one_that_it_flaps(device: Device) -> None:
    for turn in range(6):
        fall([device], NOW + (20 * turn + 2) * MINUTE)
        told(NOW + (20 * turn + 11) * MINUTE)
        rise(NOW + (20 * turn + 12) * MINUTE)

    assert told(NOW + 3 * HOUR) == ["health.down", "health.back", "health.disturbed"]
    assert StatusInterval.objects.filter(state=State.DOWN).count() == 6, "the states are all there"


def test_what_is_back_before_its_letter_is_not_told_of(device: Device) -> None:
    fall([device], NOW + 2 * MINUTE)
    look_at_all(NOW + 6 * MINUTE)

    assert told(NOW + HOUR) == []
    assert not Alert.objects.exists()


def test_after_the_pause_it_is_told_of_again(device: Device) -> None:
    for start in (NOW + 2 * MINUTE, NOW + 7 * HOUR):
        fall([device], start)
        told(start + 12 * MINUTE)
        rise(start + 13 * MINUTE)
        told(start + 40 * MINUTE)

    assert told(NOW + 8 * HOUR) == ["health.down", "health.back"] * 2


def test_a_device_that_stays_down_is_told_of_when_the_pause_ends(device: Device, settings: object) -> None:
    settings.QUIET_HOURS = (0, 0)
    fall([device], NOW + 2 * MINUTE)
    told(NOW + 12 * MINUTE)
    rise(NOW + 15 * MINUTE)
    told(NOW + 40 * MINUTE)
    fall([device], NOW + 41 * MINUTE)

    assert told(NOW + 5 * HOUR) == ["health.down", "health.back"]
    assert told(NOW + 6.5 * HOUR) == ["health.down", "health.back", "health.down"]
    rise(NOW + 13 * HOUR)
    assert told(NOW + 14 * HOUR)[-1] == "health.back"


def test_several_at_once_are_one_letter_that_lists_them(city: City, owner: User, device: Device) -> None:
    devices = [device, add_device(city, owner, 555), *(add_device(city, owner, 600 + n) for n in range(4))]
    watched()
    fall(devices[:2], NOW + 2 * MINUTE)

    assert told(NOW + 20 * MINUTE) == ["health.down"]
    letter = Notice.objects.get()
    assert letter.subject == "2 kamera terputus"
    assert letter.body.count("terputus sejak") == 2


def test_a_burst_after_a_letter_waits_for_the_quarter_hour(city: City, owner: User, device: Device) -> None:
    devices = [device, *(add_device(city, owner, 600 + n) for n in range(7))]
    watched()
    fall(devices[:1], NOW)
    first = NOW + services.first_letter_waits()
    services.send_letters(first)
    fall(devices[1:2], first + MINUTE - services.first_letter_waits(), devices[:1])
    fall(devices[2:3], first + 3 * MINUTE - services.first_letter_waits(), devices[:2])

    counts = []
    for minutes in (2, 5, 14, 15, 20):
        services.send_letters(first + minutes * MINUTE)
        counts.append(Notice.objects.count())

    assert counts == [1, 1, 1, 2, 2]
    assert Notice.objects.order_by("pk").last().subject == "2 kamera terputus"


def test_at_night_a_resident_is_left_in_peace_until_the_morning(device: Device) -> None:
    fall([device], TONIGHT)

    assert told(MORNING - MINUTE) == []
    assert told(MORNING + MINUTE) == ["health.down"]


def test_what_fell_and_came_back_at_night_is_one_letter_in_the_morning(device: Device) -> None:
    fall([device], TONIGHT)
    look_at_all(TONIGHT + 3 * HOUR)

    assert told(MORNING + MINUTE) == ["health.back"]
    assert "terputus sejak 25 November 2026, 23.00 WIB dan menjawab lagi sejak 26 November 2026, 02.00 WIB" in (
        Notice.objects.get().body
    )


@pytest.mark.parametrize("kind", [kind for kind in PartnerKind if kind != PartnerKind.RESIDENT])
def test_at_night_all_others_are_told(device: Device, kind: PartnerKind) -> None:
    facts = dict.fromkeys(("responsible_name", "responsible_office", "authority_letter"), "Uji")
    Partner.objects.filter(pk=device.site.partner_id).update(kind=kind, **facts)

    fall([device], TONIGHT)

    assert told(TONIGHT + 20 * MINUTE) == ["health.down"]


@pytest.mark.parametrize(
    ("hours", "moment", "until"),
    [
        ((21, 6), 20, 20),
        ((21, 6), 21, 30),
        ((21, 6), 29, 30),
        ((21, 6), 30, 30),
        ((0, 6), 5, 6),
        ((0, 6), 6, 6),
        ((0, 0), 3, 3),
        ((22, 22), 22, 22),
    ],
)
def test_quiet_hours_are_local_and_may_pass_midnight(
    settings: object, hours: tuple[int, int], moment: int, until: int
) -> None:
    settings.QUIET_HOURS = hours
    midnight = datetime(2026, 11, 24, 17, tzinfo=UTC)  # Of 25 November in Jakarta.

    assert loud_from(midnight + moment * HOUR) == midnight + until * HOUR


def test_a_letter_is_written_once_whoever_else_runs(device: Device) -> None:
    fall([device], NOW + 2 * MINUTE)
    for _ in range(3):
        services.send_letters(NOW + 10 * MINUTE)
    Alert.objects.update(sent_at=None, letter=None)  # As if the mark had been lost.
    services.send_letters(NOW + HOUR)

    assert Notice.objects.count() == 1


def test_somebody_who_no_longer_acts_there_gets_no_letter(device: Device) -> None:
    fall([device], NOW + 2 * MINUTE)
    device.site.partner.partnerperson_set.all().delete()

    assert told(NOW + HOUR) == []


def test_a_recorder_with_many_channels_is_one_line(city: City, owner: User) -> None:
    recorder = add_device(city, owner, 554, cameras=25)
    watched()
    fall([recorder], NOW + 2 * MINUTE)
    told(NOW + HOUR)

    letter = Notice.objects.get()
    assert letter.subject.startswith("25 kamera terputus: Kamera 1, Kamera 2")
    assert "Kamera 20 dan 5 lagi" in letter.body


def test_the_letter_names_whoever_maintains_the_cameras_now(device: Device) -> None:
    fall([device], NOW + 2 * MINUTE)
    type(device.site).objects.filter(pk=device.site_id).update(
        maintainer_name="Budi Rekaan", maintainer_phone="+628121"
    )
    told(NOW + HOUR)

    assert "Yang merawat kamera ini: Budi Rekaan (+628121)." in Notice.objects.get().body


def test_one_more_device_at_a_site_is_not_silenced_by_the_first(device: Device) -> None:
    others = [add_to(device.site, 600 + n) for n in range(4)]
    watched()
    fall([device], NOW + 2 * MINUTE)
    told(NOW + 12 * MINUTE)
    fall(others[:1], NOW + HOUR, [device])

    assert told(NOW + 2 * HOUR) == ["health.down"] * 2
