"""What Prometheus may read counts no vital object."""

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client import generate_latest

from accounts.models import User
from health import services
from health.causes import Answer
from health.models import CheckState
from registry.models import Camera, Device
from tests.health.world import add_device, record
from tests.registry.world import NOW, make_city, make_person

pytestmark = pytest.mark.django_db


def _told() -> str:
    return generate_latest().decode()


@pytest.mark.parametrize(("vital", "counted"), [(False, 1), (True, 0)])
def test_the_figures_count_no_vital_camera_device_or_check(vital: bool, counted: int) -> None:
    owner: User = make_person("pemilik")
    device: Device = add_device(make_city(), owner, 554)
    device.site.__class__.objects.filter(pk=device.site_id).update(vital=vital)
    Camera.objects.update(connected_at=NOW, connected_by=owner)
    services.ensure_states(NOW)

    tally = record(NOW, Answer(device.pk, answered=True))
    CheckState.objects.update(next_check_at=timezone.now() - timedelta(hours=1))

    told = _told()
    assert f'mitra_cameras{{state="up"}} {counted}.0' in told
    assert f"mitra_devices_watched {counted}.0" in told
    assert f"mitra_checks_overdue {counted}.0" in told
    assert (tally.answered, tally.changed) == (counted, counted)
