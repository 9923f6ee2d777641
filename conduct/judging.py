"""Judging looks: one verdict each, explanations with a deadline, and the suspension that silence brings."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import audit
from access.models import Look
from accounts.models import Duty, DutyKind, DutyQuerySet, User
from accounts.services import resume_duty, suspend_duty
from conduct.errors import (
    AskedForExplanationAlready,
    ExplainedAlready,
    JudgedAlready,
    NotSuspended,
    NotTheJudge,
    WordsNeeded,
)
from conduct.judges import judges_of, may_judge
from conduct.models import Card, CardSource, CardState, Explanation
from conduct.waiting import tell_where_nobody_judges
from notices.services import in_language_of, tell

AT_ONCE = 200


class Verdict(models.TextChoices):
    IN_ORDER = "in_order", gettext_lazy("Sesuai")
    NOT_IN_ORDER = "not_in_order", gettext_lazy("Tidak sesuai")
    EXPLAIN = "explain", gettext_lazy("Minta penjelasan")


NEEDS_WORDS = frozenset({Verdict.NOT_IN_ORDER, Verdict.EXPLAIN})


# --- cards -------------------------------------------------------------------------------------------------


def open_emergency_cards(*, now: datetime) -> int:
    """Put every emergency look that has no card before the supervisors; how many.

    They were told of the look itself; where none may judge it the administrators hear it now.
    """
    owed = Look.objects.filter(emergency=True, card__isnull=True).order_by("started_at", "pk")[:AT_ONCE]
    made = [card.pk for card, is_new in (_card_of(look, CardSource.EMERGENCY, now) for look in owed) if is_new]
    tell_where_nobody_judges(Card.objects.filter(pk__in=made), now)
    return len(made)


def _card_of(look: Look, source: CardSource, now: datetime) -> tuple[Card, bool]:
    """The look's card, made if there is none; two at once make one."""
    facts = {"source": source, "opened_at": now, "due_at": now + settings.JUDGED_WITHIN}
    return Card.objects.get_or_create(look=look, defaults=facts)


# --- verdicts ----------------------------------------------------------------------------------------------


@audit.atomic
def judge(*, look: Look, verdict: Verdict, words: str, by: User, now: datetime) -> Card:
    """Say of a look that it was in order or was not, or ask the one who looked to explain it first.

    A look that no sample and no emergency brought here is judged all the same, as chosen by the supervisor. Two
    supervisors at once: one counts, the other is told so. Raises NotTheJudge, WordsNeeded, JudgedAlready and
    AskedForExplanationAlready.
    """
    if not may_judge(by, look, now):
        raise NotTheJudge
    if verdict in NEEDS_WORDS and not words.strip():
        raise WordsNeeded
    source = CardSource.EMERGENCY if look.emergency else CardSource.CHOSEN
    card = _locked(_card_of(look, source, now)[0])
    if not card.is_undecided:
        raise JudgedAlready
    if verdict == Verdict.EXPLAIN:
        return _ask(card, words.strip(), by, now)
    card.state, card.words, card.judged_at, card.judged_by = CardState(verdict.value), words.strip(), now, by
    card.save(update_fields=["state", "words", "judged_at", "judged_by"])
    audit.record(
        "look.judged",
        actor=by,
        target=look,
        verdict=verdict.value,
        source=card.source,
        card=str(card.public_id),
        texts={"words": card.words} if card.words else None,
    )
    if verdict == Verdict.NOT_IN_ORDER:
        _tell_of_not_in_order(look, card, now)
    elif _explanation_of(card):
        _lift(card, by, now)
    return card


@audit.atomic
def lift_suspension(*, look: Look, by: User, now: datetime) -> None:
    """Give back the duty that was suspended over a look, after it was judged not in order.

    Raises NotTheJudge, and NotSuspended where nothing is suspended over it.
    """
    if not may_judge(by, look, now):
        raise NotTheJudge
    card = Card.objects.select_for_update().filter(look=look, state=CardState.NOT_IN_ORDER).first()
    if card is None or not _lift(card, by, now):
        raise NotSuspended


def _locked(card: Card) -> Card:
    """The card as it stands, locked: judging, explaining and suspending wait for each other on it."""
    return Card.objects.select_for_update().get(pk=card.pk)


def _explanation_of(card: Card) -> Explanation | None:
    return Explanation.objects.filter(card=card).first()


def _tell_of_not_in_order(look: Look, card: Card, now: datetime) -> None:
    """The administrators of the unit, of the body above it, and the officer himself. No word of the camera: what a
    person may know of one is asked where he opens it."""
    facts = {"who": look.viewer, "when": _moment(look), "words": card.words}
    for person in _administrators_over(look, now):
        with in_language_of(person):
            tell(
                person,
                code="look.not_in_order",
                subject=_("Tayangan dinilai tidak sesuai"),
                body=_("Pengawas menilai tayangan %(who)s pada %(when)s tidak sesuai: %(words)s") % facts,
                url="/polsek/administrasi/",
                now=now,
            )
    with in_language_of(look.viewer):
        tell(
            look.viewer,
            code="look.not_in_order",
            subject=_("Tayangan Anda dinilai tidak sesuai"),
            body=_("Pengawas menilai tayangan Anda pada %(when)s tidak sesuai: %(words)s") % facts,
            now=now,
        )


def _administrators_over(look: Look, now: datetime) -> list[User]:
    bodies = {look.organization_id, look.organization.parent_id} - {None}
    duties = Duty.objects.in_force(now).filter(kind=DutyKind.ADMINISTRATOR, organization__in=bodies)
    people = User.objects.filter(pk__in=duties.values("user"), is_active=True).exclude(pk=look.viewer_id)
    return list(people.order_by("pk"))


def _moment(look: Look) -> str:
    return f"{date_format(localtime(look.started_at), 'j F Y, H.i')} WIB"


# --- explanations ------------------------------------------------------------------------------------------


def _ask(card: Card, question: str, by: User, now: datetime) -> Card:
    if card.state == CardState.EXPLAIN:
        raise AskedForExplanationAlready
    look = card.look
    card.state = CardState.EXPLAIN
    card.save(update_fields=["state"])
    asked = Explanation.objects.create(
        card=card, question=question, asked_at=now, asked_by=by, due_at=now + settings.EXPLAIN_WITHIN
    )
    audit.record(
        "look.explanation_asked",
        actor=by,
        target=look,
        card=str(card.public_id),
        due_at=asked.due_at,
        texts={"question": question},
    )
    with in_language_of(look.viewer):
        tell(
            look.viewer,
            code="look.explain",
            subject=_("Jelaskan satu tayangan Anda"),
            body=_(
                "Pengawas meminta penjelasan tentang tayangan Anda pada %(when)s: %(question)s Jawab paling lambat "
                "%(due)s; tanpa jawaban, tugas melihat Anda ditangguhkan."
            )
            % {
                "when": _moment(look),
                "question": question,
                "due": date_format(localtime(asked.due_at), "j F Y, H.i") + " WIB",
            },
            url=f"/petugas/penjelasan/{asked.public_id}/",
            now=now,
        )
    return card


@audit.atomic
def explain(*, explanation: Explanation, words: str, by: User, now: datetime) -> None:
    """The answer of the one who looked, once; also after his duty was suspended, which stays so until it is judged.

    Raises NotTheJudge for anybody else, WordsNeeded, and ExplainedAlready, also where it was judged without.
    """
    card = _locked(explanation.card)
    if by.pk != card.look.viewer_id:
        raise NotTheJudge
    if not words.strip():
        raise WordsNeeded
    mine = Explanation.objects.unanswered().filter(pk=explanation.pk)
    if not mine.update(answer=words.strip(), answered_at=now):
        raise ExplainedAlready
    audit.record(
        "look.explained", actor=by, target=card.look, card=str(card.public_id), texts={"answer": words.strip()}
    )
    for supervisor in judges_of(card.look, now):
        with in_language_of(supervisor):
            tell(
                supervisor,
                code="look.explained",
                subject=_("Penjelasan masuk"),
                body=_("%(who)s menjelaskan tayangannya pada %(when)s. Nilailah sekarang.")
                % {"who": card.look.viewer, "when": _moment(card.look)},
                url=f"/pengawas/tayangan/{card.look.public_id}/",
                now=now,
            )


# --- suspension --------------------------------------------------------------------------------------------


def suspend_unexplained(*, now: datetime) -> int:
    """Suspend the duties of those who did not explain in time; of how many looks."""
    due = Explanation.objects.to_suspend(now).select_related("card").order_by("due_at", "pk")[:AT_ONCE]
    return sum(_suspend(explanation, now) for explanation in due)


@audit.atomic
def _suspend(explanation: Explanation, now: datetime) -> bool:
    card = _locked(explanation.card)
    if not Explanation.objects.to_suspend(now).filter(pk=explanation.pk).update(suspended_at=now):
        return False
    look = card.look
    audit.record("look.unexplained", actor=None, target=look, card=str(card.public_id))
    duties = _looking_duties(look)
    for duty in duties.filter(ended_at__isnull=True) | duties.filter(pk=look.duty_id):
        suspend_duty(duty=duty, by=None, now=now)
    _tell_of_suspension(look, explanation, now)
    return True


def _looking_duties(look: Look) -> DutyQuerySet:
    """All duties in which this person looks, or looked, for this body: he may have more than one."""
    return Duty.objects.of(look.viewer).filter(organization=look.organization, kind=DutyKind.VIEWER)


def _lift(card: Card, by: User, now: datetime) -> bool:
    """Give the duties back, unless another look of the same person for the same body keeps them suspended."""
    mine = Explanation.objects.suspending().filter(card=card)
    if not mine.update(lifted_at=now, lifted_by=by):
        return False
    look = card.look
    audit.record("look.suspension_lifted", actor=by, target=look, card=str(card.public_id))
    others = Explanation.objects.suspending().filter(
        card__look__viewer=look.viewer_id, card__look__organization=look.organization_id
    )
    if not others.exists():
        for duty in _looking_duties(look):
            resume_duty(duty=duty, by=by)
        _tell_of_resuming(look, now)
    return True


def _tell_of_suspension(look: Look, explanation: Explanation, now: datetime) -> None:
    facts = {"who": look.viewer, "when": _moment(look), "body": look.organization}
    with in_language_of(look.viewer):
        tell(
            look.viewer,
            code="duty.suspended",
            subject=_("Tugas melihat Anda ditangguhkan"),
            body=_(
                "Penjelasan tentang tayangan Anda pada %(when)s tidak masuk pada waktunya. Tugas melihat Anda "
                "untuk %(body)s ditangguhkan sampai pengawas menilainya. Jawablah sekarang."
            )
            % facts,
            url=f"/petugas/penjelasan/{explanation.public_id}/",
            now=now,
        )
    told = [(person, "/polsek/administrasi/") for person in _administrators_over(look, now)]
    told += [(person, f"/pengawas/tayangan/{look.public_id}/") for person in judges_of(look, now)]
    for person, url in told:
        with in_language_of(person):
            tell(
                person,
                code="duty.suspended",
                subject=_("Tugas melihat ditangguhkan"),
                body=_(
                    "%(who)s tidak menjelaskan tayangannya pada %(when)s. Tugas melihatnya untuk %(body)s "
                    "ditangguhkan sampai pengawas menilainya."
                )
                % facts,
                url=url,
                now=now,
            )


def _tell_of_resuming(look: Look, now: datetime) -> None:
    for person in [look.viewer, *_administrators_over(look, now)]:
        with in_language_of(person):
            tell(
                person,
                code="duty.resumed",
                subject=_("Tugas melihat dibuka kembali"),
                body=_("Pengawas membuka kembali tugas melihat %(who)s untuk %(body)s.")
                % {"who": look.viewer, "body": look.organization},
                now=now,
            )
