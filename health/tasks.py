"""The sweep: claim what is due, ask it in batches, write what was found."""

import logging
import time
import uuid
from datetime import datetime, timedelta

from celery import Task, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from health import gateway, metrics, services
from health.models import Tier
from health.pictures.inspecting import inspect
from health.services import Claim
from registry.turns import give_back_turn, in_conversation, take_turn

CLAIMING_SECONDS = 30  # Of the minute's checks; what is due beyond it is claimed by the next tick.
TURN_SECONDS = 60  # Longer than a batch of sessions may take, so that a dead worker gives its turns back.
logger = logging.getLogger(__name__)


@shared_task(ignore_result=True, soft_time_limit=50, time_limit=60)
def sweep() -> None:
    """Claim what is due and send it out in batches, the longest due first, slow devices apart from good ones.

    The claim is on record before its task is sent: a message that is lost, or not taken up in time, is simply
    due again when its lease ends.
    """
    stop = time.monotonic() + CLAIMING_SECONDS
    for slow, task in ((False, check_batch), (True, check_slow_batch)):
        left, most = services.room(slow=slow, now=timezone.now()), services.batch_of(slow=slow)
        while left > 0 and time.monotonic() < stop:
            claim = services.claim_due(slow=slow, now=timezone.now(), limit=min(left, most))
            if claim is None:
                break
            _send(task, claim, services.may_wait())
            left -= len(claim.device_ids)
    for tier, batch, task in (
        (Tier.SIGNED_IN, settings.SIGNED_IN_BATCH, check_signed_in),
        (Tier.FULL, 1, check_pictures),
    ):
        left = services.room_of(tier, limit=batch, now=timezone.now())
        for claim in services.claim_tier(tier, now=timezone.now(), limit=left, batch=batch):
            _send(task, claim, services.TIER_MAY_WAIT)


def _send(task: Task, claim: Claim, waits: timedelta) -> None:
    task.apply_async(kwargs={"lease": str(claim.lease)}, expires=waits.total_seconds())


@shared_task(ignore_result=True, soft_time_limit=100, time_limit=110)
def follow_register() -> None:
    """Let the tables of owed checks follow the register, and take back what dead workers began."""
    services.ensure_states(timezone.now())
    services.follow_tiers(timezone.now())


@shared_task(ignore_result=True, soft_time_limit=50, time_limit=60)
def forget_views() -> None:
    """Delete the pictures of views that rest on nothing any more; what is left of many is found the next time."""
    services.forget_unfounded(timezone.now())


@shared_task(ignore_result=True, soft_time_limit=100, time_limit=120)
def check_batch(*, lease: str) -> None:
    """Ask the devices of one lease and record their answers; nothing if the lease is over."""
    _check(uuid.UUID(lease))


@shared_task(ignore_result=True, soft_time_limit=100, time_limit=120)
def check_slow_batch(*, lease: str) -> None:
    """`check_batch` for devices that used up their deadline: they hold up nobody but their like."""
    _check(uuid.UUID(lease))


def _check(lease: uuid.UUID) -> None:
    began, asked_at = time.monotonic(), timezone.now()
    devices, known = services.leased_devices(lease=lease, now=asked_at)
    if not devices:
        services.drop_empty(lease)
        return
    busy = services.postpone(lease=lease, device_ids=in_conversation(devices), now=timezone.now())
    answers = gateway.ask([device for device in devices if device.pk not in busy])
    tally = services.record_results(
        lease=lease, answers=answers, now=timezone.now(), asked_at=asked_at, known=known
    )
    metrics.count(tally, seconds=time.monotonic() - began)


@shared_task(ignore_result=True, soft_time_limit=100, time_limit=110)
def check_signed_in(*, lease: str) -> None:
    """Sign in to the devices of one lease, one to a host, and record what was found; others are owed again soon.

    The turns are kept until what was refused is written down, so that nobody tries a secret once too often.
    """
    token = uuid.UUID(lease)
    turns = {}
    try:
        for device in services.leased_for_tier(lease=token, now=timezone.now()):
            if turn := take_turn(device, holds=TURN_SECONDS):
                turns[device] = turn
        asked = services.begin_tier(lease=token, devices=list(turns), now=timezone.now())
        services.hand_back(lease=token, now=timezone.now())
        results = gateway.sign_in(asked)
        services.record_sessions(lease=token, results=results, asked=asked, now=timezone.now())
    finally:
        for turn in turns.values():
            give_back_turn(turn)


@shared_task(ignore_result=True, soft_time_limit=100, time_limit=110)
def check_pictures(*, lease: str) -> None:
    """Look at a picture of each camera of the device of this lease whose owner agreed to that."""
    token = uuid.UUID(lease)
    devices = services.leased_for_tier(lease=token, now=timezone.now())
    for device, cameras in services.begin_tier(lease=token, devices=devices, now=timezone.now()):
        findings = inspect(device, cameras, timezone.now())
        services.record_full(lease=token, device=device, findings=findings.values(), now=timezone.now())


@shared_task(ignore_result=True, soft_time_limit=1500, time_limit=1800)
def pack_days() -> None:
    """Pack the days that are over, and delete what is older than it is kept."""
    services.pack_days(timezone.now())


@shared_task(ignore_result=True, soft_time_limit=100, time_limit=110)
def forget_falls() -> None:
    """Delete falls that have been over for long."""
    services.forget_old(timezone.now())


@shared_task(ignore_result=True, soft_time_limit=100, time_limit=110)
def tell_of_falls() -> None:
    """End what is over, take falls up the ladder whose time has come, and write the letters due.

    Each step is done although one before it failed: an outage that cannot be ended keeps nobody's letter back. The
    first failure is the task's.
    """
    now = timezone.now()
    failures = []
    for step in (
        _name_networks,
        services.end_over,
        services.follow_disturbances,
        services.escalate,
        services.send_letters,
    ):
        try:
            step(now)
        except SoftTimeLimitExceeded:
            raise
        except Exception as failure:
            logger.exception("telling of falls: a step failed")
            failures.append(failure)
    if failures:
        raise failures[0]


def _name_networks(_now: datetime) -> None:
    services.name_networks()
