"""The owner's page of a device: who sees it, what it says, what it never says."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from demo import fleet
from onboarding.models import Probe, ProbeKind, ProbeState
from onboarding.shown import clock_words, step_lines
from onboarding.tasks import run_probe
from registry.models import Camera, Device, Partner, PartnerPerson, PersonRole, Site
from registry.targets import credentials_of
from tests.onboarding.acts import CANARY, device_at, device_of, make_officer, signed_in
from tests.registry.world import City, make_person

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0picture"


@pytest.fixture
def device(site: Site, owner: User) -> Device:
    return device_at(site, owner, "203.0.113.10", 80)


@pytest.fixture
def probe(device: Device, owner: User) -> Probe:
    """A probe that came back with a picture."""
    now = timezone.now()
    return Probe.objects.create(
        kind=ProbeKind.CONNECT,
        device=device,
        requested_by=owner,
        address="203.0.113.10:80",
        state=ProbeState.DONE,
        report={
            "maker": "<script>",
            "channels": [{"number": 1, "name": "A", "video_source_token": "v1", "streams": []}],
            "warnings": ["clock_off"],
        },
        picture=JPEG,
        created_at=now,
        lease_until=now,
        finished_at=now,
    )


def pages(device: Device, probe: Probe) -> dict[str, str]:
    """Every page of the device by name."""
    at = device.public_id
    return {
        "connect": reverse("onboarding:connect", args=[at]),
        "start": reverse("onboarding:connect-start", args=[at]),
        "edit": reverse("onboarding:connect-edit", args=[at]),
        "probe": reverse("onboarding:probe", args=[at, probe.public_id]),
        "picture": reverse("onboarding:probe-picture", args=[at, probe.public_id]),
    }


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("technician", 200), ("reader", 404), ("stranger", 404), ("officer", 404), (None, 302)],
)
@pytest.mark.parametrize("page", ["connect", "edit", "probe", "picture"])
def test_only_who_keeps_the_device_opens_its_pages(
    city: City,
    device: Device,
    probe: Probe,
    owner: User,
    who: str | None,
    status: int,
    page: str,
) -> None:
    partner = Partner.objects.get()
    people = {
        "owner": owner,
        "technician": make_person("teknisi"),
        "reader": make_person("pembaca"),
        "stranger": make_person("tetangga"),
        "officer": make_officer("petugas", city.polsek, city.kelurahan.code),
    }
    PartnerPerson.objects.create(partner=partner, user=people["technician"], role=PersonRole.TECHNICIAN)
    PartnerPerson.objects.create(partner=partner, user=people["reader"], role=PersonRole.READER)
    client = signed_in(people[who]) if who else Client()

    assert client.get(pages(device, probe)[page]).status_code == status


@pytest.mark.parametrize(("who", "probes"), [("owner", 1), ("stranger", 0)])
def test_only_the_owner_starts_a_probe(device: Device, owner: User, who: str, probes: int) -> None:
    client = signed_in(owner if who == "owner" else make_person("tetangga"))

    answer = client.post(reverse("onboarding:connect-start", args=[device.public_id]))

    assert answer.status_code == (302 if probes else 404)
    assert Probe.objects.count() == probes


def test_a_probe_of_another_device_is_not_found_under_ones_own(
    device: Device,
    probe: Probe,
    city: City,
    owner: User,
) -> None:
    other = device_at(device.site, owner, "203.0.113.11", 80)

    client = signed_in(owner)

    assert client.get(reverse("onboarding:probe", args=[other.public_id, probe.public_id])).status_code == 404
    assert client.get(reverse("onboarding:probe", args=[device.public_id, uuid.uuid4()])).status_code == 404


def test_the_picture_may_not_be_kept_by_anybody(device: Device, probe: Probe, owner: User) -> None:
    answer = signed_in(owner).get(pages(device, probe)["picture"])

    assert answer.content == JPEG
    assert answer["Content-Type"] == "image/jpeg"
    assert "no-store" in answer["Cache-Control"]


def test_what_a_device_says_is_shown_inert(device: Device, probe: Probe, owner: User) -> None:
    page = signed_in(owner).get(pages(device, probe)["connect"]).content.decode()

    assert "&lt;script&gt;" in page
    assert "Mohon setel jam" in page


def test_the_page_names_the_cameras_that_got_no_channel(device: Device, probe: Probe, owner: User) -> None:
    page = signed_in(owner).get(pages(device, probe)["probe"]).content.decode()

    assert "Saluran untuk kamera ini tidak ditemukan pada perangkat." in page
    device.cameras.update(channel=1)
    assert "tidak ditemukan pada" not in signed_in(owner).get(pages(device, probe)["probe"]).content.decode()


def test_htmx_gets_the_part_and_stops_asking_when_it_is_over(device: Device, probe: Probe, owner: User) -> None:
    client, address = signed_in(owner), pages(device, probe)["probe"]

    over = client.get(address, headers={"HX-Request": "true"}).content.decode()
    Probe.objects.update(state=ProbeState.RUNNING)
    running = client.get(address, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in over
    assert "hx-trigger" not in over
    assert 'hx-trigger="every 1s"' in running
    assert "<html" in client.get(address).content.decode(), "without scripts the link gives a whole page"


def test_the_steps_of_an_interrupted_try_give_way_to_the_second(probe: Probe) -> None:
    first = [{"code": "address", "state": "done", "words": ""}, {"code": "clock", "state": "started", "words": ""}]
    lost = [{"code": "interrupted", "state": "failed", "words": "Pengujian terputus"}]
    probe.steps = first + lost

    assert [line.state for line in step_lines(probe)] == ["done", "failed", "failed"]
    probe.steps = first + lost + first[:1]
    assert [line.label for line in step_lines(probe)] == ["Memeriksa alamat"]


def test_a_refusal_is_said_on_the_page(device: Device, owner: User, settings: Settings) -> None:
    settings.PROBES_PER_OWNER_PER_DAY = 0

    page = signed_in(owner).post(reverse("onboarding:connect-start", args=[device.public_id]), follow=True)

    assert "terlalu sering" in page.content.decode()


def test_a_home_address_is_said_honestly_and_offers_no_button(site: Site, owner: User) -> None:
    device = device_at(site, owner, "192.168.1.10", 80, password="")

    page = signed_in(owner).get(reverse("onboarding:connect", args=[device.public_id])).content.decode()

    assert "Menunggu agen" in page
    assert "jangan membuka port" in page
    assert "Sambungkan sekarang" not in page


def edited(device: Device, by: User, **facts: str) -> tuple[int, str]:
    """The answer to the edit form with these facts changed."""
    form = {"host": device.host, "onvif_port": "80", "rtsp_port": "", "user": "", "password": "", **facts}
    answer = signed_in(by).post(reverse("onboarding:connect-edit", args=[device.public_id]), form)
    return answer.status_code, answer.content.decode()


def test_the_form_never_gives_a_secret_back(device: Device, owner: User) -> None:
    client = signed_in(owner)

    blank = client.get(reverse("onboarding:connect-edit", args=[device.public_id])).content.decode()
    status, refused = edited(device, owner, host="bukan alamat", user="pemilik", password=CANARY)

    assert status == 200
    assert CANARY not in blank + refused


@pytest.mark.parametrize(
    "host",
    [
        "rtsp://admin:rahasia@host.example/1",
        " admin:rahasia@host.example",
        "rtsp://admin:r@rahasia/x@192.168.1.5",
        "rtsp://host.example/" + "rahasia" * 60,
    ],
)
def test_a_pasted_url_is_not_filled_in_again(device: Device, owner: User, host: str) -> None:
    status, page = edited(device, owner, host=host)

    assert status == 200
    assert "rahasia" not in page
    assert "Tulis alamatnya saja, tanpa rtsp:// dan tanpa kata sandi." in page


def test_of_a_pasted_home_address_only_the_host_comes_back(device: Device, owner: User) -> None:
    status, page = edited(device, owner, host="rtsp://admin:rahasia@192.168.1.5:554/1")

    assert status == 200
    assert "rahasia" not in page
    assert 'value="192.168.1.5"' in page


def test_a_blank_password_keeps_the_old_one_and_a_new_address_asks(device: Device, owner: User) -> None:
    assert edited(device, owner, rtsp_port="8554")[0] == 302
    status, page = edited(device, owner, host="203.0.113.11")

    device.refresh_from_db()
    assert status == 200
    assert "Isi kata sandinya sekali lagi" in page
    assert (device.host, device.rtsp_port, credentials_of(device).password) == ("203.0.113.10", 8554, CANARY)


def test_a_changed_password_opens_at_the_new_address(device: Device, owner: User) -> None:
    status, _ = edited(device, owner, host="Kamera.Contoh.ID", user="admin", password=" b:a@r%u ")

    device.refresh_from_db()
    assert (status, device.host) == (302, "kamera.contoh.id")
    assert credentials_of(device).password == " b:a@r%u "


def test_a_home_address_is_asked_about_before_anything_is_saved(device: Device, owner: User) -> None:
    now = timezone.now()
    Camera.objects.filter(device=device).update(verified_at=now, verified_by=owner, verified_until=now)
    before = Device.objects.values().get(pk=device.pk)

    asked = edited(device, owner, host="192.168.1.5")
    kept = edited(device, owner, host="192.168.1.5", home="keep")

    assert asked[0] == 200
    assert "Belum ada yang disimpan" in asked[1]
    assert 'value="agent"' in asked[1]
    assert kept[0] == 302
    assert Device.objects.values().get(pk=device.pk) == before
    assert Camera.objects.filter(device=device, verified_at__isnull=False).exists()

    assert edited(device, owner, host="192.168.1.5", home="agent")[0] == 302
    device.refresh_from_db()
    assert (device.waits_for_agent, device.has_secret) == (True, False)
    assert edited(device, owner, host="192.168.1.5", rtsp_port="554")[0] == 302, "asked once, not again"


@pytest.mark.parametrize("port", ["８０", "8_0", "080", "+80", "0", "22", "65536", "٨٠", "x"])
def test_odd_ports_are_refused_by_the_form(device: Device, owner: User, port: str) -> None:
    assert edited(device, owner, onvif_port=port)[0] == 200


@pytest.mark.parametrize(
    "host", ["a b", "http://x", "127.0.0.1\x00", "0x7f.1", "2130706433", "x" * 400, "[::1", "a@b"]
)
def test_odd_hosts_are_no_error_of_ours(device: Device, owner: User, host: str) -> None:
    assert edited(device, owner, host=host, user="u", password="p")[0] in {200, 302}


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (None, "Tidak terbaca"),
        (0.4, "Tepat"),
        (-5, "Tepat"),
        (60, "60 detik lebih cepat"),
        (420, "7 menit lebih cepat"),
        (-25200, "7 jam lebih lambat"),
        (1e9, "11574 hari lebih cepat"),
    ],
)
def test_a_clocks_offset_is_said_in_words(offset: float | None, words: str) -> None:
    assert clock_words(offset) == words


@pytest.mark.devices
@pytest.mark.slow
@pytest.mark.usefixtures("demo_mode")
def test_an_owner_connects_a_recorder_through_the_page(
    site: Site,
    owner: User,
    devices: dict[str, fleet.DeviceSpec],
) -> None:
    device = device_of(site, owner, devices["recorder"])
    client = signed_in(owner)

    started = client.post(reverse("onboarding:connect-start", args=[device.public_id]))
    waiting = client.get(started["Location"]).content.decode()
    run_probe(Probe.objects.get().pk)
    page = client.get(started["Location"]).content.decode()

    assert "Menghubungi perangkat" in waiting
    assert "Perangkat menjawab" in page
    assert (page.count("H264"), page.count("H265")) == (7, 1)  # The small stream of channel 4.
    assert "detik lebih cepat" in page  # This recorder's clock is 38 seconds ahead.
    assert devices["recorder"].password not in page


def test_an_owner_is_not_bothered_with_what_only_a_technician_asks_for(
    device: Device, probe: Probe, owner: User
) -> None:
    for_technicians = ["no_mac", "snapshot_basic_only", "details_unread", "details_refused"]
    report = {"warnings": ["no_profiles", *for_technicians], "channels": [], "serial": "SN-7"}
    Probe.objects.filter(pk=probe.pk).update(report=report)

    page = signed_in(owner).get(pages(device, probe)["probe"]).content.decode()

    assert "Saluran video tidak terbaca." in page
    assert "<dt>Nomor seri</dt><dd>SN-7</dd>" in page
    assert not [words for words in ("rincian", "MAC", "tidak aman") if words in page]
