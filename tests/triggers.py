"""Taking the triggers of the audit trail away, as only the owner of its tables can."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import connection as default


def trigger_statements(connection: Any) -> tuple[list[str], list[str]]:
    """The SQL that takes every trigger of our own away, and the SQL that brings them back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            found = cursor.fetchall()
            return [f'DROP TRIGGER "{name}"' for name, _sql in found], [sql for _name, sql in found]
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
        )
        found = cursor.fetchall()
    away = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in found]
    return away, [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in found]


def settle() -> None:
    """Have foreign keys checked now: PostgreSQL alters and empties no table that waits for that."""
    if default.vendor == "postgresql":
        with default.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextlib.contextmanager
def without_triggers() -> Iterator[None]:
    """The owner of the tables, or whoever holds the SQLite file, who has taken the triggers away."""
    away, back = trigger_statements(default)
    assert away
    settle()
    with default.cursor() as cursor:
        for statement in away:
            cursor.execute(statement)
        try:
            yield
        finally:
            settle()
            for statement in back:
                cursor.execute(statement)
