"""The sweep against real sockets: what a stop, a return, a tar-pit and a wrong clock do to the record."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import User
from health import gateway, queries, services
from health.causes import Cause
from health.models import CheckState, State, StatusInterval
from notices.models import Notice
from registry.models import Camera
from tests.health.listeners import Listener, answer_options, clock_off_by, drip, say_nothing, talk_nonsense
from tests.health.world import add_device, history, sweep
from tests.registry.world import NOW, City

pytestmark = pytest.mark.django_db
Listen = Callable[..., Listener]
MINUTE = timedelta(minutes=1)


def test_a_stopped_camera_is_down_within_two_periods_and_back_at_once(
    city: City, owner: User, listen: Listen
) -> None:
    server = listen(answer_options)
    camera = add_device(city, owner, server.port).cameras.get()
    services.ensure_states(NOW)
    sweep(NOW)

    server.stop()
    stopped, now = NOW + timedelta(seconds=1), NOW
    failures = []
    while now + timedelta(seconds=6) < stopped + 2 * MINUTE:
        now += timedelta(seconds=6)  # The tick of a beat.
        tally = sweep(now)
        failures += [now] if tally and tally.silent else []
    down = queries.state_of(camera)
    server.start()
    while queries.state_of(camera).state == State.DOWN:
        now += timedelta(seconds=6)
        sweep(now)

    assert (down.state, down.cause, down.since) == (State.DOWN, Cause.REFUSED, failures[0])
    assert history(camera) == [
        ("up", "", NOW, failures[0]),
        ("down", "refused", failures[0], now),
        ("up", "", now, None),
    ]


def test_one_failed_check_changes_nothing(city: City, owner: User, listen: Listen) -> None:
    server = listen(answer_options)
    camera = add_device(city, owner, server.port).cameras.get()
    services.ensure_states(NOW)
    sweep(NOW)

    server.stop()
    sweep(NOW + 2 * MINUTE)
    server.start()
    sweep(NOW + 4 * MINUTE)

    assert history(camera) == [("up", "", NOW, None)]
    assert not Notice.objects.exists()


def test_the_owner_is_told_once_that_it_is_down_and_once_that_it_is_back(
    city: City, owner: User, stranger: User, listen: Listen
) -> None:
    server = listen(answer_options)
    add_device(city, owner, server.port, cameras=4)
    services.ensure_states(NOW)
    sweep(NOW)

    server.stop()
    for minutes in (2, 4, 6, 8):
        sweep(NOW + minutes * MINUTE)
    services.send_letters(NOW + 9 * MINUTE)
    server.start()
    for minutes in (10, 12):
        sweep(NOW + minutes * MINUTE)
    services.send_letters(NOW + 30 * MINUTE)

    down, back = Notice.objects.order_by("created_at", "pk")
    assert {down.user, back.user} == {owner}
    assert [down.code, back.code] == ["health.down", "health.back"]
    assert down.subject == "4 kamera terputus: Kamera 1, Kamera 2, Kamera 3, Kamera 4"
    assert "sejak 25 November 2026, 10.02 WIB" in down.body
    assert "Mohon nyalakan ulang kamera" in down.body
    assert "Yang merawat kamera ini: Sari Rekaan" in down.body


def test_a_recorder_is_asked_once_and_all_its_cameras_share_its_state(
    city: City, owner: User, listen: Listen
) -> None:
    server = listen(answer_options)
    device = add_device(city, owner, server.port, cameras=4)
    services.ensure_states(NOW)
    sweep(NOW)

    states = queries.states_of(Camera.objects.filter(device=device))
    assert server.asked == 1
    assert [state.state for state in states.values()] == [State.NORMAL] * 4


@pytest.mark.slow
@pytest.mark.parametrize("hostile", [say_nothing, drip])
def test_silent_servers_do_not_hold_a_batch_past_its_deadline(
    city: City, owner: User, listen: Listen, hostile: object
) -> None:
    tar_pit, good = listen(hostile), listen(answer_options)
    for _ in range(12):
        add_device(city, owner, tar_pit.port)  # The same address again and again: asked once, not in a row.
    for _ in range(8):
        add_device(city, owner, listen(hostile).port)
    camera = add_device(city, owner, good.port).cameras.get()
    services.ensure_states(NOW)

    began = time.monotonic()
    tally = sweep(NOW)

    assert time.monotonic() - began < 3
    assert (tally.answered, tally.silent) == (1, 20)
    assert queries.state_of(camera).state == State.NORMAL
    assert tar_pit.asked == 1
    assert CheckState.objects.filter(slow=True).count() == 20


def test_a_slow_device_is_claimed_apart_from_the_good_ones(city: City, owner: User, listen: Listen) -> None:
    slow = add_device(city, owner, listen(say_nothing).port)
    good = add_device(city, owner, listen(answer_options).port)
    services.ensure_states(NOW)
    sweep(NOW)

    later = NOW + 2 * MINUTE
    assert services.claim_due(now=later, limit=500).device_ids == [good.pk]
    assert services.claim_due(now=later, limit=500, slow=True).device_ids == [slow.pk]


def test_nonsense_is_no_camera(city: City, owner: User, listen: Listen) -> None:
    camera = add_device(city, owner, listen(talk_nonsense).port).cameras.get()
    services.ensure_states(NOW)
    sweep(NOW)
    sweep(NOW + 2 * MINUTE)

    assert history(camera) == [("down", "misbehaving", NOW, None)]


def test_a_clock_seven_minutes_off_is_a_disturbance_in_words(city: City, owner: User, listen: Listen) -> None:
    server = listen(clock_off_by(timedelta(minutes=-7)))
    camera = add_device(city, owner, server.port, onvif=True).cameras.get()
    services.ensure_states(NOW)
    sweep(NOW)
    off = queries.state_of(camera)
    server.reply = clock_off_by(timedelta(0))
    sweep(NOW + 2 * MINUTE)

    assert (off.state, off.cause) == (State.DEGRADED, Cause.CLOCK_DRIFT)
    assert off.clock_offset_seconds == pytest.approx(-420, abs=3)
    assert "7 menit lebih lambat" in off.sentence
    assert queries.state_of(camera).state == State.NORMAL
    assert not Notice.objects.exists()


def test_a_device_that_is_not_the_verified_one_is_a_disturbance(city: City, owner: User, listen: Listen) -> None:
    device = add_device(city, owner, listen(answer_options).port)
    device.different_since = NOW
    device.save()
    services.ensure_states(NOW)
    sweep(NOW)

    assert queries.state_of(device.cameras.get()).cause == Cause.DIFFERENT_DEVICE


def test_an_address_that_may_not_be_dialled_opens_no_socket(
    city: City, owner: User, listen: Listen, settings: object
) -> None:
    server = listen(answer_options)
    device = add_device(city, owner, server.port)
    settings.DEMO = False

    [answer] = gateway.ask([device])

    assert (answer.answered, answer.cause, server.asked) == (False, Cause.ADDRESS_REFUSED, 0)


def test_a_moved_device_is_not_dialled_until_a_probe_has_reached_it(
    city: City, owner: User, listen: Listen
) -> None:
    old, new = listen(answer_options), listen(answer_options)
    device = add_device(city, owner, old.port)
    services.ensure_states(NOW)
    sweep(NOW)

    device.rtsp_port = new.port
    device.save()
    later = NOW + 2 * MINUTE
    sweep(later)
    services.ensure_states(later)
    asleep = queries.state_of(device.cameras.get())
    sweep(later + MINUTE)
    untouched = new.asked
    device.answered_at = later + 2 * MINUTE
    device.save()
    services.ensure_states(later + 2 * MINUTE)
    sweep(later + 2 * MINUTE)

    assert (old.asked, untouched, new.asked) == (1, 0, 1)
    assert asleep.state == State.UNKNOWN
    assert queries.state_of(device.cameras.get()).state == State.NORMAL
    assert StatusInterval.objects.open().count() == 1
