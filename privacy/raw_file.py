"""SQLite keeps what was: a deleted row in its page, and every older page in the write-ahead log.

`PRAGMA secure_delete` (settings) overwrites the first with zeros, in each connection. The log is emptied here. On
PostgreSQL, VACUUM and the recycling of its log do the same in their own time (docs/operations.md).
"""

import structlog
from django.db.backends.base.base import BaseDatabaseWrapper

log = structlog.get_logger(__name__)


def empty_log(connection: BaseDatabaseWrapper) -> bool:
    """Bring the write-ahead log into the file and cut it to nothing; False where a reader still needs it, so call
    again. Outside of a transaction, where SQLite has nothing to say against it."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = bool(cursor.fetchone()[0])
    if busy:
        log.warning("erasure.log_still_read")
    return not busy
