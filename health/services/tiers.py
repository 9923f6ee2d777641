"""Which devices are owed a signed-in or a full check, who holds it, and what it found.

As with `owed`, the table is the record. A session may cost a device's account one of its two attempts, so it is
also written down that a worker began one, and what came of it before anybody else's turn.
"""

import math
import random
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

import audit
from devices.count import DIED, REFUSALS_MAX
from devices.signed_in import SessionResult
from health import alerts_resting, causes
from health.causes import Cause
from health.models import CheckState, Tier, TierCheck
from health.models.camera_view import checkable
from health.pictures.judging import Finding
from health.services.groups import HAS_CHANNEL
from health.services.owed import Claim, agreed, place_of
from health.services.results import judge_again
from registry.models import Camera, Device
from registry.services import add_doubt, lift_doubts, mark_device_different, note_refusals, note_sign_in

MAY_WAIT = timedelta(seconds=60)
LEASE = MAY_WAIT + timedelta(seconds=120)  # Longer than its task may run, or it would be reaped at work.
BATCHES_AT_LEAST = 10
Asked = tuple[Device, list[Camera]]
#: Of rows with a device: it has a way in, and a probe has tried it.
_WAY_IN = (~Q(device__sealed_password="") | ~Q(device__rtsp_path="")) & (
    Q(device__secret_changed_at__isnull=True) | Q(device__answered_at__gte=F("device__secret_changed_at"))
)
_CHANGED_TLS = frozenset({"tls_fingerprint", "stream_tls_fingerprint"})


def period_of(tier: Tier) -> timedelta:
    """How often a device is owed a check of this tier."""
    return settings.SIGNED_IN_PERIOD if tier == Tier.SIGNED_IN else settings.FULL_PERIOD


@audit.atomic
def follow_tiers(now: datetime) -> None:
    """Owe the checks to the devices that are watched and let us in, and to no others; wake and rest them.

    A device is asked soon after its owner's probe, because what was found before may be mended; the first time,
    when the probe has just done the same, at some moment of a period. Never with a secret that no probe has tried.
    """
    allowed = _let_us_in(CheckState.objects.all())
    seen = allowed.filter(device__in=checkable(now).order_by().values("device"))
    _owe(Tier.SIGNED_IN, allowed, now)
    _owe(Tier.FULL, seen, now)
    mine = Q(device=OuterRef("device"))  # Not NOT IN: see `owed.ensure_states`.
    blind = Q(tier=Tier.FULL) & ~Exists(seen.filter(mine))
    # What was begun stays until it is written or reaped: its attempt may count against the secret.
    gone = TierCheck.objects.filter(~Exists(allowed.filter(mine)) | blind, began_at__isnull=True)
    unfounded = list(gone.exclude(cause="").values_list("device_id", flat=True))
    gone.delete()
    if unfounded:
        judge_again(unfounded, now)
    probed = TierCheck.objects.filter(  # Not what is dated ahead of a clock that went back.
        device__answered_at__gt=F("checked_at"), device__answered_at__lte=now, next_at__gt=now
    )
    TierCheck.objects.filter(pk__in=list(probed.values_list("pk", flat=True))).update(next_at=now)
    _reap(now)
    _rest(TierCheck.objects.all(), now)


def _owe(tier: Tier, allowed: QuerySet[CheckState], now: datetime) -> None:
    missing = allowed.exclude(Exists(TierCheck.objects.filter(device=OuterRef("device"), tier=tier)))
    fresh = [
        TierCheck(device_id=device_id, tier=tier, next_at=now + period_of(tier) * _share())
        for device_id in missing.values_list("device_id", flat=True).iterator(chunk_size=2000)
    ]
    TierCheck.objects.bulk_create(fresh, batch_size=1000, ignore_conflicts=True)


def _let_us_in(states: QuerySet[CheckState]) -> QuerySet[CheckState]:
    return states.filter(_WAY_IN, asleep_since__isnull=True)


def _reap(now: datetime) -> None:
    """Take back what a worker began and nobody ended: its attempt may have been refused, so it counts as a doubt,
    until the device takes the secret again."""
    ended = Q(lease_until__lte=now) | Q(lease_until__gt=now + LEASE)
    for row in TierCheck.objects.filter(ended, began_at__isnull=False).select_related("device")[:500]:
        mine = TierCheck.objects.filter(pk=row.pk, lease=row.lease)
        won = mine.update(lease=None, lease_until=None, began_at=None, next_at=now)
        if won:
            add_doubt(device=row.device, way=DIED, now=now)


def _rest(checks: QuerySet[TierCheck], now: datetime) -> None:
    """Let the signed-in checks of a device whose secret is used up rest, and tell its owner once; go on when the
    secret is another one, or its owner had it tried once more."""
    over = checks.filter(rests_since__isnull=False, device__secret_refusals__lt=REFUSALS_MAX)
    TierCheck.objects.filter(pk__in=list(over.values_list("pk", flat=True))).update(rests_since=None, next_at=now)
    used_up = checks.filter(
        rests_since__isnull=True, tier=Tier.SIGNED_IN, device__secret_refusals__gte=REFUSALS_MAX
    )
    resting = []
    for row in used_up.select_related("device__site")[:500]:
        if TierCheck.objects.filter(pk=row.pk, rests_since__isnull=True).update(
            rests_since=now, cause=Cause.PASSWORD_REFUSED, of_cameras=[]
        ):
            alerts_resting.tell_that_it_rests(row.device, now)
            resting.append(row.device_id)
    if resting:
        judge_again(resting, now)


def room_of(tier: Tier, *, limit: int, now: datetime) -> int:
    """How many more devices may be claimed in batches of `limit`; see `owed.room`."""
    rows = TierCheck.objects.filter(tier=tier)
    held = rows.filter(lease_until__gt=now, lease_until__lte=now + LEASE).count()
    return max(0, max(BATCHES_AT_LEAST * limit, math.ceil(rows.count() * (MAY_WAIT / period_of(tier)))) - held)


@transaction.atomic
def claim_tier(tier: Tier, *, now: datetime, limit: int, batch: int) -> list[Claim]:
    """Put new leases on at most `limit` due devices that answered when last asked, `batch` devices each.

    One look for all of them: those that wait because their device is down stay due, and are passed over each time.
    """
    furthest = 2 * period_of(tier) + LEASE
    owed = (
        TierCheck.objects.due(now, furthest)
        .filter(tier=tier, began_at__isnull=True, device__check_state__failures=0)
        .filter(device__check_state__checked_at__isnull=False, device__secret_refusals__lt=REFUSALS_MAX)
        .order_by("next_at")
        .select_for_update(of=("self",), skip_locked=True)
        .values_list("pk", "device_id")
    )
    rows: list[tuple[int, int]] = []
    # One after the other, each a range of the index: asked with OR, the database reads all of it.
    for due in (Q(next_at__lte=now), Q(next_at__gt=now + furthest)):
        rows += owed.filter(due)[: limit - len(rows)]
    claims = []
    for start in range(0, len(rows), batch):
        some = rows[start : start + batch]
        claim = Claim(uuid.uuid4(), [device_id for _, device_id in some], now + LEASE)
        TierCheck.objects.filter(pk__in=[pk for pk, _ in some]).update(lease=claim.lease, lease_until=claim.until)
        claims.append(claim)
    return claims


def leased_for_tier(*, lease: uuid.UUID, now: datetime) -> list[Device]:
    """The devices that this lease still holds and nobody began to ask."""
    held = TierCheck.objects.filter(lease=lease, lease_until__gt=now, began_at__isnull=True)
    return [row.device for row in held.select_related("device").order_by("pk")]


@transaction.atomic
def begin_tier(*, lease: uuid.UUID, devices: Sequence[Device], now: datetime) -> list[Asked]:
    """Write down that these are asked now; those that still may be, with their cameras, as they are on record.

    The caller has the turn at each of their hosts. The message may come twice: who is second gets none.
    """
    mine = TierCheck.objects.filter(lease=lease, lease_until__gt=now, began_at__isnull=True)
    rows = list(
        mine.filter(device__in=[device.pk for device in devices], device__secret_refusals__lt=REFUSALS_MAX)
        .filter(_WAY_IN, agreed("device__site", now))
        .filter(device__check_state__isnull=False, device__check_state__asleep_since__isnull=True)
        .select_related("device__site", "device__check_state")
        .select_for_update(of=("self",))
    )
    rows = [row for row in rows if row.device.check_state.address == place_of(row.device)]
    TierCheck.objects.filter(pk__in=[row.pk for row in rows]).update(began_at=now)
    cameras = Camera.objects.listed().filter(HAS_CHANNEL, device_id__in=[row.device_id for row in rows])
    of_device: dict[int, list[Camera]] = {row.device_id: [] for row in rows}
    for camera in cameras.select_related("site").order_by("pk"):
        of_device[camera.device_id or 0].append(camera)
    return [(row.device, of_device[row.device_id]) for row in rows]


def hand_back(*, lease: uuid.UUID, now: datetime) -> None:
    """Owe again, in a moment, what this lease holds and nobody began: somebody else talks to those hosts now."""
    TierCheck.objects.filter(lease=lease, began_at__isnull=True).update(
        lease=None, lease_until=None, next_at=now + timedelta(seconds=20)
    )


@audit.atomic
def record_sessions(
    *,
    lease: uuid.UUID,
    results: Iterable[SessionResult],
    asked: Sequence[Asked],
    now: datetime,
) -> None:
    """Write what the sessions of a batch found, for the devices that its lease still holds.

    What stands against a secret is written whoever holds the lease: the attempt was made.
    """
    of_device = {device.pk: (device, cameras) for device, cameras in asked}
    found = {result.key: result for result in results}
    # Locked before the devices, as whoever reaps does.
    rows = list(TierCheck.objects.filter(lease=lease, device_id__in=list(found)).order_by("pk").select_for_update())
    # And the states before anybody writes one of them, in the order in which results are written.
    list(
        CheckState.objects.filter(device__in=list(found)).order_by("pk").select_for_update(no_key=True).values("pk")
    )
    at_place = {device.pk: place_of(device) for device in Device.objects.filter(pk__in=list(found))}
    moved = {pk for pk in found if at_place.get(pk) != place_of(of_device[pk][0])}
    for result in found.values():
        _note_attempt(of_device[result.key][0], result, now, moved=result.key in moved)
    written = []
    for row in rows:
        if row.device_id in moved:  # What answers at its old place says nothing of it.
            row.lease = row.lease_until = row.began_at = None
            row.next_at = now
            row.save()
            continue
        device, cameras = of_device[row.device_id]
        _take_in(row, found[row.device_id], device, cameras, now)
        row.save()
        written.append(row.device_id)
    _rest(TierCheck.objects.filter(device_id__in=written), now)
    judge_again(written, now)


@transaction.atomic
def record_full(*, lease: uuid.UUID, device: Device, findings: Iterable[Finding], now: datetime) -> None:
    """Owe the next pictures of a device, and judge its cameras by what these showed: soon again where one showed a
    fault for the first time, for a second one says whether it is one, and where there was nothing to look at."""
    wait = _wait(Tier.FULL)
    seen = list(findings)
    if not seen or any(finding.suspected for finding in seen):
        wait = min(wait, settings.PICTURE_AGAIN_AFTER)
    mine = TierCheck.objects.filter(lease=lease, device=device, tier=Tier.FULL)
    if mine.update(lease=None, lease_until=None, began_at=None, checked_at=now, next_at=now + wait):
        judge_again([device.pk], now)


def _note_attempt(device: Device, result: SessionResult, now: datetime, *, moved: bool) -> None:
    note_refusals(device=device, count=result.count, by=None, now=now)
    if moved:
        return
    if not result.code:
        note_sign_in(device=device, method=result.worked)
        if DIED in device.secret_doubts:
            lift_doubts(device=device, way=DIED, by=None, now=now)
    elif result.code == "different_device":
        mark_device_different(device=device, part=result.detail, by=None, now=now)


def _take_in(
    row: TierCheck, result: SessionResult, device: Device, cameras: Sequence[Camera], now: datetime
) -> None:
    """The finding of a session. Where it was cut short by the line or an odd answer, what was known stays."""
    row.lease = row.lease_until = row.began_at = None
    row.checked_at = now
    row.next_at = now + _wait(Tier(row.tier))
    if result.clock_offset_seconds is not None:
        row.measured = result.clock_offset_seconds
        CheckState.objects.filter(device=device).update(clock_offset_seconds=result.clock_offset_seconds)
    if result.code == "different_device":
        row.cause = Cause.TLS_CHANGED if result.detail in _CHANGED_TLS else Cause.DIFFERENT_DEVICE
        row.of_cameras = []
    elif result.code == "unauthorized":
        row.cause, row.of_cameras = Cause.PASSWORD_REFUSED, []
    elif not result.code:
        before = set(row.of_cameras) if row.cause == Cause.NO_STREAM else set()
        of_token = {camera.pk: camera.profile_token for camera in cameras}
        missing = [
            pk
            for pk, token in of_token.items()
            if token in result.missing or (pk in before and token not in result.described)
        ]
        row.cause, row.of_cameras = (Cause.NO_STREAM, missing) if missing else ("", [])


def _wait(tier: Tier) -> timedelta:
    """Until the next check after one: not all at the same moment."""
    return period_of(tier) * (1 - causes.JITTER * _share())


def _share() -> float:
    return random.random()  # noqa: S311 - spreads load, guards nothing
