"""What holds letters together when things happen at once, late, or to nobody."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import DutyKind, User
from health import alerts_resting, services
from health.models import Alert, Fall, Outage, OutageKind, Stage
from health.services import alerts, falls
from notices.models import Notice
from registry.models import Camera, Device, Partner, PartnerKind
from registry.services import mark_device_different, mark_source_changed
from tests.health.test_ladder import DAY, HOUR, MINUTE, Story
from tests.health.test_outages import one_each, one_site, watch
from tests.health.world import add_device, fall, look_at_all, rise
from tests.registry.world import NOW, City, make_city, make_person

pytestmark = pytest.mark.django_db
EVENING = NOW.replace(hour=13, minute=55)  # 20.55 WIB, five minutes before the quiet hours
MORNING = NOW.replace(hour=23)  # 06.00 WIB of the next day


@pytest.fixture
def story(db: None) -> Story:
    return Story()


def test_a_letter_that_was_due_before_the_quiet_hours_and_is_late_waits(city: City, owner: User) -> None:
    [device] = one_each(city, owner, 1)
    fall([device], EVENING - services.first_letter_waits())
    assert Alert.objects.get().due_at < EVENING + 5 * MINUTE

    services.send_letters(EVENING + 10 * MINUTE)  # No worker ran until now.
    assert not Notice.objects.exists()
    services.send_letters(MORNING + MINUTE)
    assert Notice.objects.count() == 1


def test_the_digest_carries_no_letter_into_the_quiet_hours(city: City, owner: User) -> None:
    first, second = one_each(city, owner, 2)
    fall([first], EVENING - services.first_letter_waits() - 2 * MINUTE)
    services.send_letters(EVENING - MINUTE)
    fall([second], EVENING - services.first_letter_waits(), [first])
    for minutes in range(30):
        services.send_letters(EVENING + minutes * MINUTE)

    assert Notice.objects.count() == 1
    services.send_letters(MORNING + MINUTE)
    assert Notice.objects.count() == 2


@pytest.mark.parametrize(
    "tell",
    [
        lambda device, now: mark_device_different(device=device, part="serial", by=None, now=now),
        lambda device, now: alerts_resting.tell_that_it_rests(device, now),
        lambda device, now: mark_source_changed(camera=device.cameras.get(), by=None, now=now),
    ],
)
@pytest.mark.parametrize("kind", [PartnerKind.RESIDENT, PartnerKind.BUSINESS])
def test_other_letters_of_devices_reach_a_resident_by_day(
    story: Story, tell: Callable[[Device, object], object], kind: PartnerKind
) -> None:
    facts = dict.fromkeys(("responsible_name", "responsible_office", "authority_letter"), "Uji")
    Partner.objects.update(kind=kind, **(facts if kind != PartnerKind.RESIDENT else {}))
    story.owner.email = "pemilik@contoh.example"
    story.owner.save()
    tonight = timezone.localtime(story.now).replace(hour=23)
    story.device.site.refresh_from_db()

    with transaction.atomic():
        tell(story.device, tonight)

    wait = timedelta(hours=7) if kind == PartnerKind.RESIDENT else timedelta(0)
    assert [row.mail_due_at for row in Notice.objects.filter(user=story.owner)] == [tonight + wait]


def test_a_letter_in_which_nothing_was_left_to_tell_delays_no_other(city: City, owner: User) -> None:
    first, second = one_each(city, owner, 2)
    fall([first], NOW + 2 * MINUTE)
    Camera.objects.filter(device=first).update(withdrawn_at=NOW + 3 * MINUTE)
    services.send_letters(NOW + 20 * MINUTE)
    assert not Notice.objects.exists()
    assert not Alert.objects.exists()

    fall([second], NOW + 13 * MINUTE, [first])
    services.send_letters(NOW + 21 * MINUTE)
    assert Notice.objects.get().code == "health.down"


def test_of_what_a_letter_left_out_no_return_is_told(city: City, owner: User) -> None:
    first, second = one_each(city, owner, 2)
    fall([first, second], NOW + 2 * MINUTE)
    Camera.objects.filter(device=first).update(withdrawn_at=NOW + 3 * MINUTE)
    services.send_letters(NOW + 20 * MINUTE)

    assert Notice.objects.get().subject == f"Kamera terputus: {second.cameras.get().label}"
    assert [line.fall.device for line in Alert.objects.all() if line.fall] == [second]


def test_with_no_officer_the_next_one_is_told_when_he_takes_up_his_duty(story: Story) -> None:
    story.officer.duties.update(until=story.now)
    found = story.falls()
    story.tick(HOUR)
    story.tick(DAY)
    found.refresh_from_db()
    assert (story.told(), found.stage) == ([(story.owner, "health.down")], Stage.OWNER)

    new = story.world.on_duty(DutyKind.VERIFIER, story.world.polsek, area_code=story.world.kelurahan.code).user
    story.tick(DAY + 12 * HOUR)
    assert story.told()[1:] == [(new, "health.officer")]
    story.tick(3 * DAY)
    assert story.told()[2:] == [(story.desk, "health.precinct")]


def test_with_no_officer_at_all_the_precinct_is_told_in_its_time(story: Story) -> None:
    story.officer.duties.update(until=story.now)
    story.falls()
    for after in (HOUR, DAY, 2 * DAY, 3 * DAY - MINUTE):
        story.tick(after)
    assert story.told() == [(story.owner, "health.down")]

    story.tick(3 * DAY)
    story.tick(3 * DAY + MINUTE)
    assert story.told()[1:] == [(story.desk, "health.precinct")]


def test_many_falls_climb_in_one_tick(city: City, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "ESCALATED_AT_ONCE", 2)
    devices = one_each(city, owner, 2) + [add_device(city, owner, 900 + n, host=f"203.0.{n}.9") for n in range(3)]
    watch()
    Fall.objects.bulk_create(Fall(device=device, since=NOW, escalate_at=NOW + DAY) for device in devices)

    assert services.escalate(NOW + DAY) == 5
    assert not Fall.objects.filter(escalate_at__lte=NOW + DAY).exists()


def test_an_outage_without_falls_goes_whatever_its_age(city: City, owner: User) -> None:
    """What its owner had erased leaves the range of his network in no row."""
    gone = Outage.objects.create(kind=OutageKind.NETWORK, key="198.51.100.0/24", since=NOW)
    services.end_over(NOW + HOUR)
    services.forget_old(NOW + HOUR)

    assert not Outage.objects.filter(pk=gone.pk).exists()


def test_a_large_outage_that_goes_on_is_counted_and_not_loaded(city: City, owner: User) -> None:
    devices = one_site(city, owner, 5)
    fall(devices, NOW + 2 * MINUTE)
    look_at_all(NOW + 10 * MINUTE, devices[2:])
    with CaptureQueriesContext(connection) as asked:
        services.end_over(NOW + 11 * MINUTE)

    assert Outage.objects.running().exists()
    loading = [
        one["sql"] for one in asked if '"health_fall"."public_id"' in one["sql"] and "outage_id" in one["sql"]
    ]
    assert [sql for sql in loading if '"health_fall"."outage_id" IN' in sql] == []


def test_a_letter_loads_of_an_outage_only_what_its_reader_may_know(city: City, owner: User) -> None:
    other = make_person("lain")
    devices = watch(
        *(add_device(city, owner, 700 + n, host=f"198.51.{n}.7") for n in range(2)),
        *(add_device(city, other, 800 + n, host=f"203.0.{n}.7") for n in range(6)),
    )
    fall(devices, NOW + 2 * MINUTE)
    loaded: list[int] = []
    init = Fall.__init__

    def counted(self: Fall, *args: object, **named: object) -> None:
        init(self, *args, **named)
        loaded.append(self.device_id)

    Alert.objects.exclude(user=owner).delete()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fall, "__init__", counted)
        services.send_letters(NOW + HOUR)

    assert Notice.objects.get().user == owner
    assert set(loaded) == {device.pk for device in devices[:2]}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("only_on_postgresql")
def test_who_says_that_he_knows_waits_for_the_ladder_that_runs() -> None:
    city, owner = make_city(), make_person("pemilik")
    [device] = one_each(city, owner, 1)
    fall([device], NOW + MINUTE)
    done = _while_holding(
        falls.lock_falls,
        lambda: services.acknowledge(
            falls=Fall.objects.all(), back_on=timezone.localdate(NOW + DAY), by=owner, now=NOW + HOUR
        ),
    )

    assert done == [False, True]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("only_on_postgresql")
def test_a_return_waits_for_the_letter_that_leaves_and_is_then_told() -> None:
    city, owner = make_city(), make_person("pemilik")
    [device] = one_each(city, owner, 1)
    fall([device], NOW + MINUTE)

    done = _while_holding(lambda: services.send_letters(NOW + HOUR), lambda: rise(NOW + HOUR + MINUTE))

    assert done == [False, True]
    services.send_letters(NOW + 2 * HOUR)
    assert list(Notice.objects.order_by("pk").values_list("code", flat=True)) == ["health.down", "health.back"]


def _while_holding(first: Callable[[], object], second: Callable[[], object]) -> list[bool]:
    """Whether `second` was done while the transaction of `first` was open, and after it."""
    over = threading.Event()

    def run() -> None:
        second()
        over.set()
        connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        before = over.wait(1.0)
    thread.join(20)
    return [before, over.is_set()]
