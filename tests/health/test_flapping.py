"""A device that comes and goes is called that, by the measure that Nagios documents."""

from datetime import timedelta

import pytest

from accounts.models import User
from health import queries, services
from health.causes import FLAP_CHECKS, Answer, Cause, share_of_changes
from health.models import CheckState, State
from registry.models import Device
from tests.health.world import add_device, history, record
from tests.registry.world import NOW, City

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("outcomes", "share"),
    [
        (0, 0.0),
        (2**FLAP_CHECKS - 1, 0.0),
        (int("01" * 10 + "0", 2), 1.0),  # Every check another outcome: all weights together.
        (0b1, 1.2 / 20),  # The newest change weighs most,
        (1 << (FLAP_CHECKS - 1), 0.8 / 20),  # the oldest least.
        (0b110, (1.2 - 0.4 / 19 * 0 + 1.2 - 0.4 * 2 / 19) / 20),
    ],
)
def test_the_share_of_changes_weighs_newer_ones_more(outcomes: int, share: float) -> None:
    assert share_of_changes(outcomes) == pytest.approx(share)


@pytest.fixture
def device(city: City, owner: User) -> Device:
    found = add_device(city, owner, 554)
    services.ensure_states(NOW)
    return found


def run(device: Device, outcomes: str, *, start: int = 0) -> int:
    """One check every two minutes, `.` answered and `x` not; the number of the next one."""
    for number, outcome in enumerate(outcomes, start):
        record(NOW + 2 * number * MINUTE, Answer(device.pk, answered=outcome == "."))
    return start + len(outcomes)


@pytest.mark.django_db
def test_single_failures_in_a_row_of_answers_are_flapping(device: Device) -> None:
    run(device, ".x.x.x")
    quiet = history(device.cameras.get())
    run(device, "..", start=6)

    assert [(state, cause) for state, cause, *_ in quiet] == [("up", "")]
    state = queries.state_of(device.cameras.get())
    assert (state.state, state.cause) == (State.DEGRADED, Cause.FLAPPING)
    assert "putus-nyambung" in state.sentence


@pytest.mark.django_db
def test_one_outage_is_not_flapping(device: Device) -> None:
    run(device, "....xxx.")

    assert queries.state_of(device.cameras.get()).state == State.NORMAL
    assert CheckState.objects.get().flapping_since is None


@pytest.mark.django_db
def test_while_it_flaps_one_answer_is_no_recovery_and_two_are(device: Device) -> None:
    after = run(device, ".xx.xx.xx.")
    one = queries.state_of(device.cameras.get())
    soon = CheckState.objects.get()
    run(device, ".", start=after)
    two = queries.state_of(device.cameras.get())

    assert one.state == State.DOWN
    assert soon.next_check_at - soon.checked_at <= MINUTE / 4, "the second answer is asked for soon"
    assert (two.state, two.cause) == (State.DEGRADED, Cause.FLAPPING)


@pytest.mark.django_db
def test_it_ends_when_few_of_the_last_checks_changed(device: Device) -> None:
    after = run(device, ".x.x.x.x..")
    assert queries.state_of(device.cameras.get()).cause == Cause.FLAPPING
    after = run(device, "." * 16, start=after)
    still = queries.state_of(device.cameras.get()).cause
    run(device, "." * 4, start=after)

    assert still == Cause.FLAPPING, "between the thresholds nothing changes"
    assert queries.state_of(device.cameras.get()).state == State.NORMAL
