"""A device without ONVIF, from what its owner types to the cameras it becomes; and the makers' help on its form."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

import audit
from accounts.models import User
from audit.models import Entry, Text
from devices.brands import BRANDS, HIKVISION, TAPO
from devices.report import Channel, DeviceReport, Stream, Target
from devices.rtsp_path import filled
from onboarding.channels import match_channels
from onboarding.errors import PasswordNeeded
from onboarding.models import ProbeState
from onboarding.probing import change_device
from onboarding.shown import channel_lines, facts_of
from registry.models import Camera, Device, Site
from registry.rights import Right
from registry.targets import credentials_of, target_of
from tests.corpus.hostile import OWNER
from tests.devices.rtsp_devices import filming
from tests.onboarding.acts import CANARY, device_at, probed, signed_in
from tests.onboarding.test_enrolment import Walk
from tests.registry.world import City, make_site

pytestmark = pytest.mark.django_db

HOST = "203.0.113.10"
NOBODYS: Any = SimpleNamespace(device=None)


def edited(device: Device, by: User, **facts: str) -> str:
    """Where the edit form leads with these facts, or the page with its errors."""
    form = {"host": device.host, "user": "", "password": "", **facts}
    answer = signed_in(by).post(reverse("onboarding:connect-edit", args=[device.public_id]), form)
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


def alone(**facts: str) -> dict[str, str]:
    """What is typed for a device without ONVIF."""
    return {"without_onvif": "on", "user": "pemilik", "password": CANARY, **facts}


@pytest.fixture
def device(site: Site, owner: User) -> Device:
    return device_at(site, owner, HOST, 80)


# --- what is typed -------------------------------------------------------------------------------------------


def test_a_maker_fills_in_its_path_and_the_password_opens_at_the_rtsp_port(device: Device, owner: User) -> None:
    assert edited(device, owner, **alone(brand="hikvision")).startswith("/mitra/")

    device.refresh_from_db()
    assert (device.rtsp_only, device.rtsp_path, device.onvif_port) == (True, HIKVISION.rtsp_path, 554)
    assert credentials_of(device).password == CANARY
    assert target_of(device) == Target(
        HOST, 554, rtsp_port=554, rtsp_path=HIKVISION.rtsp_path, rtsp_streams=HIKVISION.streams
    )


def test_over_tls_the_usual_port_is_another(device: Device, owner: User) -> None:
    edited(device, owner, **alone(brand="tapo", rtsp_tls="on"))

    device.refresh_from_db()
    assert (target_of(device).port, target_of(device).rtsp_tls, device.brand) == (322, True, "tapo")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"brand": ""}, "Pilih mereknya, atau ketik jalur"),
        ({"brand": "other"}, "Pilih mereknya, atau ketik jalur"),
        ({"rtsp_path": "/live?password=rahasia"}, "memuat nama pengguna atau kata sandi"),
        ({"rtsp_path": "rtsp://admin:rahasia@203.0.113.9/1"}, "Tulis jalurnya saja"),
        ({"rtsp_path": "/live/{host}"}, "hanya {channel} dan {stream}"),
        ({"without_onvif": "", "rtsp_path": "/live"}, "Centang ini bila perangkat tanpa ONVIF"),
    ],
)
def test_what_is_not_a_path_is_refused_in_words_and_not_filled_in_again(
    device: Device, owner: User, facts: dict[str, str], words: str
) -> None:
    page = edited(device, owner, **{**alone(), **facts})

    assert words in page
    assert "rahasia" not in page
    assert "<details open>" in page
    device.refresh_from_db()
    assert not device.rtsp_only


@pytest.mark.parametrize(
    ("brand", "port"), [("", 80), ("other", 80), ("tapo", 2020), ("reolink", 8000), ("hikvision", 80)]
)
def test_an_empty_onvif_port_is_the_makers_usual_one(device: Device, owner: User, brand: str, port: int) -> None:
    edited(device, owner, brand=brand, user="pemilik", password=CANARY)

    device.refresh_from_db()
    assert (device.onvif_port, device.brand, device.rtsp_only) == (port, brand, False)


def test_the_help_of_every_maker_stands_beside_the_form(device: Device, owner: User) -> None:
    page = signed_in(owner).get(reverse("onboarding:connect-edit", args=[device.public_id])).content.decode()

    for brand in BRANDS:
        assert f'value="{brand.code}"' in page
        if brand.rtsp_path:
            assert f'data-brand="{brand.code}" data-onvif-port="{brand.onvif_port}"' in page
            assert brand.rtsp_path.replace("&", "&amp;") in page
    assert "Media User" in page
    assert page.count("Menyalakan ONVIF: belum kami ketahui.") == sum(
        bool(brand.rtsp_path and not brand.switch_on) for brand in BRANDS
    )
    assert page.count("hanya boleh melihat: belum kami ketahui.") == sum(
        bool(brand.rtsp_path and not brand.view_user) for brand in BRANDS
    )
    assert "<details open>" not in page, "RTSP stays folded away until asked for"
    assert 'src="/static/js/brand' in page


# --- what a change ends --------------------------------------------------------------------------------------


def verified(device: Device, by: User) -> Device:
    now = timezone.now()
    Device.objects.filter(pk=device.pk).update(identity={"serial": "A"}, identity_kept_at=now, answered_at=now)
    Camera.objects.filter(device=device).update(verified_at=now, verified_by=by, verified_until=now)
    device.refresh_from_db()
    return device


def change(device: Device, by: User, **facts: Any) -> Device:
    same = {
        name: getattr(device, name)
        for name in ("host", "onvif_port", "rtsp_port", "rtsp_path", "rtsp_tls", "brand")
    }
    return change_device(device=device, by=by, now=timezone.now(), **{**same, "user": "", "password": "", **facts})


@pytest.mark.parametrize(
    ("facts", "ends"),
    [
        ({"rtsp_path": "/other/{channel}/{stream}"}, True),
        ({"rtsp_tls": True}, True),
        ({"rtsp_port": 8554}, True),
        ({"brand": "dahua"}, True),  # Another word stands for {stream} then.
        ({}, False),
    ],
)
def test_another_path_is_another_address(device: Device, owner: User, facts: dict[str, Any], ends: bool) -> None:
    edited(device, owner, **alone(brand="hikvision"))
    device.refresh_from_db()
    verified(device, owner)

    changed = change(device, owner, **facts)

    assert (changed.identity is None) is ends
    assert Camera.objects.filter(device=device, verified_at__isnull=True).exists() is ends
    assert changed.has_secret


def test_of_a_device_with_onvif_the_maker_is_only_a_note(device: Device, owner: User) -> None:
    verified(device, owner)

    changed = change(device, owner, brand="reolink")

    assert (changed.brand, changed.identity) == ("reolink", {"serial": "A"})
    assert Entry.objects.filter(action="device.brand_noted").count() == 1


def test_rtsp_alone_asks_for_the_password_again(device: Device, owner: User) -> None:
    with pytest.raises(PasswordNeeded):
        change(device, owner, onvif_port=554, rtsp_path="/live")


def test_the_path_stands_on_the_trail_as_text_that_can_be_erased(device: Device, owner: User) -> None:
    edited(device, owner, **alone(rtsp_path="/kanal-rahasia/{channel}"))

    entry = Entry.objects.filter(action="device.address_changed").get()
    assert b"kanal-rahasia" not in bytes(entry.body)
    assert Text.objects.filter(text__contains="/kanal-rahasia/{channel}").exists()


# --- the channels --------------------------------------------------------------------------------------------


def channel(number: int, token: str, *codecs: str) -> Channel:
    streams = tuple(
        Stream(f"{token}:{which}", codec, 640, 360, 15, f"/{number}/{which}")
        for codec, which in zip(codecs or ("H264",), ("main", "sub"), strict=False)
    )
    return Channel(number, "", token, streams)


@audit.atomic
def read(device: Device, by: User, *channels: Channel) -> list[Camera]:
    report = DeviceReport(host=device.host, port=device.onvif_port, channels=channels)
    return match_channels(device=device, report=report, by=by)


def test_a_recorder_that_changes_its_way_of_speaking_keeps_its_cameras(city: City, owner: User) -> None:
    recorder = device_at(make_site(city, owner, cameras=2), owner, HOST, 80)
    read(recorder, owner, channel(1, "VideoSource_1"), channel(2, "VideoSource_2"))
    before = list(Camera.objects.order_by("pk").values_list("pk", "channel"))

    read(recorder, owner, channel(1, "rtsp:1"), channel(2, "rtsp:2"))
    alike = list(Camera.objects.order_by("pk").values_list("pk", "channel"))
    read(recorder, owner, channel(2, "rtsp:2"), channel(3, "rtsp:3"))

    assert alike == before
    assert list(Camera.objects.order_by("pk").values_list("video_source_token", flat=True)) == [
        "rtsp:1",
        "rtsp:2",
    ]


def test_the_page_says_what_is_not_known_and_which_channel_sends_h265_alone() -> None:
    report = DeviceReport(
        host=HOST, port=554, onvif=False, channels=(channel(1, "rtsp:1", "H265", "H265"), channel(2, "rtsp:2"))
    ).to_dict()

    assert {fact.value for fact in facts_of(report)} == {"Tidak diketahui tanpa ONVIF"}
    assert {fact.label for fact in facts_of(report)} >= {"Nomor seri", "Jam perangkat"}
    assert [line.h265_only for line in channel_lines(NOBODYS, report)] == [True, False]
    assert [line.sub_codec for line in channel_lines(NOBODYS, report)] == ["H265", ""]


@pytest.fixture
def recorder_port(settings: Settings) -> Iterator[int]:
    """A recorder of two channels that really films, without ONVIF."""
    with filming([filled(HIKVISION.rtsp_path, number, value) for number in (1, 2) for value in "12"]) as server:
        settings.DEMO = True
        settings.PROBE_ALLOW = f"127.0.0.1/32:{server.server_address[1]}"
        yield server.server_address[1]


@pytest.mark.slow
def test_a_recorder_without_onvif_becomes_cameras(city: City, owner: User, recorder_port: int) -> None:
    device = device_at(make_site(city, owner, cameras=2), owner, "203.0.113.9", 80)
    typed = alone(brand="hikvision", host="127.0.0.1", rtsp_port=str(recorder_port))
    edited(device, owner, **{**typed, "user": OWNER.user, "password": OWNER.password})
    device.refresh_from_db()

    probe = probed(device, owner)
    page = signed_in(owner).get(reverse("onboarding:connect", args=[device.public_id])).content.decode()

    assert (probe.state, probe.code) == (ProbeState.DONE, "")
    assert list(Camera.objects.order_by("pk").values_list("channel", "video_source_token", "profile_token")) == [
        (1, "rtsp:1", "rtsp:1:main"),
        (2, "rtsp:2", "rtsp:2:main"),
    ]
    assert "tanpa ONVIF" in page
    assert "jam dan nomor seri tidak diketahui" in page
    assert "{channel}" in page
    assert OWNER.password not in page


# --- the other doors -----------------------------------------------------------------------------------------


def test_the_api_tells_how_a_device_speaks_and_never_its_password(device: Device, owner: User) -> None:
    edited(device, owner, **alone(brand="tapo"))

    told = signed_in(owner).get(f"/api/v1/devices/{device.public_id}/").json()

    assert (told["rtsp_only"], told["rtsp_path"], told["rtsp_tls"], told["brand"]) == (
        True,
        TAPO.rtsp_path,
        False,
        "tapo",
    )
    assert CANARY not in str(told)


@pytest.mark.slow
@pytest.mark.parametrize(("onvif", "port"), [(True, 8000), (False, 8554)])
def test_the_enrolment_s_pages_bring_in_both_kinds(
    client: Client, city: City, owner: User, onvif: bool, port: int
) -> None:
    client.force_login(owner)
    walk = Walk(client, city)
    walk.to_device()
    facts = {} if onvif else {"without_onvif": "on"}

    walk.device(brand="reolink", onvif_port="", rtsp_port="" if onvif else "8554", **facts)
    check = walk.page("periksa")
    again = walk.page("perangkat")
    walk.send()

    device = Device.objects.get()
    assert device.onvif_port == port
    assert (device.brand, device.rtsp_only) == ("reolink", not onvif)
    assert device.rtsp_path == ("" if onvif else "/Preview_{channel:02}_{stream}")
    assert credentials_of(device).password
    assert ("/Preview_{channel:02}_{stream}" in check) is not onvif
    assert bool(re.search(r'name="onvif_port"[^>]*value="8554"', again)) is False
    assert Right.LIVE_IN_INCIDENT in set(device.site.consents.values_list("right", flat=True))
