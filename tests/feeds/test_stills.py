"""One still of a running look: asked again, counted first, watermarked, never kept."""

import time
import uuid
from contextlib import ExitStack
from dataclasses import replace

import pytest
from django.utils import timezone

from access.models import Look
from devices.count import Count
from devices.errors import DifferentDevice, DifferentSource, Misbehaving, Unauthorized, Unreachable
from feeds import gateway, services
from feeds.services import WAITING_MAX, _place_in_line, turn_at
from notices.models import Notice
from registry.models import Camera, Device
from registry.rights import Right
from registry.services import withdraw_consent
from registry.turns import take_turn
from tests.access.conftest import signed_in
from tests.feeds.conftest import opened, street

pytestmark = pytest.mark.django_db


@pytest.fixture
def look(officer, connected):
    """A running look of the officer through the connected camera."""
    officer.post(f"/pusat-komando/kamera/{connected.public_id}/", {"reason": "technical_check"})
    return Look.objects.get()


def still_url(look: Look) -> str:
    return f"/lihat/{look.public_id}/gambar.jpg"


def test_the_still_is_a_fresh_jpeg_with_a_band_and_is_never_stored(officer, look, answers):
    answers(street)

    answer = officer.get(still_url(look))

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert "no-store" in answer["Cache-Control"]
    picture = opened(answer.content)
    assert picture.width == 640
    assert picture.height > 360
    look.refresh_from_db()
    assert look.stills_shown == 1


def test_the_still_is_counted_before_the_device_is_asked(officer, look, answers):
    seen = []

    def device(camera):
        seen.append(Look.objects.get(pk=look.pk).stills_shown)
        return street()

    answers(device)

    officer.get(still_url(look))

    assert seen == [1]


def test_if_it_cannot_be_counted_the_device_is_not_asked(officer, look, answers, monkeypatch):
    import feeds.services

    def broken(**_facts):
        raise RuntimeError("no audit")

    asked = []
    answers(lambda camera: asked.append(camera))
    monkeypatch.setattr(feeds.services, "count_still", broken)
    officer.raise_request_exception = False

    answer = officer.get(still_url(look))

    assert answer.status_code == 500
    assert asked == []


def test_others_and_other_sessions_get_404(look, answers, world):
    answers(street)

    assert signed_in(look.viewer).get(still_url(look)).status_code == 404
    assert signed_in(world.viewer().user).get(still_url(look)).status_code == 404


def test_a_withdrawal_refuses_the_next_still(officer, look, answers, connected):
    answers(street)
    consent = connected.site.consents.get(right=Right.STILL_IN_HOURS)
    withdraw_consent(consent=consent, by=connected.site.partner.people.get(), now=timezone.now())

    answer = officer.get(still_url(look))

    assert answer.status_code == 403
    assert answer["X-Mitra-Code"] == "no_consent"


def test_a_withdrawal_while_the_camera_answers_keeps_the_picture_back(officer, look, answers, connected):
    def device(camera):
        consent = connected.site.consents.get(right=Right.STILL_IN_HOURS)
        withdraw_consent(consent=consent, by=connected.site.partner.people.get(), now=timezone.now())
        return street()

    answers(device)

    assert officer.get(still_url(look)).status_code == 403


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (Unreachable("silent"), "unreachable", "Kamera tidak menjawab."),
        (Misbehaving("no_picture"), "misbehaving", "tanpa gambar"),
        (Unauthorized("credentials", refusals=1), "unauthorized", "menolak kata sandi"),
    ],
)
def test_a_silent_camera_is_explained(officer, look, answers, error, code, words):
    def device(camera):
        raise error

    answers(device)

    answer = officer.get(still_url(look))

    assert answer.status_code == 502
    assert answer["X-Mitra-Code"] == code
    assert opened(answer.content).format == "JPEG"
    assert words in officer.get(f"/lihat/{look.public_id}/keterangan/").content.decode()


def test_refusals_are_counted_however_the_visit_ended_and_at_two_the_secret_rests(
    officer, look, answers, connected
):
    asked = []

    def device(camera):
        asked.append(camera.device.secret_refusals)
        if len(asked) == 1:
            return street(refusals=1)
        raise Misbehaving("no_picture", refusals=2)

    answers(device)

    codes = [officer.get(still_url(look)).headers.get("X-Mitra-Code") for _ in range(4)]

    assert asked == [0, 1]
    assert codes == [None, "misbehaving", "secret_rests", "secret_rests"]
    assert Device.objects.get(pk=connected.device_id).secret_refusals == 2
    look.refresh_from_db()
    assert look.stills_shown == 2
    assert "menolak kata sandi" in officer.get(f"/lihat/{look.public_id}/keterangan/").content.decode()


def test_a_secret_that_rests_in_doubt_is_not_called_refused(officer, look, answers, connected):
    asked = []

    def device(camera):
        asked.append(camera.device.count)
        error = Unauthorized("resting") if asked[1:] else Misbehaving("http_503")
        error.refusals, error.doubts = len(asked), ("onvif",) * len(asked)
        raise error

    answers(device)

    codes = [officer.get(still_url(look)).headers.get("X-Mitra-Code") for _ in range(3)]

    assert asked == [Count(), Count(1, ("onvif",))]
    assert codes == ["misbehaving", "secret_unclear", "secret_unclear"]
    assert "menolak" not in officer.get(f"/lihat/{look.public_id}/keterangan/").content.decode()


def test_a_refusal_of_the_old_secret_is_not_held_against_a_new_one(officer, look, answers, connected):
    def device(camera):
        Device.objects.update(secret_changed_at=timezone.now(), secret_refusals=0)
        raise Unauthorized("credentials", refusals=1)

    answers(device)

    officer.get(still_url(look))

    assert Device.objects.get(pk=connected.device_id).secret_refusals == 0


def test_a_device_that_did_not_answer_is_left_alone_for_a_moment(officer, look, answers, connected):
    asked = []

    def device(camera):
        asked.append(camera)
        raise Unreachable("silent")

    answers(device)

    codes = [officer.get(still_url(look))["X-Mitra-Code"] for _ in range(3)]
    Device.objects.update(host="203.0.113.99")
    officer.get(still_url(look))

    assert codes == ["unreachable"] * 3
    assert len(asked) == 2


def test_few_wait_for_a_busy_device_and_the_others_are_told_at_once(officer, look, answers, connected):
    answers(street)
    device = connected.device

    with turn_at(device), ExitStack() as line:
        for _ in range(WAITING_MAX):
            line.enter_context(_place_in_line(device))
        started = time.monotonic()
        answer = officer.get(still_url(look))

    assert answer["X-Mitra-Code"] == "busy"
    assert time.monotonic() - started < 1
    assert officer.get(still_url(look)).status_code == 200


def test_waiting_and_asking_together_stay_within_ten_seconds(officer, look, monkeypatch):
    given = []

    def device(camera, *, seconds):
        given.append(seconds)
        return street()

    monkeypatch.setattr(services, "take_picture", device)
    monkeypatch.setattr(services, "WAIT_SECONDS", 0.5)
    take_turn(look.camera.device, holds=0.3)

    assert officer.get(still_url(look)).status_code == 200
    assert services.TOTAL_SECONDS - 2 < given[0] < services.TOTAL_SECONDS - 0.2


def test_another_device_closes_the_camera(officer, look, answers, connected):
    def device(camera):
        raise DifferentDevice("serial")

    answers(device)

    answer = officer.get(still_url(look))

    assert answer["X-Mitra-Code"] == "different_device"
    assert Device.objects.get(pk=connected.device_id).different_since is not None
    assert officer.get(f"/pusat-komando/kamera/{connected.public_id}/").status_code == 404
    assert officer.get(still_url(look)).status_code == 403


def test_another_source_closes_that_camera_alone(officer, look, answers, connected):
    sibling = Camera.objects.get(pk=connected.pk)
    sibling.pk, sibling.public_id, sibling.label, sibling.channel = None, uuid.uuid4(), "Kamera lain", 77
    sibling.save()

    def device(camera):
        raise DifferentSource

    answers(device)

    answer = officer.get(still_url(look))

    assert answer["X-Mitra-Code"] == "different_source"
    assert Device.objects.get(pk=connected.device_id).different_since is None
    assert Camera.objects.get(pk=connected.pk).verified_at is None
    assert Camera.objects.get(pk=sibling.pk).verified_at is not None
    assert Notice.objects.filter(code="verification_ended").count() == 1
    assert officer.get(still_url(look)).status_code == 403


def test_how_the_device_was_signed_in_to_is_remembered(officer, look, monkeypatch, connected):
    given = []

    def take(target, credentials, **facts):
        given.append(facts["sign_in_method"])
        return replace(street(), worked="digest")

    monkeypatch.setattr(gateway, "take_still_now", take)
    monkeypatch.setattr(gateway, "credentials_of", lambda device: None)

    for _ in range(2):
        assert officer.get(still_url(look)).status_code == 200

    assert given == ["", "digest"]
    assert Device.objects.get(pk=connected.device_id).sign_in_method == "digest"


def test_a_camera_without_a_connection_says_so(officer, camera):
    officer.post(f"/pusat-komando/kamera/{camera.public_id}/", {"reason": "technical_check"})
    look = Look.objects.get()

    answer = officer.get(still_url(look))

    assert answer.status_code == 502
    assert answer["X-Mitra-Code"] == "no_device"
    look.refresh_from_db()
    assert look.stills_shown == 0


def test_a_secret_sealed_elsewhere_is_not_sent(officer, look):
    answer = officer.get(still_url(look))

    assert answer["X-Mitra-Code"] == "no_credentials"


def test_a_still_is_asked_of_the_video_source_that_was_verified(look, connected, monkeypatch):
    asked = {}

    def take(target, credentials, **facts):
        asked.update(facts)
        return street()

    monkeypatch.setattr(gateway, "take_still_now", take)
    monkeypatch.setattr(gateway, "credentials_of", lambda device: None)
    connected.profile_token, connected.video_source_token = "Profile_1", "VideoSource_1"

    gateway.take_picture(connected, seconds=7)

    assert (asked["profile_token"], asked["video_source_token"]) == ("Profile_1", "VideoSource_1")
    assert asked["deadline_seconds"] == 7
