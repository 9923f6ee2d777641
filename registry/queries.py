"""Answers about the registry that span tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.areas import ancestors
from accounts.models import Duty, Organization, OrganizationKind, OrganizationQuerySet
from registry.area_words import area_words
from registry.models import Area, AreaLevel
from registry.models.areas import AreaQuerySet
from registry.rights import NEEDS_DEVICE, Level, Right


def recipients_for(area: Area) -> list[Organization]:
    """Who an owner in this area may name: the Polres of the city, then the Polsek of the kecamatan.

    Each is a recipient of its own; consent to one never includes the other.
    """
    found = Organization.objects.filter(
        area_code__in=ancestors(area.code), kind__in=[OrganizationKind.POLRES, OrganizationKind.POLSEK]
    )
    return sorted(found, key=lambda body: (body.kind != OrganizationKind.POLRES, body.name))


def rights_offered(level: Level) -> list[Right]:
    """The rights a level offers on the consent page; none is pre-ticked.

    A level with pictures offers the health check of the picture as well.
    """
    offered = list(level.rights)
    if set(offered) & NEEDS_DEVICE:
        offered.append(Right.HEALTH_SNAPSHOT)
    return offered


def kelurahan_by_kecamatan() -> list[tuple[str, list[Area]]]:
    """Every kelurahan, grouped under the name of its kecamatan, both in order of name."""
    groups: dict[str, list[Area]] = {}
    for area in Area.objects.filter(level=AreaLevel.KELURAHAN).select_related("parent").defer("outline"):
        groups.setdefault(area.parent.name if area.parent else "", []).append(area)
    return sorted(groups.items())


def precincts_missing(city: Organization) -> AreaQuerySet:
    """The loaded kecamatan under this Polres that have no Polsek yet."""
    covered = Organization.objects.filter(kind=OrganizationKind.POLSEK).values("area_code")
    kecamatan = Area.objects.below(city.area_code).filter(level=AreaLevel.KECAMATAN)
    return kecamatan.exclude(code__in=covered).select_related("parent").defer("outline", "parent__outline")


@dataclass(frozen=True)
class Post:
    """A duty as a roster shows it: the area is empty where it reaches the whole of its body's, the last day is
    nothing where it goes on until it is ended."""

    duty: Duty
    area: str
    last_day: date | None
    ahead: bool


@dataclass(frozen=True)
class Roster:
    """A body and who is on duty for it, now or soon."""

    body: Organization
    area: str
    posts: list[Post]


def bodies_matching(bodies: OrganizationQuerySet, words: str, now: datetime) -> OrganizationQuerySet:
    """The bodies whose own name, or one of whose people on duty, holds these words; all of them without words."""
    if not words:
        return bodies
    held = Duty.objects.standing(now).held_by(words).values("organization")
    return bodies.filter(Q(pk__in=bodies.named(words).order_by().values("pk")) | Q(pk__in=held))


def rosters(bodies: Iterable[Organization], words: str, now: datetime) -> list[Roster]:
    """The people of these bodies; of a body that is not named by the words itself, only those who are."""
    listed = list(bodies)
    duties = Duty.objects.standing(now).filter(organization__in=listed)
    if words:
        named = Organization.objects.filter(pk__in=[body.pk for body in listed]).named(words)
        matching = duties.held_by(words).values("pk")
        duties = duties.filter(Q(organization__in=named.order_by().values("pk")) | Q(pk__in=matching))
    by_body: dict[int, list[Duty]] = {}
    for duty in duties.select_related("user").order_by("user__name", "user__email", "since", "pk"):
        by_body.setdefault(duty.organization_id, []).append(duty)
    codes = {body.area_code for body in listed} | {one.area_code for all_ in by_body.values() for one in all_}
    names = {area.code: area_words(area) for area in Area.objects.filter(code__in=codes).defer("outline")}
    return [
        Roster(
            body,
            names.get(body.area_code, body.area_code),
            [
                Post(duty, names.get(duty.area_code, duty.area_code), last_day(duty), duty.since > now)
                for duty in by_body.get(body.pk, [])
            ],
        )
        for body in listed
    ]


def last_day(duty: Duty) -> date | None:
    """The last local day on which a duty holds: one that ends at midnight ends with the day before."""
    return timezone.localdate(duty.until - timedelta(microseconds=1)) if duty.until else None
