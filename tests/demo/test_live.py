"""The site that waits for its visit: listed, consented, connected to the real virtual camera, and not verified."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from demo import data, fleet, live
from demo.links import persona_of
from onboarding.identity import certificate_words
from onboarding.queries import verification_queue
from registry.models import Camera, Device
from tests.ops.servers import free_block

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.demo.urls"),
    pytest.mark.devices,
    pytest.mark.slow,
]


@pytest.fixture
def encrypted(settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[fleet.DeviceSpec]:
    """The demo's camera with streams over TLS, and a product in demo mode beside it."""
    first = free_block()
    monkeypatch.setenv("MITRA_DEMO_PORT", str(first))
    settings.VAR_DIR = tmp_path
    spec = next(one for one in fleet.specs(first, state=tmp_path / "demo") if one.name == "encrypted")
    settings.DEMO, settings.PROBE_ALLOW = True, f"{spec.host}/32:{spec.onvif_port},{spec.rtsp_port}"
    process = subprocess.Popen(spec.argv, cwd=fleet.ROOT)
    try:
        assert fleet.wait_until_answering(spec)
        yield spec
    finally:
        process.kill()
        process.wait()


def test_a_newcomer_finds_a_connected_camera_that_waits_for_the_officer(encrypted: fleet.DeviceSpec) -> None:
    now = timezone.now()
    data.seed(now)

    first = live.connect_waiting(now)
    again = live.connect_waiting(now + timedelta(minutes=1))

    assert (first, again) == ("connected", "is there")
    device = Device.objects.get(host=encrypted.host, onvif_port=encrypted.onvif_port)
    camera = Camera.objects.get(device=device)
    assert (camera.verified_at, device.answered_at is not None) == (None, True)
    assert camera.pk in {one.pk for one in verification_queue(persona_of("officer"), now)}
    report = device.probes.first().report
    assert len(certificate_words(report["identity"]).split()) == 16
