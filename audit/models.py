"""The entries of the audit trail, their erasable texts, and the signed anchors over them."""

import base64
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.statements import Statement, Unreadable


class EntryQuerySet(models.QuerySet):
    """Questions about entries."""

    def about(self, kind: str, *public_ids: object) -> "EntryQuerySet":
        """Entries whose target is one of these objects of a kind."""
        return self.filter(target_kind=kind, target_id__in=[str(public_id) for public_id in public_ids])


class Entry(models.Model):
    """One thing that was decided, appended and never changed.

    `body` holds the canonical JSON bytes that were hashed; the other columns repeat parts of it so that they
    can be searched. Personal or free text is not in it: only a salted SHA-256 (see `Text`). The database refuses
    to change or delete an entry, whoever asks (migration 0002).
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
    """The erasable part of an entry: text and salt, so that the chain survives its erasure. Never changed."""

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


class AnchorQuerySet(models.QuerySet):
    """Questions about anchors."""

    def over(self, number: int) -> "AnchorQuerySet":
        """The anchor whose span holds this entry, if it was made already."""
        return self.filter(first__lte=number, last__gte=number)

    def owed(self, now: datetime) -> "AnchorQuerySet":
        """Anchors that still have to be written to the folder or mailed."""
        return self.filter(Q(filed_at=None) | Q(mail_due_at__lte=now))


class Anchor(models.Model):
    """A signed statement of the trail's head, and of the Merkle root over the entries since the anchor before.

    `statement` holds the very bytes that are signed; the columns before it repeat parts of it. The same statement
    stands in a file and in letters outside of the database, so that a trail that was cut or written anew shows.
    """

    first = models.BigIntegerField(unique=True)
    last = models.BigIntegerField(unique=True)
    head = models.BinaryField(max_length=32)
    root = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    statement = models.BinaryField()
    signature = models.BinaryField(max_length=64)
    public_key = models.BinaryField(max_length=32)
    filed_at = models.DateTimeField(null=True)
    #: When the letter is due, and while somebody sends it the end of his lease; none: nothing is owed.
    mail_due_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects = AnchorQuerySet.as_manager()

    class Meta:
        ordering = ["last"]
        constraints = [
            models.CheckConstraint(
                name="audit_anchor_span_holds_entries", condition=Q(first__gte=1, last__gte=F("first"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first}–{self.last}"

    def stated(self) -> Statement:
        """What it says. Raises Unreadable if that is no statement or the columns say other things."""
        said = Statement.of(bytes(self.statement), bytes(self.signature), bytes(self.public_key))
        if (said.first, said.last, said.head, said.root) != (
            self.first,
            self.last,
            bytes(self.head),
            bytes(self.root),
        ):
            raise Unreadable("Its columns do not say what was signed.")
        return said

    def document(self) -> dict[str, str]:
        """For programs: the bytes as they stand, as they are filed, mailed and published."""
        return {
            "statement": bytes(self.statement).decode(errors="replace"),
            "signature": base64.b64encode(bytes(self.signature)).decode(),
            "public_key": base64.b64encode(bytes(self.public_key)).decode(),
        }
