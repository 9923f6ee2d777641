"""Disturbances of cameras that answer, written with their intervals; the owner's people are told, and nobody else.

What may pass by itself is told of once it has lasted `DISTURBANCE_LETTER_AFTER`: a clock that comes right with its
time server, a line that goes up and down, a stream that the next session of the hour finds again. A picture was
found wrong twice before it is a state, and a changed certificate does not come back: of these they hear with the
next letter. A password that is refused has a letter of its own (`alerts_resting`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Value
from django.db.models.functions import Greatest

from health.causes import DISTURBANCES, Cause, Change
from health.models import Alert, Audience, Disturbance, Event, State, StatusInterval
from health.models.disturbances import DisturbanceQuerySet
from health.recipients import owners_people, wants_quiet
from health.services import alerts

_MAY_PASS = frozenset({Cause.FLAPPING, Cause.CLOCK_DRIFT, Cause.NO_STREAM})
_RANK: dict[str, int] = {cause.value: rank for rank, cause in enumerate(DISTURBANCES)}
#: Whoever was told that a camera has a fault is not told of the same one again before so long.
PAUSE = timedelta(days=7)


def letter_waits(cause: str) -> timedelta:
    """How long a disturbance lasts before its owner is told."""
    return settings.DISTURBANCE_LETTER_AFTER if cause in _MAY_PASS else timedelta(0)


def take_in(changes: Sequence[Change], now: datetime) -> None:
    """Write which disturbances began and which are over, and owe the owner's people a line about each new one.

    Call it after the intervals are written, inside their transaction, which holds the rows of the devices: so
    nobody else writes of these cameras. What is down is down: nothing begins by it, and nothing is over.
    """
    answering = {
        change.camera_id: change for change in changes if change.verdict.state in (State.NORMAL, State.DEGRADED)
    }
    if not answering:
        return
    running = list(Disturbance.objects.running().filter(camera__in=list(answering)))
    over = [row.pk for row in running if _is_over(row, answering[row.camera_id])]
    known = {(row.camera_id, row.cause) for row in running}
    _close(Disturbance.objects.filter(pk__in=over), now)
    begun = Disturbance.objects.bulk_create(
        (
            Disturbance(camera_id=pk, cause=change.verdict.cause, since=_since(change))
            for pk, change in answering.items()
            if change.verdict.state == State.DEGRADED
            and change.verdict.cause != Cause.PASSWORD_REFUSED
            and (pk, change.verdict.cause) not in known
        ),
        batch_size=500,
    )
    if begun:
        _owe([row.pk for row in begun], now)


@transaction.atomic
def end_unwatched(now: datetime) -> None:
    """End the disturbances of cameras that nobody looks at any more; what is unsent of them is dropped. Run it
    twice: the second run finds nothing."""
    seen = StatusInterval.objects.open().filter(
        camera=OuterRef("camera"), state__in=[State.NORMAL, State.DEGRADED, State.DOWN]
    )
    _close(Disturbance.objects.running().exclude(Exists(seen)), now)


def _is_over(row: Disturbance, change: Change) -> bool:
    """A worse cause may only cover it; a less bad one is told because it is gone."""
    return change.verdict.state == State.NORMAL or _RANK[change.verdict.cause] > _RANK[row.cause]


def _since(change: Change) -> datetime:
    return max(change.verdict.since, change.was_since or change.verdict.since)


def _close(rows: DisturbanceQuerySet, now: datetime) -> None:
    over = list(rows.values_list("pk", flat=True))
    if over:
        Disturbance.objects.filter(pk__in=over).update(until=Greatest(F("since"), Value(now)))
        Alert.objects.unsent().filter(disturbance__in=over).delete()


def _owe(ids: Sequence[int], now: datetime) -> None:
    rows = list(Disturbance.objects.filter(pk__in=ids).select_related("camera__site__partner"))
    people = owners_people([row.camera.site for row in rows])
    told = _told_lately([row.camera_id for row in rows])
    owed = []
    for row in rows:
        for user in people[row.camera.site_id]:
            at = max(now, row.since + letter_waits(row.cause))
            last = told.get((user.pk, row.camera_id, row.cause))
            if last is not None and last <= now:  # One from the future was sent before a clock went back.
                at = max(at, last + PAUSE)
            owed.append(
                alerts.line(
                    user,
                    Audience.OWNER,
                    Event.DISTURBED,
                    at,
                    quiet=wants_quiet(row.camera.site),
                    disturbance=row,
                )
            )
    alerts.write(owed)


def _told_lately(camera_ids: Sequence[int]) -> dict[tuple[int, int, str], datetime]:
    """By person, camera and cause: when he was last told."""
    told = Alert.objects.sent().filter(disturbance__camera__in=camera_ids, event=Event.DISTURBED)
    rows = told.order_by().values_list("user", "disturbance__camera", "disturbance__cause")
    return {(user, camera, cause): last for user, camera, cause, last in rows.annotate(last=Max("sent_at"))}
