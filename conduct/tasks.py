"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from conduct.deferrals import tell_of_ended_deferrals
from conduct.questions import tell_of_overdue_questions


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=50, time_limit=60)
def tell_of_questions_and_deferrals() -> None:
    """Tell supervisors of questions that nobody answered in time, and owners of looks that were kept back."""
    now = timezone.now()
    tell_of_overdue_questions(now=now)
    tell_of_ended_deferrals(now=now)
