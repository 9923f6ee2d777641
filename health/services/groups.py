"""Which devices are asked together, so that those of which there is nothing to tell cost no row each."""

import uuid
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from config.prepared import prepared_cursor
from health import causes
from health.models import CheckGroup, CheckState, StatusInterval
from health.models.groups import owed_at
from registry.models import Camera

HAS_CHANNEL = Q(channel__isnull=False) | ~Q(video_source_token="")
"""Cameras that a probe has found on their device. Of the others nothing is known, whatever the device answers."""


GROUPS_AT_ONCE = 8
"""Under one lease. What a batch costs beside its questions is shared by some thousands of devices."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Devices that one lease holds, until `until`."""

    lease: uuid.UUID
    device_ids: list[int]
    until: datetime


def calm() -> Q:
    """Of rows of `CheckState`: the device answers, quickly, and as it did before.

    Vital objects are asked by themselves: what a group comes to ends in figures that others read.
    """
    return Q(
        failures=0,
        cause="",
        slow=False,
        outcomes=0,
        flapping_since__isnull=True,
        asleep_since__isnull=True,
        lease__isnull=True,
        device__waits_for_agent=False,
        device__different_since__isnull=True,
        device__site__vital=False,
    )


def gather(now: datetime) -> None:
    """Let leave the groups whoever has something to be judged anew, and take in those who are calm.

    A transaction for each group that is filled: whoever is locked here cannot be claimed meanwhile, and of a city
    all would be.
    """
    judged = StatusInterval.objects.open().filter(camera=OuterRef("pk"))
    unjudged = Camera.objects.listed().filter(HAS_CHANNEL, ~Exists(judged), device=OuterRef("device"))
    members = CheckState.objects.filter(group__isnull=False)
    news = ~calm() | Q(device__answered_at__gt=F("checked_at")) | Q(Exists(unjudged))
    # In the order in which results are written. Who is being judged at this moment leaves at the next call.
    with transaction.atomic():
        leaving = _free(members.filter(news))
        CheckState.objects.filter(pk__in=leaving).update(group=None, next_check_at=now)
    _take_in(
        CheckState.objects.filter(
            calm(), ~Exists(unjudged), group__isnull=True, checked_at__gt=now - 2 * settings.SWEEP_PERIOD
        ).exclude(device__answered_at__gt=F("checked_at")),
        now,
    )
    CheckGroup.objects.filter(lease__isnull=True, members__isnull=True).delete()


def _free(rows: QuerySet[CheckState]) -> list[int]:
    """The keys of those that nobody else has locked, locked in the order in which all lock them."""
    locked = rows.order_by("pk").select_for_update(of=("self",), skip_locked=True)
    return list(locked.values_list("pk", flat=True))


@transaction.atomic
def leave(device_ids: Iterable[int], now: datetime) -> None:
    """Let these devices be asked and judged by themselves: something is to be judged anew without an answer."""
    rows = CheckState.objects.filter(device__in=list(device_ids), group__isnull=False)
    locked = rows.order_by("pk").select_for_update(of=("self",))
    CheckState.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update(
        group=None, next_check_at=now
    )


def _take_in(rows: QuerySet[CheckState], now: datetime) -> None:
    """Put each into a group that is asked no later than it would be by itself; new groups for those without."""
    free = CheckGroup.objects.annotate(size=Count("members")).filter(
        size__lt=settings.SWEEP_BATCH, lease__isnull=True, next_check_at__gt=now
    )
    places = deque(free.order_by("next_check_at").values_list("pk", "size", "next_check_at"))
    waiting = deque(rows.order_by("next_check_at").values_list("pk", "next_check_at"))
    joining: dict[tuple[int, datetime], list[int]] = {}
    alone: list[tuple[int, datetime]] = []
    taken = 0  # Of the first place.
    while waiting:
        pk, moment = waiting.popleft()
        while places and places[0][1] + taken >= settings.SWEEP_BATCH:
            places.popleft()
            taken = 0
        if places and places[0][2] <= moment:
            joining.setdefault((places[0][0], places[0][2]), []).append(pk)
            taken += 1
        else:
            alone.append((pk, moment))
    for (group, due_at), pks in joining.items():
        _join(group, due_at, pks)
    for start in range(0, len(alone), settings.SWEEP_BATCH):
        together = alone[start : start + settings.SWEEP_BATCH]
        with transaction.atomic():  # An empty group is deleted by whoever sees it.
            due_at = together[0][1]
            group = CheckGroup.objects.create(next_check_at=due_at).pk
            _join(group, due_at, [pk for pk, _ in together])


@transaction.atomic
def _join(group: int, due_at: datetime, pks: list[int]) -> None:
    """Put these into the group, if it is as it was read, and whoever of them is."""
    if CheckGroup.objects.select_for_update().filter(pk=group, lease__isnull=True, next_check_at=due_at):
        still_so = _free(CheckState.objects.filter(calm(), pk__in=pks, group__isnull=True))
        CheckState.objects.filter(pk__in=still_so).update(group=group)


def claim_groups(
    *, now: datetime, until: datetime, limit: int, furthest: timedelta, before: datetime | None
) -> Claim | None:
    """Put one new lease on the groups that are due for longest, as many as have `limit` devices, but one at least;
    None where none is, or a device by itself waits for longer, since `before`. Call it in a transaction."""
    most = max(1, min(GROUPS_AT_ONCE, limit // settings.SWEEP_BATCH))
    due = CheckGroup.objects.filter(owed_at(now, furthest))
    if before is not None:
        due = due.filter(next_check_at__lte=before)
    due = due.order_by("next_check_at").select_for_update(skip_locked=True)
    groups = list(due.values_list("pk", flat=True)[:most])
    if not groups:
        return None
    members = CheckState.objects.asked_with(groups)
    claim = Claim(uuid.uuid4(), list(members.values_list("device_id", flat=True)), until)
    CheckGroup.objects.filter(pk__in=groups).update(lease=claim.lease, lease_until=claim.until)
    return claim


def drop_empty(lease: uuid.UUID) -> None:
    """Delete the groups of this lease in which nobody is any more: else they would be claimed for ever."""
    CheckGroup.objects.filter(lease=lease, members__isnull=True).delete()


def give_back(lease: uuid.UUID, now: datetime, asked_at: datetime) -> list[int]:
    """The groups of this lease were asked at `asked_at`; the keys of those that were still ours.

    They are due again at one moment, as they are claimed together; `causes.early` spreads the leases. Written and
    held at once: who looks for them first and writes them then asks twice.
    """
    wait = settings.SWEEP_PERIOD * (1 - causes.early())
    moment, key = models.DateTimeField(), models.UUIDField()
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE health_checkgroup SET lease = NULL, lease_until = NULL, checked_at = %s, next_check_at = %s "
            "WHERE lease = %s RETURNING id",
            [
                moment.get_db_prep_value(now, connection),
                moment.get_db_prep_value(asked_at + wait, connection),
                key.get_db_prep_value(lease, connection),
            ],
        )
        return [pk for (pk,) in cursor.fetchall()]
