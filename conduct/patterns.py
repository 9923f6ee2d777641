"""Odd patterns in the looks that a supervisor may judge: a reason to ask, never a verdict.

Each rule is told on the page in one sentence; its numbers are settings.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from access.models import Look, LookQuerySet
from accounts.models import Organization, User
from conduct.judges import judged_by
from registry.models import Camera

MOST_SHOWN = 50


@dataclass(frozen=True)
class Nights:
    """One person at one camera on several nights; `last` is the look of the newest one."""

    viewer: User
    organization: Organization
    camera: Camera
    nights: int
    last: Look


@dataclass(frozen=True)
class WithoutCase:
    """How many looks of how many had no case, and the newest of them."""

    count: int
    of: int
    newest: list[Look]

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.of) if self.of else 0


@dataclass(frozen=True)
class Burst:
    """Many cameras of one person within minutes, without a case; `first` is the look that began it."""

    viewer: User
    organization: Organization
    cameras: int
    first: Look


def looks_lately(user: User, now: datetime) -> LookQuerySet:
    """The looks in which patterns are sought: what he may judge of the last 30 days."""
    since = now - settings.ODD_WITHIN
    return judged_by(user, now).filter(started_at__gt=since, started_at__lte=now).order_by("started_at", "pk")


def same_camera_at_night(looks: LookQuerySet) -> list[Nights]:
    """The same person at the same camera on settings.ODD_NIGHTS nights or more, the most nights first."""
    seen: dict[tuple[int, int, int], dict[date, int]] = defaultdict(dict)
    rows = looks.values_list("viewer", "organization", "camera", "pk", "started_at")
    for viewer, body, camera, look, started_at in rows.iterator():
        night = night_of(started_at)
        if night is not None:
            seen[viewer, body, camera][night] = look
    odd = {key: nights for key, nights in seen.items() if len(nights) >= settings.ODD_NIGHTS}
    last = _looks(nights[max(nights)] for nights in odd.values())
    found = []
    for nights in odd.values():
        newest = last[nights[max(nights)]]
        found.append(Nights(newest.viewer, newest.organization, newest.camera, len(nights), newest))
    return sorted(found, key=lambda one: (-one.nights, -one.last.pk))[:MOST_SHOWN]


def night_of(moment: datetime) -> date | None:
    """The local day on which the night of this moment began; None by day."""
    evening, morning = settings.ODD_NIGHT_HOURS
    local = timezone.localtime(moment)
    if local.hour >= evening:
        return local.date()
    return local.date() - timedelta(days=1) if local.hour < morning else None


def without_case(looks: LookQuerySet) -> WithoutCase:
    """The looks that belong to no case, the newest first."""
    bare = looks.filter(case__isnull=True)
    newest = bare.order_by("-started_at", "-pk").select_related("viewer", "organization", "camera", "reason")
    return WithoutCase(bare.count(), looks.count(), list(newest[:MOST_SHOWN]))


def bursts(looks: LookQuerySet) -> list[Burst]:
    """settings.ODD_BURST_CAMERAS cameras or more of one person within settings.ODD_BURST_WITHIN, outside any case;
    each burst once, the newest first."""
    by_person: dict[tuple[int, int], list[tuple[datetime, int, int]]] = defaultdict(list)
    rows = looks.filter(case__isnull=True).values_list("viewer", "organization", "started_at", "camera", "pk")
    for viewer, body, started_at, camera, look in rows.iterator():
        by_person[viewer, body].append((started_at, camera, look))
    found = [one for rows_ in by_person.values() for one in _bursts_in(rows_)]
    first = _looks(look for look, _cameras in found)
    made = [Burst(first[look].viewer, first[look].organization, cameras, first[look]) for look, cameras in found]
    return sorted(made, key=lambda one: one.first.started_at, reverse=True)[:MOST_SHOWN]


def _bursts_in(rows: list[tuple[datetime, int, int]]) -> list[tuple[int, int]]:
    """The first look of each burst of one person, and how many cameras it had. Rows come by time."""
    found, at = [], 0
    while at < len(rows):
        end = at
        while end < len(rows) and rows[end][0] - rows[at][0] <= settings.ODD_BURST_WITHIN:
            end += 1
        cameras = len({camera for _moment, camera, _look in rows[at:end]})
        if cameras >= settings.ODD_BURST_CAMERAS:
            found.append((rows[at][2], cameras))
            at = end
        else:
            at += 1
    return found


def _looks(keys: Iterable[int]) -> dict[int, Look]:
    return Look.objects.select_related("viewer", "organization", "camera").in_bulk(list(keys))
