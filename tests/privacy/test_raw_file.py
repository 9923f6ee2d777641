"""What was deleted is not to be found in the database's file either."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.utils import ConnectionHandler

from privacy.raw_file import empty_log

MARK = b"ZQX7WKJV"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "db.sqlite3"


@pytest.fixture
def database(path: Path, db: None) -> Iterator[DatabaseWrapper]:
    """A file with the product's own options, and in it a table of one name and its index."""
    connection = opened(path)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        cursor.execute("CREATE INDEX by_name ON people (name)")
        cursor.executemany("INSERT INTO people (name) VALUES (%s)", [(f"{MARK.decode()} {n}",) for n in range(300)])
    yield connection
    connection.close()


def opened(path: Path) -> DatabaseWrapper:
    kept = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": dict(settings.SQLITE_OPTIONS)}
    connection = ConnectionHandler({"default": kept})["default"]
    assert isinstance(connection, DatabaseWrapper)
    return connection


def raw(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def test_neither_the_file_nor_its_log_keeps_what_was_erased(path: Path, database: DatabaseWrapper) -> None:
    empty_log(database)
    with database.cursor() as cursor:
        cursor.execute("UPDATE people SET name = '' WHERE id %% 2 = 0", [])
        cursor.execute("DELETE FROM people WHERE id %% 2 = 1", [])
    assert MARK in raw(path), "before the log is emptied it is still there: the test sees something"

    assert empty_log(database)

    assert MARK not in raw(path)


def test_while_somebody_reads_it_says_that_it_has_to_be_done_again(path: Path, database: DatabaseWrapper) -> None:
    with database.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
        cursor.execute("SELECT name FROM people")
        reader = opened(path)
        with reader.cursor() as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM people")
            other.fetchone()
            cursor.fetchall()
            cursor.execute("UPDATE people SET name = ''")
            assert not empty_log(database)
            other.execute("COMMIT")
        reader.close()

    assert empty_log(database)
    assert MARK not in raw(path)
