"""Open pages hear that some camera's health changed: that it did, and nothing more."""

from functools import partial

from django.db import transaction

from audit import broadcast

CHANNEL = "mitra:health"


def ring_after_commit() -> None:
    """Ring once this transaction is committed. Whoever hears it looks for himself what changed that he may see."""
    transaction.on_commit(partial(broadcast.ring, CHANNEL), robust=True)
