"""What a supervisor reads: his open cards, and the facts of one look."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from access.models import Look, LookQuerySet
from accounts.models import User
from conduct.judges import judged_by
from conduct.models import Card, CardQuerySet, CardSource, CardState, Explanation, ExplanationQuerySet
from conduct.months import month_of, span_of
from registry.models import Camera

NEAR_IN_TIME = timedelta(hours=2)
MOST_NEAR = 12


@dataclass(frozen=True)
class Board:
    """What waits for one supervisor: cards to judge, emergencies apart, and explanations asked for by anybody."""

    cards: CardQuerySet
    emergencies: CardQuerySet
    explanations: ExplanationQuerySet


def board_of(user: User, now: datetime) -> Board:
    """What this person may judge and nobody has judged yet, what is due first at the head."""
    mine = judged_by(user, now).order_by().values("pk")
    cards = (
        Card.objects.filter(look__in=mine, state=CardState.OPEN)
        .select_related("look__viewer", "look__organization", "look__reason", "look__case")
        .order_by("due_at", "pk")
    )
    asked = (
        Explanation.objects.filter(Q(card__state=CardState.EXPLAIN) | Q(suspended_at__isnull=False, lifted_at=None))
        .filter(card__look__in=mine)
        .select_related("card__look__viewer", "card__look__organization")
        .order_by("due_at", "pk")
    )
    return Board(
        cards=cards.exclude(source=CardSource.EMERGENCY),
        emergencies=cards.filter(source=CardSource.EMERGENCY),
        explanations=asked,
    )


def look_to_read(user: User, now: datetime) -> LookQuerySet:
    """The looks whose page this person opens: those he may judge."""
    return (
        judged_by(user, now)
        .select_related(
            "viewer",
            "organization__parent",
            "duty",
            "reason",
            "case",
            "camera__site__area",
            "camera__site__partner",
        )
        .prefetch_related("saved_stills")
    )


@dataclass(frozen=True)
class Others:
    """The same person's other looks of the month for the same body, as far as this supervisor may judge them, and
    those within two hours of this one."""

    looks: int
    without_case: int
    cameras: int
    emergencies: int
    near: list[Look]


def others_of(look: Look, user: User, now: datetime) -> Others:
    """What else he looked at."""
    start, end = span_of(month_of(look.started_at))
    others = judged_by(user, now).filter(viewer=look.viewer_id).exclude(pk=look.pk).order_by()
    counts = others.filter(started_at__gte=start, started_at__lt=end).aggregate(
        looks=Count("pk"),
        without_case=Count("pk", filter=Q(for_case=False)),
        cameras=Count("camera", distinct=True),
        emergencies=Count("pk", filter=Q(emergency=True)),
    )
    around = (look.started_at - NEAR_IN_TIME, look.started_at + NEAR_IN_TIME)
    near = others.filter(started_at__range=around).select_related("camera", "reason", "case").order_by("started_at")
    return Others(**counts, near=list(near[:MOST_NEAR]))


@dataclass(frozen=True)
class Facts:
    """One look as it is judged. Metres and minutes are between the case and the look; None without a case.

    The metres are those of the moment in which the look began, wherever the place is said to be today; None, too,
    where its owner has had the place erased since. `placed`: whether the camera's position may be told, which its
    owner decides for the body that looked.
    """

    look: Look
    card: Card | None
    distance_m: int | None
    outside: bool
    minutes: int | None
    placed: bool


def facts_of(look: Look, now: datetime) -> Facts:
    """The facts of one look."""
    case, metres = look.case, look.case_distance_m
    told = Camera.objects.listed_to(look.organization, now).filter(pk=look.camera_id)
    return Facts(
        look=look,
        card=Card.objects.filter(look=look).select_related("judged_by", "explanation__asked_by", "sample").first(),
        distance_m=metres,
        outside=case is not None and metres is not None and metres > case.radius_m,
        minutes=round((look.started_at - case.opened_at).total_seconds() / 60) if case else None,
        placed=told.exists(),
    )
