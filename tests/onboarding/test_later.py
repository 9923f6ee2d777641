"""What an owner changes later: more consents, other hours, a device, one more camera; and who may not."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from onboarding.errors import AlreadyGiven, ConsentFirst, NoneWithoutDevice, SiteClosed
from onboarding.later import services
from registry import receipts, targets
from registry.errors import LabelTwice, ListedNeeded, NotYours, SecretIncomplete
from registry.models import Camera, Consent, Device, PartnerPerson, PersonRole, Receipt, Site
from registry.rights import Right
from registry.services import CameraFacts, give_consents, list_camera, withdraw_all, withdraw_consent
from tests.onboarding.acts import CANARY, device_at, make_officer, signed_in
from tests.registry.world import City, choice, make_person, make_site

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CAMERA = {
    "label": "Belakang",
    "place": "outdoor",
    "sees": "street",
    "direction": "90",
    "street_facing": "yes",
    "private_areas": "none",
    "audio": "no",
    "retention_days": "7",
}
DEVICE = {
    "host": "kamera.contoh.id",
    "onvif_port": "80",
    "rtsp_port": "554",
    "user": "pemilik",
    "password": CANARY,
}


@pytest.fixture
def listed(site: Site, city: City, owner: User) -> Site:
    """A site that was only listed, for the Polres, a month ago."""
    give(site, city, owner, (Right.LISTED, "polres"), ago=timedelta(days=30))
    return site


@pytest.fixture
def live(listed: Site, city: City, owner: User) -> Site:
    """The same site with a consent that needs a device, and no device yet."""
    give(listed, city, owner, (Right.LIVE_IN_INCIDENT, "polres"))
    return listed


def give(site: Site, city: City, owner: User, *boxes: tuple[Right, str], ago: timedelta = timedelta()) -> Receipt:
    now = timezone.now() - ago
    ends = now + timedelta(days=365)
    choices = [choice(right, getattr(city, body), valid_until=ends) for right, body in boxes]
    return give_consents(site=site, choices=choices, by=owner, now=now)


class Visit:
    """An owner in his browser, changing one place."""

    def __init__(self, client: Client, site: Site, city: City) -> None:
        self.client, self.site, self.city = client, site, city

    def url(self, page: str) -> str:
        return reverse(f"onboarding:site-{page}", args=[self.site.public_id])

    def boxes(self, **chosen: str) -> str:
        return self.client.get(self.url("consent"), chosen).content.decode()

    def tick(self, *ticks: tuple[Right, str], chosen: dict[str, str], **facts: str) -> Any:
        """Post the consent page with these boxes ticked."""
        shown = re.search(r'name="shown" value="(\w+)"', self.boxes(**chosen))
        named = {f"{right}-{getattr(self.city, body).public_id.hex}": "on" for right, body in ticks}
        return self.client.post(
            self.url("consent"),
            {"shown": shown[1] if shown else "", **named, **facts},
            query_params=chosen,
        )

    def sign(self, *ticks: tuple[Right, str], **chosen: str) -> Any:
        return self.tick(*ticks, chosen=chosen, agree="1")


@pytest.fixture
def visit(client: Client, listed: Site, city: City, owner: User) -> Visit:
    client.force_login(owner)
    return Visit(client, listed, city)


def rights_of(site: Site) -> set[tuple[str, str]]:
    return {(row.right, row.recipient.name) for row in Consent.objects.in_force(timezone.now()).filter(site=site)}


# --- who may -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "consent", "device", "camera"),
    [
        ("owner", 200, 200, 200),
        ("signatory", 200, 404, 200),
        ("technician", 404, 200, 404),
        ("reader", 404, 404, 404),
        ("stranger", 404, 404, 404),
        ("officer", 404, 404, 404),
        (None, 302, 302, 302),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_who_acts_for_the_owner_reaches_the_pages(
    client: Client,
    live: Site,
    city: City,
    owner: User,
    stranger: User,
    who: str | None,
    consent: int,
    device: int,
    camera: int,
    method: str,
) -> None:
    people = {"owner": owner, "stranger": stranger}
    if who in PersonRole.values:
        people[who] = make_person(who)
        PartnerPerson.objects.create(partner=live.partner, user=people[who], role=who)
    elif who == "officer":
        people[who] = make_officer("petugas", city.polsek, city.kelurahan.code)
    if who:
        client = signed_in(people[who])
    before = (Consent.objects.count(), Device.objects.count(), Camera.objects.count())

    got = [
        getattr(client, method)(reverse(f"onboarding:site-{page}", args=[live.public_id])).status_code
        for page in ("consent", "device", "camera")
    ]

    assert got == [consent, device, camera]
    assert before == (Consent.objects.count(), Device.objects.count(), Camera.objects.count())


def test_the_services_ask_for_themselves(live: Site, city: City, stranger: User) -> None:
    now = timezone.now()
    wanted = [choice(Right.STILL_IN_INCIDENT, city.polres, valid_until=now + timedelta(days=9))]
    for act in (
        lambda: services.change_consents(site=live, choices=wanted, by=stranger, now=now),
        lambda: services.add_device(site=live, cameras=live.cameras.all(), by=stranger, now=now),
        lambda: list_camera(site=live, camera=CameraFacts(label="Lain", sees="street"), by=stranger, now=now),
    ):
        with pytest.raises(NotYours):
            act()


# --- consents ------------------------------------------------------------------------------------------------


def test_nothing_is_chosen_or_ticked_beforehand(visit: Visit) -> None:
    levels = visit.boxes()
    boxes = visit.boxes(level="incident")

    assert levels.count('type="radio"') == 4
    assert levels.count("Pilihan Anda sekarang") == 1
    assert "checked" not in levels
    assert boxes.count('type="checkbox"') == 10
    assert "checked" not in boxes


def test_what_is_in_force_is_shown_with_the_way_to_withdraw_it(visit: Visit) -> None:
    page = visit.boxes(level="listed")

    assert "Berlaku" in page
    assert reverse("registry:consent-withdraw", args=[Consent.objects.get().public_id]) in page


def test_the_level_leads_to_the_hours_and_the_hours_to_the_boxes(visit: Visit) -> None:
    answer = visit.client.post(visit.url("consent"), {"level": "hours"})
    assert answer["Location"] == f"{visit.url('consent')}?level=hours"

    answer = visit.client.post(answer["Location"], {"begin": "22", "end": "05.00"})

    assert "22.00 sampai 05.00 WIB" in visit.client.get(answer["Location"]).content.decode()


def test_another_consent_is_read_word_for_word_then_signed_with_a_receipt_of_its_own(visit: Visit) -> None:
    ticks = [(Right.RECORDING_ON_REQUEST, "polres")]
    page = visit.tick(*ticks, chosen={"level": "recording"}).content.decode()
    assert Consent.objects.count() == 1

    answer = visit.sign(*ticks, level="recording")

    given = Consent.objects.get(right=Right.RECORDING_ON_REQUEST)
    for line in given.text.body.split("\n"):
        assert line.split(": ", 1)[-1] in page
    assert answer["Location"] == reverse("registry:receipt", args=[given.receipt.code])
    assert Receipt.objects.count() == 2
    assert receipts.is_genuine(given.receipt, receipts.consents_of(given.receipt))
    assert given.receipt.consents.count() == 1
    assert Entry.objects.filter(action="consent.given").count() == 2
    assert Consent.objects.get(right=Right.LISTED).withdrawn_at is None


def test_sent_twice_it_is_signed_once(visit: Visit) -> None:
    shown = re.search(r'name="shown" value="(\w+)"', visit.boxes(level="recording"))
    assert shown
    body = {"shown": shown[1], f"recording_on_request-{visit.city.polres.public_id.hex}": "on", "agree": "1"}
    for _time in range(2):
        visit.client.post(visit.url("consent"), body, query_params={"level": "recording"})

    assert Receipt.objects.count() == 2
    assert Consent.objects.filter(right=Right.RECORDING_ON_REQUEST).count() == 1


def test_the_service_refuses_what_says_no_more_than_is_in_force(listed: Site, city: City, owner: User) -> None:
    same = [choice(Right.LISTED, city.polres, valid_until=Consent.objects.get().valid_until)]

    with pytest.raises(AlreadyGiven):
        services.change_consents(site=listed, choices=same, by=owner, now=timezone.now())


def test_a_later_day_renews_and_the_old_receipt_tells_it(visit: Visit) -> None:
    old = Consent.objects.get()
    assert "perbarui untuk Polres" in visit.boxes(level="listed")

    visit.sign((Right.LISTED, "polres"), level="listed")

    old.refresh_from_db()
    new = Consent.objects.get(withdrawn_at__isnull=True)
    assert old.withdrawn_at == new.valid_from
    assert new.valid_until > old.valid_until
    assert "Diganti yang lebih baru" in visit.client.get(f"/tanda-terima/{old.receipt.code}/").content.decode()


def test_other_hours_renew_that_consent_and_leave_the_rest(visit: Visit, owner: User) -> None:
    give(visit.site, visit.city, owner, (Right.LIVE_IN_HOURS, "polres"), (Right.LISTED, "polres"))
    listed = Consent.objects.get(right=Right.LISTED, withdrawn_at__isnull=True)

    visit.sign((Right.LIVE_IN_HOURS, "polres"), level="hours", begin="20:00", end="04:00")

    rows = Consent.objects.filter(right=Right.LIVE_IN_HOURS).order_by("pk")
    assert [(row.hours_from, row.withdrawn_at is None) for row in rows] == [(1320, False), (1200, True)]
    listed.refresh_from_db()
    assert listed.withdrawn_at is None


def test_the_hours_start_with_those_in_force(visit: Visit, owner: User) -> None:
    give(visit.site, visit.city, owner, (Right.LIVE_IN_HOURS, "polres"))

    page = visit.boxes(level="hours")

    assert 'value="22.00"' in page
    assert 'value="05.00"' in page


def test_a_lower_level_withdraws_nothing(visit: Visit, owner: User) -> None:
    give(visit.site, visit.city, owner, (Right.LIVE_IN_INCIDENT, "polres"))
    before = rights_of(visit.site)

    page = visit.boxes(level="listed")
    visit.sign((Right.LISTED, "polsek"), level="listed")

    assert "Tayangan langsung saat ada kejadian" in page
    assert before < rights_of(visit.site)


def test_another_body_has_to_be_named_for_listing_too(visit: Visit) -> None:
    page = visit.sign((Right.RECORDING_ON_REQUEST, "polsek"), level="recording").content.decode()
    assert "memerlukan centang" in page

    visit.sign((Right.LISTED, "polsek"), (Right.RECORDING_ON_REQUEST, "polsek"), level="recording")

    assert (Right.RECORDING_ON_REQUEST, visit.city.polsek.name) in rights_of(visit.site)


def test_back_from_the_last_page_keeps_the_ticks_and_signs_nothing(visit: Visit) -> None:
    ticks = [(Right.RECORDING_ON_REQUEST, "polres")]

    page = visit.tick(*ticks, chosen={"level": "recording"}, kembali="1", agree="1").content.decode()

    assert page.count("checked") == 1
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"shown": "0" * 64}, "berubah sejak halaman"), ({"government": "on"}, "Centang sedikitnya satu")],
)
def test_what_was_not_offered_is_not_signed(visit: Visit, facts: dict[str, str], words: str) -> None:
    if "government" in facts:
        facts = {f"listed-{visit.city.government.public_id.hex}": "on"}
    answer = visit.tick(chosen={"level": "incident"}, agree="1", **facts)

    assert words in answer.content.decode()
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(
    "chosen",
    [
        {"level": "\x00"},
        {"level": "hours", "begin": "٢٢", "end": "99"},
        {"level": "hours", "begin": "22", "end": "22"},
    ],
)
def test_an_address_nobody_made_asks_again(visit: Visit, chosen: dict[str, str]) -> None:
    page = visit.boxes(**chosen)

    assert 'type="radio"' in page or 'name="begin"' in page
    assert visit.client.post(visit.url("consent"), chosen, query_params=chosen).status_code == 200


def test_a_place_that_was_withdrawn_is_not_opened_again_here(visit: Visit, owner: User) -> None:
    withdraw_all(site=visit.site, by=owner, now=timezone.now())

    answer = visit.client.get(visit.url("consent"))

    assert answer["Location"] == reverse("desks:owner")
    with pytest.raises(SiteClosed):
        services.change_consents(site=visit.site, choices=[], by=owner, now=timezone.now())


def test_a_place_whose_consents_lapsed_can_be_agreed_to_again(visit: Visit) -> None:
    Consent.objects.update(valid_until=timezone.now() - timedelta(days=1))
    assert "Diperlukan untuk mendaftar" in visit.boxes(level="listed")

    visit.sign((Right.LISTED, "polres"), level="listed")

    assert rights_of(visit.site) == {(Right.LISTED, visit.city.polres.name)}


# --- the device ----------------------------------------------------------------------------------------------


def test_a_right_that_needs_a_device_leads_to_the_device(visit: Visit) -> None:
    answer = visit.sign((Right.LIVE_IN_INCIDENT, "polres"), level="incident")

    assert answer["Location"] == visit.url("device")
    page = visit.client.get(answer["Location"]).content.decode()
    assert "Polisi tidak pernah meminta kata sandi kamera" in page
    assert receipts.grouped(Receipt.objects.latest("pk").code) in page


def test_a_right_that_needs_a_device_leads_to_the_receipt_where_there_is_one(visit: Visit, owner: User) -> None:
    device_at(visit.site, owner, "kamera.contoh.id", 80)

    answer = visit.sign((Right.LIVE_IN_INCIDENT, "polres"), level="incident")

    assert answer["Location"].startswith("/mitra/tanda-terima/")


def test_consent_comes_before_a_device_is_asked_for(visit: Visit, owner: User) -> None:
    for answer in (visit.client.get(visit.url("device")), visit.client.post(visit.url("device"), DEVICE)):
        assert answer["Location"] == visit.url("consent")
    assert not Device.objects.exists()
    with pytest.raises(ConsentFirst):
        services.add_device(
            site=visit.site, cameras=visit.site.cameras.all(), by=owner, now=timezone.now(), wants_help=True
        )


def test_a_technician_without_consent_is_sent_home(client: Client, listed: Site) -> None:
    technician = make_person("teknisi")
    PartnerPerson.objects.create(partner=listed.partner, user=technician, role=PersonRole.TECHNICIAN)
    client.force_login(technician)

    answer = client.get(reverse("onboarding:site-device", args=[listed.public_id]))

    assert answer["Location"] == reverse("desks:owner")


def test_a_device_is_attached_sealed_and_shown_nowhere(visit: Visit, live: Site) -> None:
    answer = visit.client.post(visit.url("device"), DEVICE)

    device = Device.objects.get()
    assert answer["Location"] == reverse("onboarding:connect", args=[device.public_id])
    assert targets.credentials_of(device).password == CANARY
    assert live.cameras.get().device == device
    assert Entry.objects.filter(action="device.attached").count() == 1
    page = visit.client.get(answer["Location"]).content.decode()
    assert CANARY not in page + device.sealed_password
    again = visit.client.post(visit.url("device"), DEVICE)
    assert again["Location"] == reverse("desks:owner")
    assert Device.objects.count() == 1


@pytest.mark.parametrize("blank", ["host", "user", "password"])
def test_a_device_is_given_whole_and_its_password_never_comes_back(visit: Visit, live: Site, blank: str) -> None:
    page = visit.client.post(visit.url("device"), {**DEVICE, blank: ""}).content.decode()

    assert "Ada yang perlu diperbaiki" in page
    assert CANARY not in page
    assert not Device.objects.exists()


def test_a_home_address_is_told_honestly_and_may_wait_for_an_agent(visit: Visit, live: Site) -> None:
    at_home = {**DEVICE, "host": "192.168.1.10"}
    page = visit.client.post(visit.url("device"), at_home).content.decode()
    assert "jangan membuka port" in page
    assert not Device.objects.exists()

    visit.client.post(visit.url("device"), {**at_home, "home": "agent"})

    device = Device.objects.get()
    assert (device.waits_for_agent, device.has_secret, device.host) == (True, False, "192.168.1.10")


def test_a_home_address_may_stay_without_a_device(visit: Visit, live: Site) -> None:
    answer = visit.client.post(visit.url("device"), {**DEVICE, "host": "10.0.0.2", "home": "later"})

    assert answer["Location"] == reverse("desks:owner")
    assert not Device.objects.exists()


def test_an_officer_can_be_asked_for_help(visit: Visit, live: Site) -> None:
    visit.client.post(visit.url("device"), {"help": "1"})

    device = Device.objects.get()
    assert (device.wants_help, device.host, device.has_secret) == (True, "", False)
    assert live.cameras.get().device == device


def test_of_two_cameras_the_named_one_gets_the_device(visit: Visit, live: Site, owner: User) -> None:
    other = list_camera(
        site=live, camera=CameraFacts(label="Belakang", sees="street"), by=owner, now=timezone.now()
    )

    visit.client.post(visit.url("device"), {**DEVICE, "covers": str(other.public_id)})

    assert list(Device.objects.get().cameras.all()) == [other]
    assert "Kamera 1" in visit.client.get(visit.url("device")).content.decode()


def test_a_camera_that_was_verified_without_this_device_is_verified_anew(
    visit: Visit, live: Site, city: City
) -> None:
    officer = make_officer("petugas", city.polsek, city.kelurahan.code)
    now = timezone.now()
    live.cameras.update(verified_at=now, verified_by=officer, verified_until=now + timedelta(days=300))
    assert "sekali lagi" in visit.client.get(visit.url("device")).content.decode()

    visit.client.post(visit.url("device"), DEVICE)

    assert not Camera.objects.verified(now).exists()
    assert Entry.objects.filter(action="camera.verification_ended").count() == 1


def test_the_service_takes_no_half_secret_and_no_other_site_s_camera(live: Site, city: City, owner: User) -> None:
    elsewhere = make_site(city, owner)
    now = timezone.now()
    with pytest.raises(SecretIncomplete):
        services.add_device(site=live, cameras=live.cameras.all(), by=owner, now=now, host="a.contoh.id", user="x")
    with pytest.raises(NoneWithoutDevice):
        services.add_device(site=live, cameras=elsewhere.cameras.all(), by=owner, now=now, wants_help=True)
    assert not Device.objects.exists()


# --- one more camera -----------------------------------------------------------------------------------------


def test_one_more_camera_is_listed_and_opens_nothing(visit: Visit) -> None:
    answer = visit.client.post(visit.url("camera"), CAMERA)

    camera = Camera.objects.get(label="Belakang")
    assert answer["Location"] == reverse("desks:owner")
    assert (camera.site, camera.direction, camera.device, camera.verified_at) == (visit.site, 90, None, None)
    assert Entry.objects.filter(action="camera.listed").count() == 2


def test_one_name_stands_once_at_a_place(visit: Visit, owner: User) -> None:
    page = visit.client.post(visit.url("camera"), {**CAMERA, "label": "KAMERA 1"}).content.decode()

    assert "sudah bernama sama" in page
    with pytest.raises(LabelTwice):
        list_camera(
            site=visit.site, camera=CameraFacts(label="kamera 1", sees="street"), by=owner, now=timezone.now()
        )


def test_no_camera_is_listed_without_consent_to_be_listed(visit: Visit, owner: User) -> None:
    withdraw_consent(consent=Consent.objects.get(), by=owner, now=timezone.now())

    answer = visit.client.post(visit.url("camera"), CAMERA)

    assert answer.status_code == 302
    assert Camera.objects.count() == 1
    with pytest.raises(ListedNeeded):
        list_camera(site=visit.site, camera=CameraFacts(label="Lain", sees="street"), by=owner, now=timezone.now())


# --- the way there -------------------------------------------------------------------------------------------


def test_the_owner_s_home_leads_to_each_change_where_it_is_due(visit: Visit, owner: User) -> None:
    home = reverse("desks:owner")
    page = visit.client.get(home).content.decode()
    assert [visit.url(name) in page for name in ("consent", "camera", "device")] == [True, True, False]

    visit.sign((Right.LIVE_IN_INCIDENT, "polres"), level="incident")

    page = visit.client.get(home).content.decode()
    assert visit.url("device") in page
    for receipt in Receipt.objects.all():
        assert reverse("registry:receipt", args=[receipt.code]) in page


@pytest.mark.parametrize(("role", "device"), [(PersonRole.TECHNICIAN, True), (PersonRole.READER, False)])
def test_the_home_of_others_leads_only_where_they_may(
    client: Client, live: Site, role: PersonRole, device: bool
) -> None:
    person = make_person("rekan")
    PartnerPerson.objects.create(partner=live.partner, user=person, role=role)
    client.force_login(person)

    page = client.get(reverse("desks:owner")).content.decode()

    assert reverse("onboarding:site-consent", args=[live.public_id]) not in page
    assert (reverse("onboarding:site-device", args=[live.public_id]) in page) is device
