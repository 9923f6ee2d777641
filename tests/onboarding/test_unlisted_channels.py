"""The channels of a recorder that its owner has listed no camera for: nobody's until he says so."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from demo import fleet
from devices.report import Channel, Stream
from onboarding.enrolment.forms.cameras import CameraForm
from onboarding.errors import ChannelListed, TooManyProbes
from onboarding.later.services import add_channel
from onboarding.models import Probe, ProbeKind, ProbeState
from onboarding.probing import request_channel_picture, request_probe
from onboarding.tasks import run_probe
from registry.models import Camera, Consent, Device, PartnerPerson, PersonRole, PrivateAreas, Site
from registry.services import CameraFacts
from tests.onboarding.acts import consented, device_at, device_of, make_officer, probed, signed_in
from tests.onboarding.test_replaced import answers
from tests.registry.world import City, make_person

pytestmark = pytest.mark.django_db

ANSWERS = {
    "label": "Gudang",
    "place": "indoor",
    "sees": "other",
    "direction": "",
    "street_facing": "no",
    "private_areas": "masked",
    "audio": "no",
    "retention_days": "",
}


@pytest.fixture
def device(site: Site, owner: User) -> Device:
    """A recorder for which its owner has listed one camera."""
    consented(site, owner)
    return device_at(site, owner, "203.0.113.10", 80)


@pytest.fixture
def reading(device: Device, owner: User) -> Probe:
    """A test that found three channels."""
    return answers(device, owner, "S1", "A", "B", "C")


@pytest.fixture
def browser(owner: User) -> Client:
    return signed_in(owner)


def page_of(probe: Probe, number: int, name: str = "channel-camera") -> str:
    return reverse(f"onboarding:{name}", args=[probe.public_id, number])


def result(browser: Client, probe: Probe) -> str:
    answer = browser.get(reverse("onboarding:probe", args=[probe.device.public_id, probe.public_id]))
    return answer.content.decode()


def test_a_channel_that_nobody_listed_is_shown_as_such_and_is_no_camera(
    site: Site, reading: Probe, browser: Client
) -> None:
    page = result(browser, reading)

    assert Camera.objects.get().channel == 1
    assert page.count("Belum Anda daftarkan") == 2
    assert "tidak tercakup izin Anda" in page
    assert [page_of(reading, number) in page for number in (1, 2, 3)] == [False, True, True]


def test_the_owner_answers_the_questions_and_only_then_it_is_a_camera(
    site: Site, reading: Probe, browser: Client
) -> None:
    asked = browser.get(page_of(reading, 2)).content.decode()
    unanswered = browser.post(page_of(reading, 2), {**ANSWERS, "private_areas": ""})
    before = Camera.objects.count()

    browser.post(page_of(reading, 2), ANSWERS)

    camera = Camera.objects.get(label="Gudang")
    assert 'value="Kanal 2"' in asked
    assert "Belum ditanyakan" not in asked
    assert (unanswered.status_code, before) == (200, 1)
    assert (camera.device, camera.channel, camera.video_source_token) == (reading.device, 2, "B")
    assert (camera.sees, camera.indoor, camera.private_areas) == ("other", True, PrivateAreas.MASKED)
    assert (camera.verified_at, camera.connected_at) == (None, None)
    assert page_of(reading, 2) not in result(browser, reading)


def test_it_keeps_its_channel_when_the_recorder_is_read_again(reading: Probe, browser: Client, owner: User) -> None:
    browser.post(page_of(reading, 3), ANSWERS)

    answers(reading.device, owner, "S1", "C", "B", "A")

    ties = dict(Camera.objects.values_list("label", "video_source_token"))
    assert ties == {"Kamera 1": "A", "Gudang": "C"}


def test_sent_twice_it_is_listed_once(reading: Probe, browser: Client, owner: User) -> None:
    browser.post(page_of(reading, 2), ANSWERS)
    again = browser.post(page_of(reading, 2), {**ANSWERS, "label": "Lain"}, follow=True)
    channel = Channel(2, "B", "B", (Stream("p-B", "H264", 640, 360, 15, "/B"),))

    with pytest.raises(ChannelListed):
        add_channel(
            device=reading.device,
            channel=channel,
            camera=CameraFacts(label="Lain", sees="street"),
            by=owner,
            now=timezone.now(),
        )

    assert "Saluran ini sudah menjadi kamera yang terdata." in again.content.decode()
    assert Camera.objects.count() == 2


def test_without_a_consent_in_force_it_leads_to_the_consents(reading: Probe, browser: Client) -> None:
    Consent.objects.update(valid_until=timezone.now())

    answer = browser.post(page_of(reading, 2), ANSWERS)

    assert answer["Location"] == reverse("onboarding:site-consent", args=[reading.device.site.public_id])
    assert Camera.objects.count() == 1


@pytest.mark.parametrize("since", ["read_again", "password", "address"])
def test_a_channel_of_an_outdated_test_is_not_listed(
    reading: Probe, browser: Client, owner: User, since: str
) -> None:
    devices = Device.objects.filter(pk=reading.device_id)
    if since == "read_again":
        answers(reading.device, owner, "S1", "B", "C")
    elif since == "password":
        devices.update(secret_changed_at=timezone.now() + timedelta(seconds=1))
    else:
        devices.update(host="203.0.113.11")

    answer = browser.post(page_of(reading, 2), ANSWERS, follow=True)

    assert "bukan dari uji terakhir" in answer.content.decode()
    assert Camera.objects.count() == 1
    assert page_of(reading, 2) not in result(browser, reading)


def test_who_does_not_sign_for_the_owner_lists_nothing_and_takes_no_picture(
    reading: Probe, site: Site, stranger: User
) -> None:
    technician = make_person("teknisi")
    PartnerPerson.objects.create(partner=site.partner, user=technician, role=PersonRole.TECHNICIAN)

    shown = result(signed_in(technician), reading)
    codes = {
        getattr(signed_in(person), act)(page_of(reading, 2, name), ANSWERS).status_code
        for person in (technician, stranger)
        for act, name in (("get", "channel-camera"), ("post", "channel-camera"), ("post", "channel-picture"))
    }

    assert "Belum Anda daftarkan" in shown
    assert page_of(reading, 2) not in shown
    assert codes == {404}
    assert (Camera.objects.count(), Probe.objects.filter(kind=ProbeKind.CHANNEL).count()) == (1, 0)


# --- the picture of one channel ------------------------------------------------------------------------------


def test_pictures_of_channels_count_like_tests_and_are_forgotten_by_the_next(
    reading: Probe, browser: Client, owner: User, settings
) -> None:
    browser.post(page_of(reading, 2, "channel-picture"))
    picture = Probe.objects.get(kind=ProbeKind.CHANNEL)
    waits = browser.get(page_of(reading, 2), headers={"HX-Request": "true"}).content.decode()
    Probe.objects.filter(pk=picture.pk).update(state=ProbeState.DONE, picture=b"\xff\xd8 one", steps=[])
    seen = [browser.get(page_of(reading, number)).content.decode() for number in (2, 3)]

    settings.PROBES_PER_OWNER_PER_DAY = 2
    with pytest.raises(TooManyProbes):
        request_channel_picture(device=reading.device, channel=Channel(3, "C", "C"), by=owner, now=timezone.now())
    settings.PROBES_PER_OWNER_PER_DAY = 9
    request_probe(device=reading.device, by=owner, now=timezone.now())

    address = reverse("onboarding:probe-picture", args=[reading.device.public_id, picture.public_id])
    assert picture.proves == {"number": 2, "source": "B", "profile": "p-B"}
    assert 'hx-trigger="every 1s"' in waits
    assert "<h1>" not in waits
    assert [address in page for page in seen] == [True, False]
    assert Probe.objects.get(pk=picture.pk).picture is None


@pytest.mark.devices
@pytest.mark.slow
@pytest.mark.usefixtures("demo_mode")
def test_the_owner_looks_through_one_channel_of_a_real_recorder(
    site: Site, owner: User, browser: Client, devices: dict[str, fleet.DeviceSpec]
) -> None:
    consented(site, owner)
    read = probed(device_of(site, owner, devices["recorder"]), owner)

    browser.post(page_of(read, 3, "channel-picture"))
    picture = Probe.objects.get(kind=ProbeKind.CHANNEL)
    run_probe(picture.pk)

    picture.refresh_from_db()
    image = browser.get(reverse("onboarding:probe-picture", args=[read.device.public_id, picture.public_id]))
    assert (picture.state, picture.code, [step["state"] for step in picture.steps]) == ("done", "", ["done"])
    assert image.content.startswith(b"\xff\xd8\xff")
    assert Camera.objects.count() == 1
    browser.post(page_of(read, 3), ANSWERS)
    assert Camera.objects.get(label="Gudang").channel == 3
    assert not Probe.objects.filter(kind=ProbeKind.CHANNEL, picture__isnull=False).exists()
    assert not Entry.objects.filter(action="camera.connected").exists()


# --- what nobody was asked -----------------------------------------------------------------------------------


def test_private_areas_of_which_nobody_was_asked_are_not_called_none(city: City, site: Site, owner: User) -> None:
    consented(site, owner)
    camera = site.cameras.get()
    officer = make_officer("petugas", city.polsek, city.kelurahan.code)

    seen = signed_in(officer).get(reverse("onboarding:verify-camera", args=[camera.public_id])).content.decode()

    assert camera.private_areas == PrivateAreas.UNKNOWN
    assert "<dt>Area pribadi</dt><dd>Belum ditanyakan</dd>" in seen
    assert PrivateAreas.UNKNOWN not in dict(CameraForm.base_fields["private_areas"].choices)
