"""What the police did in a month, for everybody to read: never held back, for the whole Polres and for each body.

A body is told by its own acts, never by the kecamatan of the cameras, and no two columns are crossed (reasons are
not told for each Polsek), so an act does not point to a place. Looks through vital objects are in no number.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db.models import Count, F, Q
from django.db.models.functions import Length

from access.models import Look, LookQuerySet, Reason
from accounts.models import Organization, OrganizationKind
from conduct.models import Deferral
from conduct.models.samples import DECIDED
from conduct.months import span_of
from registry.models import Ending, EndingCause
from transparency.suppression import FEWEST_OWNERS

POLICE = (OrganizationKind.POLRES, OrganizationKind.POLSEK)
CUT_OFF = ("no_consent", "withdrawn")  # How a look ends that a withdrawal ended (`access.errors.REFUSALS`).


@dataclass
class Acts:
    """What one body did, or all of them together."""

    looks: int = 0
    with_case: int = 0
    emergencies: int = 0
    in_order: int = 0
    not_in_order: int = 0
    not_judged: int = 0
    deferrals: int = 0

    def __add__(self, other: "Acts") -> "Acts":
        return Acts(
            *(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True))
        )


@dataclass(frozen=True)
class Waits:
    """How long withdrawals took, in whole seconds; nothing where there was none to measure.

    The middle is told only where at least FEWEST_OWNERS were measured: beside the slowest it would tell of a single
    one that it is alone, and with it a count of withdrawals that is held back.
    """

    middle: int | None = None
    slowest: int | None = None


@dataclass(frozen=True)
class Police:
    """The acts of a month."""

    bodies: Mapping[Organization, Acts]
    total: Acts
    reasons: Mapping[Reason, int]
    cut_off: Waits
    erased: Waits


def police_in(month: date) -> Police:
    """The acts of the police and of the other bodies that looked in this month."""
    start, end = span_of(month)
    looks = Look.objects.filter(started_at__gte=start, started_at__lt=end, camera__site__vital=False).order_by()
    bodies = {
        body: Acts()
        for body in Organization.objects.filter(
            Q(kind__in=POLICE) | Q(pk__in=looks.values("organization"))
        ).order_by(Length("area_code"), "name")
    }
    by_key = {body.pk: acts for body, acts in bodies.items()}
    for row in looks.values("organization").annotate(
        looks=Count("pk"),
        with_case=Count("pk", filter=Q(for_case=True)),
        emergencies=Count("pk", filter=Q(emergency=True)),
    ):
        acts = by_key[row["organization"]]
        acts.looks, acts.with_case, acts.emergencies = row["looks"], row["with_case"], row["emergencies"]
    for (key, name), number in verdicts(looks.filter(emergency=True)).items():
        setattr(by_key[key], name, number)
    for key, number in deferrals(looks).items():
        by_key[key].deferrals = number
    times = looks.values_list("reason").annotate(times=Count("pk"))
    by_reason = dict(times)
    cut_off, erased = _withdrawals(start, end)
    return Police(
        bodies=bodies,
        total=sum(bodies.values(), Acts()),
        reasons={
            reason: by_reason.get(reason.pk, 0)
            for reason in Reason.objects.all()
            if reason.active or reason.pk in by_reason
        },
        cut_off=cut_off,
        erased=erased,
    )


def verdicts(emergencies: LookQuerySet) -> Counter[tuple[int, str]]:
    """How often each body's emergency looks were judged so until now, by its key and the field of `Acts`.

    A look without a card, or with one that waits for an explanation, is not judged yet.
    """
    told: Counter[tuple[int, str]] = Counter()
    for body, state, number in emergencies.values_list("organization", "card__state").annotate(number=Count("pk")):
        told[body, state if state in DECIDED else "not_judged"] += number
    return told


def deferrals(looks: LookQuerySet) -> dict[int, int]:
    """How many of these looks a supervisor allowed to be told to their owners later, by the key of their body."""
    kept_back = Deferral.objects.approved().filter(look__in=looks.values("pk"))
    return dict(kept_back.order_by().values_list("look__organization").annotate(number=Count("pk")))


def _withdrawals(start: datetime, end: datetime) -> tuple[Waits, Waits]:
    """From the withdrawals of this time to the end of the looks that ran, and to the last step of erasing and
    telling. How many were measured is not told: it would count withdrawals."""
    endings = {
        key: (owner, began, finished)
        for key, owner, began, finished in Ending.objects.filter(
            cause=EndingCause.WITHDRAWN, began_at__gte=start, began_at__lt=end, site__vital=False
        ).values_list("pk", "site__partner", "began_at", "finished_at")
    }
    began = "camera__site__endings__began_at"
    cut = (
        Look.objects.filter(ended_how__in=CUT_OFF, camera__site__vital=False)
        .filter(
            **{"camera__site__endings__cause": EndingCause.WITHDRAWN, f"{began}__gte": start, f"{began}__lt": end}
        )
        .filter(started_at__lt=F(began), ended_at__gte=F(began))
        .order_by()
        .values_list("pk", "ended_at", "camera__site__endings", began)
    )
    # The last withdrawal before its end is the one that ended a look; the end of the last such look is counted.
    by_look: dict[int, tuple[datetime, datetime, int]] = {}
    for look, ended, ending, moment in cut:
        by_look[look] = max(by_look.get(look, (moment, ended, ending)), (moment, ended, ending))
    last: dict[int, float] = {}
    for moment, ended, ending in by_look.values():
        last[ending] = max(last.get(ending, 0.0), (ended - moment).total_seconds())
    done = {
        key: (finished - moment).total_seconds()
        for key, (_, moment, finished) in endings.items()
        if finished is not None
    }
    return _waits(last, endings), _waits(done, endings)


def _waits(seconds: Mapping[int, float], endings: Mapping[int, tuple[int, datetime, datetime | None]]) -> Waits:
    """Of the seconds of these endings, by their keys."""
    if not seconds:
        return Waits()
    owners = {endings[key][0] for key in seconds}
    middle = round(median(seconds.values())) if len(owners) >= FEWEST_OWNERS else None
    return Waits(middle, round(max(seconds.values())))
