"""Looks that wait for a verdict: who hears of them, and who hears where nobody may give one."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import audit
from accounts.models import Duty, DutyKind, Organization, User
from conduct.judges import appointers_of, judged_by
from conduct.models import Card, CardQuerySet
from notices.services import in_language_of, tell

REMINDED_AT_ONCE = 200
Words = Callable[[int], tuple[str, str]]


def tell_of_cards(cards: CardQuerySet, *, code: str, words: Words, now: datetime) -> None:
    """Each supervisor once, in `words(n)` (subject and body), of how many of these are his to judge; of those that
    nobody may judge, the administrators."""
    left = set(cards.order_by().values_list("pk", flat=True))
    for supervisor, mine in _by_judge(cards, now):
        left -= mine
        with in_language_of(supervisor):
            subject, body = words(len(mine))
            tell(supervisor, code=code, subject=subject, body=body, url="/pengawas/", now=now)
    _tell_administrators(left, now)


def tell_where_nobody_judges(cards: CardQuerySet, now: datetime) -> None:
    """To the administrators, of how many of these looks nobody may judge, body by body."""
    left = set(cards.order_by().values_list("pk", flat=True))
    if left:
        _tell_administrators(left.difference(*(mine for _supervisor, mine in _by_judge(cards, now))), now)


def _by_judge(cards: CardQuerySet, now: datetime) -> Iterator[tuple[User, set[int]]]:
    """Each supervisor who may judge any of these, with the keys of those."""
    duties = Duty.objects.in_force(now).filter(kind=DutyKind.SUPERVISOR, user__is_active=True)
    for supervisor in User.objects.filter(pk__in=duties.values("user")).order_by("pk"):
        looks = judged_by(supervisor, now).order_by().values("pk")
        mine = set(cards.filter(look__in=looks).order_by().values_list("pk", flat=True))
        if mine:
            yield supervisor, mine


def _tell_administrators(cards: set[int], now: datetime) -> None:
    counted = Card.objects.filter(pk__in=cards).order_by().values_list("look__organization").annotate(Count("pk"))
    bodies = Organization.objects.in_bulk([body for body, _number in counted])
    for body, number in sorted(counted):
        for administrator in appointers_of(bodies[body], now):
            with in_language_of(administrator):
                words = ngettext(
                    "%(n)d tayangan %(body)s menunggu penilaian, dan tidak ada pengawas yang boleh menilainya. "
                    "Angkat seorang pengawas di lembaga itu atau di atasnya, bukan dari unitnya.",
                    "%(n)d tayangan %(body)s menunggu penilaian, dan tidak ada pengawas yang boleh menilainya. "
                    "Angkat seorang pengawas di lembaga itu atau di atasnya, bukan dari unitnya.",
                    number,
                )
                tell(
                    administrator,
                    code="cards.nobody_judges",
                    subject=_("Tayangan tanpa pengawas"),
                    body=words % {"n": number, "body": bodies[body]},
                    url="/polsek/administrasi/",
                    now=now,
                )


def remind_of_overdue_cards(*, now: datetime) -> int:
    """Say once of each card that its time is over; of how many."""
    owed = Card.objects.to_remind_of(now).order_by("due_at", "pk").values_list("pk", flat=True)
    return _remind(list(owed[:REMINDED_AT_ONCE]), now)


@audit.atomic
def _remind(keys: list[int], now: datetime) -> int:
    mine = list(Card.objects.select_for_update().to_remind_of(now).filter(pk__in=keys).values_list("pk", flat=True))
    cards = Card.objects.filter(pk__in=mine)
    cards.update(reminded_at=now)
    for card in cards.select_related("look"):
        audit.record("card.overdue", actor=None, target=card.look, card=str(card.public_id), due_at=card.due_at)
    if mine:
        tell_of_cards(cards, code="cards.overdue", words=_overdue, now=now)
    return len(mine)


def _overdue(number: int) -> tuple[str, str]:
    body = ngettext(
        "%(n)d tayangan belum dinilai, dan batas waktunya sudah lewat. Nilailah sekarang.",
        "%(n)d tayangan belum dinilai, dan batas waktunya sudah lewat. Nilailah sekarang.",
        number,
    )
    return _("Penilaian terlambat"), body % {"n": number}
