"""What everybody may read counts no vital object, on the page and for Prometheus."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client import generate_latest

from access.services import start_look
from accounts.models import User
from desks.public_numbers import totals
from health import services
from health.causes import Answer
from health.models import CheckState
from registry.models import Device, PartnerKind
from registry.rights import AccessRight, Right
from registry.services import withdraw_all
from tests.factories import World, reason
from tests.health.world import add_device, record
from tests.registry.world import NOW, make_city, make_person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("kind", "counted"), [(PartnerKind.BUSINESS, 1), (PartnerKind.VITAL, 0)])
def test_looks_and_withdrawals_of_vital_objects_are_not_published(kind: PartnerKind, counted: int) -> None:
    now = timezone.now()
    world = World(now=now)
    site = world.site(kind=kind)
    world.consent(site, Right.STILL_IN_HOURS)
    camera = world.verified(site)
    world.grant(site)
    start_look(
        viewer=world.viewer(), camera=camera, right=AccessRight.VIEW_STILL, reason=reason(), case=None, now=now
    )
    withdraw_all(site=site, by=site.partner.people.get(), now=now)

    told = totals(now + timedelta(minutes=1))

    assert told["looks"] == counted
    assert told["withdrawals"] == (None if counted else 0)


@pytest.mark.parametrize(("places", "said"), [(0, "0"), (1, "kurang dari 5"), (4, "kurang dari 5"), (5, "5")])
def test_few_withdrawals_are_not_counted_out(client: Client, places: int, said: str) -> None:
    now = timezone.now()
    world = World(now=now - timedelta(minutes=1))
    for _ in range(places):
        site = world.site()
        world.consent(site, Right.STILL_IN_HOURS)
        withdraw_all(site=site, by=site.partner.people.get(), now=now)

    page = client.get("/transparansi/").content.decode()

    assert f"Tempat yang menarik persetujuan, 30 hari terakhir</dt><dd>{said}</dd>" in page
    assert "di bawah 5 tidak ditampilkan" in page


def _told() -> str:
    return generate_latest().decode()


@pytest.mark.parametrize(("vital", "counted"), [(False, 1), (True, 0)])
def test_the_figures_count_no_vital_camera_device_or_check(vital: bool, counted: int) -> None:
    owner: User = make_person("pemilik")
    device: Device = add_device(make_city(), owner, 554)
    device.site.__class__.objects.filter(pk=device.site_id).update(vital=vital)
    services.ensure_states(NOW)

    tally = record(NOW, Answer(device.pk, answered=True))
    CheckState.objects.update(next_check_at=timezone.now() - timedelta(hours=1))

    told = _told()
    assert f'mitra_cameras{{state="up"}} {counted}.0' in told
    assert f"mitra_devices_watched {counted}.0" in told
    assert f"mitra_checks_overdue {counted}.0" in told
    assert (tally.answered, tally.changed) == (counted, counted)
