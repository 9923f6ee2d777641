"""The sweep: claim what is due, ask it in batches, write what was found."""

import uuid

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from health import gateway, metrics, services
from registry.turns import in_conversation


@shared_task(ignore_result=True, soft_time_limit=50, time_limit=60)
def sweep() -> None:
    """Claim all that is due and send it out in batches, slow devices apart from good ones.

    The claim is on record before its task is sent: a message that is lost, or not taken up in time, is simply
    due again when its lease ends. Twice a period it first lets the table follow the register.
    """
    half_a_period = max(1, int(settings.SWEEP_PERIOD.total_seconds() / 2))
    if cache.add("health:register_followed", True, timeout=half_a_period):
        services.ensure_states(timezone.now())
    for slow in (False, True):
        while claim := services.claim_due(now=timezone.now(), limit=settings.SWEEP_BATCH, slow=slow):
            check_batch.apply_async(kwargs={"lease": str(claim.lease)}, expires=services.may_wait().total_seconds())


@shared_task(ignore_result=True, soft_time_limit=100, time_limit=120)
def check_batch(*, lease: str) -> None:
    """Ask the devices of one lease and record their answers; nothing if the lease is over."""
    token = uuid.UUID(lease)
    devices = services.leased_devices(lease=token, now=timezone.now())
    if not devices:
        return
    busy = services.postpone(lease=token, device_ids=in_conversation(devices), now=timezone.now())
    answers = gateway.ask([device for device in devices if device.pk not in busy])
    metrics.count(services.record_results(lease=token, answers=answers, now=timezone.now()))


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=100, time_limit=110)
def forget_falls() -> None:
    """Delete falls that have been over for long."""
    services.forget_old(timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=100, time_limit=110)
def tell_of_falls() -> None:
    """End the outages that are over, take falls up the ladder whose time has come, and write the letters due."""
    now = timezone.now()
    services.name_networks()
    services.end_over(now)
    services.escalate(now)
    services.send_letters(now)
