"""The virtual recorder of the demo, verified by an officer, and then four things wrong with its four pictures."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from demo import data, fleet, live
from health import services, tasks
from health.causes import Answer
from health.models import CameraView, CheckState, DaySource, State, StatusInterval, Tier, TierCheck
from health.pictures.inspecting import inspect
from health.words import sentence
from registry.models import Camera, Consent, Device
from registry.rights import Right
from registry.services import do_what_is_owed, withdraw_consent
from tests.health.world import record
from tests.ops.servers import free_block

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.demo.urls"),
    pytest.mark.devices,
    pytest.mark.slow,
]

FAULTS = ("black", "covered", "turned", "frozen")


@pytest.fixture
def recorder(settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[fleet.DeviceSpec]:
    """The demo's recorder, and a product in demo mode beside it."""
    first = free_block()
    monkeypatch.setenv("MITRA_DEMO_PORT", str(first))
    settings.VAR_DIR, settings.PICTURE_AGAIN_AFTER = tmp_path, timedelta(hours=1)
    spec = next(one for one in fleet.specs(first, state=tmp_path / "demo") if one.name == "recorder")
    settings.DEMO, settings.PROBE_ALLOW = True, f"{spec.host}/32:{spec.onvif_port},{spec.rtsp_port}"
    process = subprocess.Popen(spec.argv, cwd=fleet.ROOT)
    try:
        assert fleet.wait_until_answering(spec)
        yield spec
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def device(recorder: fleet.DeviceSpec) -> Device:
    """Listed, consented, connected and passed by the officer, camera by camera, through the product's services."""
    now = timezone.now()
    data.seed(now)
    assert live.connect(now) == "connected"
    return Device.objects.get(host=recorder.host, onvif_port=recorder.onvif_port)


def noon(days: int = 1) -> datetime:
    """Noon in Jakarta, so many days ahead: the references of the day are learned then."""
    return (
        (timezone.now() + timedelta(days=days)).astimezone(UTC).replace(hour=5, minute=0, second=0, microsecond=0)
    )


def found(device: Device, now: datetime) -> list[tuple[str, str]]:
    """(cause, suspected) of each camera, by channel."""
    cameras = list(Camera.objects.listed().filter(device=device).order_by("channel"))
    findings = inspect(device, cameras, now)
    assert list(findings) == [camera.pk for camera in cameras]
    return [(one.cause, one.suspected) for one in findings.values()]


def causes(device: Device, now: datetime) -> list[str]:
    """The cause of each camera's open interval after the device has answered a sweep."""
    services.ensure_states(now)
    CheckState.objects.filter(device=device).update(next_check_at=now, lease=None, lease_until=None)
    record(now, Answer(device.pk, answered=True))
    rows = StatusInterval.objects.open().filter(camera__device=device).order_by("camera__channel")
    assert {row.state for row in rows} <= {State.NORMAL, State.DEGRADED}
    return [row.cause for row in rows]


def test_four_faults_become_four_causes_and_go_with_the_fault(recorder, device):
    views = CameraView.objects.filter(camera__device=device).order_by("camera__channel")
    assert {view.day_source for view in views} == {DaySource.VISIT}
    start = noon()

    assert found(device, start) == [("", "")] * 4
    assert {view.day_source for view in views.all()} == {DaySource.MATCHED}, "the paper is not in the way any more"
    assert causes(device, start) == [""] * 4

    for channel, fault in enumerate(FAULTS, start=1):
        fleet.spoil(recorder, fault, channel)
    # What froze did so before this picture; the one an hour later is the first that repeats another.
    inspect(device, Camera.objects.filter(device=device), start + timedelta(hours=1))
    assert found(device, start + timedelta(hours=2))[3] == ("", "frozen")
    assert causes(device, start + timedelta(hours=2)) == ["black", "covered", "turned", ""]

    assert found(device, start + timedelta(hours=3)) == [(fault, "") for fault in FAULTS]
    assert causes(device, start + timedelta(hours=3)) == list(FAULTS)
    assert len({sentence(State.DEGRADED, fault) for fault in FAULTS}) == 4
    assert [view.measured for view in views.all()] == ["brightness", "details_lost", "shift", "changed"]
    assert views.all()[2].measure == pytest.approx(0.2, abs=0.02)

    for channel in range(1, 5):
        fleet.mend(recorder, channel)
    assert found(device, start + timedelta(hours=4)) == [("", "")] * 4
    assert causes(device, start + timedelta(hours=4)) == [""] * 4


def test_somebody_at_the_lens_is_no_fault_and_nothing_is_kept_after_the_consent(recorder, device):
    start = noon()
    assert found(device, start) == [("", "")] * 4
    fleet.spoil(recorder, "covered")

    assert found(device, start + timedelta(hours=1)) == [("", "covered")] * 4
    assert found(device, start + timedelta(hours=1, minutes=1)) == [("", "covered")] * 4, "the same task twice"
    fleet.mend(recorder)
    assert found(device, start + timedelta(hours=3)) == [("", "")] * 4
    assert causes(device, start + timedelta(hours=3)) == [""] * 4

    for consent in Consent.objects.in_force(start).filter(site=device.site, right=Right.HEALTH_SNAPSHOT):
        withdraw_consent(consent=consent, by=device.site.partner.people.first(), now=timezone.now())
    assert inspect(device, Camera.objects.filter(device=device), start + timedelta(hours=4)) == {}
    do_what_is_owed(now=start + timedelta(hours=4))
    assert not CameraView.objects.exists()


def test_the_daily_tier_looks_and_looks_again_soon_where_a_picture_was_wrong(recorder, device, settings):
    settings.PICTURE_AGAIN_AFTER = timedelta(seconds=1)
    now = timezone.now()
    services.ensure_states(now)
    record(now, Answer(device.pk, answered=True))
    services.follow_tiers(now)
    owed = TierCheck.objects.filter(device=device, tier=Tier.FULL)
    fleet.spoil(recorder, "black", channel=2)

    waits = []
    for _ in range(2):
        owed.update(next_at=timezone.now())
        [claim] = services.claim_tier(Tier.FULL, now=timezone.now(), limit=1, batch=1)
        tasks.check_pictures(lease=str(claim.lease))
        tasks.check_pictures(lease=str(claim.lease))  # The message may come twice.
        row = owed.get()
        assert row.lease is None
        waits.append(row.next_at - row.checked_at)
        time.sleep(1.1)

    told = StatusInterval.objects.open().filter(camera__device=device).order_by("camera__channel")
    assert [row.cause for row in told] == ["", "black", "", ""]
    assert waits[0] <= settings.PICTURE_AGAIN_AFTER
    assert waits[1] > settings.FULL_PERIOD / 2


def test_no_pictures_are_owed_without_the_consent(recorder, device):
    now = timezone.now()
    services.ensure_states(now)
    record(now, Answer(device.pk, answered=True))
    services.follow_tiers(now)
    assert TierCheck.objects.filter(device=device, tier=Tier.FULL).exists()

    for consent in Consent.objects.in_force(now).filter(site=device.site, right=Right.HEALTH_SNAPSHOT):
        withdraw_consent(consent=consent, by=device.site.partner.people.first(), now=now)
    services.follow_tiers(timezone.now())

    assert not TierCheck.objects.filter(device=device, tier=Tier.FULL).exists()
    assert TierCheck.objects.filter(device=device, tier=Tier.SIGNED_IN).exists()
