"""The last days of one camera, told to its owner: what happened when, and how much of the time it answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext

from health.causes import Cause
from health.models import State, StatusInterval
from health.sparks import Spark, spark_of
from health.uptime import Day, days_of, uptime_of
from registry.models import Camera

DAYS_SHOWN = 90
SPANS = (7, 30, 90)
MOST_SPELLS = 60
_TOLD = (State.DOWN, State.DEGRADED)


@dataclass(frozen=True)
class Spell:
    """A time in which a camera was down or disturbed; `until` is empty while it lasts."""

    state: State
    cause: str
    since: datetime
    until: datetime | None
    lasted: str

    @property
    def when(self) -> str:
        """From when till when, in words."""
        began = timezone.localtime(self.since)
        if self.until is None:
            return gettext("sejak pukul %(since)s WIB, masih berlangsung") % {"since": _clock(began)}
        ended = timezone.localtime(self.until)
        if ended.date() == began.date():
            return gettext("pukul %(since)s sampai %(until)s WIB") % {
                "since": _clock(began),
                "until": _clock(ended),
            }
        return gettext("pukul %(since)s sampai %(day)s pukul %(until)s WIB") % {
            "since": _clock(began),
            "day": _day_words(ended.date()),
            "until": _clock(ended),
        }

    @property
    def why(self) -> str:
        """The cause in a few words."""
        return str(Cause(self.cause).label) if self.cause in Cause.values else ""


@dataclass(frozen=True)
class DayStory:
    """One day and the spells that began on it, the latest first. `share`: of a day of which only that is known."""

    day: date
    spells: list[Spell]
    share: str = ""


@dataclass(frozen=True)
class Answered:
    """How much of the known part of the last `days` days the camera answered, in words; empty: nothing is known."""

    days: int
    share: str


@dataclass(frozen=True)
class History:
    """What an owner reads of his camera's last DAYS_SHOWN days."""

    spark: Spark
    first: date
    answered: list[Answered]
    days: list[DayStory]
    more: int
    """Spells that are older than those told."""


def history_of(camera: Camera, now: datetime) -> History:
    """The last DAYS_SHOWN days of a camera."""
    today = timezone.localdate(now)
    first = today - timedelta(days=DAYS_SHOWN - 1)
    line = days_of([camera.pk], first, today, now)[camera.pk]
    begin = now - timedelta(days=DAYS_SHOWN)
    told = StatusInterval.objects.filter(Q(until__isnull=True) | Q(until__gt=begin), camera=camera)
    rows = list(told.order_by("-since", "-pk").values_list("state", "cause", "since", "until"))
    spells = [
        Spell(State(state), cause, since, until, lasted((until or now) - since))
        for state, cause, since, until in rows
        if state in _TOLD and (until is None or until > since)
    ]
    stories = _stories(spells[:MOST_SPELLS])
    oldest = timezone.localdate(rows[-1][2]) if rows else today + timedelta(days=1)
    return History(
        spark=spark_of(line),
        first=first,
        answered=[_answered(camera, days, now) for days in SPANS],
        days=stories + _days_alone(line, before=oldest),
        more=max(0, len(spells) - MOST_SPELLS),
    )


def percent(share: float) -> str:
    """A share as people read it. 100 % only where nothing is missing, 0 % only where nothing was there."""
    tenths = int(share * 1000)
    if share > 0:
        tenths = max(tenths, 1)
    return gettext("%(share)s %%") % {"share": number_format(tenths / 10, decimal_pos=1 if tenths % 10 else 0)}


def lasted(span: timedelta) -> str:
    """A span in its two largest units: "2 jam 26 menit"."""
    seconds = max(0, int(span.total_seconds()))
    minutes, hours, days = seconds // 60 % 60, seconds // 3600 % 24, seconds // 86400
    if days:
        return _joined(_count_days(days), _count_hours(hours))
    if hours:
        return _joined(_count_hours(hours), _count_minutes(minutes))
    if minutes:
        return _count_minutes(minutes)
    return gettext("kurang dari satu menit")


def _joined(large: str, small: str) -> str:
    return f"{large} {small}" if small else large


def _count_days(count: int) -> str:
    return ngettext("%(count)d hari", "%(count)d hari", count) % {"count": count} if count else ""


def _count_hours(count: int) -> str:
    return ngettext("%(count)d jam", "%(count)d jam", count) % {"count": count} if count else ""


def _count_minutes(count: int) -> str:
    return ngettext("%(count)d menit", "%(count)d menit", count) % {"count": count} if count else ""


def _clock(moment: datetime) -> str:
    return date_format(moment, "H.i")


def _day_words(day: date) -> str:
    return date_format(day, "j F")


def _stories(spells: Sequence[Spell]) -> list[DayStory]:
    by_day = groupby(spells, key=lambda spell: timezone.localdate(spell.since))
    return [DayStory(day, list(group)) for day, group in by_day]


def _days_alone(line: Sequence[Day], *, before: date) -> list[DayStory]:
    """Days whose single changes are no longer kept: what share of them it was down or disturbed."""
    found = []
    for day in reversed(line):
        known = day.normal + day.degraded + day.down
        if day.day >= before or not day.down + day.degraded:
            continue
        state = State.DOWN if day.down else State.DEGRADED
        share = gettext("%(state)s %(share)s dari hari itu") % {
            "state": str(state.label),
            "share": percent((day.down or day.degraded) / known),
        }
        found.append(DayStory(day.day, [], share))
    return found


def _answered(camera: Camera, days: int, now: datetime) -> Answered:
    share = uptime_of([camera.pk], now - timedelta(days=days), now, now)[camera.pk]
    return Answered(days, "" if share is None else percent(share))
