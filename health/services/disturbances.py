"""Disturbances of cameras that answer, found in their states; the owner's people are told, and nobody else.

What may pass by itself is told of once it has lasted `DISTURBANCE_LETTER_AFTER`: a clock that comes right with its
time server, a line that goes up and down, a stream that the next session of the hour finds again. A picture was
found wrong twice before it is a state, and a changed certificate does not come back: of these they hear with the
next letter. A password that is refused has a letter of its own (`alerts_resting`).

Whoever was told of a disturbance is told that it is over once `MENDED_LETTER_AFTER` has passed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Subquery, Value
from django.db.models.functions import Greatest

from accounts.models import User
from health.causes import DISTURBANCES, Cause
from health.models import Alert, Audience, Disturbance, Event, State, StatusInterval
from health.recipients import owners_people
from health.services import alerts
from health.services.falls import lock_falls
from registry.quiet import wants_quiet

_MAY_PASS = frozenset({Cause.FLAPPING, Cause.CLOCK_DRIFT, Cause.NO_STREAM})
_RANK: dict[str, int] = {cause.value: rank for rank, cause in enumerate(DISTURBANCES)}
#: Whoever was told that a camera has a fault, and not that it is over, is not told of the same one again before so
#: long.
PAUSE = timedelta(days=7)
AT_ONCE = 5_000  # What begins beyond it is found by the next tick.


def letter_waits(cause: str) -> timedelta:
    """How long a disturbance lasts before its owner is told."""
    return settings.DISTURBANCE_LETTER_AFTER if cause in _MAY_PASS else timedelta(0)


@transaction.atomic
def follow_disturbances(now: datetime) -> None:
    """Let the disturbances follow the states of the cameras, and owe the owner's people a line about each new one.

    From the states that stand now and not from each change: what came and passed between two ticks is no news, and
    a sweep that writes thousands of changes has nothing to do for it. What is unsent of one that is over goes. Run
    it twice: the second run finds nothing.
    """
    lock_falls()
    _close(_over(), now)
    told_of = Disturbance.objects.running().filter(camera=OuterRef("camera"), cause=OuterRef("cause"))
    standing = StatusInterval.objects.open().filter(~Exists(told_of), state=State.DEGRADED)
    fresh = standing.exclude(cause=Cause.PASSWORD_REFUSED).order_by("pk").values_list("camera", "cause", "since")
    begun = Disturbance.objects.bulk_create(
        (Disturbance(camera_id=camera, cause=cause, since=since) for camera, cause, since in fresh[:AT_ONCE]),
        batch_size=500,
    )
    if begun:
        _owe([row.pk for row in begun], now)


def _over() -> dict[int, bool]:
    """Running ones of cameras that are normal, that nobody looks at any more, or whose cause is now a less bad one:
    it shows because the worse one is gone. A worse one may only cover it, and what is down is down.

    By its key, whether it is mended; else nobody knows.
    """
    now_open = StatusInterval.objects.open().filter(camera=OuterRef("camera"))
    rows = (
        Disturbance.objects.running()
        .order_by()
        .values_list("pk", "cause", Subquery(now_open.values("state")), Subquery(now_open.values("cause")))
    )
    return {
        pk: state in (State.NORMAL, State.DEGRADED)
        for pk, cause, state, worst in rows
        if state not in (State.DEGRADED, State.DOWN) or (state == State.DEGRADED and _RANK[worst] > _RANK[cause])
    }


def _close(over: dict[int, bool], now: datetime) -> None:
    if over:
        Disturbance.objects.filter(pk__in=over).update(until=Greatest(F("since"), Value(now)))
        Alert.objects.unsent().filter(disturbance__in=over).delete()
        _owe_mended([pk for pk, mended in over.items() if mended], now)


def _owe(ids: Sequence[int], now: datetime) -> None:
    rows = _with_places(ids)
    people = owners_people([row.camera.site for row in rows])
    # What is there again was not over: nobody is told that it was.
    same = {"camera": OuterRef("disturbance__camera"), "cause": OuterRef("disturbance__cause")}
    again = Exists(Disturbance.objects.filter(**same, pk__in=ids))
    Alert.objects.unsent().filter(again, event=Event.MENDED).delete()
    told, mended = _told_last(rows, Event.DISTURBED), _told_last(rows, Event.MENDED)  # Read once none can leave.
    owed = []
    for row in rows:
        for user in people[row.camera.site_id]:
            at = max(now, row.since + letter_waits(row.cause))
            key = user.pk, row.camera_id, row.cause
            # One from the future was sent before a clock went back.
            if key in told and told[key] <= now and not _later(mended.get(key), told[key]):
                at = max(at, told[key] + PAUSE)
            owed.append(_line(user, Event.DISTURBED, at, row))
    alerts.write(owed)


def _owe_mended(ids: Sequence[int], now: datetime) -> None:
    """Owe whoever was told that such a camera has the fault, and not that it is over, that it is; also of what came
    again so soon (`PAUSE`) that he was not told anew. Who was told long ago was told of another one."""
    rows = _with_places(ids)
    people = owners_people([row.camera.site for row in rows])
    told, mended = _told_last(rows, Event.DISTURBED), _told_last(rows, Event.MENDED)
    owed = []
    for row in rows:
        for user in people[row.camera.site_id]:
            key = user.pk, row.camera_id, row.cause
            if key in told and told[key] > row.since - PAUSE and not _later(mended.get(key), told[key]):
                owed.append(_line(user, Event.MENDED, now + settings.MENDED_LETTER_AFTER, row))
    alerts.write(owed)


def _later(one: datetime | None, other: datetime) -> bool:
    return one is not None and one > other


def _line(user: User, event: Event, at: datetime, row: Disturbance) -> Alert:
    quiet = wants_quiet(row.camera.site)
    return alerts.line(user, Audience.OWNER, event, at, quiet=quiet, disturbance=row)


def _with_places(ids: Sequence[int]) -> list[Disturbance]:
    return list(Disturbance.objects.filter(pk__in=ids).select_related("camera__site__partner"))


def _told_last(rows: Sequence[Disturbance], event: Event) -> dict[tuple[int, int, str], datetime]:
    """By person, camera and cause: when he was last told this of it."""
    told = Alert.objects.sent().filter(disturbance__camera__in=[row.camera_id for row in rows], event=event)
    found = told.order_by().values_list("user", "disturbance__camera", "disturbance__cause")
    return {(user, camera, cause): last for user, camera, cause, last in found.annotate(last=Max("sent_at"))}
