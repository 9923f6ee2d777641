"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from access import services


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=20, time_limit=30)
def end_overdue_looks() -> None:
    """End looks whose time is over, so that Buku Tamu shows how long each lasted."""
    services.end_overdue_looks(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=20, time_limit=30)
def tell_of_missing_numbers() -> None:
    """Hand cases whose number did not follow to the supervisors."""
    services.tell_of_missing_numbers(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=50, time_limit=60)
def note_grant_ends() -> None:
    """Note the grants that the clock has ended, and tell grantors of those that end soon."""
    services.note_grant_ends(now=timezone.now())
    services.tell_of_grant_ends(now=timezone.now())
