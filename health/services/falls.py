"""Falls of devices, written with the intervals of their cameras; what follows from them follows here."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Greatest

from health import causes
from health.causes import Change
from health.models import Alert, Disturbance, Fall, Outage, State, StatusInterval
from health.models.falls import FallQuerySet
from health.services import alerts, outages

_LOCK = 469920674406
_FORGOTTEN_AT_ONCE = 5000
_STEPS = 25


def lock_falls() -> None:
    """From here to the end of the transaction nobody else writes falls, outages or alerts.

    Two batches that fall apart see each other's devices only so: without it each would find its own half of a site
    and neither an outage. Taken only by whoever has a fall or a return to write. On SQLite there is one writer.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def take_in(changes: Sequence[Change], now: datetime) -> None:
    """Write what went down and what came back, find outages, and owe the letters.

    Call it after the intervals are written, inside their transaction: a fall is there exactly if they are.
    """
    down = {
        change.device_id: change
        for change in changes
        if change.verdict.state == State.DOWN and change.before != State.DOWN
    }
    up = {
        change.device_id for change in changes if change.before == State.DOWN and change.verdict.state != State.DOWN
    }
    if not down and not up:
        return
    lock_falls()
    begun = _begin(down, now)
    folded = outages.gather(begun)
    alerts.owe_down(sorted({fall.pk for fall in begun} | folded), now)
    alerts.owe_back(_end(up, now), now)


@transaction.atomic
def end_over(now: datetime) -> None:
    """End the outages whose most members are back, and falls of devices that are no longer watched; of these nobody
    is told. Run it twice: the second run finds nothing."""
    lock_falls()
    still_down = StatusInterval.objects.open().filter(state=State.DOWN, camera__device=OuterRef("device"))
    unwatched = _close(Fall.objects.running().exclude(Exists(still_down)), now)
    Alert.objects.filter(fall__in=unwatched, sent_at__isnull=True).delete()
    outages.end_over(now)


def escalate(now: datetime) -> int:
    """`alerts.escalate` until nothing is due, at most `_STEPS` times; the falls are locked for each by itself, so
    that batches of results come between."""
    looked_at = 0
    for _ in range(_STEPS):
        with transaction.atomic():
            lock_falls()
            found = alerts.escalate(now)
        looked_at += found
        if found < alerts.ESCALATED_AT_ONCE:
            break
    return looked_at


def forget_old(now: datetime) -> None:
    """Delete falls and disturbances that have been over for `FALLS_KEPT`, with the lines about them and what was
    said of them, a few thousand at a time; and outages that are over in which no fall is left, whatever their age:
    where somebody had all of his erased, the range of his network goes with them."""
    over = now - settings.FALLS_KEPT
    for rows in (
        Fall.objects.filter(until__lt=over),
        Disturbance.objects.filter(until__lt=over),
        Outage.objects.filter(until__isnull=False, members__isnull=True),
    ):
        while ids := list(rows.order_by().values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE]):
            rows.model.objects.filter(pk__in=ids).delete()


def _begin(down: dict[int, Change], now: datetime) -> list[Fall]:
    running = set(Fall.objects.running().filter(device__in=list(down)).values_list("device_id", flat=True))
    return Fall.objects.bulk_create(
        Fall(
            device_id=device_id,
            since=change.since,
            cause=change.verdict.cause,
            escalate_at=_noticed(change, now) + settings.ALERT_OFFICER_AFTER,
        )
        for device_id, change in sorted(down.items())
        if device_id not in running
    )


def _noticed(change: Change, now: datetime) -> datetime:
    """From when the ladder is climbed: while nobody watched, nobody was told, and the owner is told first."""
    return max(change.since, now - causes.FAILURES_UNTIL_DOWN * 2 * settings.SWEEP_PERIOD)


def _end(device_ids: set[int], now: datetime) -> list[int]:
    """The falls that ended now."""
    return _close(Fall.objects.running().filter(device__in=device_ids), now)


def _close(falls: FallQuerySet, now: datetime) -> list[int]:
    over = list(falls.values_list("pk", flat=True))
    Fall.objects.filter(pk__in=over).update(until=Greatest(F("since"), Value(now)))
    return over
