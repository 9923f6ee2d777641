"""The owner's pages of a device's settings: who opens them, what they say, and what they never say."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from devices.changes import Change, Finding, Outcome
from onboarding.models import ChangeState, DeviceChange, ProbeState, SettingsWork, WorkKind
from onboarding.settings.forms import MasksForm, typed_areas
from onboarding.settings.services import request_picture, request_reading
from registry.models import Camera, Device, Partner, PartnerPerson, PersonRole
from tests.onboarding.acts import CANARY, make_officer, signed_in
from tests.onboarding.settings.conftest import CLOCK, MASKS, NTP, SMALL, Script, agreed, offered, read, run
from tests.onboarding.settings.test_our_user import TYPED, USER
from tests.registry.world import City, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(device: Device) -> str:
    return reverse("onboarding:settings", args=[device.public_id])


@pytest.fixture
def browser(owner: User) -> Client:
    return signed_in(owner)


def html(browser: Client, path: str) -> str:
    """The page's text, its spaces made single."""
    answer = browser.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("technician", 200), ("reader", 404), ("stranger", 404), ("officer", 404), (None, 302)],
)
def test_only_who_keeps_the_device_sees_and_says_anything(
    city: City, device: Device, owner: User, script: Script, who: str | None, status: int
) -> None:
    change = offered(device, owner, script, CLOCK)
    done = DeviceChange.objects.create(
        device=device,
        address="203.0.113.10:80",
        kind="clock",
        state="done",
        touched=True,
        offered_at=timezone.now(),
        agreed_at=timezone.now(),
        agreed_by=owner,
    )
    people = {
        "owner": owner,
        "technician": make_person("teknisi"),
        "reader": make_person("pembaca"),
        "stranger": make_person("tetangga"),
        "officer": make_officer("petugas", city.polsek, city.kelurahan.code),
    }
    partner = Partner.objects.get()
    PartnerPerson.objects.create(partner=partner, user=people["technician"], role=PersonRole.TECHNICIAN)
    PartnerPerson.objects.create(partner=partner, user=people["reader"], role=PersonRole.READER)
    browser = signed_in(people[who]) if who else Client()
    camera = device.cameras.get()

    for name, row in (("settings", device), ("settings-agree", change), ("settings-undo", done)):
        assert browser.get(reverse(f"onboarding:{name}", args=[row.public_id])).status_code == status, name
    assert browser.get(reverse("onboarding:settings-masks", args=[camera.public_id])).status_code == status
    asked = SettingsWork.objects.count()
    answer = browser.post(reverse("onboarding:settings-agree", args=[change.public_id]))
    assert answer.status_code == (302 if status == 200 else status)
    assert SettingsWork.objects.count() - asked == (status == 200)


def test_the_page_shows_old_and_new_side_by_side_and_nothing_is_agreed(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    offered(device, owner, script, CLOCK)

    shown = html(browser, page)

    clock = re.search(
        r"(\d\d)\.(\d\d)\.(\d\d) WIB \(7 menit lebih cepat\).*?(\d\d)\.(\d\d)\.(\d\d) WIB, dari", shown
    )
    assert clock is not None
    before, after = (int(h) * 60 + int(m) for h, m in (clock.group(1, 2), clock.group(4, 5)))
    assert (before - after) % (24 * 60) == 7
    assert clock[3] == clock[6]
    assert "checked" not in shown
    assert shown.count("Setuju dan ubah") == 1
    assert CANARY not in shown


def test_the_page_does_not_promise_that_a_time_server_is_reached(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    change = offered(device, owner, script, NTP, "ntp_off")

    shown = html(browser, page)
    asked = html(browser, reverse("onboarding:settings-agree", args=[change.public_id]))
    agreed(change, owner)
    done = html(browser, page)

    for said in (shown, asked):
        assert "Dari perangkat tidak terlihat oleh kami apakah server itu terjangkau" in said
        assert "keadaan kamera menunjukkan bila jamnya meleset" in said
        assert "pool.ntp.org" in said
        assert "sendiri, lewat NTP" in said
    assert "Apakah perangkat menjangkau server waktunya tidak terlihat oleh kami" in done


def test_the_server_that_a_device_has_is_named_though_it_stays(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    own = {"servers": ["ntp1.example.org", "<i>2</i>"]}
    offered(device, owner, script, Change("ntp", "", NTP.old | own, NTP.new | own), "ntp_off_own_server")

    shown = html(browser, page)

    assert shown.count("ntp1.example.org, &lt;i&gt;2&lt;/i&gt;") == 2
    assert "Server itu tidak kami ganti" in shown


def test_a_device_that_says_yes_and_does_nothing_is_told_so(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    script.answer = lambda change: Outcome("ignored", change, change.old, 0, "ignored", touched=False)
    agreed(offered(device, owner, script, CLOCK), owner)

    shown = html(browser, page)

    assert shown.count("Perangkat bilang ya, tetapi tidak berubah.") == 2  # The newest result, and the history.
    assert "Kembalikan<span" not in shown


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        ("unsupported", "masks_not_offered", "Tidak kami ubah"),
        ("unread", "users_unread", "Tidak terbaca"),
        ("right", "encoder_right", "Sudah baik"),
        ("differs", "ntp_on_but_off", "Perlu Anda periksa"),
    ],
)
def test_what_cannot_be_changed_is_said_with_its_reason(
    device: Device, browser: Client, page: str, owner: User, script: Script, state: str, why: str, words: str
) -> None:
    script.findings = (Finding("clock", state, None, why),)  # type: ignore[arg-type]
    read(device, owner)

    assert words in html(browser, page)


def test_what_a_device_sends_is_inert(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    script_words = "<script>alert(7)</script>"
    agreed(offered(device, owner, script, replace(SMALL, old={"codec": script_words})), owner)

    shown = html(browser, page)

    assert script_words not in shown
    assert "&lt;script&gt;" in shown


def test_one_button_says_yes_and_one_restores(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    change = offered(device, owner, script, CLOCK)

    browser.post(reverse("onboarding:settings-agree", args=[change.public_id]))
    run(SettingsWork.objects.get(kind=WorkKind.WRITE))
    assert "Diubah" in html(browser, page)
    browser.post(reverse("onboarding:settings-undo", args=[change.public_id]))
    run(SettingsWork.objects.get(kind=WorkKind.UNDO))

    assert "Dikembalikan" in html(browser, page)
    assert script.written == [CLOCK, CLOCK.undone()]


def test_an_old_page_agrees_to_nothing_twice(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)

    answer = browser.post(reverse("onboarding:settings-agree", args=[change.public_id]), follow=True)

    assert "tidak lagi ditawarkan" in answer.content.decode()
    assert script.written == [CLOCK]


def test_where_ours_does_not_suffice_the_owners_account_is_asked_for_and_never_shown(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    agreed(offered(device, owner, script, USER, "user_missing"), owner)
    change = offered(device, owner, script, CLOCK)
    path = reverse("onboarding:settings-agree", args=[change.public_id])

    assert path in html(browser, page)
    assert browser.post(path).status_code == 200
    half = browser.post(path, {"user": "pengelola", "password": ""}).content.decode()
    assert SettingsWork.objects.filter(kind=WorkKind.WRITE).count() == 1
    assert "Kesalahan" in half
    assert browser.post(path, {"user": TYPED.user, "password": TYPED.password}).status_code == 302

    run(SettingsWork.objects.filter(kind=WorkKind.WRITE).latest("pk"))
    assert script.accounts[-1] == TYPED
    assert TYPED.password not in html(browser, page)


def test_removing_our_user_asks_what_is_kept_afterwards(
    device: Device, browser: Client, owner: User, script: Script
) -> None:
    change = agreed(offered(device, owner, script, USER, "user_missing"), owner)
    path = reverse("onboarding:settings-undo", args=[change.public_id])
    typed = {"user": TYPED.user, "password": TYPED.password}

    assert browser.post(path, typed).status_code == 200
    assert browser.post(path, {**typed, "afterwards": "forget"}).status_code == 302

    work = SettingsWork.objects.get(kind=WorkKind.UNDO)
    assert work.keeps_account is False


def test_while_it_runs_the_page_asks_again_and_then_leads_to_the_result(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    work = request_reading(device=device, by=owner, now=timezone.now())
    path = reverse("onboarding:settings-work", args=[work.public_id])

    part = browser.get(path, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert f'hx-get="{path}"' in part.content.decode()
    assert f'hx-get="{path}"' in html(browser, page)
    run(work)

    assert browser.get(path, headers={"HX-Request": "true"})["HX-Redirect"] == page
    assert browser.get(path)["Location"] == page


def test_the_page_has_a_query_budget(
    device: Device,
    browser: Client,
    page: str,
    owner: User,
    script: Script,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    now = timezone.now()
    facts = {"device": device, "camera": device.cameras.get(), "kind": "clock", "offered_at": now}
    facts["address"] = "203.0.113.10:80"
    read(device, owner)
    for _change in range(6):
        DeviceChange.objects.create(**facts)
        DeviceChange.objects.create(**facts, state="done", touched=True, agreed_at=now, agreed_by=owner)

    with django_assert_max_num_queries(22):
        shown = browser.get(page).content.decode()

    assert shown.count("Setuju dan ubah") == 7
    assert shown.count("Kembalikan<span") == 6


# --- drawing areas -------------------------------------------------------------------------------------------


def test_drawn_areas_become_a_question_to_the_device_and_then_an_offer(
    device: Device, browser: Client, page: str, owner: User, script: Script
) -> None:
    camera = device.cameras.get()
    script.findings = (Finding("masks", "differs", MASKS, "masks_missing", "source-1"),)

    browser.post(reverse("onboarding:settings-masks", args=[camera.public_id]), {"areas": "0,0 50,0 50,50 0,50"})
    run(SettingsWork.objects.get())

    assert script.wishes[-1].values == MASKS.new
    offer = DeviceChange.objects.get(kind="masks")
    assert (offer.camera, offer.state) == (camera, ChangeState.OFFERED)
    shown = html(browser, page)
    assert '<polygon points="0,0 50,0 50,50 0,50"/>' in shown
    assert camera.label in shown


def test_the_picture_to_draw_on_is_the_owners_alone_and_may_not_be_kept(
    device: Device, browser: Client, owner: User, script: Script, stranger: User
) -> None:
    work = request_picture(camera=device.cameras.select_related("device").get(), by=owner, now=timezone.now())
    SettingsWork.objects.filter(pk=work.pk).update(state=ProbeState.DONE, picture=b"\xff\xd8 picture")
    path = reverse("onboarding:settings-work-picture", args=[work.public_id])

    answer = browser.get(path)

    assert answer.content == b"\xff\xd8 picture"
    assert answer["Cache-Control"] == "no-store, private"
    assert signed_in(stranger).get(path).status_code == 404
    assert path in html(browser, reverse("onboarding:settings-masks", args=[device.cameras.get().public_id]))


def test_a_camera_without_a_channel_has_no_page_to_draw_on(device: Device, browser: Client) -> None:
    Camera.objects.filter(device=device).update(video_source_token="")

    camera = device.cameras.get()

    assert browser.get(reverse("onboarding:settings-masks", args=[camera.public_id])).status_code == 404


@pytest.mark.parametrize(
    "areas",
    [
        "",
        "10,10 40,10",
        "10,10 40,10 40,101",
        "10,10 40,10 -4,40",
        "10,10 40,10 1e1,40",
        "10,10 40,10 nan,40",
        "10,10 40,10 ４０,40",
        "10,10 10,10 10,10",
        "10;10 40;10 40;40",
        "\n".join(["10,10 40,10 40,40"] * 9),
        "10,10 60,60 60,10 10,60",
        "10,10 50,10 50,50 30,10",
        " ".join(f"{corner * 5},{corner * corner % 100}" for corner in range(17)),
    ],
)
def test_areas_that_no_device_could_draw_are_refused(areas: str) -> None:
    form = MasksForm({"areas": areas})

    assert not form.is_valid()


def test_areas_are_kept_as_onvif_has_them_and_typed_as_people_see_them() -> None:
    form = MasksForm({"areas": "0,0 100,0 100,25.5 0,25.5\r\n10,10 40,10 40,40"})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["areas"][0] == [[-1, 1], [1, 1], [1, 0.49], [-1, 0.49]]
    assert typed_areas(form.cleaned_data["areas"]) == "0,0 100,0 100,25.5 0,25.5\n10,10 40,10 40,40"


def test_whoever_covers_most_of_the_picture_says_so_in_words() -> None:
    most = {"areas": "0,0 100,0 100,40 0,40\n0,30 100,30 100,70 0,70"}
    asked, sure = MasksForm(most), MasksForm({**most, "sure": "on"})

    assert not asked.is_valid()
    assert list(asked.errors) == ["sure"]
    assert "70 persen" in str(asked["sure"].label)
    assert sure.is_valid()
    assert MasksForm({"areas": "0,0 100,0 100,59 0,59"}).is_valid()


def test_no_more_areas_are_taken_than_the_device_covers(
    device: Device, browser: Client, owner: User, script: Script
) -> None:
    camera = device.cameras.select_related("device").get()
    work = request_picture(camera=camera, by=owner, now=timezone.now())
    found = {"kind": "masks", "state": "right", "why": "masks_undrawn", "of": "source-1", "limits": {"most": 1}}
    SettingsWork.objects.filter(pk=work.pk).update(
        state=ProbeState.DONE, picture=b"\xff\xd8 picture", findings=[found]
    )
    path = reverse("onboarding:settings-masks", args=[camera.public_id])

    answer = browser.post(path, {"areas": "0,0 10,0 10,10\n20,20 40,20 40,40"}).content.decode()

    assert "paling banyak 1 area" in answer
    assert 'data-most="1"' in answer
    assert SettingsWork.objects.count() == 1
