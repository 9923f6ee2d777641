"""Work of this app that nobody waits for."""

from celery import shared_task
from django.utils import timezone

from audit import anchors


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=110, time_limit=120)
def anchor_trail() -> None:
    """Sign the head of the trail when it is time, and bring it out of the database."""
    try:
        anchors.make_due_anchors(now=timezone.now())
    finally:
        anchors.deliver_anchors(now=timezone.now())
