"""Stills that somebody saved."""

import uuid
from datetime import datetime, timedelta

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from access.models import Look


class SavedStillQuerySet(models.QuerySet["SavedStill"]):
    """Questions about saved stills."""

    def there(self) -> "SavedStillQuerySet":
        """Those whose file was written whole and not deleted since."""
        return self.filter(stored_at__isnull=False, deleted_at__isnull=True)

    def due(self, now: datetime, *, writing_takes: timedelta) -> "SavedStillQuerySet":
        """Those whose time is over, and those whose writer died before the file was whole."""
        died = Q(stored_at__isnull=True, saved_at__lte=now - writing_takes)
        return self.filter(Q(delete_at__lte=now) | died, deleted_at__isnull=True)


class SavedStill(models.Model):
    """Somebody kept one picture of a look: an act of its own, which the owner reads in Buku Tamu.

    The row is committed before the file is written (`stored_at`), so that no file is without one, and it stays
    after the file is gone (`deleted_at`), with the SHA-256 of what it was.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    look = models.ForeignKey(Look, on_delete=models.PROTECT, related_name="saved_stills")
    sha256 = models.CharField(max_length=64, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    size_bytes = models.PositiveIntegerField()
    file = models.FileField(max_length=120, editable=False)
    saved_at = models.DateTimeField()
    stored_at = models.DateTimeField(null=True, blank=True)
    delete_at = models.DateTimeField(db_index=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = SavedStillQuerySet.as_manager()

    class Meta:
        ordering = ["saved_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="feeds_savedstill_deleted_after_it_was_saved", condition=Q(delete_at__gt=F("saved_at"))
            ),
            models.CheckConstraint(name="feeds_savedstill_holds_something", condition=Q(size_bytes__gt=0)),
            models.UniqueConstraint(name="feeds_savedstill_file_once", fields=["file"]),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.delete_at:%Y-%m-%d}"

    @property
    def is_there(self) -> bool:
        return self.stored_at is not None and self.deleted_at is None
