"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from accounts import postings, services


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=60, time_limit=90)
def drop_unused_accounts() -> None:
    """Forget people who asked for a code and never signed in."""
    services.drop_unused_accounts(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=60, time_limit=90)
def end_lapsed_duties() -> None:
    """Note duties whose last day is over, so that what runs under them ends by the news of it."""
    postings.end_lapsed_duties(now=timezone.now())
