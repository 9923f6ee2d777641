"""What owners ask about looks."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from access.models import Look


class QuestionQuerySet(models.QuerySet["Question"]):
    """Questions about questions."""

    def open(self) -> "QuestionQuerySet":
        return self.filter(answered_at__isnull=True)

    def asked_by(self, user: object) -> "QuestionQuerySet":
        return self.filter(asked_by=user)

    def overdue(self, now: datetime) -> "QuestionQuerySet":
        return self.open().filter(due_at__lte=now)


class Question(models.Model):
    """An owner asks a supervisor about one look; whoever may judge the look answers, by `due_at`.

    `overdue_told_at`: when the supervisors were told that it had not been answered in time.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    look = models.ForeignKey(Look, on_delete=models.PROTECT, related_name="questions")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    overdue_told_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(max_length=1000, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], name="conduct_question_owed", condition=Q(answered_at__isnull=True))
        ]
        constraints = [
            models.CheckConstraint(name="conduct_question_due_after_asked", condition=Q(due_at__gt=F("asked_at"))),
            models.CheckConstraint(
                name="conduct_question_answered_by_somebody",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="conduct_question_one_open_each",
                fields=["look", "asked_by"],
                condition=Q(answered_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.look}, {self.asked_at:%Y-%m-%d}"

    def is_overdue(self, now: datetime) -> bool:
        return self.answered_at is None and self.due_at <= now
