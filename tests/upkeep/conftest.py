"""A full world in a database of its own, a backup of it, and empty databases to restore it to."""

import contextlib
import itertools
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from pyrage import x25519
from pytest_django import DjangoDbBlocker

from feeds import services
from feeds.models import SavedStill
from registry.targets import seal_credentials
from tests.factories import World
from tests.feeds.conftest import street
from tests.guards.world import build
from upkeep.backup import BackedUp, back_up
from upkeep.rows import tables_of

IDENTITY = x25519.Identity.generate()
STILL = "gambar/uji.jpg"
PICTURE = random.Random(1).randbytes(300_000)
PASSWORD = "kenari-di-dahan"
KEYS = {1: random.Random(2).randbytes(32)}

_numbers = itertools.count(1)
Rows = dict[str, list[tuple[Any, ...]]]


def quiet(_words: str) -> None:
    """Nobody waits for the progress of a test."""


@contextlib.contextmanager
def use(name: str) -> Iterator[None]:
    """The product's database is this one for the block."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        ContentType.objects.clear_cache()


class Databases:
    """Makes databases beside the one of the tests, empty or like another, and takes them away."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.made = folder, []

    def new(self, like: str | None = None) -> str:
        if connection.vendor == "postgresql":
            name = f"{connection.settings_dict['NAME']}_{next(_numbers)}"
            template = f' TEMPLATE "{like}"' if like else ""
            connection.close()
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"{template}')
        else:
            name = str(self.folder / f"{next(_numbers)}.sqlite3")
            if like:
                shutil.copy(like, name)
        self.made.append(name)
        return name

    def drop(self) -> None:
        if connection.vendor == "postgresql":
            connection.close()
            with connection._nodb_cursor() as cursor:
                for name in self.made:
                    cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@dataclass(frozen=True)
class Source:
    """The database that was backed up, its rows, and the file."""

    database: str
    file: Path
    done: BackedUp
    device: object


@pytest.fixture(scope="session")
def databases(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    found = Databases(tmp_path_factory.mktemp("databases"))
    yield found
    with django_db_blocker.unblock():
        found.drop()


@pytest.fixture(scope="session")
def source(
    databases: Databases,
    fresh_database: str,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Source:
    """The world of the guards with a saved still and a sealed password, and its backup."""
    folder = tmp_path_factory.mktemp("source")
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        override_settings(MEDIA_ROOT=folder / "files", DEVICE_KEYS=KEYS),
    ):
        patch.setattr(services, "take_picture", lambda camera, **_limits: street(camera))
        name = databases.new(fresh_database)
        with use(name):
            things = build().things
            device = things["device"]
            sealed = seal_credentials(
                device_id=device.public_id, host=device.host, port=device.onvif_port, user="a", password=PASSWORD
            )
            device.sealed_user, device.sealed_password = sealed.user, sealed.password
            device.save()
            default_storage.save(STILL, ContentFile(PICTURE))
            now = timezone.now()
            SavedStill.objects.create(
                look=things["look"],
                sha256="0" * 64,
                size_bytes=len(PICTURE),
                file=STILL,
                saved_at=now,
                stored_at=now,
                delete_at=now + timedelta(days=30),
            )
            file = folder / "mitra.age"
            done = back_up(file, recipients=[IDENTITY.to_public()], tell=quiet)
    return Source(name, file, done, device.public_id)


@pytest.fixture
def empty(
    transactional_db: None, databases: Databases, fresh_database: str, settings: Any, tmp_path: Path
) -> Iterator[str]:
    """Another server: all tables, no rows but those of `migrate`, no files; the product uses it."""
    settings.MEDIA_ROOT = tmp_path / "files"
    name = databases.new(fresh_database)
    with use(name):
        yield name


@pytest.fixture
def rows(transactional_db: None) -> Callable[[str], Rows]:
    """Every row of every table of a database, as the database itself gives them."""
    return _rows


def _rows(database: str) -> Rows:
    from django.apps import apps

    found = {}
    with use(database), connection.cursor() as cursor:
        for name, table in tables_of(apps).items():
            columns = ", ".join(f'"{field.column}"' for field in table._meta.local_concrete_fields)
            order = table._meta.pk.column
            cursor.execute(f'SELECT {columns} FROM "{table._meta.db_table}" ORDER BY "{order}"')  # noqa: S608
            found[name] = [tuple(map(_comparable, row)) for row in cursor.fetchall()]
    return found


def _comparable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.fixture
def world(transactional_db: None) -> World:
    return World(timezone.now())
