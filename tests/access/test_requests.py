"""Requests for access: who may ask and answer, that nothing is learnt by asking, and that one answer counts."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from access.errors import (
    AnsweredAlready,
    AskedAlready,
    AskedTooOften,
    AskedTooVaguely,
    CaseOver,
    WrongDates,
    WrongPurpose,
)
from access.models import AccessRequest, Grant, RequestOutcome
from access.services import approve_grant, ask_for_access, decline_grant, decline_request, grant_request
from accounts.errors import NoDuty
from accounts.models import Duty, DutyKind, User
from audit.models import Entry
from notices.models import Notice
from registry.models import Area
from registry.rights import AccessRight, Purpose
from tests.access.conftest import signed_in
from tests.access.test_pages_grants import answers
from tests.factories import World

pytestmark = pytest.mark.django_db
ASK, QUEUE = "/polsek/minta-akses/", "/polsek/akses/permintaan/"
WHY = "Pencurian motor berturut-turut"


def asked(duty: Duty, area: Area, now, **changes) -> AccessRequest:
    terms = {"right": AccessRight.VIEW_STILL, "purpose": Purpose.SECURITY, "case": None, "words": WHY, **changes}
    return ask_for_access(duty=duty, area=area, now=now, **terms)


@pytest.fixture
def asker(world: World) -> Duty:
    return world.on_duty(DutyKind.VIEWER, world.polsek)


@pytest.fixture
def giver(world: World) -> User:
    return world.on_duty(DutyKind.GRANTOR, world.polres).user


def _typed(area: Area, **changes: str) -> dict[str, str]:
    return {
        "area": str(area.public_id),
        "right": "view_still",
        "purpose": "security",
        "words": WHY,
        **changes,
    }


def test_it_is_asked_recorded_and_told_to_those_who_grant_there(world, asker, giver):
    elsewhere = world.on_duty(DutyKind.GRANTOR, world.polres, area_code=world.other_kelurahan.code).user

    answer = signed_in(asker.user).post(ASK, _typed(world.kelurahan))

    assert (answer.status_code, answer["Location"]) == (302, ASK)
    request = AccessRequest.objects.get()
    assert (request.organization, request.area, request.words) == (world.polsek, world.kelurahan, WHY)
    assert Entry.objects.filter(action="request.asked", actor=asker.user).count() == 1
    assert Notice.objects.get(user=giver).url == f"{QUEUE}{request.public_id}/"
    assert not Notice.objects.filter(user=elsewhere).exists()
    assert "Menunggu jawaban" in signed_in(asker.user).get(ASK).content.decode()


def test_the_answer_is_the_same_whatever_stands_in_the_area(world, asker, camera):
    """`camera` stands in the one kelurahan, verified and granted to the Polres; the other is empty."""
    browser = signed_in(asker.user)

    pages = []
    for area in (world.kelurahan, world.other_kelurahan):
        answer = browser.post(ASK, _typed(area))
        assert (answer.status_code, answer["Location"]) == (302, ASK)
        pages.append(browser.get(ASK).content.decode().replace(str(area), "WILAYAH"))
        AccessRequest.objects.all().delete()

    told = [page.split("Permintaan lembaga Anda")[1].split("</main>")[0] for page in pages]
    kept = [[line for line in part.splitlines() if "WIB" not in line] for part in told]
    assert "WILAYAH" in told[0]
    assert any("Menunggu jawaban" in line for line in kept[0])
    assert kept[0] == kept[1]


def test_asking_needs_a_duty_of_looking(world, giver, stranger):
    assert signed_in(giver).get(ASK).status_code == 404
    assert stranger.post(ASK, _typed(world.kelurahan)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"purpose": Purpose.INVESTIGATION, "right": AccessRight.SEE_HEALTH}, WrongPurpose),
        ({"words": "Patroli rutin"}, AskedTooVaguely),
    ],
)
def test_what_is_not_asked(world, asker, changes, refusal):
    with pytest.raises(refusal):
        asked(asker, world.kelurahan, world.now, **changes)


def test_the_same_is_asked_once_until_it_is_answered(world, asker, giver):
    first = asked(asker, world.kelurahan, world.now)
    with pytest.raises(AskedAlready):
        asked(asker, world.kelurahan, world.now)

    decline_request(request=first, by=giver, words="Belum perlu.", now=world.now)
    asked(asker, world.kelurahan, world.now)


def test_a_person_asks_ten_times_a_day(world, asker, giver):
    for _ in range(10):
        decline_request(request=asked(asker, world.kelurahan, world.now), by=giver, words="Tidak.", now=world.now)
    with pytest.raises(AskedTooOften):
        asked(asker, world.kelurahan, world.now)

    asked(asker, world.kelurahan, world.now + timedelta(days=1, seconds=1))


def test_a_no_reaches_the_asker_in_words(world, asker, giver):
    request = asked(asker, world.kelurahan, world.now)
    browser = signed_in(giver)

    assert str(request.public_id) in browser.get(QUEUE).content.decode()
    assert browser.post(f"{QUEUE}{request.public_id}/", {"words": " "}).context["form"].errors["words"]
    assert browser.post(f"{QUEUE}{request.public_id}/", {"words": "Mintalah kepada RW."}).status_code == 302

    assert "Mintalah kepada RW." in Notice.objects.get(user=asker.user).body
    assert "Mintalah kepada RW." in signed_in(asker.user).get(ASK).content.decode()
    assert browser.get(f"{QUEUE}{request.public_id}/").status_code == 404


def test_the_grant_form_is_filled_by_the_request_and_its_grant_answers_it(world, asker, giver):
    request = asked(asker, world.kelurahan, world.now)
    browser = signed_in(giver)
    address = f"/polsek/akses/baru/?permintaan={request.public_id}"

    initial = browser.get(address).context["form"].initial
    assert (initial["organization"], initial["area"]) == (world.polsek.public_id, world.kelurahan.public_id)
    answer = browser.post(address, answers(world, organization=world.polsek.public_id, later_too="on"))

    request.refresh_from_db()
    assert answer.status_code == 302
    assert (request.outcome, request.grant) == (RequestOutcome.GRANTED, Grant.objects.get())
    assert Notice.objects.filter(user=asker.user, code="request.answered").count() == 1


def test_a_form_that_was_open_while_somebody_answered_gives_nothing(world, asker, giver):
    request = asked(asker, world.kelurahan, world.now)
    address = f"/polsek/akses/baru/?permintaan={request.public_id}"
    decline_request(request=request, by=giver, words="Belum perlu.", now=world.now)

    page = signed_in(giver).post(address, answers(world, organization=world.polsek.public_id, later_too="on"))

    assert "sudah dijawab" in page.content.decode()
    assert not Grant.objects.exists()


def test_sent_twice_it_gives_one_grant(world, asker, giver):
    request = asked(asker, world.kelurahan, world.now)
    address = f"/polsek/akses/baru/?permintaan={request.public_id}"

    for _ in range(2):
        signed_in(giver).post(address, answers(world, organization=world.polsek.public_id, later_too="on"))

    assert Grant.objects.count() == 1


def test_a_grant_to_another_body_answers_nothing(world, asker, giver):
    request = asked(asker, world.kelurahan, world.now)

    page = signed_in(giver).post(
        f"/polsek/akses/baru/?permintaan={request.public_id}", answers(world, later_too="on")
    )

    request.refresh_from_db()
    assert "dari lembaga lain" in page.content.decode()
    assert (request.answered_at, Grant.objects.count()) == (None, 0)


def test_the_asker_reads_what_was_given_and_not_what_he_asked(world, asker, giver):
    request = asked(asker, world.kelurahan, world.now, right=AccessRight.VIEW_LIVE)
    address = f"/polsek/akses/baru/?permintaan={request.public_id}"
    signed_in(giver).post(address, answers(world, organization=world.polsek.public_id, later_too="on"))

    told = Notice.objects.get(user=asker.user).body
    assert "Melihat gambar diam" in told
    assert "Melihat tayangan langsung" not in told


def test_of_a_grant_that_waits_he_reads_that_it_waits(world, asker, giver, settings):
    settings.LIVE_NEEDS_TWO_PEOPLE = True
    request = asked(asker, world.kelurahan, world.now, right=AccessRight.VIEW_LIVE)
    terms = answers(world, organization=world.polsek.public_id, right="view_live", later_too="on")
    signed_in(giver).post(f"/polsek/akses/baru/?permintaan={request.public_id}", terms)

    assert "menunggu persetujuan orang kedua" in Notice.objects.get(user=asker.user).body


def test_the_service_asks_for_the_duty_and_the_case_again(world, asker, giver):
    granting = giver.duties.get()
    with pytest.raises(NoDuty):
        asked(granting, world.kelurahan, world.now)
    over = world.case(world.viewer())
    with pytest.raises(CaseOver):
        asked(asker, world.kelurahan, over.until + timedelta(seconds=1), case=over)


def test_who_grants_elsewhere_neither_reads_nor_answers(world, asker):
    request = asked(asker, world.kelurahan, world.now)
    elsewhere = world.on_duty(DutyKind.GRANTOR, world.polres, area_code=world.other_kelurahan.code).user

    browser = signed_in(elsewhere)
    assert str(request.public_id) not in browser.get(QUEUE).content.decode()
    assert browser.get(f"{QUEUE}{request.public_id}/").status_code == 404
    assert (
        "organization"
        not in browser.get(f"/polsek/akses/baru/?permintaan={request.public_id}").context["form"].initial
    )
    with pytest.raises(NoDuty):
        decline_request(request=request, by=elsewhere, words="x", now=world.now)


def test_a_refused_grant_leaves_the_request_waiting(world, asker, giver):
    request = asked(asker, world.kelurahan, world.now)
    terms = {
        "organization": world.polsek,
        "scope": world.kelurahan,
        "right": AccessRight.VIEW_STILL,
        "purpose": Purpose.SECURITY,
        "letter_number": "Sprin/1/XI/2026",
        "valid_from": world.now,
        "valid_until": world.now - timedelta(days=1),
    }
    with pytest.raises(WrongDates):
        grant_request(request=request, by=giver, now=world.now, **terms)

    request.refresh_from_db()
    assert request.answered_at is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("only_on_postgresql")
def test_of_two_answers_at_once_one_counts(world, asker, giver):
    request, other = asked(asker, world.kelurahan, world.now), world.on_duty(DutyKind.GRANTOR, world.polres).user
    start, told = threading.Barrier(2), []

    def answer(by: User) -> None:
        try:
            start.wait(5)
            decline_request(request=AccessRequest.objects.get(pk=request.pk), by=by, words="Tidak.", now=world.now)
            told.append("counted")
        except AnsweredAlready:
            told.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=[by]) for by in (giver, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(told) == ["counted", "late"]
    assert Entry.objects.filter(action="request.answered").count() == 1


def test_the_queue_begins_with_the_oldest_and_says_its_age(world, asker, giver):
    young = asked(asker, world.kelurahan, world.now)
    old = asked(asker, world.other_kelurahan, world.now - timedelta(hours=20))

    page = signed_in(giver).get(QUEUE).content.decode()

    assert page.index(str(old.public_id)) < page.index(str(young.public_id))
    assert "menunggu 20\xa0jam" in page
    assert "menunggu 20\xa0jam" in signed_in(giver).get(f"{QUEUE}{old.public_id}/").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("only_on_postgresql")
def test_two_windows_ask_no_more_than_ten(world, asker, giver):
    for _ in range(9):
        decline_request(request=asked(asker, world.kelurahan, world.now), by=giver, words="Tidak.", now=world.now)
    start, told = threading.Barrier(2), []

    def ask(area: Area) -> None:
        try:
            start.wait(5)
            asked(asker, area, world.now)
            told.append("asked")
        except AskedTooOften:
            told.append("refused")
        finally:
            connection.close()

    windows = [threading.Thread(target=ask, args=[area]) for area in (world.kelurahan, world.other_kelurahan)]
    for window in windows:
        window.start()
    for window in windows:
        window.join(20)

    assert sorted(told) == ["asked", "refused"]


@pytest.fixture
def waiting(world, asker, giver, settings) -> AccessRequest:
    """Answered by a grant that waits for its second person."""
    settings.LIVE_NEEDS_TWO_PEOPLE = True
    request = asked(asker, world.kelurahan, world.now, right=AccessRight.VIEW_LIVE)
    terms = answers(world, organization=world.polsek.public_id, right="view_live", later_too="on")
    signed_in(giver).post(f"/polsek/akses/baru/?permintaan={request.public_id}", terms)
    request.refresh_from_db()
    assert request.grant is not None
    return request


def test_the_second_person_s_no_is_the_answer_and_it_may_be_asked_again(world, asker, waiting):
    second = world.on_duty(DutyKind.APPROVER, world.polres).user

    decline_grant(grant=waiting.grant, by=second, words="Cukup gambar diam.", now=world.now)

    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.answer) == (RequestOutcome.DECLINED, "Cukup gambar diam.")
    assert "Cukup gambar diam." in Notice.objects.filter(user=asker.user).latest("pk").body
    assert "Cukup gambar diam." in signed_in(asker.user).get(ASK).content.decode()
    asked(asker, world.kelurahan, world.now, right=AccessRight.VIEW_LIVE)


def test_of_the_second_person_s_yes_the_asker_reads_too(world, asker, waiting):
    approve_grant(grant=waiting.grant, by=world.on_duty(DutyKind.APPROVER, world.polres).user, now=world.now)

    told = Notice.objects.filter(user=asker.user).latest("pk").body
    assert "diberi" in told
    assert "menunggu" not in told


def test_an_owner_s_places_are_asked_for_in_words_and_no_list_tells_who_is_there(world, asker, giver):
    world.site()  # Of "Pemilik Uji".
    browser = signed_in(asker.user)
    assert "Pemilik Uji" not in browser.get(ASK).content.decode()

    for owner in ("Pemilik Uji", "Tidak Ada Namanya", ""):
        assert browser.post(ASK, _typed(world.kelurahan, owner=owner)).status_code == 302

    assert AccessRequest.objects.count() == 3
    request = AccessRequest.objects.get(owner="Tidak Ada Namanya")
    queue = signed_in(giver)
    assert "Tidak Ada Namanya" in queue.get(QUEUE).content.decode()
    assert "Tidak Ada Namanya" in queue.get(f"{QUEUE}{request.public_id}/").content.decode()
    form = queue.get(f"/polsek/akses/baru/?permintaan={request.public_id}").context["form"]
    assert form.initial["organization"] == world.polsek.public_id
    assert "area" not in form.initial
    with pytest.raises(AskedAlready):
        asked(asker, world.kelurahan, world.now, owner="Pemilik Uji")
