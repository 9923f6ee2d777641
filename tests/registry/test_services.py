"""Listing, pausing and withdrawing a camera, and its device."""

from datetime import timedelta

import pytest

from accounts.models import User
from audit.models import Entry
from notices.models import Notice
from registry import targets
from registry.errors import (
    AlreadyWithdrawn,
    LabelTwice,
    NoCameras,
    NotAKelurahan,
    NotPaused,
    NotYours,
    PauseNotAhead,
    ResponsibleNeeded,
    SecretIncomplete,
)
from registry.models import Camera, Device, Partner, PartnerKind, PartnerPerson, PersonRole, Sees, Site
from registry.services import (
    CameraFacts,
    PartnerFacts,
    SiteFacts,
    attach_device,
    change_device_address,
    list_site,
    mark_device_different,
    pause_camera,
    resume_camera,
    set_device_secret,
    withdraw_camera,
)
from tests.registry.world import NOW, City, camera_of, make_city, make_person, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def owner(db: None) -> User:
    return make_person("pemilik")


@pytest.fixture
def stranger(db: None) -> User:
    return make_person("orang-lain")


def test_a_listed_site_has_its_cells_and_its_cameras_a_first_stage_only(city: City, owner: User) -> None:
    site = make_site(city, owner, cameras=2)

    assert site.h3_r7
    assert site.h3_r12
    assert not site.vital
    assert [camera.listed_at for camera in site.cameras.all()] == [NOW, NOW]
    assert not site.cameras.exclude(verified_at=None, connected_at=None, stickered_at=None).exists()
    assert PartnerPerson.objects.get(partner=site.partner, user=owner).role == PersonRole.MANAGER
    assert list(Entry.objects.values_list("action", flat=True)) == [
        "partner.added",
        "site.listed",
        "camera.listed",
        "camera.listed",
    ]


def test_the_site_of_a_vital_object_is_vital_at_once(city: City, owner: User) -> None:
    assert make_site(city, owner, kind=PartnerKind.VITAL).vital


def test_nothing_is_listed_without_a_responsible_person_where_one_is_due(city: City, owner: User) -> None:
    with pytest.raises(ResponsibleNeeded):
        list_site(
            partner=PartnerFacts(kind=PartnerKind.BUSINESS, name="Toko"),
            site=facts_of(city),
            cameras=[CameraFacts(label="A", sees=Sees.STREET)],
            by=owner,
            now=NOW,
        )

    assert not Partner.objects.exists()


@pytest.mark.parametrize(
    ("labels", "refusal"), [([], NoCameras), (["Depan", "depan"], LabelTwice)], ids=["none", "same name"]
)
def test_cameras_that_cannot_be_told_apart_or_are_none(
    city: City, owner: User, labels: list[str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        list_site(
            partner=PartnerFacts(kind=PartnerKind.RESIDENT, name="Sari"),
            site=facts_of(city),
            cameras=[CameraFacts(label=label, sees=Sees.STREET) for label in labels],
            by=owner,
            now=NOW,
        )

    assert not Site.objects.exists()


def test_a_site_lies_in_a_kelurahan(city: City, owner: User) -> None:
    assert city.kelurahan.parent

    with pytest.raises(NotAKelurahan):
        list_site(
            partner=PartnerFacts(kind=PartnerKind.RESIDENT, name="Sari"),
            site=SiteFacts(area=city.kelurahan.parent, address="A", lat=-6.1, lng=106.7, maintainer_name="Sari"),
            cameras=[CameraFacts(label="A", sees=Sees.STREET)],
            by=owner,
            now=NOW,
        )


def test_nobody_lists_a_site_for_a_partner_he_does_not_act_for(city: City, owner: User, stranger: User) -> None:
    partner = make_site(city, owner).partner

    for by, refused in ((owner, False), (stranger, True)):
        listing = {
            "partner": partner,
            "site": facts_of(city),
            "cameras": [CameraFacts(label="A", sees=Sees.STREET)],
            "by": by,
            "now": NOW,
        }
        if refused:
            with pytest.raises(NotYours):
                list_site(**listing)  # type: ignore[arg-type]
        else:
            assert list_site(**listing).partner == partner  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "may_pause", "may_withdraw"),
    [
        (PersonRole.MANAGER, True, True),
        (PersonRole.SIGNATORY, True, True),
        (PersonRole.TECHNICIAN, True, False),
        (PersonRole.CONTACT, True, False),
        (PersonRole.READER, False, False),
        (None, False, False),
    ],
)
def test_who_may_pause_and_who_may_withdraw(
    city: City, owner: User, stranger: User, role: PersonRole | None, may_pause: bool, may_withdraw: bool
) -> None:
    camera = camera_of(make_site(city, owner))
    if role:
        PartnerPerson.objects.create(partner=camera.site.partner, user=stranger, role=role)

    def allowed(service: object, **facts: object) -> bool:
        try:
            service(camera=camera, by=stranger, now=NOW, **facts)  # type: ignore[operator]
        except NotYours:
            return False
        return True

    assert allowed(pause_camera, until=NOW + timedelta(hours=1)) is may_pause
    assert allowed(withdraw_camera) is may_withdraw


def test_a_camera_is_withdrawn_once_and_says_so_once(city: City, owner: User) -> None:
    camera = camera_of(make_site(city, owner))

    assert withdraw_camera(camera=camera, by=owner, now=NOW).withdrawn_at == NOW
    with pytest.raises(AlreadyWithdrawn):
        withdraw_camera(camera=camera, by=owner, now=NOW)

    assert Entry.objects.filter(action="camera.withdrawn").count() == 1


def test_a_pause_holds_until_its_end_or_until_it_is_ended(city: City, owner: User) -> None:
    camera = camera_of(make_site(city, owner))
    until = NOW + timedelta(hours=1)

    pause_camera(camera=camera, until=until, by=owner, now=NOW)
    camera.refresh_from_db()
    assert camera.is_paused(NOW)
    assert not camera.is_paused(until)

    resume_camera(camera=camera, by=owner, now=NOW)
    camera.refresh_from_db()
    assert not camera.is_paused(NOW)
    with pytest.raises(NotPaused):
        resume_camera(camera=camera, by=owner, now=NOW)


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=-1), timedelta(days=91)])
def test_a_pause_lies_ahead_and_is_no_withdrawal(city: City, owner: User, ahead: timedelta) -> None:
    with pytest.raises(PauseNotAhead):
        pause_camera(camera=camera_of(make_site(city, owner)), until=NOW + ahead, by=owner, now=NOW)


def test_a_withdrawn_camera_cannot_be_paused(city: City, owner: User) -> None:
    camera = camera_of(make_site(city, owner))
    withdraw_camera(camera=camera, by=owner, now=NOW)

    with pytest.raises(AlreadyWithdrawn):
        pause_camera(camera=camera, until=NOW + timedelta(hours=1), by=owner, now=NOW)


def test_a_device_opens_its_secret_only_at_the_address_it_was_sealed_for(city: City, owner: User) -> None:
    site = make_site(city, owner)
    device = attach_device(site=site, by=owner, now=NOW, host="203.0.113.7", cameras=site.cameras.all())
    sealed = targets.seal_credentials(
        device_id=device.public_id, host="203.0.113.7", port=80, user="lihat", password=" rahasia:@% "
    )
    device = set_device_secret(
        device=device, sealed_user=sealed.user, sealed_password=sealed.password, by=owner, now=NOW
    )

    assert camera_of(site).device == device
    assert targets.credentials_of(device).password == " rahasia:@% "
    device.host = "203.0.113.8"
    with pytest.raises(targets.NoCredentials):
        targets.credentials_of(device)


@pytest.mark.parametrize(
    ("host", "port", "kept"), [("203.0.113.7", 80, True), ("203.0.113.8", 80, False), ("203.0.113.7", 8000, False)]
)
def test_a_moved_device_forgets_its_password(city: City, owner: User, host: str, port: int, kept: bool) -> None:
    device = attach_device(
        site=make_site(city, owner),
        by=owner,
        now=NOW,
        host="203.0.113.7",
        sealed_user="1:user",
        sealed_password="1:pass",
    )

    moved = change_device_address(device=device, host=host, onvif_port=port, rtsp_port=554, by=owner, now=NOW)

    assert moved.rtsp_port == 554
    assert moved.has_secret is kept


def test_a_new_secret_starts_the_count_of_refusals_again(city: City, owner: User) -> None:
    device = attach_device(site=make_site(city, owner), by=owner, now=NOW, host="203.0.113.7")
    device.secret_refusals = 2
    device.save()

    with pytest.raises(SecretIncomplete):
        set_device_secret(device=device, sealed_user="1:user", sealed_password="", by=owner, now=NOW)
    changed = set_device_secret(device=device, sealed_user="1:user", sealed_password="1:pass", by=owner, now=NOW)

    assert changed.secret_refusals == 0


def test_no_address_stands_in_the_trail(city: City, owner: User) -> None:
    attach_device(site=make_site(city, owner), by=owner, now=NOW, host="rumah.contoh.id")

    bodies = b"".join(bytes(body) for body in Entry.objects.values_list("body", flat=True))
    assert b"rumah.contoh.id" not in bodies
    assert b"Rekaan" not in bodies


def facts_of(city: City) -> SiteFacts:
    return SiteFacts(area=city.kelurahan, address="Jalan 1", lat=-6.15, lng=106.75, maintainer_name="Sari")


def verified_device(city: City, owner: User) -> Device:
    """A device at an address, with a secret, its identity kept and its one camera verified and connected."""
    device = attach_device(
        site=make_site(city, owner),
        by=owner,
        now=NOW,
        host="203.0.113.7",
        onvif_port=80,
        rtsp_port=554,
        sealed_user="1:user",
        sealed_password="1:pass",
    )
    Device.objects.filter(pk=device.pk).update(identity={"serial": "A"}, identity_kept_at=NOW)
    Camera.objects.update(
        device=device,
        verified_at=NOW,
        verified_by=owner,
        verified_until=NOW + timedelta(days=365),
        connected_at=NOW,
        connected_by=owner,
    )
    device.refresh_from_db()
    return device


@pytest.mark.parametrize(
    "change", [{"host": "203.0.113.8"}, {"onvif_port": 8000}, {"rtsp_port": 8554}, {"rtsp_port": None}]
)
def test_another_address_ends_the_verification_and_forgets_the_identity(
    city: City, owner: User, change: dict[str, object]
) -> None:
    device = verified_device(city, owner)

    moved = change_device_address(
        **{
            "device": device,
            "host": device.host,
            "onvif_port": 80,
            "rtsp_port": 554,
            "by": owner,
            "now": NOW,
            **change,
        }
    )

    camera = Camera.objects.get()
    assert (camera.verified_at, camera.connected_at, moved.identity) == (None, None, None)
    for action in ("camera.verification_ended", "camera.connection_ended", "device.identity_forgotten"):
        assert Entry.objects.filter(action=action).count() == 1, action


def test_the_same_address_again_ends_nothing(city: City, owner: User) -> None:
    device = verified_device(city, owner)

    change_device_address(device=device, host=device.host, onvif_port=80, rtsp_port=554, by=owner, now=NOW)

    assert Camera.objects.get().verified_at


def test_another_device_in_its_place_is_told_to_the_owner_once_a_day(city: City, owner: User) -> None:
    device = verified_device(city, owner)

    for part in ("serial", "mac"):
        mark_device_different(device=device, part=part, by=None, now=NOW)
    Device.objects.update(different_since=None)
    mark_device_different(device=device, part="serial", by=None, now=NOW + timedelta(hours=1))

    told = Notice.objects.get(code="device_different")
    assert (told.user, str(device.public_id) in told.url) == (owner, True)
    assert Entry.objects.filter(action="device.different").count() == 2
