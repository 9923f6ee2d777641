"""A probe is no port scanner, takes its turn at the device, and every refusal of a password is on the trail."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from devices.errors import AddressRefused, DeviceError, Misbehaving, Unauthorized, Unreachable
from devices.probe import Step
from devices.report import DeviceReport
from onboarding import tasks
from onboarding.discretion import DiscreetSteps
from onboarding.models import Probe, ProbeKind, ProbeState
from onboarding.probe_runs import claim_probe, requeue_owed
from onboarding.probing import request_probe
from onboarding.tasks import run_probe
from registry.models import Device, Site
from registry.turns import turn_at
from tests.onboarding.acts import device_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(site: Site, owner: User) -> Device:
    return device_at(site, owner, "203.0.113.10", 80)


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited instead of waiting."""
    waited: list[float] = []
    monkeypatch.setattr("onboarding.discretion.time.sleep", waited.append)
    return waited


def fails_at(step: str, failure: DeviceError, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next probe comes as far as this step, and then this happens."""

    def read(_device: Device, *, on_step: object) -> DeviceReport:
        for code in ("address", "connect", "clock"):
            on_step(Step(code, "started", code))  # type: ignore[operator]
            if code == step:
                on_step(Step(code, "failed", code, failure.for_owner().code))  # type: ignore[operator]
                raise failure
            on_step(Step(code, "done", code))  # type: ignore[operator]
        raise AssertionError

    monkeypatch.setattr(tasks, "read_device", read)


def ran(device: Device, by: User) -> Probe:
    probe = request_probe(device=device, by=by, now=timezone.now())
    run_probe(probe.pk)
    probe.refresh_from_db()
    return probe


def told(probe: Probe) -> tuple[object, ...]:
    return (probe.code, probe.message, probe.remedy, [(step["code"], step["state"]) for step in probe.steps])


def test_denied_closed_and_filtered_look_and_last_the_same(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch, settings: Settings, sleeps: list[float]
) -> None:
    settings.PROBE_FAILURE_SECONDS = (5.5, 7.0)
    seen = []
    for step, failure in (
        ("address", AddressRefused("private", from_text=False)),
        ("address", Unreachable("no_name")),
        ("connect", Unreachable("closed")),
        ("connect", Unreachable("filtered")),
    ):
        fails_at(step, failure, monkeypatch)
        seen.append(told(ran(device, owner)))

    assert seen == [seen[0]] * 4
    assert seen[0][3] == [("address", "done"), ("connect", "failed")]
    assert len(sleeps) == 4
    assert all(5.0 < seconds <= 7.0 for seconds in sleeps)


def test_while_nothing_answered_only_the_first_step_is_shown(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_at("connect", Unreachable("closed"), monkeypatch)
    shown: list[list[tuple[str, str]]] = []
    monkeypatch.setattr(
        "onboarding.discretion.time.sleep",
        lambda _s: shown.append([(s["code"], s["state"]) for s in Probe.objects.get().steps]),
    )

    ran(device, owner)

    assert shown == [[("address", "started")]]


def test_what_the_text_shows_is_said_at_once(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch, settings: Settings, sleeps: list[float]
) -> None:
    settings.PROBE_FAILURE_SECONDS = (5.5, 7.0)
    fails_at("address", AddressRefused("port"), monkeypatch)

    assert told(ran(device, owner))[3] == [("address", "failed")]
    assert sleeps == []


def test_a_device_that_answered_there_before_fails_without_ceremony(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch, sleeps: list[float]
) -> None:
    now = timezone.now()
    Probe.objects.create(
        kind=ProbeKind.CONNECT,
        device=device,
        requested_by=owner,
        address="203.0.113.10:80",
        state=ProbeState.DONE,
        report={},
        created_at=now,
        lease_until=now,
        finished_at=now,
    )
    fails_at("connect", Unreachable("closed"), monkeypatch)

    ran(device, owner)

    assert sleeps == []


def test_a_probe_waits_for_its_turn_and_gives_up_without_dialling(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "TURN_WAIT_SECONDS", 0.2)
    monkeypatch.setattr(tasks, "read_device", lambda *_a, **_o: pytest.fail("dialled during another's turn"))

    with turn_at(device, holds=10, waits=0):
        probe = ran(device, owner)

    assert (probe.state, probe.code) == (ProbeState.FAILED, "busy")


@pytest.mark.parametrize("kind", [Unauthorized, Misbehaving, Unreachable])
def test_a_refusal_is_kept_and_on_the_trail_whatever_the_probe_ended_with(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch, kind: type[DeviceError]
) -> None:
    fails_at("clock", kind("x", refusals=1), monkeypatch)

    ran(device, owner)

    device.refresh_from_db()
    assert device.secret_refusals == 1
    assert Entry.objects.filter(action="device.secret_refused", actor_id=owner.pk).count() == 1


def test_a_refusal_counted_for_a_dead_worker_is_on_the_trail_and_taken_back_by_success(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    probe = request_probe(device=device, by=owner, now=now)
    claim_probe(probe_id=probe.pk, now=now)
    requeue_owed(now=now + timedelta(minutes=2))
    device.refresh_from_db()
    assert device.secret_refusals == 1
    assert Entry.objects.filter(action="device.secret_refused").count() == 1

    # What was counted before is in every count.
    report = DeviceReport(host=device.host, port=80, refusals=1, doubts=("died",))
    monkeypatch.setattr(tasks, "read_device", lambda *_a, **_o: report)
    run_probe(probe.pk)

    device.refresh_from_db()
    assert device.secret_refusals == 0
    assert Entry.objects.filter(action="device.refusals_taken_back").count() == 1


def steps_shown(failure: DeviceError | None, *steps: tuple[str, str]) -> list[tuple[str, str]]:
    """What is shown of these steps of a first try, and of how it failed."""
    shown: list[Step] = []
    discreet = DiscreetSteps(shown.append)
    for code, state in steps:
        discreet(Step(code, state, code))  # type: ignore[arg-type]
    if failure:
        discreet.fail(failure)
    return [(step.code, step.state) for step in shown]


def test_a_connection_that_stands_is_no_answer(sleeps: list[float]) -> None:
    connected = (("address", "started"), ("address", "done"), ("connect", "started"), ("connect", "done"))
    silent = (*connected, ("clock", "started"), ("clock", "failed"))
    hidden = [("address", "started"), ("address", "done"), ("connect", "failed")]

    assert steps_shown(None, *connected) == [("address", "started")]
    assert steps_shown(Unreachable("silent"), *silent) == hidden
    assert steps_shown(Misbehaving("tls_slow"), *connected[:3], ("connect", "failed")) == hidden
    assert len(sleeps) == 2


def test_what_answered_is_told_at_once_with_every_step(sleeps: list[float]) -> None:
    garbage = (("address", "started"), ("address", "done"), ("connect", "started"), ("connect", "done"))
    garbage = (*garbage, ("clock", "started"), ("clock", "failed"))
    rtsp = (("address", "started"), ("address", "done"), ("channels", "started"), ("channels", "done"))

    assert steps_shown(Misbehaving("status_line"), *garbage) == list(garbage)
    assert steps_shown(None, *rtsp) == list(rtsp)
    assert steps_shown(Unauthorized("rtsp"), *rtsp[:3], ("channels", "failed")) == [
        *rtsp[:3],
        ("channels", "failed"),
    ]
    assert steps_shown(Unreachable("silent"), *rtsp, ("picture", "started"), ("picture", "failed"))[-1:] == [
        ("picture", "failed")
    ]
    assert sleeps == []


@pytest.mark.parametrize(
    ("failure", "unknown", "known"),
    [
        (AddressRefused("denied", from_text=False), "unreachable", "address_refused"),
        (Misbehaving("tls_slow"), "unreachable", "unreachable"),
        (Misbehaving("status_line"), "misbehaving", "misbehaving"),
        (Unreachable("closed"), "unreachable", "unreachable"),
    ],
)
def test_how_a_failure_is_told_before_and_after_the_first_answer(
    failure: DeviceError, unknown: str, known: str
) -> None:
    before, after = failure.for_owner(), failure.for_owner(known=True)

    assert (before.code, after.code) == (unknown, known)
    assert before.detail == after.detail == ""
    if unknown == "unreachable":
        assert (before.message, before.remedy) == (Unreachable.message, Unreachable.remedy)
        assert after.message != before.message
