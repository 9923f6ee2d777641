"""The closed list of reasons: who edits it, what is no reason, and what becomes of words that were used."""

import pytest
from django.test import Client
from django.utils import timezone, translation

from access.errors import ReasonTooVague
from access.models import Look, Reason
from access.services import add_reason, change_reason
from access.services.reasons import says_nothing
from accounts.models import DutyKind, User
from audit.models import Entry
from registry.models import Camera
from tests.access.conftest import signed_in
from tests.factories import World

pytestmark = pytest.mark.django_db

LIST, NEW = "/polsek/administrasi/alasan/", "/polsek/administrasi/alasan/baru/"


@pytest.fixture
def administrator(world: World) -> User:
    return world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user


@pytest.fixture
def desk(administrator: User) -> Client:
    return signed_in(administrator)


@pytest.mark.parametrize(
    "words",
    [
        "Penyelidikan",
        "patroli",
        "PENYIDIKAN",
        "monitoring",
        "Patroli rutin",
        "penyelidikan / penyidikan",
        "Monitoring CCTV wilayah",
        "Untuk kepentingan dinas",
        "Pemantauan situasi kamtibmas 24",
        "patrol",
        "Routine monitoring",
        "---",
        "p a t r o l i",
        "P.a.t.r.o.l.i",
        "p-a_t/r o l i",
        "p a t r o l i r u t i n",
        "patroli!!!",
        "PATROLI-PATROLI",
        "patroli x",
        "andan" * 23,
        "2026",
    ],
)
def test_words_that_fit_every_look_are_no_reason(desk, words):
    before = Reason.objects.count()

    page = desk.post(NEW, {"words": words, "needs_case": "on"}).content.decode()

    assert "Tulis apa yang terjadi dan apa yang dicari" in page
    assert Reason.objects.count() == before


@pytest.mark.parametrize(
    "words",
    ["Penyelidikan pencurian motor", "Mencari orang hilang", "Patroli setelah tawuran di Jalan Uji", "Stolen car"],
)
def test_words_that_tell_what_happened_are_a_reason(words):
    assert not says_nothing(words)


def test_no_reason_that_the_list_begins_with_says_nothing():
    assert [reason.words for reason in Reason.objects.all() if says_nothing(reason.words)] == []


def test_english_that_says_nothing_is_refused_as_well(desk):
    page = desk.post(NEW, {"words": "Mencari anak yang terpisah", "words_en": "investigation"}).content.decode()

    assert "Tulis apa yang terjadi dan apa yang dicari" in page
    assert not Reason.objects.filter(words__startswith="Mencari anak").exists()


def test_a_reason_is_added_in_both_languages_and_is_on_the_trail(desk):
    answer = desk.post(
        NEW,
        {"words": "  Mencari anak   yang terpisah ", "words_en": "Looking for a lost child", "needs_case": "on"},
    )

    assert answer.status_code == 302
    reason = Reason.objects.get(words="Mencari anak yang terpisah")
    assert (reason.code, reason.needs_case, reason.active) == ("mencari_anak_yang_terpisah", True, True)
    assert str(reason) == "Mencari anak yang terpisah"
    with translation.override("en"):
        assert str(reason) == "Looking for a lost child"
    entry = Entry.objects.get(action="reason.added")
    assert dict(entry.texts.values_list("field", "text"))["words"] == "Mencari anak yang terpisah"


def test_words_stand_on_the_list_once(desk):
    words = Reason.objects.filter(active=True).values_list("words", flat=True)[0]

    page = desk.post(NEW, {"words": words.upper()}).content.decode()

    assert "sudah ada dalam daftar" in page


@pytest.mark.parametrize("who", ["polsek administrator", "grantor", "viewer", "superuser"])
def test_nobody_else_has_these_pages(world, who):
    user = {
        "polsek administrator": lambda: world.on_duty(DutyKind.ADMINISTRATOR, world.polsek).user,
        "grantor": lambda: world.on_duty(DutyKind.GRANTOR, world.polres).user,
        "viewer": lambda: world.viewer().user,
        "superuser": lambda: User.objects.create_superuser("akar@contoh.id"),
    }[who]()
    client = signed_in(user)

    assert client.get(LIST).status_code == 404
    assert client.post(NEW, {"words": "Mencari anak yang terpisah"}).status_code == 404
    assert client.post(f"{LIST}report_110/", {"words": "Lain sama sekali"}).status_code == 404
    assert not Reason.objects.filter(words__in=["Mencari anak yang terpisah", "Lain sama sekali"]).exists()


def change(client: Client, code: str, **facts: str):  # type: ignore[no-untyped-def]
    reason = Reason.objects.get(code=code)
    sent = {"words": reason.words, "words_en": reason.words_en, "needs_case": "on", "active": "on", **facts}
    return client.post(f"{LIST}{code}/", {name: value for name, value in sent.items() if value})


def test_an_unused_reason_is_renamed_in_place(desk):
    change(desk, "report_110", words="Menindaklanjuti panggilan darurat 110", words_en="Following up a 110 call")

    reason = Reason.objects.get(code="report_110")
    assert (reason.words, reason.words_en) == (
        "Menindaklanjuti panggilan darurat 110",
        "Following up a 110 call",
    )
    told = dict(Entry.objects.get(action="reason.changed").texts.values_list("field", "text"))
    assert told["old_words"] == "Menindaklanjuti panggilan 110"


def look_under(camera: Camera, world: World, code: str) -> Look:
    client = signed_in(world.viewer().user)
    case = world.case(world.viewer())
    answer = client.post(
        f"/pusat-komando/kamera/{camera.public_id}/", {"reason": code, "case": str(case.public_id)}
    )
    assert answer.status_code == 302
    return Look.objects.get()


def test_what_an_owner_has_read_stays_as_he_read_it(desk, camera, world):
    look = look_under(camera, world, "report_110")

    change(desk, "report_110", words="Menindaklanjuti laporan warga")

    look.refresh_from_db()
    assert look.reason.words == "Menindaklanjuti panggilan 110"
    assert not look.reason.active
    assert Reason.objects.get(active=True, words="Menindaklanjuti laporan warga").needs_case


def test_a_reason_is_switched_off_and_on_but_never_deleted(desk):
    count = Reason.objects.count()

    change(desk, "report_110", active="")
    assert not Reason.objects.get(code="report_110").active
    assert "report_110" not in desk.get(NEW).content.decode()

    change(desk, "report_110")
    assert Reason.objects.get(code="report_110").active
    assert Reason.objects.count() == count


def test_the_case_can_be_asked_for(desk):
    change(desk, "technical_check")

    assert Reason.objects.get(code="technical_check").needs_case


@pytest.mark.django_db(transaction=True)
def test_switching_a_reason_off_ends_the_looks_that_rest_on_it():
    world = World(now=timezone.now())
    Reason.objects.get_or_create(code="report_110", defaults={"words": "Panggilan 110", "needs_case": True})
    site = world.site()
    world.consent(site, "still_in_hours")
    camera = world.verified(site)
    world.grant(world.kelurahan)
    look = look_under(camera, world, "report_110")
    by = world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user

    change_reason(
        reason=look.reason,
        words=look.reason.words,
        words_en="",
        needs_case=True,
        active=False,
        by=by,
        now=timezone.now(),
    )

    look.refresh_from_db()
    assert look.ended_how == "reason_needed"


def test_the_service_asks_again(administrator, world):
    with pytest.raises(ReasonTooVague):
        add_reason(words="patroli", words_en="", needs_case=False, by=administrator, now=world.now)


@pytest.mark.parametrize("page", [LIST, NEW, f"{LIST}report_110/"])
def test_what_looking_is_never_for_stands_beside_it(desk, page):
    assert "mengenali wajah dengan mesin" in desk.get(page).content.decode()


@pytest.mark.parametrize("words", ["patr0li", "P4troli", "x y z"])
def test_letters_written_as_digits_and_letters_alone_say_nothing(words):
    assert says_nothing(words)


@pytest.mark.parametrize("words", ["Kendaraan B 1234 XY dicuri", "Anak hilang", "Cek-cok warga", "Tawuran"])
def test_words_that_say_something_stay_a_reason(words):
    assert not says_nothing(words)


def test_a_new_reason_asks_for_a_case_unless_somebody_unticks_it(desk):
    assert desk.get(NEW).context["form"]["needs_case"].value() is True
    desk.post(NEW, {"words": "Anak hilang di keramaian", "words_en": ""})
    assert not Reason.objects.get(words="Anak hilang di keramaian").needs_case
