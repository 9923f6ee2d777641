"""The whole way of `/daftar/`, and every way to leave it, repeat it or cheat at it."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from onboarding.enrolment import services
from onboarding.enrolment.draft import Draft
from onboarding.enrolment.errors import EnrolmentClosed, EnrolmentIncomplete
from onboarding.models import Enrolment
from registry import targets
from registry.errors import NotYours
from registry.models import Camera, Consent, Device, Partner, PartnerKind, PersonRole, Proposal, Receipt, Site
from registry.rights import Right
from registry.services import ask_for_two, countersign, give_role
from tests.registry.world import NOW, City, make_city, make_person, make_site

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CANARY = " kenari:@% ö "
USER = "pengamat-7"
CAMERA = {
    "label": "Depan",
    "place": "outdoor",
    "sees": "street",
    "direction": "",
    "street_facing": "yes",
    "private_areas": "none",
    "audio": "no",
    "retention_days": "7",
}
PIN = {"latitude": "-6,15", "longitude": "106.75", "accuracy_m": "12"}


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def owner(city: City) -> User:
    return make_person("wulandari")


class Walk:
    """An owner with a browser, answering page by page."""

    def __init__(self, client: Client, city: City) -> None:
        self.client, self.city = client, city

    def page(self, slug: str) -> str:
        return self.client.get(f"/daftar/{slug}/").content.decode()

    def post(self, slug: str, **answers: Any) -> str:
        """Post one page and follow its redirect; gives the path that came, or the page itself with its errors."""
        answer = self.client.post(f"/daftar/{slug}/", answers)
        assert answer.status_code in {200, 302}
        return answer["Location"] if answer.status_code == 302 else answer.content.decode()

    def who(self, kind: str = "resident", **facts: str) -> str:
        self.post("siapa", kind=kind)
        return self.post("nama", **{"name": "Sari Rekaan", **facts})

    def where(self, **pin: str) -> str:
        self.post("alamat", area=self.city.kelurahan.code, address="Jalan Rekaan 1")
        return self.post("pin", **{**PIN, **pin})

    def level(self, code: str = "listed") -> str:
        return self.post("pilihan", level=code)

    def cameras(self, *labels: str) -> str:
        self.post(
            "jumlah", cameras=str(len(labels)), maintainer_name="Sari Rekaan", maintainer_phone="081234567890"
        )
        last = ""
        for number, label in enumerate(labels, 1):
            last = self.post(f"kamera/{number}", **{**CAMERA, "label": label})
        return last

    def consent(self, *boxes: tuple[Right, str], **facts: str) -> str:
        shown = re.search(r'name="shown" value="(\w+)"', self.page("persetujuan"))
        assert shown
        ticked = {f"{right}-{getattr(self.city, body).public_id.hex}": "on" for right, body in boxes}
        return self.post("persetujuan", **{"shown": shown[1], **ticked, **facts})

    def to_consent(self, level: str = "listed") -> None:
        self.who()
        self.where()
        self.level(level)
        self.cameras("Depan")

    def to_check(self) -> None:
        self.to_consent()
        assert self.consent((Right.LISTED, "polres")) == "/daftar/periksa/"

    def to_device(self) -> None:
        self.to_consent("incident")
        self.consent((Right.LISTED, "polres"), (Right.LIVE_IN_INCIDENT, "polres"))
        assert self.post("sambungan", mode="now") == "/daftar/perangkat/"

    def device(self, **facts: str) -> str:
        given = {
            "host": "kamera.contoh.id",
            "onvif_port": "80",
            "rtsp_port": "554",
            "user": USER,
            "password": CANARY,
            **facts,
        }
        return self.post("perangkat", **given)

    def send(self, **facts: str) -> Any:
        seen = re.search(r'name="seen" value="(\w+)"', self.page("periksa"))
        named = re.search(r'name="draft" value="([\w-]+)"', self.page("periksa"))
        assert seen
        assert named
        return self.client.post("/daftar/periksa/", {"seen": seen[1], "draft": named[1], **facts})


@pytest.fixture
def walk(client: Client, city: City, owner: User) -> Walk:
    client.force_login(owner)
    return Walk(client, city)


# --- the way itself ---------------------------------------------------------------------------------------


def test_the_first_page_is_public_and_says_what_matters(client: Client) -> None:
    page = client.get("/daftar/")

    words = page.content.decode()
    assert page.status_code == 200
    for promise in ("lima menit", "Berhenti kapan saja", "Buku Tamu Kamera", "lewat telepon atau WhatsApp"):
        assert promise in words


def test_the_first_question_needs_a_sign_in(client: Client) -> None:
    answer = client.get("/daftar/siapa/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/akun/masuk/")


def test_listing_needs_no_device_no_password_and_no_probe(walk: Walk, owner: User) -> None:
    walk.to_check()

    answer = walk.send()

    enrolment = Enrolment.objects.get()
    assert answer["Location"] == reverse("onboarding:enrol-done", args=[enrolment.public_id])
    assert re.fullmatch(r"MK-\d{4}-\d{6}", enrolment.number or "")
    site, camera = Site.objects.get(), Camera.objects.get()
    assert (site.lat, site.lng, site.position_source, site.position_accuracy_m) == (-6.15, 106.75, "gps", 12)
    assert site.maintainer_phone == "+6281234567890"
    assert (camera.direction, camera.street_facing, camera.retention_days) == (None, True, 7)
    assert list(site.consents.values_list("right", flat=True)) == [Right.LISTED]
    assert not Device.objects.exists()
    page = walk.client.get(answer["Location"]).content.decode()
    assert enrolment.number in page
    assert Receipt.objects.get().code in page.replace("-", "")
    assert Entry.objects.filter(action="enrolment.submitted").count() == 1


def test_the_steps_come_in_their_order(walk: Walk) -> None:
    assert walk.client.get("/daftar/lanjut/")["Location"] == "/daftar/siapa/"
    assert walk.post("siapa", kind="resident") == "/daftar/nama/"
    assert walk.post("nama", name="Sari") == "/daftar/alamat/"
    assert walk.post("alamat", area=walk.city.kelurahan.code, address="Jalan 1") == "/daftar/pin/"
    assert walk.post("pin", **PIN) == "/daftar/pilihan/"
    assert walk.post("pilihan", level="hours") == "/daftar/jam/"
    assert walk.post("jam", begin="22:00", end="05:00") == "/daftar/jumlah/"
    assert walk.post("jumlah", cameras="2", maintainer_name="Sari") == "/daftar/kamera/1/"
    assert walk.post("kamera/1", **CAMERA) == "/daftar/kamera/2/"
    assert walk.post("kamera/2", **{**CAMERA, "label": "Belakang"}) == "/daftar/persetujuan/"
    boxes = [(Right.LISTED, "polsek"), (Right.LIVE_IN_HOURS, "polsek")]
    assert walk.consent(*boxes) == "/daftar/sambungan/"
    assert walk.post("sambungan", mode="now") == "/daftar/perangkat/"
    assert walk.device(covers="all") == "/daftar/periksa/"
    assert "Langkah 7 dari 7" in walk.page("periksa")


@pytest.mark.parametrize("kind", [kind for kind in PartnerKind if kind != PartnerKind.RESIDENT])
def test_all_but_residents_name_a_responsible_person(walk: Walk, kind: PartnerKind) -> None:
    assert "Ada yang perlu diperbaiki" in walk.who(kind)

    facts = {"responsible_name": "Sari", "responsible_office": "Pengelola", "authority_letter": "01/2026"}
    assert walk.who(kind, **facts) == "/daftar/alamat/"


def test_the_lowest_level_stands_first_and_no_box_is_ticked(walk: Walk) -> None:
    walk.who()
    walk.where()
    levels = walk.page("pilihan")
    walk.level("hours")
    walk.post("jam", begin="22:00", end="05:00")
    walk.cameras("Depan")

    assert re.search(r'value="listed"[^>]*checked', levels)
    page = walk.page("persetujuan")
    assert page.count('type="checkbox"') == 14
    assert not re.search(r'type="checkbox"[^>]*checked', page)
    assert "22.00 sampai 05.00 WIB" in page


def test_each_box_is_one_right_for_one_recipient(walk: Walk) -> None:
    walk.to_consent("incident")
    boxes = [(Right.LISTED, "polres"), (Right.LISTED, "polsek"), (Right.STILL_IN_INCIDENT, "polsek")]
    walk.consent(*boxes)
    walk.post("sambungan", mode="later")

    walk.send()

    given = {(row.right, row.recipient) for row in Consent.objects.all()}
    assert given == {(right, getattr(walk.city, body)) for right, body in boxes}


def test_what_is_kept_is_what_was_read(walk: Walk) -> None:
    walk.to_check()
    page = walk.page("periksa")

    walk.send()

    for line in Consent.objects.get().text.body.split("\n"):
        words = line.split(": ", 1)[-1]
        assert words in page


# --- back, later, again ------------------------------------------------------------------------------------


def test_back_keeps_what_was_typed_even_when_it_is_not_whole(walk: Walk) -> None:
    walk.who()

    assert walk.post("alamat", area="", address="Jalan Setengah", kembali="1") == "/daftar/nama/"

    assert "Jalan Setengah" in walk.page("alamat")
    assert "Sari Rekaan" in walk.page("nama")


def test_back_does_not_turn_a_typed_answer_into_a_given_one(walk: Walk) -> None:
    walk.who()
    walk.post("alamat", area=walk.city.kelurahan.code, address="Jalan 1", kembali="1")

    assert walk.client.get("/daftar/pin/")["Location"] == "/daftar/alamat/"


def test_an_owner_who_comes_back_finds_his_draft(walk: Walk, owner: User) -> None:
    walk.who()
    walk.client.logout()
    walk.client.force_login(owner)

    assert "belum selesai" in walk.client.get("/daftar/").content.decode()
    assert walk.client.get("/daftar/lanjut/")["Location"] == "/daftar/alamat/"
    assert Enrolment.objects.count() == 1


def test_changing_an_answer_leads_back_to_the_check(walk: Walk) -> None:
    walk.to_check()

    assert walk.post("nama", name="Sari Lain") == "/daftar/periksa/"
    assert "Sari Lain" in walk.page("periksa")


def test_changing_the_kelurahan_asks_for_consent_again(walk: Walk) -> None:
    walk.to_check()

    walk.post("alamat", area=walk.city.other_kelurahan.code, address="Jalan 1")

    assert walk.client.get("/daftar/periksa/")["Location"] == "/daftar/persetujuan/"
    assert "Polsek Tambora" in walk.page("persetujuan")


def test_changing_the_hours_asks_for_consent_again(walk: Walk) -> None:
    walk.who()
    walk.where()
    walk.level("hours")
    walk.post("jam", begin="22:00", end="05:00")
    walk.cameras("Depan")
    walk.consent((Right.LISTED, "polres"))
    assert walk.client.get("/daftar/periksa/").status_code == 200

    walk.post("jam", begin="08:00", end="17:00")

    assert walk.client.get("/daftar/periksa/")["Location"] == "/daftar/persetujuan/"


def test_a_higher_number_of_cameras_asks_for_the_new_one_only(walk: Walk) -> None:
    walk.to_check()

    walk.post("jumlah", cameras="2", maintainer_name="Sari")

    assert walk.client.get("/daftar/periksa/")["Location"] == "/daftar/kamera/2/"
    assert 'value="Depan"' in walk.page("kamera/1")
    assert 'value="Depan"' not in walk.page("kamera/2")


def test_two_cameras_of_one_name_are_told_apart(walk: Walk) -> None:
    walk.who()
    walk.where()
    walk.level()

    assert "sudah bernama sama" in walk.cameras("Depan", "DEPAN")


def test_a_second_site_for_the_same_partner(walk: Walk, owner: User) -> None:
    partner = make_site(walk.city, owner).partner

    assert walk.client.get("/daftar/lanjut/")["Location"] == "/daftar/atas-nama/"
    assert walk.post("atas-nama", partner=str(partner.public_id)) == "/daftar/alamat/"
    walk.where()
    walk.level()
    walk.cameras("Gudang")
    walk.consent((Right.LISTED, "polres"))
    walk.send()

    assert partner.sites.count() == 2
    assert Partner.objects.count() == 1


def test_where_two_sign_everywhere_a_second_site_waits_for_the_other(walk: Walk, owner: User) -> None:
    """Nothing holds before the second signature, and no device is asked for before something holds."""
    first, other = make_site(walk.city, owner), make_person("penanda-tangan")
    give_role(site=first, user=other, role=PersonRole.SIGNATORY, by=owner, now=NOW, everywhere=True)
    ask_for_two(site=first, by=owner, now=NOW, everywhere=True)
    walk.post("atas-nama", partner=str(first.partner.public_id))
    walk.where()
    walk.level("incident")
    walk.cameras("Depan")
    ticked = [(Right.LISTED, "polres"), (Right.LIVE_IN_INCIDENT, "polres")]
    assert walk.consent(*ticked) == "/daftar/periksa/"
    assert "dua orang menandatangani" in walk.page("periksa")

    done = walk.client.get(walk.send()["Location"]).content.decode()

    enrolment, proposal = Enrolment.objects.get(), Proposal.objects.get()
    assert f"/mitra/usul/{proposal.public_id}/" in done
    assert (enrolment.receipt, enrolment.site) == (None, proposal.site)
    assert not Consent.objects.filter(site=proposal.site).exists()
    assert not Device.objects.filter(site=proposal.site).exists()
    countersign(proposal=proposal, by=other, now=timezone.now())
    assert set(proposal.site.consents.values_list("right", flat=True)) == {"listed", "live_in_incident"}
    assert walk.client.get(f"/mitra/tempat/{proposal.site.public_id}/perangkat/").status_code == 200


def test_nobody_enrols_for_a_partner_that_is_not_his(walk: Walk, owner: User) -> None:
    make_site(walk.city, owner)
    theirs = make_site(walk.city, make_person("orang-lain")).partner

    assert "Ada yang perlu diperbaiki" in walk.post("atas-nama", partner=str(theirs.public_id))


def test_a_dropped_draft_is_emptied_and_another_begins(walk: Walk) -> None:
    walk.to_check()
    dropped = Enrolment.objects.get()

    walk.client.post("/daftar/hapus-draf/", {"draft": str(dropped.public_id)})

    dropped.refresh_from_db()
    assert dropped.answers == {}
    assert walk.client.get("/daftar/lanjut/")["Location"] == "/daftar/siapa/"


# --- twice, skipped, tampered ------------------------------------------------------------------------------


def test_sent_twice_it_is_one_enrolment(walk: Walk) -> None:
    walk.to_check()
    page = walk.page("periksa")
    fields = dict(re.findall(r'name="(seen|draft)" value="([\w-]+)"', page))

    first = walk.client.post("/daftar/periksa/", fields)
    second = walk.client.post("/daftar/periksa/", fields)

    assert first["Location"] == second["Location"]
    assert (Enrolment.objects.count(), Site.objects.count(), Receipt.objects.count()) == (1, 1, 1)


def test_the_service_itself_submits_once(walk: Walk, owner: User) -> None:
    walk.to_check()
    enrolment = Enrolment.objects.get()

    sent = [services.submit_enrolment(enrolment=enrolment, by=owner, now=timezone.now()) for _ in range(2)]

    assert sent[0].number == sent[1].number
    assert Site.objects.count() == 1


def test_a_tab_left_open_after_sending_begins_nothing_new(walk: Walk) -> None:
    walk.to_check()
    named = str(Enrolment.objects.get().public_id)
    walk.send()

    answer = walk.client.post("/daftar/siapa/", {"kind": "business", "draft": named})

    assert answer["Location"].startswith("/daftar/selesai/")
    assert Enrolment.objects.count() == 1


def test_going_back_after_sending_leads_to_the_number_and_one_more_is_begun_on_purpose(walk: Walk) -> None:
    walk.to_check()
    seen = re.search(r'name="seen" value="([^"]+)"', walk.page("periksa"))
    assert seen
    walk.post("periksa", seen=seen[1])
    number = Enrolment.objects.get().number

    for slug in ("persetujuan", "periksa", "siapa", "atas-nama"):
        back = walk.client.get(f"/daftar/{slug}/", follow=True)
        assert back.redirect_chain[-1][0] == "/daftar/"
        assert f"Sudah terkirim, nomor {number}." in back.content.decode()

    anew = walk.client.get(reverse("onboarding:enrol-go"), follow=True)
    assert "<form" in anew.content.decode()
    assert anew.redirect_chain[-1][0] == "/daftar/atas-nama/"


def test_an_answer_changed_in_another_tab_is_read_before_it_is_sent(walk: Walk) -> None:
    walk.to_check()
    fields = dict(re.findall(r'name="(seen|draft)" value="([\w-]+)"', walk.page("periksa")))
    walk.post("nama", name="Sari Lain")

    answer = walk.client.post("/daftar/periksa/", fields)

    assert answer["Location"] == "/daftar/periksa/"
    assert not Site.objects.exists()


@pytest.mark.parametrize(
    "slug",
    [
        "nama",
        "alamat",
        "pin",
        "pilihan",
        "jam",
        "jumlah",
        "kamera/1",
        "kamera/99",
        "persetujuan",
        "sambungan",
        "perangkat",
    ],
)
def test_a_skipped_step_leads_to_the_first_open_one(walk: Walk, slug: str) -> None:
    for answer in (walk.client.get(f"/daftar/{slug}/"), walk.client.post(f"/daftar/{slug}/", {"level": "hours"})):
        assert answer.status_code == 302
        assert answer["Location"] == "/daftar/siapa/"
    assert not Enrolment.objects.exists()


def test_an_unfinished_draft_cannot_be_sent(walk: Walk, owner: User) -> None:
    walk.to_consent()

    assert walk.client.post("/daftar/periksa/", {"seen": "x"})["Location"] == "/daftar/persetujuan/"
    with pytest.raises(EnrolmentIncomplete):
        services.submit_enrolment(enrolment=Enrolment.objects.get(), by=owner, now=NOW)


def test_another_person_s_draft_is_out_of_reach(walk: Walk, owner: User) -> None:
    walk.to_check()
    enrolment = Enrolment.objects.get()
    stranger = make_person("orang-lain")
    for act in (
        lambda: services.submit_enrolment(enrolment=enrolment, by=stranger, now=NOW),
        lambda: services.save_page(enrolment=enrolment, page="name", answers={}, by=stranger),
        lambda: services.drop_enrolment(enrolment=enrolment, by=stranger, now=NOW),
    ):
        with pytest.raises(NotYours):
            act()
    walk.client.force_login(stranger)

    answer = walk.client.post("/daftar/siapa/", {"kind": "resident", "draft": str(enrolment.public_id)})

    assert answer["Location"] == "/daftar/"
    walk.client.force_login(owner)
    walk.send()
    walk.client.force_login(stranger)
    assert walk.client.get(f"/daftar/selesai/{enrolment.public_id}/").status_code == 404


def test_fields_that_nobody_asked_for_change_nothing(walk: Walk) -> None:
    walk.post("siapa", kind="resident", is_approved="true", number="MK-1", submitted_at="2026-01-01", site="1")
    walk.post("nama", name="Sari", kind="vital", verified_at="2026-01-01", responsible_name="Lain")

    enrolment = Enrolment.objects.get()
    assert enrolment.answers == {"kind": {"kind": "resident"}, "name": {"name": "Sari"}, "parked": {}}
    assert enrolment.number is None


def test_a_box_for_a_body_that_is_not_offered_is_no_consent(walk: Walk) -> None:
    walk.to_consent()

    answer = walk.consent((Right.LISTED, "government"), (Right.LIVE_IN_INCIDENT, "polres"))

    assert "Centang “Terdata”" in answer


def test_another_right_needs_listing_for_the_same_body(walk: Walk) -> None:
    walk.to_consent("recording")

    answer = walk.consent((Right.LISTED, "polres"), (Right.RECORDING_ON_REQUEST, "polsek"))

    assert "memerlukan centang" in answer


@pytest.mark.parametrize("shown", ["", "0" * 64, "x"])
def test_consent_to_other_words_than_those_shown_is_no_consent(walk: Walk, shown: str) -> None:
    walk.to_consent()

    answer = walk.consent((Right.LISTED, "polres"), shown=shown)

    assert "Teks persetujuannya berubah" in answer
    assert not re.search(r'type="checkbox"[^>]*checked', answer)


def test_the_end_of_a_consent_is_not_the_sender_s_to_choose(walk: Walk) -> None:
    walk.to_consent()

    walk.consent((Right.LISTED, "polres"), until="2099-01-01", language="xx")

    kept = Enrolment.objects.get().answers["consent"]
    assert kept["until"] < "2030"
    assert kept["language"] == "id"


@pytest.mark.parametrize("slug", ["siapa", "nama", "alamat", "pin", "pilihan", "jumlah", "kamera/1", "persetujuan"])
def test_hostile_input_is_refused_or_kept_inert(walk: Walk, slug: str) -> None:
    walk.to_check()
    names = set(re.findall(r'name="([\w-]+)"', walk.page(slug))) - {"draft", "kembali"}

    for hostile in ("\x00", "\ud800", "\u202e", "%s%s%n", "<script>alert(1)</script>", "９", "1e400", "a" * 5000):
        fields = {name: hostile.encode("utf-8", "surrogatepass") for name in names}
        for button in ({}, {"kembali": "1"}):
            body = urlencode(fields | button)
            answer = walk.client.post(f"/daftar/{slug}/", body, content_type="application/x-www-form-urlencoded")

            assert answer.status_code in {200, 302}
            for page in (answer.content.decode(), walk.client.get(f"/daftar/{slug}/").content.decode()):
                assert "<script>alert" not in page
            assert walk.client.get("/daftar/lanjut/").status_code == 302


# --- the pin ------------------------------------------------------------------------------------------------


def test_a_pin_outside_the_kelurahan_is_warned_of_and_may_be_right(walk: Walk) -> None:
    walk.who()

    assert "Pin ada di luar Kapuk" in walk.where(latitude="-6.5")
    assert walk.where(latitude="-6.5", outside_is_right="on") == "/daftar/pilihan/"


def test_swapped_numbers_are_called_swapped(walk: Walk) -> None:
    walk.who()

    assert "tertukar" in walk.where(latitude="106.75", longitude="-6.15")


@pytest.mark.parametrize(
    ("given", "source"),
    [
        ({"accuracy_m": "12"}, "gps"),
        ({"accuracy_m": "", "source": "tap"}, "tap"),
        ({"accuracy_m": "x", "source": "<"}, "typed"),
    ],
)
def test_where_a_pin_came_from_is_kept(walk: Walk, given: dict[str, str], source: str) -> None:
    walk.who()
    walk.where(**given)
    walk.level()
    walk.cameras("Depan")
    walk.consent((Right.LISTED, "polres"))
    walk.send()

    assert Site.objects.get().position_source == source


# --- the device -----------------------------------------------------------------------------------------------


def test_no_device_is_asked_for_unless_a_ticked_right_needs_one(walk: Walk) -> None:
    walk.to_consent("incident")

    assert walk.consent((Right.LISTED, "polres"), (Right.RECORDING_ON_REQUEST, "polres")) == "/daftar/periksa/"
    assert walk.consent((Right.LISTED, "polres"), (Right.STILL_IN_INCIDENT, "polres")) == "/daftar/sambungan/"


def test_the_device_page_warns_of_callers(walk: Walk) -> None:
    walk.to_device()

    assert "Polisi tidak pernah meminta kata sandi kamera" in walk.page("perangkat")


def test_a_password_is_sealed_at_once_and_shown_nowhere(walk: Walk) -> None:
    walk.to_device()
    assert walk.device() == "/daftar/periksa/"
    draft = Enrolment.objects.get()
    pages = [walk.page("perangkat"), walk.page("periksa"), str(draft.answers), str(dict(walk.client.session))]

    walk.send()

    device = Device.objects.get()
    assert targets.credentials_of(device).password == CANARY
    assert targets.credentials_of(device).user == USER
    assert device.public_id == draft.device_id
    assert Camera.objects.get().device == device
    sent = Enrolment.objects.get()
    assert (sent.sealed_user, sent.sealed_password) == ("", "")
    for text in [*pages, sent.answers.__repr__(), draft.sealed_password]:
        assert CANARY not in text
        assert CANARY.strip() not in text
        assert USER not in text


def test_a_kept_password_stays_when_left_blank_at_the_same_address(walk: Walk) -> None:
    walk.to_device()
    walk.device()

    assert walk.device(user="", password="", rtsp_port="8554") == "/daftar/periksa/"

    walk.send()
    assert targets.credentials_of(Device.objects.get()).password == CANARY


@pytest.mark.parametrize("moved", [{"host": "lain.contoh.id"}, {"onvif_port": "8000"}])
def test_a_changed_address_asks_for_the_password_again(walk: Walk, moved: dict[str, str]) -> None:
    walk.to_device()
    walk.device()

    assert "Alamatnya berubah" in walk.device(user="", password="", **moved)
    assert walk.device(**moved) == "/daftar/periksa/"


@pytest.mark.parametrize("blank", ["user", "password", "host"])
def test_a_device_to_be_connected_is_given_whole(walk: Walk, blank: str) -> None:
    walk.to_device()

    assert "Ada yang perlu diperbaiki" in walk.device(**{blank: ""})
    assert not Enrolment.objects.get().sealed_password


@pytest.mark.parametrize(
    "host", ["192.168.1.10", "10.0.0.2", "100.64.3.4", "169.254.1.1", "kamera.local", "http://192.168.1.10/"]
)
def test_a_home_address_is_told_honestly_before_any_connection(walk: Walk, host: str) -> None:
    walk.to_device()

    page = walk.device(host=host)

    assert "hanya berlaku di dalam rumah" in page
    assert "jangan membuka port" in page
    assert "menunggu agen" in page
    assert not Enrolment.objects.get().sealed_password


def test_a_home_device_waits_for_an_agent_or_stays_listed(walk: Walk) -> None:
    walk.to_device()
    assert walk.device(host="192.168.1.10", home="agent") == "/daftar/periksa/"
    assert "Menunggu agen" in walk.page("periksa")

    answer = walk.send()

    device = Device.objects.get()
    assert (device.host, device.waits_for_agent, device.has_secret) == ("192.168.1.10", True, False)
    assert "Menunggu agen" in walk.client.get(answer["Location"]).content.decode()


def test_a_home_device_that_stays_listed_is_no_device(walk: Walk) -> None:
    walk.to_device()
    walk.device(host="192.168.1.10", home="later")

    walk.send()

    assert not Device.objects.exists()
    assert Camera.objects.get()


def test_turning_from_a_public_to_a_home_address_forgets_the_password(walk: Walk) -> None:
    walk.to_device()
    walk.device()

    walk.device(host="192.168.1.10", home="agent")

    assert not Enrolment.objects.get().sealed_password


def test_a_home_address_drops_the_stored_password_at_once_and_says_so(walk: Walk) -> None:
    walk.to_device()
    first = walk.device(host="192.168.1.10")
    walk.device()

    page = walk.device(host="192.168.1.10")
    later = walk.device(user="", password="")

    assert not Enrolment.objects.get().sealed_password
    assert "untuk alamat sebelumnya sudah kami hapus" in page
    assert "untuk alamat sebelumnya" not in first
    for shown in (first, page):
        assert "Sudah tersimpan terkunci" not in shown
        assert shown.count("Tidak diperlukan untuk alamat ini") == 2
    assert "Wajib diisi untuk menyambungkan." in later


def test_the_check_page_names_each_port(walk: Walk) -> None:
    walk.to_device()
    walk.device(onvif_port="8000", rtsp_port="8554")

    assert "ONVIF 8000 · RTSP 8554" in walk.page("periksa")


def test_choosing_help_forgets_the_password_and_calls_the_officer(walk: Walk) -> None:
    walk.to_device()
    walk.device()

    assert walk.post("sambungan", mode="help") == "/daftar/periksa/"
    assert not Enrolment.objects.get().sealed_password

    walk.send()
    assert Device.objects.get().wants_help


def test_a_device_of_one_of_two_cameras_covers_that_one(walk: Walk) -> None:
    walk.who()
    walk.where()
    walk.level("incident")
    walk.cameras("Depan", "Belakang")
    walk.consent((Right.LISTED, "polres"), (Right.LIVE_IN_INCIDENT, "polres"))
    walk.post("sambungan", mode="now")
    walk.device(covers="2")

    walk.send()

    assert [camera.label for camera in Device.objects.get().cameras.all()] == ["Belakang"]


def test_a_draft_without_answers_has_no_meaning_yet(owner: User) -> None:
    draft = Draft(user=owner, now=NOW, language="id")

    assert draft.ticked == []
    assert draft.area is None
    dropped = Enrolment.objects.create(user=owner, dropped_at=NOW)
    with pytest.raises(EnrolmentClosed):
        services.submit_enrolment(enrolment=dropped, by=owner, now=NOW)
