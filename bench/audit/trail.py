"""A long trail, written at once: entries as looks write them, each fifth with a text, in one chain."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User
from audit import anchors
from audit.chain import GENESIS, canonical, link

START = datetime(2026, 1, 1, 6, 0, 0, 123456, tzinfo=UTC)
SALT = bytes(range(16))
TEXT = "Lapor kehilangan sepeda motor di depan toko"


def fill(count: int) -> None:
    """Entries 1 to `count`, copied into empty tables."""
    actor = User.objects.create_user(email="petugas@contoh.id", name="Petugas Uji").pk
    with connection.cursor() as cursor:
        columns = "number, at, action, actor_id, target_kind, target_id, body, previous_hash, hash"
        with cursor.copy(f"COPY audit_entry ({columns}) FROM STDIN") as rows:
            for row in _entries(count, actor):
                rows.write_row(row)
        with cursor.copy("COPY audit_text (entry_id, field, text, salt) FROM STDIN") as rows:
            for number in range(5, count + 1, 5):
                rows.write_row((number, "number", TEXT, SALT))
        cursor.execute("ANALYZE audit_entry, audit_text")


def _entries(count: int, actor: int) -> Iterator[tuple[Any, ...]]:
    salted = {"number": hashlib.sha256(SALT + TEXT.encode()).hexdigest()}
    ids = [str(uuid.UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)) for number in range(1, 4001)]
    previous = GENESIS
    for number in range(1, count + 1):
        at, target = START + timedelta(milliseconds=137 * number), ids[number % 4000]
        body = canonical(
            {
                "number": number,
                "at": at,
                "action": "look.started",
                "actor": actor,
                "target": ["access.look", target],
                "facts": {
                    "camera": ids[number % 3989],
                    "organization": ids[0],
                    "right": "view_still",
                    "reason": "incident",
                    "case": ids[number % 61],
                    "until": at + timedelta(minutes=15),
                    "emergency": False,
                },
                "texts": salted if number % 5 == 0 else {},
            }
        )
        own = link(previous, body)
        yield number, at, "look.started", actor, "access.look", target, body, previous, own
        previous = own


def main(count: str) -> None:
    """`python -m bench.audit trail COUNT`: so many entries, and the anchors over them."""
    fill(int(count))
    anchors.make_due_anchors(now=timezone.now())
