"""Which camera a channel becomes, and what ends when another picture stands behind a camera."""

from datetime import timedelta

import pytest
from django.utils import timezone

import audit
from accounts.models import User
from audit.models import Entry
from devices.report import Channel, DeviceReport, Stream
from onboarding.channels import match_channels
from registry.models import Camera, Device, Site
from tests.onboarding.acts import device_at
from tests.registry.world import City, make_site

pytestmark = pytest.mark.django_db


def channel(number: int, source: str, profile: str = "", path: str = "/one") -> Channel:
    return Channel(
        number, f"Lensa {source}", source, (Stream(profile or f"p-{source}", "H264", 640, 360, 15, path),)
    )


@audit.atomic
def read(device: Device, by: User, *channels: Channel) -> list[Camera]:
    """What a probe that found these channels makes of them."""
    report = DeviceReport(host=device.host, port=device.onvif_port, channels=channels)
    return match_channels(device=device, report=report, by=by)


@pytest.fixture
def pair(city: City, owner: User) -> Site:
    """A site with two cameras, of which one recorder is to bring the pictures."""
    return make_site(city, owner, cameras=2)


@pytest.fixture
def recorder(pair: Site, owner: User) -> Device:
    return device_at(pair, owner, "203.0.113.10", 80)


def verify_all(owner: User) -> None:
    now = timezone.now()
    Camera.objects.update(
        verified_at=now,
        verified_by=owner,
        verified_until=now + timedelta(days=300),
        connected_at=now,
        connected_by=owner,
    )


def sources() -> list[tuple[str, int | None, str, bool]]:
    """Label, number, source and whether it is verified, of every camera."""
    return [
        (one.label, one.channel, one.video_source_token, one.verified_at is not None)
        for one in Camera.objects.order_by("pk")
    ]


@pytest.mark.parametrize("order", [("A", "B"), ("B", "A")])
def test_another_order_of_the_same_sources_moves_nothing(
    recorder: Device, owner: User, order: tuple[str, str]
) -> None:
    read(recorder, owner, channel(1, "A"), channel(2, "B"))
    verify_all(owner)
    before = sources()

    read(recorder, owner, *[channel(number, source) for number, source in enumerate(order, 1)])

    assert sources() == before == [("Kamera 1", 1, "A", True), ("Kamera 2", 2, "B", True)]


def test_a_source_that_is_gone_gives_its_camera_to_no_other(recorder: Device, owner: User) -> None:
    read(recorder, owner, channel(1, "A"), channel(2, "B"))
    verify_all(owner)

    matched = read(recorder, owner, channel(1, "B"))

    assert [camera.label for camera in matched] == ["Kamera 2"]
    assert sources() == [("Kamera 1", 1, "A", True), ("Kamera 2", 2, "B", True)]


def test_a_source_that_nobody_listed_becomes_no_camera(recorder: Device, owner: User) -> None:
    read(recorder, owner, channel(1, "A"), channel(2, "B"))
    verify_all(owner)

    matched = read(recorder, owner, channel(1, "C"), channel(2, "A"), channel(3, "B"))

    assert sources() == [("Kamera 1", 1, "A", True), ("Kamera 2", 2, "B", True)]
    assert [camera.label for camera in matched] == ["Kamera 1", "Kamera 2"]


@pytest.mark.parametrize("other", [channel(1, "A", profile="other"), channel(1, "A", path="/two")])
def test_another_profile_or_stream_behind_a_camera_ends_its_verification(
    recorder: Device, owner: User, other: Channel
) -> None:
    read(recorder, owner, channel(1, "A"), channel(2, "B"))
    verify_all(owner)

    read(recorder, owner, other, channel(2, "B"))

    assert [verified for *_rest, verified in sources()] == [False, True]
    ended = Entry.objects.get(action="camera.verification_ended")
    assert b'"reason":"source_changed"' in bytes(ended.body)
    assert Camera.objects.get(video_source_token="A").connected_at is None


def test_a_camera_of_before_sources_were_kept_is_found_by_its_profile(recorder: Device, owner: User) -> None:
    first, second = Camera.objects.order_by("pk")
    for number, (camera, profile) in enumerate([(first, "p-A"), (second, "p-B")], 1):
        Camera.objects.filter(pk=camera.pk).update(device=recorder, channel=number, profile_token=profile)
    verify_all(owner)

    read(recorder, owner, channel(1, "B"))

    assert sources() == [("Kamera 1", 1, "", True), ("Kamera 2", 2, "B", True)]
    assert Camera.objects.get(pk=first.pk).profile_token == "p-A"


def test_a_known_source_of_which_nothing_could_be_read_keeps_what_is_known(recorder: Device, owner: User) -> None:
    read(recorder, owner, channel(1, "A"), channel(2, "B"))
    verify_all(owner)

    read(recorder, owner, Channel(1, "Lensa A", "A"), channel(2, "B"))

    assert [verified for *_rest, verified in sources()] == [True, True]
    assert Camera.objects.get(video_source_token="A").profile_token == "p-A"


def test_what_ties_a_camera_to_its_picture_is_on_the_trail_without_its_path(recorder: Device, owner: User) -> None:
    for _twice in range(2):
        read(recorder, owner, channel(1, "A", path="/user=admin&password=rahasia"))

    tied = Entry.objects.get(action="camera.source_tied")
    assert b'"source":"A"' in bytes(tied.body)
    assert b"rahasia" not in bytes(tied.body)
