"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from conduct import judging, sampling, waiting
from conduct.deferrals import tell_of_ended_deferrals
from conduct.questions import tell_of_overdue_questions


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=50, time_limit=60)
def tell_of_questions_and_deferrals() -> None:
    """Tell supervisors of questions that nobody answered in time, and owners of looks that were kept back."""
    now = timezone.now()
    tell_of_overdue_questions(now=now)
    tell_of_ended_deferrals(now=now)


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=110, time_limit=120)
def draw_samples() -> None:
    """Draw the months that are over and anchored."""
    sampling.draw_owed_samples(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=20, time_limit=30)
def open_emergency_cards() -> None:
    """Put emergency looks before the supervisors."""
    judging.open_emergency_cards(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=20, time_limit=30)
def suspend_unexplained() -> None:
    """Suspend the duties of those who did not explain in time."""
    judging.suspend_unexplained(now=timezone.now())


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=50, time_limit=60)
def remind_of_overdue_cards() -> None:
    """Say of looks that nobody has judged in their time that they still wait."""
    waiting.remind_of_overdue_cards(now=timezone.now())
