"""Two batches that write at once, and two ticks: one outage, one letter. PostgreSQL only: SQLite has one writer."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from health import services
from health.causes import Answer
from health.models import Alert, CheckState, Fall, Outage
from notices.models import Notice
from registry.models import Device
from tests.health.test_outages import watch
from tests.health.world import add_device, add_to, look_at_all, rise
from tests.onboarding.test_races import together
from tests.registry.world import NOW, make_city, make_person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("only_on_postgresql"),
]
MINUTE = timedelta(minutes=1)
ROUNDS = 8


def batches(devices: list[Device], now: object, count: int) -> list[services.Claim]:
    """The devices due at this moment, claimed in so many batches."""
    CheckState.objects.update(next_check_at=now, lease=None, lease_until=None)
    found = [services.claim_due(now=now, limit=len(devices) // count) for _ in range(count)]  # type: ignore[arg-type]
    return [claim for claim in found if claim is not None]


def silent(claim: services.Claim, now: object) -> None:
    answers = [Answer(pk, answered=False, cause="no_answer") for pk in claim.device_ids]
    services.record_results(lease=claim.lease, answers=answers, now=now)  # type: ignore[arg-type]


def test_a_site_that_falls_in_two_batches_at_once_is_one_outage() -> None:
    city, owner = make_city(), make_person("pemilik")
    first = add_device(city, owner, 600)
    devices = watch(first, *(add_to(first.site, 601 + n) for n in range(5)))
    now = NOW
    for turn in range(ROUNDS):
        now += timedelta(hours=1)
        for claim in batches(devices, now, 2):
            silent(claim, now)
        later = now + MINUTE

        together(*[lambda claim=claim, later=later: silent(claim, later) for claim in batches(devices, later, 2)])  # type: ignore[misc]

        outage = Outage.objects.running().get()
        assert outage.members.count() == 6
        assert not Alert.objects.filter(fall__in=Fall.objects.running()).exists(), "folded, whoever came first"
        assert Alert.objects.filter(outage=outage).count() == 1, turn
        rise(now + 30 * MINUTE)
        together(*[lambda now=now: services.end_over(now + 31 * MINUTE) for _ in range(2)])  # type: ignore[misc]
        outage.refresh_from_db()
        assert outage.until is not None


def test_a_batch_waits_for_the_one_that_is_writing_and_then_sees_its_falls() -> None:
    """The lock itself: the second batch begins while the first has not committed."""
    city, owner = make_city(), make_person("pemilik")
    first = add_device(city, owner, 600)
    devices = watch(first, *(add_to(first.site, 601 + n) for n in range(3)))
    now = NOW + MINUTE
    for claim in batches(devices, now, 2):
        silent(claim, now)
    one, two = batches(devices, now + MINUTE, 2)
    done = threading.Event()

    def second() -> None:
        silent(two, now + MINUTE)
        done.set()
        connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        silent(one, now + MINUTE)
        thread.start()
        assert not done.wait(1.0), "it did not wait"
        assert not Outage.objects.exists()
    thread.join(20)

    assert Outage.objects.get().members.count() == 4


def test_ticks_at_once_write_each_letter_once(settings: object) -> None:
    settings.QUIET_HOURS = (0, 0)
    city, owner = make_city(), make_person("pemilik")
    watch(add_device(city, owner, 600, host="198.51.1.1"), add_device(city, owner, 601, host="198.51.2.1"))
    devices = list(Device.objects.all())
    now = NOW
    for turn in range(1, ROUNDS + 1):
        now = NOW + timedelta(hours=7 * turn)
        CheckState.objects.update(outcomes=0, flapping_since=None)  # Of flapping there is a line of its own.
        look_at_all(now, devices)
        look_at_all(now + MINUTE, devices)
        later = now + timedelta(hours=2)
        together(*[lambda later=later: services.escalate(later) for _ in range(3)])  # type: ignore[misc]
        together(*[lambda later=later: services.send_letters(later) for _ in range(3)])  # type: ignore[misc]
        rise(now + timedelta(hours=3))
        together(*[lambda now=now: services.send_letters(now + timedelta(hours=4)) for _ in range(3)])  # type: ignore[misc]

    subjects = Notice.objects.order_by("created_at", "pk").values_list("subject", flat=True)
    assert list(subjects) == ["2 kamera terputus", "2 kamera kembali"] * ROUNDS
    assert not Alert.objects.unsent().exists()
