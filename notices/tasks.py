"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from notices import services


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=100, time_limit=110)
def send_due_letters() -> None:
    """Send the letters that are owed."""
    services.send_due_letters(now=timezone.now())
