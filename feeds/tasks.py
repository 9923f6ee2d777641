"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from feeds import keeping


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=50, time_limit=60)
def delete_due_stills() -> None:
    """Delete the saved stills whose time is over."""
    keeping.delete_due_stills(now=timezone.now())
