"""Asking about a look, answering, and what follows where nobody answers."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

import audit
from access.models import Look
from accounts.models import User
from conduct.errors import AnsweredAlready, AskedAlready, AskedTooOften, NotTheJudge, NotToldOf
from conduct.guest_book import asks_at
from conduct.judges import appointers_of, judged_by, judges_of, may_judge
from conduct.models import Question, QuestionQuerySet
from conduct.told import looks_told_to
from notices.services import in_language_of, tell

MOST_IN_A_DAY = 10
TOLD_AT_ONCE = 200


@audit.atomic
def ask_question(*, look: Look, by: User, text: str, now: datetime) -> Question:
    """Ask about a look that stands in one's Buku Tamu; whoever may judge it is told, else the administrators.

    Raises NotToldOf unless he signs at its site, AskedTooOften for a person's eleventh within a day, and
    AskedAlready while his last one about the same look is open.
    """
    # A deferral of the same look waits for this, or this for it: what was asked about is not kept back any more.
    look = Look.objects.select_for_update().get(pk=look.pk)
    if not looks_told_to(by, now).filter(pk=look.pk, camera__site__in=asks_at(by)).exists():
        raise NotToldOf
    if Question.objects.asked_by(by).filter(asked_at__gt=now - timedelta(days=1)).count() >= MOST_IN_A_DAY:
        raise AskedTooOften
    question = Question(
        look=look,
        asked_by=by,
        text=text,
        asked_at=now,
        due_at=now + timedelta(days=settings.QUESTION_ANSWER_DAYS),
    )
    try:
        with transaction.atomic():
            question.save()
    except IntegrityError:
        raise AskedAlready from None
    audit.record(
        "question.asked",
        actor=by,
        target=question,
        look=str(look.public_id),
        due_at=question.due_at,
        texts={"text": text},
    )
    _tell_of_question(question, now)
    return question


@audit.atomic
def answer_question(*, question: Question, by: User, answer: str, now: datetime) -> Question:
    """Answer, once; the owner is told. Raises NotTheJudge, and AnsweredAlready for the second of two."""
    if by.pk == question.asked_by_id or not may_judge(by, question.look, now):
        raise NotTheJudge
    won = Question.objects.open().filter(pk=question.pk).update(answered_at=now, answered_by=by, answer=answer)
    if not won:
        raise AnsweredAlready
    audit.record(
        "question.answered",
        actor=by,
        target=question,
        look=str(question.look.public_id),
        texts={"answer": answer},
    )
    question.refresh_from_db()
    with in_language_of(question.asked_by):
        tell(
            question.asked_by,
            code="question.answered",
            subject=_("Pertanyaan Anda dijawab"),
            body=_(
                "Pengawas menjawab pertanyaan Anda tentang kunjungan %(body)s pada %(at)s. Baca jawabannya di sini."
            )
            % {"body": question.look.organization, "at": _day(question.look.started_at)},
            url=f"{reverse('conduct:my-questions')}#tanya-{question.public_id}",
            now=now,
        )
    return question


def questions_for(judge: User, now: datetime) -> QuestionQuerySet:
    """What this person may answer, those first that are due first; never his own."""
    looks = judged_by(judge, now).order_by().values("pk")
    return Question.objects.open().filter(look__in=looks).exclude(asked_by=judge).order_by("due_at", "pk")


def questions_of(owner: User, now: datetime) -> QuestionQuerySet:
    """What this person asked about looks that stand in his Buku Tamu, the newest first."""
    return Question.objects.asked_by(owner).filter(look__in=looks_told_to(owner, now).order_by().values("pk"))


def tell_of_overdue_questions(*, now: datetime) -> int:
    """Tell those who may answer of what was not answered in time, once each; how many.

    Where there is nobody who may, the administrators hear of it, and the question stays open for whoever comes.
    """
    owed = Question.objects.overdue(now).filter(overdue_told_at__isnull=True)
    questions = owed.select_related("look__organization__parent", "look__camera", "asked_by").order_by(
        "due_at", "pk"
    )
    return sum(_tell_overdue(question, now) for question in questions[:TOLD_AT_ONCE])


@audit.atomic
def _tell_overdue(question: Question, now: datetime) -> bool:
    mine = Question.objects.overdue(now).filter(pk=question.pk, overdue_told_at__isnull=True)
    if not mine.update(overdue_told_at=now):
        return False
    audit.record("question.overdue", actor=None, target=question, look=str(question.look.public_id))
    _tell_of_question(question, now, overdue=True)
    return True


def answerers_of(question: Question, now: datetime) -> list[User]:
    """Who may answer; empty where nobody may."""
    return [judge for judge in judges_of(question.look, now) if judge.pk != question.asked_by_id]


def _tell_of_question(question: Question, now: datetime, *, overdue: bool = False) -> None:
    """To the supervisors with the way to the answer; to administrators, who judge nothing, that nobody may."""
    code = "question.overdue" if overdue else "question.asked"
    judges = answerers_of(question, now)
    for judge in judges:
        with in_language_of(judge):
            body = _("Seorang pemilik bertanya tentang kunjungan %(body)s. Jawab paling lambat %(due)s.")
            if overdue:
                body = _("Pertanyaan seorang pemilik tentang kunjungan %(body)s belum dijawab; batasnya %(due)s.")
            tell(
                judge,
                code=code,
                subject=_("Pertanyaan pemilik terlambat dijawab") if overdue else _("Pertanyaan pemilik"),
                body=body % {"body": question.look.organization, "due": _day(question.due_at)},
                url=reverse("conduct:question", args=[question.public_id]),
                now=now,
            )
    if judges:
        return
    for administrator in appointers_of(question.look.organization, now):
        with in_language_of(administrator):
            tell(
                administrator,
                code=code,
                subject=_("Pertanyaan pemilik tanpa pengawas"),
                body=_(
                    "Seorang pemilik bertanya tentang kunjungan %(body)s, dan tidak ada pengawas yang boleh "
                    "menjawabnya. Angkat seorang pengawas di lembaga itu atau di atasnya, bukan dari unitnya. "
                    "Batas jawabannya %(due)s."
                )
                % {"body": question.look.organization, "due": _day(question.due_at)},
                url="/polsek/administrasi/",
                now=now,
            )


def _day(moment: datetime) -> str:
    return date_format(localtime(moment), "j F Y")
