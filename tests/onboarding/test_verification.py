"""The officer's visit: who may begin it, what it takes to pass, what passing makes true."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.errors import NoDuty
from accounts.models import Duty, DutyKind, User
from audit.models import Entry
from demo import fleet
from notices.models import Notice
from onboarding.errors import (
    ChecksMissing,
    DeviceDiffers,
    NotConnectedYet,
    OwnSite,
    PictureMissing,
    PossessionMissing,
    ReasonMissing,
    VisitOver,
    VisitTaken,
)
from onboarding.models import Outcome, Probe, ProbeKind, ProbeState, Verification
from onboarding.queries import verification_queue
from onboarding.tasks import run_probe
from onboarding.verification import (
    ABANDONED_AFTER,
    Checks,
    confirm_possession,
    decide_visit,
    request_possession_picture,
    save_checks,
    start_visit,
)
from registry.models import Camera, Device, PartnerPerson, Site
from tests.onboarding.acts import consented, device_at, device_of, make_officer, probed, signed_in
from tests.registry.world import City, make_site

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0picture"
WHOLE = Checks(
    identity_seen=True,
    direction_matches=True,
    street_facing=True,
    private_areas_handled=True,
    sticker_on_wall=True,
    lat=-6.15,
    lng=106.75,
    accuracy_m=8,
)


@pytest.fixture
def officer(city: City) -> User:
    """The Bhabinkamtibmas of the kelurahan."""
    return make_officer("petugas", city.polsek, city.kelurahan.code)


@pytest.fixture
def camera(site: Site) -> Camera:
    return site.cameras.get()


def begun(camera: Camera, by: User, checks: Checks = WHOLE) -> Verification:
    """A visit with these checks saved."""
    visit = start_visit(camera=camera, by=by, now=timezone.now())
    return save_checks(visit=visit, checks=checks, by=by, now=timezone.now())


def connected(camera: Camera, by: User) -> Device:
    """The camera's device, as after a probe that read it, at a site whose owner consents to pictures."""
    consented(camera.site, by)
    device = device_at(camera.site, by, "203.0.113.10", 80)
    now = timezone.now()
    Probe.objects.create(
        kind=ProbeKind.CONNECT,
        device=device,
        requested_by=by,
        address="203.0.113.10:80",
        state=ProbeState.DONE,
        report={"identity": {"serial": "SN-1", "mac": "", "tls_fingerprint": "", "shape": "s"}},
        created_at=now,
        lease_until=now,
        finished_at=now,
    )
    Camera.objects.filter(pk=camera.pk).update(
        device=device, channel=1, video_source_token="source", profile_token="main"
    )
    camera.refresh_from_db()
    return device


def photographed(visit: Verification, by: User) -> Probe:
    """The picture of the visit, as a worker brings it."""
    probe = request_possession_picture(visit=visit, by=by, now=timezone.now())
    Probe.objects.filter(pk=probe.pk).update(state=ProbeState.DONE, picture=JPEG, finished_at=timezone.now())
    return probe


def passed(visit: Verification, by: User) -> Verification:
    return decide_visit(visit=visit, outcome=Outcome.PASS, by=by, now=timezone.now())


# --- who ---------------------------------------------------------------------------------------------------


def test_the_officer_of_the_kelurahan_begins_once(camera: Camera, officer: User) -> None:
    first = start_visit(camera=camera, by=officer, now=timezone.now())
    second = start_visit(camera=camera, by=officer, now=timezone.now())

    assert first == second
    assert Entry.objects.filter(action="visit.started").count() == 1


def test_an_officer_of_another_kelurahan_may_not(city: City, camera: Camera) -> None:
    other = make_officer("lain", city.other_polsek, city.other_kelurahan.code)

    with pytest.raises(NoDuty):
        start_visit(camera=camera, by=other, now=timezone.now())


def test_an_officer_whose_duty_ended_may_not_decide(camera: Camera, officer: User) -> None:
    visit = begun(camera, officer)
    Duty.objects.update(ended_at=timezone.now())

    with pytest.raises(NoDuty):
        passed(visit, officer)


def test_nobody_verifies_his_own(camera: Camera, officer: User) -> None:
    PartnerPerson.objects.create(partner=camera.site.partner, user=officer)

    with pytest.raises(OwnSite):
        start_visit(camera=camera, by=officer, now=timezone.now())
    assert not verification_queue(officer, timezone.now()).exists()


def test_a_vital_site_exists_only_for_its_named_verifier(camera: Camera, officer: User) -> None:
    Site.objects.update(vital=True)
    camera.refresh_from_db()

    assert not verification_queue(officer, timezone.now()).exists()
    with pytest.raises(NoDuty):
        start_visit(camera=Camera.objects.get(), by=officer, now=timezone.now())
    Site.objects.update(named_verifier=officer)
    assert verification_queue(officer, timezone.now()).get() == camera
    assert start_visit(camera=Camera.objects.get(), by=officer, now=timezone.now())


def test_one_visit_is_open_and_an_abandoned_one_is_taken_over_afresh(
    city: City,
    camera: Camera,
    officer: User,
) -> None:
    second = make_officer("pengganti", city.polsek, city.kelurahan.code)
    visit = begun(camera, officer)
    Verification.objects.filter(pk=visit.pk).update(possession_code="----")

    with pytest.raises(VisitTaken):
        start_visit(camera=camera, by=second, now=timezone.now())
    taken = start_visit(camera=camera, by=second, now=timezone.now() + ABANDONED_AFTER + timedelta(minutes=1))

    assert (taken.pk, taken.officer, taken.identity_seen) == (visit.pk, second, False)
    assert taken.possession_code != "----"
    with pytest.raises(VisitOver):
        passed(visit, officer)


@pytest.mark.parametrize(
    ("verified_in_days", "outcome", "waits"),
    [
        (None, None, True),
        (None, Outcome.FIX, True),
        (None, Outcome.REJECT, False),
        (29, Outcome.PASS, True),
        (31, Outcome.PASS, False),
        (-1, Outcome.PASS, True),
    ],
)
def test_the_queue_holds_what_waits(
    camera: Camera, officer: User, verified_in_days: int | None, outcome: Outcome | None, waits: bool
) -> None:
    now = timezone.now()
    if verified_in_days is not None:
        until = now + timedelta(days=verified_in_days)
        Camera.objects.update(verified_at=now - timedelta(days=9), verified_by=officer, verified_until=until)
    if outcome:
        Verification.objects.create(
            camera=camera, officer=officer, started_at=now, decided_at=now, outcome=outcome, note="karena"
        )

    assert verification_queue(officer, now).exists() is waits


# --- checks and decisions ---------------------------------------------------------------------------------


def test_the_distance_is_measured_from_the_pin(camera: Camera, officer: User) -> None:
    visit = begun(camera, officer, Checks(lat=-6.151, lng=106.75))

    assert visit.distance_m == pytest.approx(111, abs=2)


@pytest.mark.parametrize(
    "missing", ["identity_seen", "direction_matches", "street_facing", "private_areas_handled", "lat"]
)
def test_passing_takes_every_check(camera: Camera, officer: User, missing: str) -> None:
    visit = begun(camera, officer, replace(WHOLE, **{missing: None if missing == "lat" else False}))

    with pytest.raises(ChecksMissing):
        passed(visit, officer)
    assert Camera.objects.get().verified_at is None


def test_a_camera_without_a_device_passes_as_verified_only(
    camera: Camera,
    officer: User,
    owner: User,
    settings: Settings,
) -> None:
    visit = passed(begun(camera, officer), officer)

    camera.refresh_from_db()
    assert camera.verified_by == officer
    assert camera.verified_until == visit.decided_at + settings.VERIFICATION_LASTS
    assert (camera.connected_at, camera.aimed_at) == (None, None)
    assert camera.stickered_by == officer
    assert not verification_queue(officer, timezone.now()).exists()
    assert Notice.objects.get(user=owner).code == "visit_pass"


def test_the_sticker_is_a_stage_of_its_own(camera: Camera, officer: User) -> None:
    passed(begun(camera, officer, replace(WHOLE, sticker_on_wall=False)), officer)

    camera.refresh_from_db()
    assert camera.verified_at
    assert camera.stickered_at is None


@pytest.mark.parametrize("outcome", [Outcome.FIX, Outcome.REJECT])
def test_a_no_takes_a_reason_and_is_told_once(
    camera: Camera,
    officer: User,
    owner: User,
    outcome: Outcome,
) -> None:
    visit = begun(camera, officer, Checks())
    with pytest.raises(ReasonMissing):
        decide_visit(visit=visit, outcome=outcome, by=officer, now=timezone.now())
    save_checks(visit=visit, checks=Checks(note="Arah belum sesuai"), by=officer, now=timezone.now())

    for _twice in range(2):
        decide_visit(visit=visit, outcome=outcome, by=officer, now=timezone.now())

    camera.refresh_from_db()
    assert camera.verified_at is None
    assert "Arah belum sesuai" in Notice.objects.get(user=owner).body
    assert Entry.objects.filter(action="visit.decided").count() == 1


def test_a_decided_visit_cannot_be_decided_otherwise(camera: Camera, officer: User) -> None:
    visit = passed(begun(camera, officer), officer)

    with pytest.raises(VisitOver):
        decide_visit(visit=visit, outcome=Outcome.REJECT, by=officer, now=timezone.now())


# --- proof of possession ------------------------------------------------------------------------------------


def test_a_camera_with_a_device_passes_only_with_the_code_seen(
    camera: Camera,
    officer: User,
    owner: User,
) -> None:
    device = connected(camera, owner)
    visit = begun(camera, officer)

    with pytest.raises(PossessionMissing):
        passed(visit, officer)
    with pytest.raises(PictureMissing):
        confirm_possession(visit=visit, by=officer, now=timezone.now())
    photographed(visit, officer)
    with pytest.raises(PossessionMissing):
        passed(visit, officer)
    confirm_possession(visit=visit, by=officer, now=timezone.now())
    passed(visit, officer)

    camera.refresh_from_db()
    device.refresh_from_db()
    assert camera.verified_at == camera.connected_at
    assert camera.connected_by == officer
    assert device.identity["serial"] == "SN-1"
    assert not Probe.objects.filter(kind=ProbeKind.POSSESSION, picture__isnull=False).exists()


def test_a_picture_goes_stale(camera: Camera, officer: User, owner: User) -> None:
    connected(camera, owner)
    visit = begun(camera, officer)
    photographed(visit, officer)

    with pytest.raises(PictureMissing):
        confirm_possession(visit=visit, by=officer, now=timezone.now() + timedelta(minutes=11))


def test_a_new_picture_has_to_be_looked_at_anew(camera: Camera, officer: User, owner: User) -> None:
    connected(camera, owner)
    visit = begun(camera, officer)
    photographed(visit, officer)
    confirm_possession(visit=visit, by=officer, now=timezone.now())
    photographed(visit, officer)

    with pytest.raises(PossessionMissing):
        passed(visit, officer)


@pytest.mark.parametrize("change", ["host", "secret", "different"])
def test_a_proof_of_what_stood_there_before_is_no_proof(
    camera: Camera,
    officer: User,
    owner: User,
    change: str,
) -> None:
    device = connected(camera, owner)
    visit = begun(camera, officer)
    photographed(visit, officer)
    confirm_possession(visit=visit, by=officer, now=timezone.now())
    later = timezone.now() + timedelta(seconds=1)
    Device.objects.filter(pk=device.pk).update(
        **{
            "host": {"host": "203.0.113.99"},
            "secret": {"secret_changed_at": later},
            "different": {"different_since": later},
        }[change]
    )

    with pytest.raises((PossessionMissing, DeviceDiffers)):
        passed(visit, officer)
    assert Camera.objects.get().connected_at is None


def test_a_device_never_connected_cannot_be_photographed(camera: Camera, officer: User, owner: User) -> None:
    device_at(camera.site, owner, "203.0.113.10", 80)
    visit = begun(Camera.objects.get(), officer)

    consented(camera.site, owner)
    with pytest.raises(NotConnectedYet):
        request_possession_picture(visit=visit, by=officer, now=timezone.now())


# --- pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"), [("officer", 200), ("elsewhere", 404), ("grantor", 404), ("owner", 404), (None, 302)]
)
def test_who_opens_the_page_of_a_camera(
    city: City,
    camera: Camera,
    officer: User,
    owner: User,
    who: str | None,
    status: int,
) -> None:
    people = {
        "officer": officer,
        "elsewhere": make_officer("lain", city.other_polsek, city.other_kelurahan.code),
        "grantor": make_officer("kapolsek", city.polsek, "", DutyKind.GRANTOR),
        "owner": owner,
    }
    client = signed_in(people[who]) if who else Client()

    assert client.get(reverse("onboarding:verify-camera", args=[camera.public_id])).status_code == status


def test_a_visit_is_for_its_officer_alone(city: City, camera: Camera, officer: User, owner: User) -> None:
    connected(camera, owner)
    visit = begun(camera, officer)
    probe = photographed(visit, officer)
    colleague = make_officer("rekan", city.polsek, city.kelurahan.code)
    addresses = [
        reverse("onboarding:verify-visit", args=[visit.public_id]),
        reverse("onboarding:verify-picture", args=[visit.public_id, probe.public_id]),
        reverse("onboarding:verify-map", args=[visit.public_id]),
        reverse("onboarding:verify-proof", args=[visit.public_id]),
    ]

    for address in addresses:
        assert signed_in(officer).get(address, headers={"HX-Request": "true"}).status_code == 200, address
        for other in (colleague, owner):
            assert signed_in(other).get(address, headers={"HX-Request": "true"}).status_code == 404, address
    picture = signed_in(officer).get(addresses[1])
    assert picture.content == JPEG
    assert "no-store" in picture["Cache-Control"]


def posted(visit: Verification, by: User, act: str, **facts: str) -> tuple[int, str]:
    """The answer to the checklist with all ticks, and this button."""
    ticks = dict.fromkeys(("identity_seen", "direction_matches", "street_facing", "private_areas_handled"), "on")
    form = {**ticks, "lat": "-6,15", "lng": "106.75", "accuracy_m": "9", "note": "", "act": act, **facts}
    answer = signed_in(by).post(reverse("onboarding:verify-visit", args=[visit.public_id]), form)
    return answer.status_code, answer.content.decode()


def test_a_visit_is_walked_through_the_page(camera: Camera, officer: User) -> None:
    begin = reverse("onboarding:verify-camera", args=[camera.public_id])
    signed_in(officer).post(begin)
    visit = Verification.objects.get()

    assert posted(visit, officer, "save", lat="-6.16")[0] == 302
    page = signed_in(officer).get(reverse("onboarding:verify-visit", args=[visit.public_id])).content.decode()
    assert "meter dari pin" in page
    assert "pastikan ini tempat yang benar" in page
    assert posted(visit, officer, "fix")[0] == 200, "a reason is asked for"
    assert posted(visit, officer, "pass")[0] == 302

    camera.refresh_from_db()
    assert camera.verified_by == officer


@pytest.mark.parametrize("lat", ["NaN", "1e400", "1_0.5", "106.75", "", "９"])
def test_odd_positions_are_refused_by_the_form(camera: Camera, officer: User, lat: str) -> None:
    visit = begun(camera, officer)

    assert posted(visit, officer, "pass", lat=lat)[0] == 200
    assert Camera.objects.get().verified_at is None


def test_what_a_pass_still_needs_is_named_and_linked(camera: Camera, officer: User) -> None:
    visit = start_visit(camera=camera, by=officer, now=timezone.now())

    status, page = posted(visit, officer, "pass", lat="", lng="", identity_seen="", street_facing="")

    assert status == 200
    for name in ("identity_seen", "street_facing", "lat"):
        assert f'<li><a href="#id_{name}">' in page
    assert '<a href="#id_direction_matches">' not in page


@pytest.mark.parametrize(
    ("code", "words"),
    [("unreachable", "Percobaan terakhir gagal: Tidak dijawab."), ("", "Percobaan terakhir berhasil.")],
)
def test_the_officer_reads_how_the_last_attempt_ended(
    camera: Camera, officer: User, owner: User, code: str, words: str
) -> None:
    device = device_at(camera.site, owner, "203.0.113.10", 80)
    address = reverse("onboarding:verify-camera", args=[camera.public_id])
    assert "belum pernah dicoba" in signed_in(officer).get(address).content.decode()
    now = timezone.now()
    Probe.objects.create(
        kind=ProbeKind.CONNECT,
        device=device,
        requested_by=owner,
        address="203.0.113.10:80",
        state=ProbeState.FAILED if code else ProbeState.DONE,
        code=code,
        message="Tidak dijawab." if code else "",
        report=None if code else {"channels": []},
        created_at=now,
        lease_until=now,
        finished_at=now,
    )

    assert words in signed_in(officer).get(address).content.decode()


def test_an_unknown_button_only_saves(camera: Camera, officer: User) -> None:
    visit = begun(camera, officer)

    assert posted(visit, officer, "grant")[0] == 302
    assert Camera.objects.get().verified_at is None


@pytest.mark.devices
@pytest.mark.slow
@pytest.mark.usefixtures("demo_mode")
def test_possession_is_proved_at_a_real_channel(
    city: City,
    owner: User,
    officer: User,
    devices: dict[str, fleet.DeviceSpec],
) -> None:
    site = make_site(city, owner, cameras=2)
    spec = devices["recorder"]
    device = device_of(site, owner, spec)
    consented(site, owner)
    probed(device, owner)
    camera = Camera.objects.get(device=device, channel=2)
    visit = begun(camera, officer)
    fleet.hold_up(spec, visit.possession_code, channel=2)

    probe = request_possession_picture(visit=visit, by=officer, now=timezone.now())
    run_probe(probe.pk)
    probe.refresh_from_db()
    confirm_possession(visit=visit, by=officer, now=timezone.now())
    passed(visit, officer)

    camera.refresh_from_db()
    device.refresh_from_db()
    assert (probe.state, probe.code) == (ProbeState.DONE, "")
    assert camera.connected_at
    assert device.identity["serial"] == "MK-DEMO-0005"
    assert Camera.objects.filter(device=device, connected_at__isnull=False).count() == 1
