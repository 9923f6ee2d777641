"""Messages to people."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

GIVE_UP_AFTER = timedelta(days=3)


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Questions about notices."""

    def for_user(self, user: object) -> "NoticeQuerySet":
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(user=user)

    def due(self, now: datetime) -> "NoticeQuerySet":
        """Notices whose letter has still to leave."""
        return self.filter(mailed_at__isnull=True, mail_due_at__lte=now)

    def owed(self, now: datetime) -> "NoticeQuerySet":
        """Notices whose letter is tried, now or later: there is an address, and it was not given up."""
        return self.filter(
            mailed_at__isnull=True,
            mail_due_at__isnull=False,
            user__is_active=True,
            user__email__isnull=False,
            created_at__gt=now - GIVE_UP_AFTER,
        )


class Notice(models.Model):
    """One message to one person: shown in the app, and sent by e-mail where there is an address.

    `language` is the one it was written in, which a reader may have changed since. `mail_due_at` is the record that
    a letter is owed; the queue is not. No camera picture is in any message.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    code = models.CharField(max_length=40)
    subject = models.CharField(max_length=160)
    body = models.TextField()
    language = models.CharField(max_length=8, default="id")
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mail_due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    once_key = models.CharField(max_length=120, null=True, blank=True, unique=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.subject
