"""The picture of a visit: the bounds it has instead of a look, what it proves, and what the owner reads of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from access.models import Grant
from access.services import give_grant
from accounts.models import DutyKind, User
from audit.models import Entry
from devices.errors import DifferentSource
from devices.report import Channel, DeviceReport, Identity, Stream
from devices.words import warning_words
from notices.models import Notice
from onboarding.errors import (
    DeviceDiffers,
    GrantedHere,
    NotDue,
    NothingToKnowItBy,
    PictureMissing,
    PictureNotAllowed,
    PositionFirst,
    PossessionMissing,
    ReasonMissing,
    TooManyPictures,
)
from onboarding.models import Outcome, PositionSource, Probe, ProbeKind, ProbeState, Verification
from onboarding.probe_results import Result, record_probe_result
from onboarding.probe_runs import claim_probe
from onboarding.probing import change_device, request_probe
from onboarding.queries import due_for_visit, verification_queue
from onboarding.tasks import run_probe
from onboarding.verification import (
    Checks,
    ask_for_visit,
    confirm_possession,
    decide_visit,
    request_possession_picture,
    save_checks,
    start_visit,
)
from registry.errors import NotYours
from registry.models import Camera, Consent, Device, Site
from registry.rights import AccessRight, Purpose, Right
from registry.services import pause_camera, withdraw_consent
from tests.onboarding.acts import consented, make_officer, signed_in
from tests.onboarding.test_verification import JPEG, WHOLE, begun, connected, passed, photographed
from tests.registry.world import City

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(city: City) -> User:
    return make_officer("petugas", city.polsek, city.kelurahan.code)


@pytest.fixture
def camera(site: Site) -> Camera:
    return site.cameras.get()


def take(visit: Verification, by: User) -> Probe:
    return request_possession_picture(visit=visit, by=by, now=timezone.now())


def brought(probe: Probe, result: Result) -> Probe:
    """The probe, as a worker brings its result."""
    held = claim_probe(probe_id=probe.pk, now=timezone.now())
    assert held is not None
    record_probe_result(probe=held, result=result, now=timezone.now())
    probe.refresh_from_db()
    return probe


def begun_again(camera: Camera, officer: User) -> Verification:
    """A visit to a camera whose verification ends within days."""
    Camera.objects.filter(pk=camera.pk).update(verified_until=timezone.now() + timedelta(days=9))
    camera.refresh_from_db()
    return begun(camera, officer)


def verified(camera: Camera, by: User, days: int = 300) -> None:
    now = timezone.now()
    Camera.objects.filter(pk=camera.pk).update(
        verified_at=now,
        verified_by=by,
        verified_until=now + timedelta(days=days),
        connected_at=now,
        connected_by=by,
    )
    camera.refresh_from_db()


# --- when a picture may be taken --------------------------------------------------------------------------


def test_a_camera_that_is_not_due_has_no_visit(camera: Camera, officer: User, owner: User) -> None:
    connected(camera, owner)
    verified(camera, officer)

    with pytest.raises(NotDue):
        start_visit(camera=camera, by=officer, now=timezone.now())
    page = signed_in(officer).post(reverse("onboarding:verify-camera", args=[camera.public_id]), follow=True)
    assert "tidak sedang menunggu kunjungan" in page.content.decode()
    assert not Verification.objects.exists()


def test_a_camera_that_expires_soon_is_due(camera: Camera, officer: User) -> None:
    verified(camera, officer, days=29)

    assert start_visit(camera=camera, by=officer, now=timezone.now())


def test_the_position_comes_before_the_picture(camera: Camera, officer: User, owner: User) -> None:
    connected(camera, owner)
    visit = start_visit(camera=camera, by=officer, now=timezone.now())

    with pytest.raises(PositionFirst):
        take(visit, officer)


def no_picture_right(camera: Camera, owner: User) -> None:
    withdraw_consent(consent=Consent.objects.get(right=Right.STILL_IN_HOURS), by=owner, now=timezone.now())


def paused(camera: Camera, owner: User) -> None:
    pause_camera(camera=camera, until=timezone.now() + timedelta(days=1), by=owner, now=timezone.now())


ENDS = pytest.mark.parametrize("end", [no_picture_right, paused])


@ENDS
def test_without_consent_or_in_a_pause_no_picture_is_asked_for(
    camera: Camera, officer: User, owner: User, end: Callable[[Camera, User], None]
) -> None:
    connected(camera, owner)
    visit = begun(camera, officer)
    end(camera, owner)

    with pytest.raises(PictureNotAllowed):
        take(visit, officer)
    assert not Probe.objects.filter(kind=ProbeKind.POSSESSION).exists()


@ENDS
def test_what_ends_before_the_worker_comes_is_not_dialled(
    camera: Camera,
    officer: User,
    owner: User,
    end: Callable[[Camera, User], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected(camera, owner)
    probe = take(begun(camera, officer), officer)
    end(camera, owner)
    monkeypatch.setattr("onboarding.tasks.take_picture", lambda *_a, **_o: pytest.fail("dialled"))

    run_probe(probe.pk)

    probe.refresh_from_db()
    assert (probe.state, probe.code) == (ProbeState.FAILED, "picture_not_allowed")


@ENDS
def test_what_ends_while_the_picture_is_taken_keeps_it_from_the_officer(
    camera: Camera, officer: User, owner: User, end: Callable[[Camera, User], None]
) -> None:
    connected(camera, owner)
    probe = take(begun(camera, officer), officer)
    end(camera, owner)

    probe = brought(probe, Result(picture=JPEG))

    assert (probe.code, probe.picture) == ("picture_not_allowed", None)
    assert not Entry.objects.filter(action="visit.picture_taken").exists()


@ENDS
def test_what_ends_later_takes_the_picture_away(
    camera: Camera, officer: User, owner: User, end: Callable[[Camera, User], None]
) -> None:
    connected(camera, owner)
    visit = begun(camera, officer)
    probe = photographed(visit, officer)
    address = reverse("onboarding:verify-picture", args=[visit.public_id, probe.public_id])
    assert signed_in(officer).get(address).status_code == 200

    end(camera, owner)

    assert signed_in(officer).get(address).status_code == 404


@pytest.mark.parametrize("limit", ["POSSESSION_PICTURES_PER_VISIT", "POSSESSION_PICTURES_PER_OFFICER_PER_DAY"])
def test_pictures_are_few(camera: Camera, officer: User, owner: User, settings: Settings, limit: str) -> None:
    setattr(settings, limit, 2)
    connected(camera, owner)
    visit = begun(camera, officer)
    for _twice in range(2):
        photographed(visit, officer)

    with pytest.raises(TooManyPictures):
        take(visit, officer)


def test_each_picture_stands_on_the_trail_and_in_the_owners_guest_book(
    camera: Camera, officer: User, owner: User, stranger: User
) -> None:
    User.objects.filter(pk=officer.pk).update(name="Budi Rekaan")
    connected(camera, owner)
    visit = begun(camera, officer)
    for _twice in range(2):
        brought(take(visit, officer), Result(picture=JPEG))

    assert Entry.objects.filter(action="visit.picture_taken", actor_id=officer.pk).count() == 2
    assert Notice.objects.filter(code="visit_picture", user=owner).count() == 1
    page = signed_in(owner).get(reverse("desks:guest-book"))
    assert [(one.pk, one.pictures_taken) for one in page.context["visits"]] == [(visit.pk, 2)]
    words = page.content.decode()
    assert "Kunjungan petugas" in words
    assert "Polsek Cengkareng" in words
    assert "Budi Rekaan" not in words
    assert "Kunjungan petugas" not in signed_in(stranger).get(reverse("desks:guest-book")).content.decode()


# --- what it proves ----------------------------------------------------------------------------------------------


def proved(camera: Camera, officer: User, owner: User) -> Verification:
    """A visit in which the code was seen, at a device read with one channel."""
    connected(camera, owner)
    visit = begun(camera, officer)
    photographed(visit, officer)
    return confirm_possession(visit=visit, by=officer, now=timezone.now())


def reread(
    device: Device,
    owner: User,
    identity: Identity,
    source: str = "source",
    profile: str = "main",
    warnings: tuple[str, ...] = (),
) -> None:
    """The owner connects again, and this is what answers."""
    stream = Stream(profile, "H264", 640, 360, 15)
    report = DeviceReport(
        host=device.host,
        port=80,
        channels=(Channel(1, "x", source, (stream,)),),
        identity=identity,
        warnings=warnings,
    )
    probe = request_probe(device=device, by=owner, now=timezone.now())
    assert brought(probe, Result(report=report)).code == ""


@pytest.mark.parametrize(
    ("serial", "source", "profile"),
    [("SN-2", "source", "main"), ("", "source", "main"), ("SN-1", "other", "main"), ("SN-1", "source", "other")],
)
def test_another_device_or_channel_between_proof_and_decision_is_no_proof(
    camera: Camera, officer: User, owner: User, serial: str, source: str, profile: str
) -> None:
    visit = proved(camera, officer, owner)
    device = Device.objects.get()

    reread(device, owner, Identity(serial=serial, shape="s"), source, profile)

    if source == "other":  # It becomes a camera of its own, and the proved one keeps its source.
        passed(visit, officer)
        camera.refresh_from_db()
        assert camera.video_source_token == "source"
        return
    with pytest.raises(PossessionMissing):
        passed(visit, officer)
    device.refresh_from_db()
    assert device.identity is None


def test_the_same_device_read_again_is_still_proved(camera: Camera, officer: User, owner: User) -> None:
    visit = proved(camera, officer, owner)

    reread(Device.objects.get(), owner, Identity(serial="SN-1", shape="s"))
    passed(visit, officer)

    assert Device.objects.get().identity["serial"] == "SN-1"


WEAK = "dikenali dari lebih sedikit tanda"


@pytest.mark.parametrize("warning", ["greeting_unread", "no_information", "stream_certificate_unread"])
def test_the_officer_is_told_that_part_of_the_identity_was_not_read_before_he_passes(
    camera: Camera, officer: User, owner: User, warning: str
) -> None:
    """And so is the owner, who can have it read once more; what was read is kept with the pass."""
    device = connected(camera, owner)
    reread(device, owner, Identity(mac="aa:bb:cc:dd:ee:01"), warnings=(warning,))
    visit = begun(camera, officer)
    photographed(visit, officer)
    here = reverse("onboarding:verify-visit", args=[visit.public_id])

    page = signed_in(officer).get(here).content.decode()

    assert WEAK in page
    assert warning_words(warning) in page
    assert (
        warning_words(warning)
        in signed_in(owner).get(reverse("onboarding:connect", args=[device.public_id])).content.decode()
    )
    confirm_possession(visit=visit, by=officer, now=timezone.now())
    passed(Verification.objects.get(pk=visit.pk), officer)
    assert Device.objects.get().identity == Identity(mac="aa:bb:cc:dd:ee:01").to_dict()
    second = begun_again(camera, officer)
    photographed(second, officer)
    again = signed_in(officer).get(reverse("onboarding:verify-visit", args=[second.public_id])).content.decode()
    assert WEAK not in again, "what is kept is no longer decided"


def test_an_identity_that_was_read_whole_is_not_called_weak(camera: Camera, officer: User, owner: User) -> None:
    device = connected(camera, owner)
    reread(device, owner, Identity(serial="SN-1", shape="s"), warnings=("no_mac", "clock_off"))
    visit = begun(camera, officer)
    photographed(visit, officer)

    page = signed_in(officer).get(reverse("onboarding:verify-visit", args=[visit.public_id])).content.decode()

    assert WEAK not in page


def test_a_device_that_is_known_by_nothing_is_not_photographed_and_the_officer_is_told_why(
    camera: Camera, officer: User, owner: User
) -> None:
    device = connected(camera, owner)
    reread(device, owner, Identity(), warnings=("greeting_unread", "no_information"))
    visit = begun(camera, officer)

    with pytest.raises(NothingToKnowItBy):
        take(visit, officer)
    with pytest.raises(PossessionMissing):
        passed(visit, officer)
    here = reverse("onboarding:verify-visit", args=[visit.public_id])
    said = signed_in(officer).post(here, {"act": "picture", "lat": "-6.15", "lng": "106.75"}).content.decode()
    assert str(NothingToKnowItBy.message) in said
    reread(device, owner, Identity(serial="SN-1"))
    assert take(visit, officer)


@pytest.mark.parametrize("part", ["tls_fingerprint", "stream_tls_fingerprint"])
def test_the_certificate_is_shown_in_groups_of_four_and_kept_with_the_pass(
    camera: Camera, officer: User, owner: User, part: str
) -> None:
    connected(camera, owner)
    fingerprint = "0123456789abcdef" * 4
    reread(Device.objects.get(), owner, replace(Identity(serial="SN-1", shape="s"), **{part: fingerprint}))
    visit = begun(camera, officer)
    photographed(visit, officer)

    page = signed_in(officer).get(reverse("onboarding:verify-visit", args=[visit.public_id])).content.decode()

    assert f"Sidik jari sertifikat: <code>{' '.join(['0123 4567 89AB CDEF'] * 4)}</code>" in page
    confirm_possession(visit=visit, by=officer, now=timezone.now())
    passed(Verification.objects.get(pk=visit.pk), officer)
    assert Device.objects.get().identity[part] == fingerprint


def test_without_tls_no_certificate_is_spoken_of(camera: Camera, officer: User, owner: User) -> None:
    connected(camera, owner)
    visit = begun(camera, officer)
    photographed(visit, officer)

    page = signed_in(officer).get(reverse("onboarding:verify-visit", args=[visit.public_id])).content.decode()

    assert "Gambar baru dari kamera ini" in page
    assert "Sidik jari sertifikat" not in page


def test_a_source_that_is_gone_ends_this_camera_and_not_the_device(
    camera: Camera, officer: User, owner: User
) -> None:
    connected(camera, owner)
    verified(camera, officer, days=20)
    probe = take(begun(camera, officer), officer)

    probe = brought(probe, Result(failure=DifferentSource()))

    camera.refresh_from_db()
    assert (probe.code, camera.verified_at, camera.connected_at) == ("different_source", None, None)
    assert Device.objects.get().different_since is None
    assert Notice.objects.filter(user=owner, code="verification_ended").count() == 1


@pytest.mark.parametrize("field", ["rtsp_port", "onvif_port", "host"])
def test_a_picture_from_another_place_cannot_be_confirmed(
    camera: Camera, officer: User, owner: User, field: str
) -> None:
    device = connected(camera, owner)
    visit = begun(camera, officer)
    photographed(visit, officer)
    Device.objects.filter(pk=device.pk).update(**{field: "203.0.113.99" if field == "host" else 8554})

    with pytest.raises(PictureMissing):
        confirm_possession(visit=visit, by=officer, now=timezone.now())


def test_a_device_whose_secret_was_wiped_needs_its_proof_all_the_same(
    camera: Camera, officer: User, owner: User
) -> None:
    device = connected(camera, owner)
    change_device(
        device=device,
        host="192.168.1.9",
        onvif_port=80,
        rtsp_port=None,
        user="",
        password="",
        by=owner,
        now=timezone.now(),
    )
    visit = begun(camera, officer)

    with pytest.raises(PossessionMissing):
        passed(visit, officer)


def test_a_device_that_never_answered_and_waits_for_an_agent_can_be_verified_not_connected(
    camera: Camera, officer: User, owner: User
) -> None:
    device = Device.objects.create(site=camera.site, host="192.168.1.9", waits_for_agent=True)
    Camera.objects.update(device=device)

    passed(begun(Camera.objects.get(), officer), officer)

    camera.refresh_from_db()
    assert camera.verified_at
    assert camera.connected_at is None


@pytest.mark.parametrize(("serial", "cleared"), [("SN-1", True), ("", False), ("SN-2", False)])
def test_only_the_verified_device_in_every_part_is_the_same_again(
    camera: Camera, owner: User, serial: str, cleared: bool
) -> None:
    device = connected(camera, owner)
    now = timezone.now()
    Device.objects.update(identity={"serial": "SN-1", "shape": "s"}, identity_kept_at=now, different_since=now)

    reread(device, owner, Identity(serial=serial, shape="s"))

    assert (Device.objects.get().different_since is None) is cleared


# --- decisions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.FIX, Outcome.REJECT])
def test_a_no_ends_the_verification_that_stood(camera: Camera, officer: User, outcome: Outcome) -> None:
    verified(camera, officer, days=20)
    visit = begun(camera, officer, Checks(note="Menghadap kamar tetangga"))

    decide_visit(visit=visit, outcome=outcome, by=officer, now=timezone.now())

    camera.refresh_from_db()
    assert (camera.verified_at, camera.verified_until, camera.connected_at) == (None, None, None)
    ended = Entry.objects.get(action="camera.verification_ended")
    assert f'"reason":"visit_{outcome}"'.encode() in bytes(ended.body)


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ({"lat": -6.152}, PositionSource.GPS),
        ({"accuracy_m": None, "position_source": "tap"}, PositionSource.TAP),
        ({"accuracy_m": None}, PositionSource.TYPED),
        ({"accuracy_m": None, "position_source": "gps"}, PositionSource.TYPED),
    ],
)
def test_a_pass_from_far_or_without_gps_says_why(
    camera: Camera, officer: User, place: dict[str, object], source: str
) -> None:
    from dataclasses import replace

    visit = begun(camera, officer, replace(WHOLE, **place))
    assert visit.position_source == source
    with pytest.raises(ReasonMissing):
        passed(visit, officer)

    save_checks(visit=visit, checks=replace(WHOLE, **place, note="GPS mati"), by=officer, now=timezone.now())
    passed(visit, officer)

    body = bytes(Entry.objects.get(action="visit.decided").body)
    assert f'"position_source":"{source}"'.encode() in body
    page = signed_in(officer).get(reverse("onboarding:verify-visit", args=[visit.public_id])).content.decode()
    assert "meter dari pin pemilik, posisi:" in page


@pytest.mark.parametrize("when", ["now", "revoked", "from tomorrow", "over before"])
def test_who_granted_here_does_not_verify_here(city: City, camera: Camera, owner: User, when: str) -> None:
    from access.services import revoke_grant

    both = make_officer("keduanya", city.polsek, city.kelurahan.code)
    begun_before = start_visit(camera=camera, by=both, now=timezone.now())
    consented(camera.site, owner)
    from accounts.services import give_duty

    since = timezone.now() - timedelta(days=1)
    give_duty(user=both, organization=city.polsek, kind=DutyKind.GRANTOR, since=since, by=None)
    grant = give_grant(
        by=both,
        organization=city.polres,
        scope=camera.site.area,
        right=AccessRight.VIEW_STILL,
        purpose=Purpose.SECURITY,
        letter_number="Sprin/1",
        valid_from=timezone.now() + timedelta(days=1 if when == "from tomorrow" else -1),
        valid_until=timezone.now() + timedelta(days=3),
        now=timezone.now(),
    )
    if when == "revoked":
        revoke_grant(grant=grant, by=both, now=timezone.now())
    if when == "over before":
        Grant.objects.filter(pk=grant.pk).update(valid_until=camera.site.created_at - timedelta(minutes=1))
        assert start_visit(camera=camera, by=both, now=timezone.now()) == begun_before
        return

    with pytest.raises(GrantedHere):
        start_visit(camera=camera, by=both, now=timezone.now())
    with pytest.raises(GrantedHere):
        passed(begun_before, both)


# --- after a no -------------------------------------------------------------------------------------------------


def refused(camera: Camera, officer: User, outcome: Outcome = Outcome.REJECT) -> Verification:
    visit = begun(camera, officer, Checks(note="Menghadap kamar"))
    return decide_visit(visit=visit, outcome=outcome, by=officer, now=timezone.now())


def test_a_rejected_camera_waits_again_when_its_owner_says_so(
    camera: Camera, officer: User, owner: User, stranger: User
) -> None:
    refused(camera, officer)
    now = timezone.now()
    assert not verification_queue(officer, now).exists()
    with pytest.raises(NotDue):
        start_visit(camera=camera, by=officer, now=now)
    with pytest.raises(NotYours):
        ask_for_visit(camera=camera, by=stranger, now=now)
    home = signed_in(owner).get(reverse("desks:owner")).content.decode()
    assert "Menghadap kamar" in home
    assert "minta kunjungan lagi" in home

    for _twice in range(2):
        signed_in(owner).post(reverse("onboarding:ask-again", args=[camera.public_id]))

    assert verification_queue(officer, timezone.now()).get() == camera
    assert Entry.objects.filter(action="visit.asked_again").count() == 1
    assert "Anda sudah meminta kunjungan lagi" in signed_in(owner).get(reverse("desks:owner")).content.decode()
    assert start_visit(camera=camera, by=officer, now=timezone.now())


def test_a_second_no_has_to_be_answered_anew(camera: Camera, officer: User, owner: User) -> None:
    refused(camera, officer)
    ask_for_visit(camera=camera, by=owner, now=timezone.now())
    refused(camera, officer)

    assert not due_for_visit(Camera.objects.all(), timezone.now()).exists()


def test_nothing_refused_is_nothing_to_ask_for(camera: Camera, officer: User, owner: User) -> None:
    page = signed_in(owner).post(reverse("onboarding:ask-again", args=[camera.public_id]), follow=True)

    assert "tidak meminta perbaikan" in page.content.decode()
    assert signed_in(officer).post(reverse("onboarding:ask-again", args=[camera.public_id])).status_code == 404


def test_a_device_that_differs_is_not_photographed(camera: Camera, officer: User, owner: User) -> None:
    connected(camera, owner)
    visit = begun(camera, officer)
    Device.objects.update(different_since=timezone.now())

    with pytest.raises(DeviceDiffers):
        take(visit, officer)
