"""Buku Tamu Kamera as its owner reads it: entries, months and weeks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Prefetch, prefetch_related_objects
from django.db.models.functions import TruncMonth, TruncWeek
from django.utils import timezone

from access.models import Look, LookQuerySet
from accounts.models import User
from conduct.models import Deferral, Question
from registry.models import Site
from registry.people import SIGNING

WEEKS = 12
MONTHS = 12
BAR_WIDTH, BAR_GAP, BARS_HEIGHT = 20, 6, 64


@dataclass(frozen=True)
class Month:
    """How often, and by how many bodies, in one month."""

    first: date
    looks: int
    bodies: int


@dataclass(frozen=True)
class Bar:
    """One week of the picture, as a rectangle in its units; a week without looks is a line of one unit."""

    first: date
    looks: int
    x: int
    y: int
    height: int
    width: int = BAR_WIDTH


def months_of(looks: LookQuerySet) -> list[Month]:
    """The newest months in which there were looks, WIB."""
    rows = (
        looks.order_by()
        .values(month=TruncMonth("started_at"))
        .annotate(looks=Count("pk"), bodies=Count("organization", distinct=True))
        .order_by("-month")[:MONTHS]
    )
    return [Month(row["month"].date(), row["looks"], row["bodies"]) for row in rows]


def weeks_of(looks: LookQuerySet, last: date) -> list[Bar]:
    """The weeks up to the one of this day, Monday to Sunday WIB, the oldest first; empty without a look in them."""
    monday = last - timedelta(days=last.weekday())
    mondays = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    begins = timezone.make_aware(datetime.combine(mondays[0], datetime.min.time()))
    rows = (
        looks.order_by()
        .filter(started_at__gte=begins)
        .values(week=TruncWeek("started_at"))
        .annotate(looks=Count("pk"))
    )
    counted = {row["week"].date(): row["looks"] for row in rows}
    most = max((counted.get(first, 0) for first in mondays), default=0)
    if not most:
        return []
    bars = []
    for number, first in enumerate(mondays):
        count = counted.get(first, 0)
        height = max(1, round(BARS_HEIGHT * count / most)) if count else 1
        bars.append(Bar(first, count, number * (BAR_WIDTH + BAR_GAP), BARS_HEIGHT - height, height))
    return bars


def with_conduct(looks: list[Look], owner: User, now: datetime) -> list[Look]:
    """The same looks, each with `own_questions` of this owner, whether one of them is open, and the
    `past_deferrals` after which it appeared."""
    prefetch_related_objects(
        looks,
        "saved_stills",
        Prefetch("questions", Question.objects.asked_by(owner), to_attr="own_questions"),
        Prefetch("deferrals", Deferral.objects.over(now), to_attr="past_deferrals"),
    )
    for look in looks:
        own: list[Question] = look.own_questions  # type: ignore[attr-defined]
        look.has_open_question = any(asked.answered_at is None for asked in own)  # type: ignore[attr-defined]
    return looks


def asks_at(owner: User) -> set[int]:
    """The keys of the sites about whose looks this person may ask: he signs there. At vital objects nobody does, as
    they exist for no supervisor; whom the Polres named for them is known to their owner."""
    return set(Site.objects.owned_by(owner, SIGNING).filter(vital=False).values_list("pk", flat=True))
