"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from transparency import services


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=100, time_limit=110)
def count_what_is_due() -> None:
    """Write the day's public numbers."""
    services.count_what_is_due(timezone.now())
