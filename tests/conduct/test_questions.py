"""An owner asks about a look; somebody who had no part in it answers, or is reminded."""

from datetime import timedelta

import pytest
from django.test import Client

import audit
from access.models import Look
from accounts.models import Duty, DutyKind, User
from audit.models import Entry, Text
from conduct.errors import AnsweredAlready, AskedAlready, AskedTooOften, NotTheJudge, NotToldOf
from conduct.models import Question
from conduct.questions import (
    MOST_IN_A_DAY,
    answer_question,
    ask_question,
    questions_for,
    tell_of_overdue_questions,
)
from conduct.tasks import tell_of_questions_and_deferrals
from notices.models import Notice
from registry.models import PartnerPerson, PersonRole, Site
from registry.services import give_role
from tests.access.conftest import signed_in
from tests.factories import person

pytestmark = pytest.mark.django_db

ASKED, ANSWERED = "Mengapa kamera saya dilihat malam itu?", "Ada laporan kehilangan di jalan Anda."


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
def question(world, look, owner, supervisor) -> Question:
    return ask_question(look=look, by=owner, text=ASKED, now=world.now)


def told(code: str) -> set[User]:
    return {notice.user for notice in Notice.objects.filter(code=code)}


# --- the whole way, through the pages ------------------------------------------------------------------------


def test_asked_answered_and_read(look, owner, supervisor):
    mine, theirs = signed_in(owner), signed_in(supervisor)
    way = f"/mitra/buku-tamu/{look.public_id}/tanya/"
    assert way in mine.get("/mitra/buku-tamu/").content.decode()

    sent = mine.post(way, {"text": ASKED})
    question = Question.objects.get()
    assert sent["Location"] == f"/mitra/pertanyaan/#tanya-{question.public_id}"
    assert "Menunggu jawaban" in mine.get("/mitra/pertanyaan/").content.decode()
    assert way not in mine.get("/mitra/buku-tamu/").content.decode()
    assert Notice.objects.get(code="question.asked").url == f"/pengawas/pertanyaan/{question.public_id}/"
    assert told("question.asked") == {supervisor}

    assert f"/pengawas/pertanyaan/{question.public_id}/" in theirs.get("/pengawas/pertanyaan/").content.decode()
    page = theirs.get(f"/pengawas/pertanyaan/{question.public_id}/").content.decode()
    for words in (ASKED, look.viewer.name, str(look.reason), "Tanpa perkara"):
        assert words in page
    assert owner.name not in page
    answer = theirs.post(f"/pengawas/pertanyaan/{question.public_id}/", {"answer": ANSWERED})
    assert answer["Location"] == "/pengawas/pertanyaan/"

    assert told("question.answered") == {owner}
    for address in ("/mitra/pertanyaan/", "/mitra/buku-tamu/"):
        page = mine.get(address).content.decode()
        assert ANSWERED in page
        assert look.viewer.name not in page
        assert supervisor.name not in page
    assert theirs.get(f"/pengawas/pertanyaan/{question.public_id}/").status_code == 404
    assert way in mine.get("/mitra/buku-tamu/").content.decode()


@pytest.mark.parametrize("text", ["", "   ", "a" * 501])
def test_a_question_is_asked_in_words_and_not_too_many(look, owner, supervisor, text):
    answer = signed_in(owner).post(f"/mitra/buku-tamu/{look.public_id}/tanya/", {"text": text})

    assert answer.status_code == 200
    assert "data-error-summary" in answer.content.decode()
    assert Question.objects.count() == 0


def test_an_answer_is_given_in_words(question, supervisor):
    browser = signed_in(supervisor)
    for words in ("", "a" * 1001):
        answer = browser.post(f"/pengawas/pertanyaan/{question.public_id}/", {"answer": words})
        assert "data-error-summary" in answer.content.decode()

    assert Question.objects.open().count() == 1


# --- who asks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(PersonRole))
def test_who_signs_asks_and_who_reads_reads(world, look, owner, role):
    other = person()
    give_role(site=look.camera.site, user=other, role=role, by=owner, now=world.now)
    browser = signed_in(other)
    way = f"/mitra/buku-tamu/{look.public_id}/tanya/"
    asks = role in {PersonRole.MANAGER, PersonRole.SIGNATORY}

    book = browser.get("/mitra/buku-tamu/")
    assert len(book.context["page"].object_list) == 1
    assert (way in book.content.decode()) is asks
    assert browser.get(way).status_code == (200 if asks else 404)
    assert browser.post(way, {"text": ASKED}).status_code == (302 if asks else 404)
    if not asks:
        with pytest.raises(NotToldOf):
            ask_question(look=look, by=other, text=ASKED, now=world.now)


def test_nobody_else_asks(world, look, supervisor):
    for stranger in (person(), look.viewer, supervisor):
        assert signed_in(stranger).get(f"/mitra/buku-tamu/{look.public_id}/tanya/").status_code == 404
        with pytest.raises(NotToldOf):
            ask_question(look=look, by=stranger, text=ASKED, now=world.now)


def test_one_question_at_a_time_about_one_look(world, question, look, owner, supervisor):
    with pytest.raises(AskedAlready):
        ask_question(look=look, by=owner, text=ASKED, now=world.now)

    answer_question(question=question, by=supervisor, answer=ANSWERED, now=world.now)

    ask_question(look=look, by=owner, text="Dan gambarnya?", now=world.now)


def test_so_many_in_a_day_and_no_more(world, looked, owner):
    for _ in range(MOST_IN_A_DAY):
        ask_question(look=looked(), by=owner, text=ASKED, now=world.now)
    last = looked()

    with pytest.raises(AskedTooOften):
        ask_question(look=last, by=owner, text=ASKED, now=world.now + timedelta(hours=23))
    ask_question(look=last, by=owner, text=ASKED, now=world.now + timedelta(hours=25))


def test_who_acts_there_no_longer_reads_his_question_no_longer(question, owner):
    browser = signed_in(owner)
    assert ASKED in browser.get("/mitra/pertanyaan/").content.decode()
    PartnerPerson.objects.filter(user=owner).delete()

    assert ASKED not in browser.get("/mitra/pertanyaan/").content.decode()


def test_about_a_vital_object_no_supervisor_is_asked(world, look, owner, supervisor):
    Site.objects.update(vital=True)

    assert signed_in(owner).get(f"/mitra/buku-tamu/{look.public_id}/tanya/").status_code == 404
    with pytest.raises(NotToldOf):
        ask_question(look=look, by=owner, text=ASKED, now=world.now)
    assert Notice.objects.filter(code="question.asked").count() == 0


# --- who answers ---------------------------------------------------------------------------------------------


def refused(who: User, question: Question) -> bool:
    browser: Client = signed_in(who)
    page = f"/pengawas/pertanyaan/{question.public_id}/"
    answers = (browser.get(page), browser.post(page, {"answer": ANSWERED}))
    with pytest.raises(NotTheJudge):
        answer_question(question=question, by=who, answer=ANSWERED, now=question.asked_at)
    return {answer.status_code for answer in answers} == {404}


def test_nobody_answers_about_his_own_look_or_unit(world, question, look):
    himself = look.viewer
    world.on_duty(DutyKind.SUPERVISOR, world.polres, user=himself)
    colleague = world.on_duty(DutyKind.VIEWER, world.polsek).user
    world.on_duty(DutyKind.SUPERVISOR, world.polres, user=colleague)

    assert refused(himself, question)
    assert refused(colleague, question)
    assert list(questions_for(himself, world.now)) == []


def test_nobody_answers_himself(world, question, owner):
    world.on_duty(DutyKind.SUPERVISOR, world.polres, user=owner)

    assert refused(owner, question)


def test_other_duties_have_no_queue(world, question):
    assert (
        signed_in(world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user).get("/pengawas/pertanyaan/").status_code
        == 404
    )
    assert refused(world.on_duty(DutyKind.APPROVER, world.polres).user, question)


def test_the_second_of_two_answers_is_refused(world, question, supervisor):
    other = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    answer_question(question=question, by=other, answer=ANSWERED, now=world.now)

    with pytest.raises(AnsweredAlready):
        answer_question(question=question, by=supervisor, answer="Lain", now=world.now)
    question.refresh_from_db()
    assert question.answer == ANSWERED


def test_where_nobody_may_answer_that_is_said_and_administrators_hear(world, look, owner):
    administrator = world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user
    world.on_duty(DutyKind.ADMINISTRATOR, world._body("Kodim Uji", "military", "31.73"))

    page = signed_in(owner).post(f"/mitra/buku-tamu/{look.public_id}/tanya/", {"text": ASKED}, follow=True)

    assert "belum ada pengawas yang boleh menjawabnya" in page.content.decode()
    assert told("question.asked") == {administrator}
    notice = Notice.objects.get(code="question.asked")
    assert notice.url == "/polsek/administrasi/"
    assert ASKED not in notice.body

    late = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    assert [asked.look for asked in questions_for(late, world.now)] == [look]


# --- time ----------------------------------------------------------------------------------------------------


def test_the_deadline_is_the_setting(world, look, owner, settings):
    settings.QUESTION_ANSWER_DAYS = 3

    assert ask_question(look=look, by=owner, text=ASKED, now=world.now).due_at == world.now + timedelta(days=3)


def test_supervisors_are_reminded_once_when_it_is_overdue(world, question, owner, supervisor):
    assert tell_of_overdue_questions(now=question.due_at - timedelta(seconds=1)) == 0

    assert tell_of_overdue_questions(now=question.due_at) == 1
    assert tell_of_overdue_questions(now=question.due_at) == 0

    assert told("question.overdue") == {supervisor}
    assert Entry.objects.filter(action="question.overdue").count() == 1


def test_what_was_answered_reminds_nobody(world, question, supervisor):
    answer_question(question=question, by=supervisor, answer=ANSWERED, now=world.now)

    assert tell_of_overdue_questions(now=question.due_at) == 0


def test_the_owner_reads_that_it_is_overdue(question, owner, world):
    Question.objects.update(asked_at=world.now - timedelta(days=9), due_at=world.now - timedelta(days=2))
    tell_of_questions_and_deferrals()

    for address in ("/mitra/pertanyaan/", "/mitra/buku-tamu/"):
        assert "Terlambat dijawab" in signed_in(owner).get(address).content.decode()
    assert told("question.overdue")


# --- the trail -----------------------------------------------------------------------------------------------


def test_the_words_stand_on_the_trail_where_they_can_be_erased(world, question, supervisor):
    answer_question(question=question, by=supervisor, answer=ANSWERED, now=world.now)
    entries = Entry.objects.filter(target_id=str(question.public_id))

    assert [entry.action for entry in entries.order_by("pk")] == ["question.asked", "question.answered"]
    for entry in entries:
        assert ASKED.encode() not in bytes(entry.body)
        assert ANSWERED.encode() not in bytes(entry.body)
    assert set(Text.objects.filter(entry__in=entries).values_list("text", flat=True)) == {ASKED, ANSWERED}

    assert audit.erase_texts(question) == 2


def test_a_supervisor_who_left_answers_no_more(question, supervisor, world):
    Duty.objects.filter(user=supervisor).update(ended_at=world.now)

    assert refused(supervisor, question)
