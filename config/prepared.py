"""A cursor for the few statements that are asked all the time: PostgreSQL plans them once for a connection.

Django binds parameters on the client, so that each execution is planned anew; for a statement of many small parts
that costs several times its run. Only statements whose best plan does not hang on their values belong here: a list
does if each of its keys is looked up in an index however many there are, and does not if a long one is better read
against the whole table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


@contextmanager
def prepared_cursor() -> Iterator[CursorWrapper]:
    """A cursor of the default connection, in its transaction, and seen by whoever counts queries. SQLite gives its
    usual one."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            yield cursor
        return
    connection.ensure_connection()
    connection.validate_thread_sharing()
    raw = cast("psycopg.Connection[Any]", connection.connection)
    raw.prepare_threshold = 0  # From the first time; Django's own cursors, which bind on the client, never prepare.
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(psycopg.Cursor(raw)) as cursor:
        yield cursor
