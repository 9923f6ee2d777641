"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from privacy.services import protection
from privacy.services.erasures import erase_what_is_owed as erase


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=100, time_limit=110)
def erase_what_is_owed() -> None:
    """Do the open steps of the erasures that people asked for."""
    erase(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=100, time_limit=110)
def tell_what_is_due() -> None:
    """Tell the owners of a breach, and whoever protects data of what is over its time."""
    protection.tell_subjects(now=timezone.now())
    protection.remind_of_overdue(now=timezone.now())
