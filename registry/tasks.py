"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from registry import services


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=50, time_limit=60)
def lapse_consents() -> None:
    """Note the consents that the clock has ended, and the proposals that found no second signature in time."""
    services.lapse_consents(now=timezone.now())
    services.lapse_proposals(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=50, time_limit=60)
def do_what_is_owed() -> None:
    """Erase and tell what is owed after consents ended."""
    services.do_what_is_owed(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=50, time_limit=60)
def hand_over_maintainers() -> None:
    """Let the handovers come true whose day has come."""
    services.hand_over_due(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=100, time_limit=110)
def ask_owners() -> None:
    """Ask for renewal ahead of the end, and tell of new words."""
    services.ask_for_renewal(now=timezone.now())
    services.tell_of_new_words(now=timezone.now())
