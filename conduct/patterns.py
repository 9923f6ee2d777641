"""Odd patterns in the looks that a supervisor may judge: a reason to ask, never a verdict.

Each rule is told on the page in one sentence; its numbers are settings.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from access.models import Look
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
    """How many looks of how many rested on no case, named with one or not, and the newest of them."""

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


class Seen(NamedTuple):
    """One look, as far as a pattern asks of it; people, bodies and cameras by their keys. `for_case`: it rests on
    its case; one that only names a case counts as one without."""

    viewer: int
    organization: int
    camera: int
    for_case: bool
    started_at: datetime
    look: int


def looks_lately(user: User, now: datetime) -> list[Seen]:
    """The looks in which patterns are sought, by time, in one query: what he may judge of the last 30 days."""
    looks = judged_by(user, now).filter(started_at__gt=now - settings.ODD_WITHIN, started_at__lte=now)
    rows = looks.order_by("started_at", "pk").values_list(
        "viewer", "organization", "camera", "for_case", "started_at", "pk"
    )
    return [Seen(*row) for row in rows.iterator()]


def same_camera_at_night(looks: list[Seen]) -> list[Nights]:
    """The same person at the same camera on settings.ODD_NIGHTS nights or more, the most nights first."""
    seen: dict[tuple[int, int, int], dict[date, int]] = defaultdict(dict)
    for one in looks:
        night = night_of(one.started_at)
        if night is not None:
            seen[one.viewer, one.organization, one.camera][night] = one.look
    odd = [nights for nights in seen.values() if len(nights) >= settings.ODD_NIGHTS]
    odd = sorted(odd, key=lambda nights: (-len(nights), -nights[max(nights)]))[:MOST_SHOWN]
    last = _looks(nights[max(nights)] for nights in odd)
    newest = [(last[nights[max(nights)]], len(nights)) for nights in odd]
    return [Nights(look.viewer, look.organization, look.camera, count, look) for look, count in newest]


def night_of(moment: datetime) -> date | None:
    """The local day on which the night of this moment began; None by day."""
    evening, morning = settings.ODD_NIGHT_HOURS
    local = timezone.localtime(moment)
    if local.hour >= evening:
        return local.date()
    return local.date() - timedelta(days=1) if local.hour < morning else None


def without_case(looks: list[Seen]) -> WithoutCase:
    """The looks that rest on no case, the newest first."""
    bare = [one.look for one in reversed(looks) if not one.for_case]
    shown = _looks(bare[:MOST_SHOWN])
    return WithoutCase(len(bare), len(looks), [shown[look] for look in bare[:MOST_SHOWN]])


def bursts(looks: list[Seen]) -> list[Burst]:
    """settings.ODD_BURST_CAMERAS cameras or more of one person within settings.ODD_BURST_WITHIN, outside any case;
    each burst once, the newest first."""
    by_person: dict[tuple[int, int], list[Seen]] = defaultdict(list)
    for one in looks:
        if not one.for_case:
            by_person[one.viewer, one.organization].append(one)
    found = [burst for his in by_person.values() for burst in _bursts_in(his)]
    found = sorted(found, key=lambda burst: burst[0].started_at, reverse=True)[:MOST_SHOWN]
    first = _looks(began.look for began, _cameras in found)
    return [
        Burst(first[began.look].viewer, first[began.look].organization, cameras, first[began.look])
        for began, cameras in found
    ]


def _bursts_in(looks: list[Seen]) -> list[tuple[Seen, int]]:
    """The first look of each burst of one person, whose looks come by time, and how many cameras it had."""
    found, at = [], 0
    while at < len(looks):
        end = at
        while end < len(looks) and looks[end].started_at - looks[at].started_at <= settings.ODD_BURST_WITHIN:
            end += 1
        cameras = len({one.camera for one in looks[at:end]})
        if cameras >= settings.ODD_BURST_CAMERAS:
            found.append((looks[at], cameras))
            at = end
        else:
            at += 1
    return found


def _looks(keys: Iterable[int]) -> dict[int, Look]:
    found = Look.objects.select_related("viewer", "organization", "camera", "reason", "case")
    return found.in_bulk(list(keys))
