"""A look of which its owner is told later: on a letter, by a supervisor, for a time, and then marked."""

import re
from collections import deque
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from access.models import Look
from accounts.models import Duty, DutyKind, User
from audit.models import Entry, Text
from conduct import errors
from conduct.deferrals import (
    approve_deferral,
    decline_deferral,
    renew_deferral,
    request_deferral,
    request_renewal,
    tell_of_ended_deferrals,
)
from conduct.models import Deferral
from conduct.questions import ask_question
from conduct.told import looks_told_to
from feeds.models import SavedStill
from notices.models import Notice
from registry.rights import Right
from tests.access.conftest import signed_in
from tests.guards.test_vital_unseen import NOT_READ, start_paths

pytestmark = pytest.mark.django_db

LETTER, OTHER_LETTER, WHY = "Sprin/123/XI/2026", "Sprin/124/XII/2026", "Penyelidikan yang masih tertutup."
DAY = timedelta(days=1)
REASON_OF_LOOK = "Alasan yang hanya di kunjungan ini"


@pytest.fixture(autouse=True)
def _on(settings) -> None:
    settings.LOOK_DEFERRAL = True


@pytest.fixture
def owner(camera) -> User:
    return camera.site.partner.people.get()


@pytest.fixture
def look(looked) -> Look:
    return looked()


@pytest.fixture
def supervisor(world) -> User:
    return world.on_duty(DutyKind.SUPERVISOR, world.polres).user


@pytest.fixture
def asked(world, look, supervisor) -> Deferral:
    return request_deferral(look=look, by=look.viewer, letter_number=LETTER, reason=WHY, now=world.now)


@pytest.fixture
def approved(world, asked, supervisor) -> Deferral:
    return approve_deferral(deferral=asked, by=supervisor, now=world.now)


def is_told(owner: User, look: Look, now: datetime) -> bool:
    return looks_told_to(owner, now).filter(pk=look.pk).exists()


def readable(client: Client) -> dict[str, str]:
    """Everything that this person reaches, by address: pages, lists of the API and files."""
    read: dict[str, str] = {}
    waiting = deque(start_paths())
    while waiting:
        path = waiting.popleft()
        if path in read or (NOT_READ.search(path) and not path.endswith(".csv")):
            continue
        answer = client.get(path)
        read[path] = "" if answer.streaming else answer.content.decode(errors="replace")
        if answer.status_code == 200:
            text = read[path].replace("&amp;", "&")
            waiting.extend(re.findall(r'(?:href|hx-get|data-url)="(/[^"#]*)', text))
            waiting.extend(re.findall(r'"next": ?"http://testserver(/[^"]*)"', text))
    return read


def saved_of(look: Look) -> None:
    """A still of this look that lies in the store for a month."""
    SavedStill.objects.create(
        look=look, sha256="a" * 64, size_bytes=9, file="x.jpg", saved_at=look.started_at,
        stored_at=look.started_at, delete_at=look.started_at + timedelta(days=30),
    )  # fmt: skip


# --- kept back, and told -------------------------------------------------------------------------------------


def test_nothing_that_the_owner_can_read_tells_of_it_until_its_day(
    world, looked, owner, supervisor, django_assert_num_queries
):
    look = looked(stills_shown=7, stills_saved=1)
    saved_of(look)
    world.consent(look.camera.site, Right.STILL_IN_HOURS, recipient=look.organization)
    type(look.duty).objects.filter(pk=look.duty_id).update(title="Penyidik Tertentu")
    type(look.reason).objects.filter(pk=look.reason_id).update(words=REASON_OF_LOOK)
    marks = (str(look.public_id), "Penyidik Tertentu", REASON_OF_LOOK)
    with time_machine.travel(world.now, tick=False):
        before = readable(signed_in(owner))
    leaving = f"/mitra/tempat/{look.camera.site.public_id}/tarik/"
    assert "1 gambar yang disimpan dihapus." in before[leaving]
    assert {path.partition("?")[0] for path, text in before.items() if any(mark in text for mark in marks)} >= {
        "/mitra/",
        "/mitra/buku-tamu/",
        "/mitra/buku-tamu/buku-tamu.csv",
        f"/mitra/buku-tamu/{look.public_id}/tanya/",
    }

    deferral = request_deferral(look=look, by=look.viewer, letter_number=LETTER, reason=WHY, now=world.now)
    approve_deferral(deferral=deferral, by=supervisor, now=world.now)

    with time_machine.travel(world.now + timedelta(days=13), tick=False):
        browser = signed_in(owner)
        during = readable(browser)
        told = {path for path, text in during.items() if any(mark in text for mark in (*marks, LETTER))}
        assert told <= {"/transparansi/"}, "there are only the sums of a whole body's month"
        assert not [path for path, text in during.items() if re.search(r"\d gambar", text)]
        assert during[leaving]
        assert browser.get("/mitra/buku-tamu/").context["page"].paginator.count == 0
        assert browser.get("/mitra/buku-tamu/").context["months"] == []
        assert browser.get(f"/mitra/buku-tamu/{look.public_id}/tanya/").status_code == 404
        assert b"Belum ada yang melihat kamera Anda" in browser.get("/mitra/").content
    assert not Notice.objects.filter(user=owner).exclude(code__startswith="consent").exists()

    with time_machine.travel(world.now + timedelta(days=14, seconds=1), tick=False):
        after = readable(signed_in(owner))
    for path in ("/mitra/", "/mitra/buku-tamu/"):
        assert "ditunda" in after[path]
        assert LETTER in after[path]
        assert REASON_OF_LOOK in after[path]
    assert LETTER in after["/mitra/buku-tamu/buku-tamu.csv"]


def test_until_it_is_approved_the_owner_reads_it(world, asked, look, owner):
    assert is_told(owner, look, world.now)


def test_once_declined_it_stays_told_and_the_asker_hears(world, asked, look, owner, supervisor):
    decline_deferral(deferral=asked, by=supervisor, now=world.now)

    assert is_told(owner, look, world.now)
    assert "ditolak" in Notice.objects.get(code="deferral.decided").body
    with pytest.raises(errors.DecidedAlready):
        approve_deferral(deferral=asked, by=supervisor, now=world.now)


def test_fourteen_days_and_not_a_second_more(approved, look, owner):
    assert not is_told(owner, look, approved.until - timedelta(seconds=1))
    assert approved.until - approved.approved_at == timedelta(days=14)
    assert is_told(owner, look, approved.until)


def ask_again(deferral: Deferral, now: datetime, *, letter: str = OTHER_LETTER) -> Deferral:
    return request_renewal(deferral=deferral, by=deferral.look.viewer, letter_number=letter, now=now)


def test_renewed_once_on_another_letter_and_then_told(world, approved, look, owner, supervisor):
    first_end, later = approved.until, world.now + timedelta(days=13)
    with pytest.raises(errors.SameLetter):
        ask_again(approved, later, letter=LETTER.lower())
    ask_again(approved, later)
    assert is_told(owner, look, first_end), "asking keeps nothing back"

    renew_deferral(deferral=approved, by=supervisor, now=later)

    assert not is_told(owner, look, first_end + timedelta(days=13))
    assert is_told(owner, look, first_end + timedelta(days=14))
    for again in (lambda: ask_again(approved, first_end), lambda: ask_again(approved, first_end + 13 * DAY)):
        with pytest.raises(errors.RenewalAskedAlready):
            again()
    with pytest.raises(errors.NotRenewed):
        renew_deferral(deferral=approved, by=supervisor, now=first_end)


def test_a_deferral_is_not_four_weeks_in_one_minute(approved, look, owner, supervisor):
    """In its last three days alone, and only where the body that looked asks for it."""
    last_days = approved.until - timedelta(days=3)
    for early in (approved.approved_at, last_days - timedelta(seconds=1)):
        with pytest.raises(errors.TooEarlyToRenew):
            ask_again(approved, early)
    with pytest.raises(errors.NotRenewed):
        renew_deferral(deferral=approved, by=supervisor, now=last_days)

    ask_again(approved, last_days)

    assert Notice.objects.get(code="deferral.renewal_requested").user == supervisor
    assert is_told(owner, look, approved.until)


def test_only_the_body_that_looked_asks_and_another_person_gives_it(world, approved, look, supervisor):
    later = approved.until - timedelta(days=1)
    for who in (world.on_duty(DutyKind.VIEWER, world.polres).user, supervisor):
        with pytest.raises(errors.NotOfThisBody):
            request_renewal(deferral=approved, by=who, letter_number=OTHER_LETTER, now=later)
    colleague = world.on_duty(DutyKind.VIEWER, world.polsek)
    request_renewal(deferral=approved, by=colleague.user, letter_number=OTHER_LETTER, now=later)
    Duty.objects.filter(pk=colleague.pk).update(since=later - 90 * DAY, ended_at=look.started_at - DAY)
    world.on_duty(DutyKind.SUPERVISOR, world.polres, user=colleague.user)

    with pytest.raises(errors.NotTheJudge):
        renew_deferral(deferral=approved, by=colleague.user, now=later)


def test_what_has_appeared_is_not_hidden_again(world, approved, supervisor, look):
    ask_again(approved, approved.until - DAY)
    with pytest.raises(errors.NotRenewed):
        renew_deferral(deferral=approved, by=supervisor, now=approved.until)
    with pytest.raises(errors.TooLateToDefer):
        request_deferral(look=look, by=look.viewer, letter_number=OTHER_LETTER, reason=WHY, now=approved.until)


def test_the_owner_hears_once_that_it_has_appeared(approved, owner, look):
    assert tell_of_ended_deferrals(now=approved.until - timedelta(seconds=1)) == 0
    assert tell_of_ended_deferrals(now=approved.until) == 1
    assert tell_of_ended_deferrals(now=approved.until) == 0

    notice = Notice.objects.get(code="deferral.ended")
    assert (notice.user, notice.url) == (owner, "/mitra/buku-tamu/")
    assert LETTER in notice.body
    assert look.viewer.name not in notice.body


# --- what cannot be deferred ---------------------------------------------------------------------------------


def test_an_emergency_look_is_never_deferred(world, looked, supervisor):
    look = looked(case=world.case(world.viewer()), emergency=True)

    with pytest.raises(errors.EmergencyNotDeferred):
        request_deferral(look=look, by=look.viewer, letter_number=LETTER, reason=WHY, now=world.now)


def test_after_a_day_it_is_neither_asked_for_nor_approved(world, asked, look, looked, supervisor):
    with pytest.raises(errors.TooLateToDefer):
        approve_deferral(deferral=asked, by=supervisor, now=look.started_at + timedelta(hours=24))
    old = looked(at=world.now - timedelta(hours=24))
    with pytest.raises(errors.TooLateToDefer):
        request_deferral(look=old, by=old.viewer, letter_number=LETTER, reason=WHY, now=world.now)


def test_what_the_owner_asked_about_is_not_deferred(world, asked, look, owner, supervisor):
    ask_question(look=look, by=owner, text="Mengapa?", now=world.now)

    with pytest.raises(errors.OwnerHasAsked):
        approve_deferral(deferral=asked, by=supervisor, now=world.now)


def test_the_owner_cannot_ask_about_what_is_kept_back(world, approved, look, owner):
    with pytest.raises(errors.NotToldOf):
        ask_question(look=look, by=owner, text="Mengapa?", now=world.now)


def test_once_for_each_look(world, asked, look):
    with pytest.raises(errors.DeferredAlready):
        request_deferral(look=look, by=look.viewer, letter_number=OTHER_LETTER, reason=WHY, now=world.now)


def test_only_people_of_the_looking_body_ask(world, look, supervisor):
    for who in (world.on_duty(DutyKind.VIEWER, world.polres).user, supervisor):
        with pytest.raises(errors.NotOfThisBody):
            request_deferral(look=look, by=who, letter_number=LETTER, reason=WHY, now=world.now)
    Duty.objects.filter(pk=look.duty_id).update(ended_at=world.now)
    with pytest.raises(errors.NotOfThisBody):
        request_deferral(look=look, by=look.viewer, letter_number=LETTER, reason=WHY, now=world.now)


def test_where_nobody_judges_nothing_is_deferred(world, look):
    with pytest.raises(errors.NobodyJudges):
        request_deferral(look=look, by=look.viewer, letter_number=LETTER, reason=WHY, now=world.now)


def test_only_a_judge_decides_and_renews(world, asked, look, supervisor):
    world.on_duty(DutyKind.SUPERVISOR, world.polres, user=look.viewer)
    colleague = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    world.on_duty(DutyKind.VIEWER, world.polsek, user=colleague)
    for who in (look.viewer, colleague, world.on_duty(DutyKind.APPROVER, world.polres).user):
        with pytest.raises(errors.NotTheJudge):
            approve_deferral(deferral=asked, by=who, now=world.now)
        with pytest.raises(errors.NotTheJudge):
            decline_deferral(deferral=asked, by=who, now=world.now)
        with pytest.raises(errors.NotTheJudge):
            renew_deferral(deferral=asked, by=who, now=world.now)
        assert signed_in(who).get(f"/pengawas/penundaan/{asked.public_id}/").status_code == 404


# --- the setting ---------------------------------------------------------------------------------------------


def test_it_is_off_unless_somebody_set_it(world, look, supervisor, asked, settings):
    from config import settings as product

    assert product.LOOK_DEFERRAL is False
    settings.LOOK_DEFERRAL = False

    with pytest.raises(errors.NoDeferrals):
        request_deferral(look=look, by=look.viewer, letter_number=LETTER, reason=WHY, now=world.now)
    with pytest.raises(errors.NoDeferrals):
        approve_deferral(deferral=asked, by=supervisor, now=world.now)
    browser = signed_in(supervisor)
    for path in ("/pengawas/penundaan/", f"/pengawas/penundaan/{asked.public_id}/"):
        assert browser.get(path).status_code == 404
    assert "/pengawas/penundaan/" not in browser.get("/pengawas/").content.decode()
    assert signed_in(look.viewer).get(f"/polsek/lihat/{look.public_id}/tunda/").status_code == 404


# --- the pages -----------------------------------------------------------------------------------------------


def test_asked_and_approved_and_renewed_through_the_pages(world, look, owner, supervisor):
    officer, judge = signed_in(look.viewer), signed_in(supervisor)
    way = f"/polsek/lihat/{look.public_id}/tunda/"
    assert officer.get(way).status_code == 200
    for letter in ("", "surat"):
        assert "data-error-summary" in officer.post(way, {"letter_number": letter, "reason": WHY}).content.decode()

    assert officer.post(way, {"letter_number": LETTER, "reason": WHY})["Location"] == "/polsek/kamera/"
    deferral = Deferral.objects.get()
    page = f"/pengawas/penundaan/{deferral.public_id}/"
    assert Notice.objects.get(code="deferral.requested").url == page
    assert page in judge.get("/pengawas/penundaan/").content.decode()
    shown = judge.get(page).content.decode()
    for words in (LETTER, WHY, look.viewer.name):
        assert words in shown
    assert "data-error-summary" in judge.post(page, {"decision": ""}).content.decode()

    assert judge.post(page, {"decision": "approve"})["Location"] == "/pengawas/penundaan/"
    assert not is_told(owner, look, timezone.now())

    assert "belum ada yang dapat Anda putuskan" in judge.get(page).content.decode()
    told = Notice.objects.get(code="deferral.decided")
    assert told.url == f"/polsek/lihat/{look.public_id}/tunda/"
    assert 'name="letter_number"' not in officer.get(told.url).content.decode()
    assert "tiga hari terakhir" in officer.post(told.url, {"letter_number": OTHER_LETTER}).content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=12)):
        officer, judge = signed_in(look.viewer), signed_in(supervisor)
        assert officer.post(told.url, {"letter_number": OTHER_LETTER})["Location"] == "/polsek/kamera/"
        assert "sudah diminta" in officer.get(told.url).content.decode()
        assert OTHER_LETTER in judge.get(page).content.decode()
        assert judge.post(page, {})["Location"] == "/pengawas/penundaan/"
        assert "Sudah diperpanjang satu kali" in judge.get(page).content.decode()
        assert judge.post(page, {}).status_code == 200
    deferral.refresh_from_db()
    assert deferral.renewal_letter_number == OTHER_LETTER
    assert deferral.until - deferral.approved_at == timedelta(days=28)


def test_declined_through_the_page(asked, supervisor, look, owner):
    signed_in(supervisor).post(f"/pengawas/penundaan/{asked.public_id}/", {"decision": "decline"})

    assert is_told(owner, look, timezone.now())
    asked.refresh_from_db()
    assert asked.declined_by == supervisor


def test_another_body_does_not_find_the_look(world, look, supervisor):
    browser = signed_in(world.on_duty(DutyKind.VIEWER, world.polres).user)

    assert browser.get(f"/polsek/lihat/{look.public_id}/tunda/").status_code == 404


# --- the trail -----------------------------------------------------------------------------------------------


def test_every_step_is_on_the_trail_and_its_words_can_be_erased(world, approved, supervisor):
    last_day = approved.until - DAY
    ask_again(approved, last_day)
    renew_deferral(deferral=approved, by=supervisor, now=last_day)
    tell_of_ended_deferrals(now=approved.until + timedelta(days=15))
    entries = Entry.objects.filter(target_id=str(approved.public_id)).order_by("pk")

    assert [entry.action for entry in entries] == [
        "deferral.requested",
        "deferral.approved",
        "deferral.renewal_requested",
        "deferral.renewed",
        "deferral.ended",
    ]
    for entry in entries:
        for words in (LETTER, OTHER_LETTER, WHY):
            assert words.encode() not in bytes(entry.body)
    kept = set(Text.objects.filter(entry__in=entries).values_list("text", flat=True))
    assert kept == {LETTER, OTHER_LETTER, WHY}


def test_the_looks_of_an_owner_are_asked_for_in_one_place() -> None:
    """`of_owner` knows nothing of deferrals: only `conduct.told` may build on it."""
    from tests.guards.test_repository import _sources

    using = {name for name, text in _sources() if re.search(r"\.of_owner\(|looks_of_owner", text)}

    assert using == {"conduct/told.py"}
