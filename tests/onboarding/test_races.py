"""Two people, or two workers, at the same moment. PostgreSQL only: SQLite lets one writer in at a time."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Entry
from devices.errors import Unreachable
from onboarding import tasks
from onboarding.errors import OnboardingError
from onboarding.models import Outcome, Probe, Verification
from onboarding.probing import change_device, request_probe
from onboarding.verification import Checks, confirm_possession, decide_visit, save_checks, start_visit
from registry.models import Camera
from tests.onboarding.acts import device_at, make_officer
from tests.registry.world import make_city, make_person, make_site

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("only_on_postgresql"),
]


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Run these at once, each on a connection of its own; what each gave or which refusal it met."""
    ready = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        ready.wait(5)
        try:
            results[number] = act()
        except OnboardingError as refusal:
            results[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def test_two_taps_ask_for_one_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.run_probe, "delay", lambda _id: None)
    owner = make_person("pemilik")
    device = device_at(make_site(make_city(), owner), owner, "203.0.113.10", 80)

    results = together(*[lambda: request_probe(device=device, by=owner, now=timezone.now())] * 4)

    assert Probe.objects.count() == 1
    assert [getattr(one, "code", "") for one in results].count("probe_running") == 3


def test_two_workers_dial_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.run_probe, "delay", lambda _id: None)
    dialled: list[int] = []

    def silent(device: Any, *, on_step: Any) -> None:
        dialled.append(device.pk)
        raise Unreachable("closed")

    monkeypatch.setattr(tasks, "read_device", silent)
    owner = make_person("pemilik")
    device = device_at(make_site(make_city(), owner), owner, "203.0.113.10", 80)
    probe = request_probe(device=device, by=owner, now=timezone.now())

    together(*[lambda: tasks.run_probe(probe.pk)] * 4)

    assert dialled == [device.pk]
    assert Entry.objects.filter(action="device.probed").count() == 1


def test_two_officers_begin_one_visit() -> None:
    city = make_city()
    camera = make_site(city, make_person("pemilik")).cameras.get()
    officers = [make_officer(name, city.polsek, city.kelurahan.code) for name in ("satu", "dua")]

    results = together(*[lambda o=one: start_visit(camera=camera, by=o, now=timezone.now()) for one in officers])

    assert Verification.objects.count() == 1
    assert sorted(getattr(one, "code", "") for one in results) == ["", "visit_taken"]


def test_a_visit_is_decided_once() -> None:
    city = make_city()
    camera = make_site(city, make_person("pemilik")).cameras.get()
    officer = make_officer("petugas", city.polsek, city.kelurahan.code)
    visit = start_visit(camera=camera, by=officer, now=timezone.now())
    whole = Checks(
        identity_seen=True,
        direction_matches=True,
        street_facing=True,
        private_areas_handled=True,
        lat=-6.15,
        lng=106.75,
        note="alasan",
    )
    save_checks(visit=visit, checks=whole, by=officer, now=timezone.now())

    outcomes = [Outcome.PASS, Outcome.REJECT] * 2
    together(
        *[lambda o=one: decide_visit(visit=visit, outcome=o, by=officer, now=timezone.now()) for one in outcomes]
    )

    visit.refresh_from_db()
    assert Entry.objects.filter(action="visit.decided").count() == 1
    assert (Camera.objects.get().verified_at is not None) == (visit.outcome == Outcome.PASS)


def test_a_decision_and_a_move_of_the_device_do_not_pass_each_other() -> None:
    """Whoever comes first: a device that was moved is never left verified, and nobody waits for ever."""
    from tests.onboarding.test_verification import WHOLE, connected, photographed

    city, owner = make_city(), make_person("pemilik")
    camera = make_site(city, owner).cameras.get()
    officer = make_officer("petugas", city.polsek, city.kelurahan.code)
    device = connected(camera, owner)
    visit = start_visit(camera=camera, by=officer, now=timezone.now())
    save_checks(visit=visit, checks=WHOLE, by=officer, now=timezone.now())
    photographed(visit, officer)
    confirm_possession(visit=visit, by=officer, now=timezone.now())

    together(
        lambda: decide_visit(visit=visit, outcome=Outcome.PASS, by=officer, now=timezone.now()),
        lambda: change_device(
            device=device,
            host="203.0.113.99",
            onvif_port=80,
            rtsp_port=None,
            user="u",
            password="p",
            by=owner,
            now=timezone.now(),
        ),
    )

    device.refresh_from_db()
    assert (device.host, device.identity) == ("203.0.113.99", None)
    assert Camera.objects.get().verified_at is None
