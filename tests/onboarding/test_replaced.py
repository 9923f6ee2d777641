"""Another device at the place of a verified one: its own channels, and an owner who knows what ended."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from devices.report import Channel, DeviceReport, Identity, Stream
from notices.models import Notice
from onboarding.models import Probe
from onboarding.probe_results import Result, record_probe_result
from onboarding.probe_runs import claim_probe
from onboarding.probing import change_device, request_probe
from registry.models import Camera, Device
from tests.onboarding.acts import CANARY, device_at, signed_in
from tests.registry.world import City, make_site

pytestmark = pytest.mark.django_db
ENDED = "Verifikasi berakhir karena %s; petugas akan datang lagi."


@pytest.fixture
def recorder(city: City, owner: User) -> Device:
    """A recorder of two verified cameras."""
    device = device_at(make_site(city, owner, cameras=2), owner, "203.0.113.10", 80)
    answers(device, owner, "OLD", "A", "B")
    now = timezone.now()
    device.cameras.update(verified_at=now, verified_by=owner, verified_until=now + timedelta(days=9))
    return device


def answers(device: Device, owner: User, serial: str, *sources: str) -> Probe:
    """A probe that read a device with this serial number and these sources, in this order."""
    channels = tuple(
        Channel(number, source, source, (Stream(f"p-{source}", "H264", 640, 360, 15, f"/{source}"),))
        for number, source in enumerate(sources, 1)
    )
    report = DeviceReport(
        host=device.host, port=device.onvif_port, channels=channels, identity=Identity(serial=serial)
    )
    probe = request_probe(device=device, by=owner, now=timezone.now())
    held = claim_probe(probe_id=probe.pk, now=timezone.now())
    assert held is not None
    assert record_probe_result(probe=held, result=Result(report=report), now=timezone.now())
    return probe


def moved(device: Device, owner: User) -> Device:
    return change_device(
        device=device,
        host="203.0.113.11",
        onvif_port=80,
        rtsp_port=None,
        user="u",
        password=CANARY,
        by=owner,
        now=timezone.now(),
    )


def ties() -> list[tuple[str, int | None, str]]:
    return [(one.label, one.channel, one.video_source_token) for one in Camera.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (("B", "A"), [("Kamera 1", 1, "B"), ("Kamera 2", 2, "A")]),
        (("X", "Y", "A"), [("Kamera 1", 1, "X"), ("Kamera 2", 2, "Y")]),
        (("B",), [("Kamera 1", 1, "B"), ("Kamera 2", None, "")]),
    ],
)
def test_another_device_gives_its_channels_in_its_own_order(
    recorder: Device, owner: User, sources: tuple[str, ...], expected: list[tuple[str, int | None, str]]
) -> None:
    answers(moved(recorder, owner), owner, "NEW", *sources)

    assert ties() == expected
    assert Entry.objects.filter(action="device.replaced").count() == 1


def test_the_same_device_at_a_new_address_keeps_its_ties(recorder: Device, owner: User) -> None:
    before = ties()

    answers(moved(recorder, owner), owner, "OLD", "B", "A")

    assert ties() == before


def test_the_owner_reads_why_the_verification_ended(recorder: Device, owner: User) -> None:
    device = moved(recorder, owner)
    words = ENDED % "alamat perangkatnya berubah"
    client = signed_in(owner)
    before = client.get(reverse("onboarding:connect", args=[device.public_id])).content.decode()
    probe = answers(device, owner, "NEW", "B", "A")
    after = client.get(reverse("onboarding:probe", args=[device.public_id, probe.public_id])).content.decode()

    assert words in before
    assert words in after
    assert [notice.body for notice in Notice.objects.filter(user=owner, code="verification_ended")] == [
        f"Kamera 1, Kamera 2: {words}"
    ]


def test_a_device_replaced_at_the_same_address_is_told_by_its_probe(recorder: Device, owner: User) -> None:
    answers(recorder, owner, "NEW", "A", "B")

    assert not Camera.objects.filter(verified_at__isnull=False).exists()
    assert ENDED % "perangkatnya diganti" in Notice.objects.get(user=owner, code="verification_ended").body
