"""A task for each camera, as one would write it first: load, ask, write. A Celery application of its own."""

from __future__ import annotations

import django
from celery import shared_task
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from config.celery import app

if not apps.ready:  # A worker loads this module before Celery has set Django up.
    django.setup()

from devices.checks import CheckTarget, check_many_now
from health.models import CheckState
from registry.models import Device
from registry.targets import route_of, target_of

__all__ = ["app", "check_device"]


@shared_task(name="bench.check_device", ignore_result=True)
def check_device(*, device_id: int) -> None:
    """Ask one device and write what it said."""
    device = Device.objects.get(pk=device_id)
    question = CheckTarget(
        device_id, target_of(device), route_of(device), deadline_seconds=settings.SWEEP_DEADLINE_SECONDS
    )
    (result,) = check_many_now([question])
    now = timezone.now()
    CheckState.objects.filter(device_id=device_id).update(
        checked_at=now,
        next_check_at=now + settings.SWEEP_PERIOD,
        failures=0 if result.reached else 1,
        first_failure_at=None if result.reached else now,
        cause="" if result.reached else result.code,
    )
