"""One table: the entries of the audit trail."""

from django.conf import settings
from django.db import models


class EntryQuerySet(models.QuerySet):
    """Questions about entries."""

    def about(self, kind: str, public_id: object) -> "EntryQuerySet":
        """Entries whose target is this object."""
        return self.filter(target_kind=kind, target_id=str(public_id))


class Entry(models.Model):
    """One thing that was decided, appended and never changed.

    `body` holds the canonical JSON bytes that were hashed; the other columns repeat parts of it so that they
    can be searched. Personal or free text is not in it: only a salted SHA-256 (see `Text`).
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=60, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    target_kind = models.CharField(max_length=40)
    target_id = models.CharField(max_length=40)
    body = models.BinaryField()
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32, unique=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["target_kind", "target_id", "number"], name="audit_entry_target")]

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.target_kind} {self.target_id}"


class Text(models.Model):
    """The erasable part of an entry: text and salt, so that the chain survives its erasure."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="texts")
    field = models.CharField(max_length=40)
    text = models.TextField()
    salt = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="audit_text_once_per_field", fields=["entry", "field"]),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.field}"
