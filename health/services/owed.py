"""Which devices are owed a check, and who holds it.

The table of owed checks is the record; a queue only carries ids. Nothing here touches the network.
"""

import math
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest

from devices.checks import CONCURRENCY
from health import bell
from health.models import CheckGroup, CheckState, StatusInterval
from health.services.groups import GROUPS_AT_ONCE, Claim, claim_groups, gather
from registry.models import Camera, Consent, Device
from registry.models.cameras import HELD_UNTIL
from registry.targets import Dialled

BATCHES_AT_LEAST = 10  # May be claimed at once, however few devices there are.


class Leased(NamedTuple):
    """Devices under a lease, ready to be asked, and their clocks' offsets as they are on record, by their keys."""

    devices: list[Dialled]
    known: dict[int, float | None]


#: Of a state and its device, what `Leased` is made of.
_OWN = ("pk", "address", "clock_offset_seconds")
_ASKED_WITH = (*_OWN, *(f"device__{field}" for field in Dialled._fields))


def batch_takes() -> timedelta:
    """The longest one batch takes, whatever its devices do: its rounds of silent ones, and the writing."""
    rounds = math.ceil(settings.SWEEP_BATCH * GROUPS_AT_ONCE / CONCURRENCY)
    return timedelta(seconds=rounds * (settings.SWEEP_DEADLINE_SECONDS + 0.5) + 5)


def may_wait() -> timedelta:
    """How long a claimed batch may wait in the queue before its message is dropped."""
    return max(settings.SWEEP_PERIOD / 2, timedelta(seconds=20))


def lease_lasts() -> timedelta:
    """How long a claim holds: its wait in the queue and the batch itself."""
    return may_wait() + batch_takes()


def furthest() -> timedelta:
    """No due time and no lease is ever set further ahead than this."""
    return settings.SWEEP_PERIOD * 2 + lease_lasts()


def place_of(device: Device | Dialled) -> str:
    """Where and how a device is asked, as one text to compare."""
    alone = f"|rtsp{'s' * device.rtsp_tls}" if device.rtsp_only else ""
    return f"{device.host}|{device.onvif_port}|{device.rtsp_port or ''}{alone}"


def agreed(site: str, now: datetime) -> Exists:
    """Whether something that the owner agreed to needs the device: `site` is the way to its site's key."""
    return Exists(Consent.objects.connecting(now).order_by().filter(site=OuterRef(site)))


def watched_devices(now: datetime) -> QuerySet[Device]:
    """Devices that are owed checks: of a listed camera, with a consent that needs a device, with an address where a
    probe has reached it, and not waiting for an agent. One whose owner restricted the processing of his data is
    left alone; one whose camera is paused is not, for a pause stops pictures, and its owner is told when it breaks.
    """
    listed = Camera.objects.listed().exclude(paused_until=HELD_UNTIL).filter(device=OuterRef("pk"))
    reached = Device.objects.filter(answered_at__isnull=False, waits_for_agent=False).exclude(host="")
    return reached.filter(Exists(listed), agreed("site", now))


def ensure_states(now: datetime) -> None:
    """Owe a check to every watched device and none to others; wake those that a probe reached at a new address.

    Not one transaction: each step may be run twice, and together they would hold a city's rows for seconds.

    A camera that is no longer watched, or has no channel of its device, keeps its history; its open interval ends.
    """
    # A moved device loses or renews its secret: without a probe since then, its new address is not proven.
    proven = Q(secret_changed_at__isnull=True) | Q(answered_at__gte=F("secret_changed_at"))
    missing = watched_devices(now).filter(proven, check_state__isnull=True)
    fresh = [
        CheckState(device=device, address=place_of(device), next_check_at=now)
        for device in missing.iterator(chunk_size=2000)
    ]
    CheckState.objects.bulk_create(fresh, batch_size=1000, ignore_conflicts=True)
    for state in CheckState.objects.filter(device__answered_at__gt=F("asleep_since")).select_related("device"):
        _start_anew(state, now)
    # Not NOT IN: PostgreSQL runs that once per row as soon as its list does not fit in work_mem.
    CheckState.objects.filter(~Exists(watched_devices(now).filter(pk=OuterRef("device")))).delete()
    unwatched = Q(camera__device__check_state__isnull=True) | Q(
        camera__device__check_state__asleep_since__isnull=False
    )
    lost = Q(camera__channel__isnull=True, camera__video_source_token="")
    ended = (
        StatusInterval.objects.open()
        .filter(unwatched | Q(camera__withdrawn_at__isnull=False) | lost)
        .update(until=Greatest(F("since"), Value(now)))
    )
    if ended:
        bell.ring_after_commit()
    gather(now)


def _start_anew(state: CheckState, now: datetime) -> None:
    """Wake it as if it had never been asked; nothing where somebody else has done so meanwhile."""
    CheckState.objects.filter(pk=state.pk, asleep_since=state.asleep_since).update(
        next_check_at=now,
        address=place_of(state.device),
        asleep_since=None,
        lease=None,
        lease_until=None,
        first_failure_at=None,
        clock_offset_seconds=None,
        failures=0,
        cause="",
        slow=False,
        network=None,
        outcomes=0,
        flapping_since=None,
        group=None,
    )


def batch_of(*, slow: bool) -> int:
    """How many devices a batch has. Slow ones are as many as are asked at once: their batch takes one deadline."""
    return min(settings.SWEEP_BATCH, CONCURRENCY) if slow else settings.SWEEP_BATCH * GROUPS_AT_ONCE


def room(*, slow: bool, now: datetime) -> int:
    """How many more devices may be claimed: as many as workers that keep up take up before the messages expire.

    So the first sweep after a start, when everything is due at once, sends what can be done and leaves the rest for
    the next tick, the longest due first, instead of a heap of messages that nobody is in time for.
    """
    holding = Q(lease_until__gt=now, lease_until__lte=now + furthest())
    how_many = {"all": Count("pk"), "held": Count("pk", filter=holding)}
    alone = CheckState.objects.filter(group__isnull=True, slow=slow).aggregate(**how_many)
    devices, held = alone["all"], alone["held"]
    if not slow:  # Groups are taken for full ones: their members are not counted every few seconds.
        groups = CheckGroup.objects.aggregate(**how_many)
        devices += groups["all"] * settings.SWEEP_BATCH
        held += groups["held"] * settings.SWEEP_BATCH
    in_time = math.ceil(devices * (may_wait() / settings.SWEEP_PERIOD))
    return max(0, max(BATCHES_AT_LEAST * settings.SWEEP_BATCH, in_time) - held)


@transaction.atomic
def claim_due(*, now: datetime, limit: int, slow: bool = False) -> Claim | None:
    """Put one new lease on at most `limit` due devices, or on some groups of them; None if nothing is due.

    Two sweeps at once never hold the same device: PostgreSQL passes over rows that the other one has locked, and
    on SQLite the whole transaction is the only writer (BEGIN IMMEDIATE). Two statements, because an UPDATE over a
    limited sub-select may run that select more than once and claim more than its limit.
    """
    due = CheckState.objects.due(now, furthest()).filter(slow=slow).order_by("next_check_at")
    if not slow:
        first = due.values_list("next_check_at", flat=True).first()
        claim = claim_groups(now=now, until=now + lease_lasts(), limit=limit, furthest=furthest(), before=first)
        if claim is not None:
            return claim
    rows = list(due.select_for_update(skip_locked=True).values_list("pk", "device_id")[:limit])
    if not rows:
        return None
    claim = Claim(uuid.uuid4(), [device_id for _, device_id in rows], now + lease_lasts())
    CheckState.objects.filter(pk__in=[pk for pk, _ in rows]).update(lease=claim.lease, lease_until=claim.until)
    return claim


@transaction.atomic
def leased_devices(*, lease: uuid.UUID, now: datetime) -> Leased:
    """The devices that this lease still holds, with what is needed to dial them.

    A device that was moved since it was last reached is not among them: its row goes to sleep. Nor is one whose
    owner has withdrawn what it was asked for, however lately: its row waits for `ensure_states`.
    """
    groups = list(CheckGroup.objects.filter(lease=lease, lease_until__gt=now).values_list("pk", flat=True))
    mine = (
        CheckState.objects.asked_with(groups)
        if groups
        else CheckState.objects.filter(lease=lease, lease_until__gt=now)
    )
    mine = mine.filter(device__waits_for_agent=False).annotate(agreed=agreed("device__site", now)).order_by("pk")
    rows = mine.values_list("agreed", *_ASKED_WITH)
    devices: list[Dialled] = []
    known: dict[int, float | None] = {}
    moved: list[int] = []
    ended: list[int] = []
    for is_agreed, state, address, offset, *fields in rows:
        if not is_agreed:
            ended.append(state)
            continue
        device = Dialled(*fields)
        if address != place_of(device):
            moved.append(state)
            continue
        devices.append(device)
        known[device.pk] = offset
    held = CheckState.objects.filter(Q(lease=lease) | Q(group__in=groups))
    if moved:
        held.filter(pk__in=moved).update(lease=None, lease_until=None, asleep_since=now, group=None)
    if ended:
        later = now + settings.SWEEP_PERIOD
        held.filter(pk__in=ended).update(lease=None, lease_until=None, next_check_at=later, group=None)
    return Leased(devices, known)


@transaction.atomic
def postpone(*, lease: uuid.UUID, device_ids: Iterable[int], now: datetime) -> set[int]:
    """Give back the checks of devices that somebody talks to now, due again in a moment; the devices given back.

    Two periods after its last check a device is asked all the same: no crowd of viewers hides that it fell silent.
    """
    busy = set(device_ids)
    if not busy:
        return busy
    lately = now - 2 * settings.SWEEP_PERIOD
    fresh = Q(lease=lease, checked_at__gt=lately) | Q(group__lease=lease, group__checked_at__gt=lately)
    given_back = dict(CheckState.objects.filter(fresh, device__in=busy).values_list("pk", "device_id"))
    CheckState.objects.filter(pk__in=list(given_back)).update(
        lease=None, lease_until=None, group=None, next_check_at=now + settings.SWEEP_PERIOD / 10
    )
    return set(given_back.values())
