"""What every test lives with: no network but loopback, and an empty cache (settings: tests/settings.py)."""

import gc
import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.cache import cache
from django.core.management.commands import flush
from django.db import OperationalError, connection
from django.urls import get_resolver
from pytest_django import DjangoDbBlocker

from health import remembered
from tests.triggers import trigger_statements

FRESH = "fresh"
GUARDS = Path(__file__).parent / "guards"
ASKS_TABLES = frozenset({"db", "transactional_db", "live_server"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ask no database of this run: they need no second one on PostgreSQL.

    Those of `tests/ops` start the product, and where they need one a PostgreSQL, by themselves. The guards that go
    round every address with a shared world run where the product runs in earnest, on PostgreSQL, and not twice:
    each app's own tests ask both databases.
    """
    assert get_resolver().url_patterns  # Read now, once in a process: a test may switch the demo on later.
    for item in items:
        asks = ASKS_TABLES & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db")
        if not asks:
            item.add_marker("wire")
        elif item.path.parent == GUARDS:
            item.add_marker("round")


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: the collector of garbage need not look at it."""
    gc.collect()
    gc.freeze()


# --- No network but loopback ---------------------------------------------------------------------------------


class OutsideNetwork(BaseException):
    """A test reached for another machine.

    Not an Exception, so that the product cannot take it for a silent camera.
    """


def _is_near(host: Any) -> bool:
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return host in {"", "localhost"}


def _refuse_far(plain: Any) -> Any:
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[-1]
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_near(address[0]):
            raise OutsideNetwork(f"a test connects to {address}")
        return plain(self, *args)

    return guarded


def _is_literal(host: Any) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host or "127.0.0.1")
    except ValueError:
        return host in {"localhost", b"localhost"}
    return True


def _resolve_near(plain: Any) -> Any:
    def guarded(host: Any, *args: Any, **options: Any) -> Any:
        if not _is_literal(host):
            raise socket.gaierror(socket.EAI_NONAME, "tests know no names")
        return plain(host, *args, **options)

    return guarded


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database of the tests, and beside it a copy of what `migrate` made, for `fresh_database`."""
    with django_db_blocker.unblock():
        connection.close()  # SQLite then has all in one file.
        connection.creation.clone_test_db(FRESH, verbosity=0)
    yield
    with django_db_blocker.unblock():
        connection.creation.destroy_test_db(suffix=FRESH, verbosity=0)


@pytest.fixture(scope="session")
def fresh_database(django_db_setup: None) -> str:
    """The name of a database as `migrate` leaves it. Copy it; it stays as it is."""
    return str(connection.creation.get_test_db_clone_settings(FRESH)["NAME"])


@pytest.fixture
def only_on_postgresql(db: None) -> None:
    """For what two do at the same moment."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")


@pytest.fixture(scope="session", autouse=True)
def _no_network_but_loopback() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _refuse_far(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _resolve_near(socket.getaddrinfo))
        patch.setattr(psutil, "net_if_addrs", dict)  # Whatever LAN the machine of the tests stands in.
        yield


# --- Cache and broker ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits, steps of probes and queued tasks of one test do not reach the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy makes no number on health an old one: see `health.remembered`, which has tests of its
    own."""
    monkeypatch.setattr(remembered, "QUICK_SECONDS", 60.0)


# --- Emptying the tables between tests ------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _flush_may_empty_the_audit_trail() -> Iterator[None]:
    """The triggers of the audit trail refuse everybody, also Django's `flush` after a test that commits: for its
    transaction, and in no other, they are away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", _between_triggers(flush.sql_flush))
        patch.setattr(connection.ops, "execute_sql_flush", _once_more(connection.ops.execute_sql_flush))
        yield


def _once_more(plain: Callable[[list[str]], None]) -> Callable[[list[str]], None]:
    """An open page that was just closed may still note its end while the tables are emptied: of the two PostgreSQL
    lets one fail, which is then us."""

    def emptied(statements: list[str]) -> None:
        try:
            plain(statements)
        except OperationalError:
            time.sleep(1)
            plain(statements)

    return emptied


def _between_triggers(plain: Any) -> Any:
    def guarded(style: Any, connection: Any, *args: Any, **options: Any) -> list[str]:
        away, back = trigger_statements(connection)
        return [*away, *plain(style, connection, *args, **options), *back]

    return guarded
