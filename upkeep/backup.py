"""`manage.py backup`: everything as it was at one moment, sealed, in one file that goes into either database."""

import contextlib
import gzip
import os
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.utils import timezone

from upkeep.contents import FILES, MANIFEST, ROWS, Manifest, TableFacts
from upkeep.errors import NotWritten
from upkeep.rows import Table, columns_of, fields_of, head_of, parts_of, tables_of
from upkeep.schema import Migration, applied, models_as_of
from upkeep.sealing import sealed

Tell = Callable[[str], None]

_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What the file holds. `missing`: files that a row names and that were deleted meanwhile."""

    rows: int
    files: int
    missing: int
    entries: int
    head: str
    size: int


def back_up(path: Path, *, recipients: Sequence[Any], tell: Tell) -> BackedUp:
    """Write a new file that whoever holds an identity of `recipients` can restore; the product may run meanwhile.

    Under its name there is all of it or nothing, readable by this user alone. Raises NotWritten.
    """
    if path.exists():
        raise NotWritten(
            f"{path} is there already, and a backup never takes the place of another: name a new file."
        )
    part = path.with_name(path.name + ".part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NotWritten(
            f"{part} is there: another backup is being made, or one broke off. Then delete it."
        ) from None
    except OSError as problem:
        raise NotWritten(f"Cannot make {part}: {problem.strerror}. Is the folder there, and yours?") from problem
    try:
        with os.fdopen(handle, "wb") as file:
            with snapshot():
                manifest, files, missing = _write(file, recipients, tell)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        _name(part, path)
    except OSError as problem:
        raise NotWritten(f"The backup could not be written: {problem}. Nothing of it was kept.") from problem
    finally:
        part.unlink(missing_ok=True)
    rows = sum(facts.rows for facts in manifest.tables.values())
    return BackedUp(rows, files, missing, manifest.entries, manifest.head, size)


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """All that is read inside is of one moment, while others go on writing."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Not Django's own BEGIN IMMEDIATE, which would keep every writer waiting. In WAL a reader has its own moment.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _write(file: IO[bytes], recipients: Sequence[Any], tell: Tell) -> tuple[Manifest, int, int]:
    migrations = applied()
    tables = tables_of(models_as_of(migrations))  # Also before a newer program has migrated.
    manifest = _manifest(migrations, tables)
    now = time.time()
    with (
        sealed(file, recipients) as plain,
        gzip.GzipFile(fileobj=plain, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):

        def add(name: str, content: IO[bytes], size: int) -> None:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = size, now, 0o600
            tar.addfile(member, content)
            tar.members.clear()  # type: ignore[attr-defined]  # It would keep one object for each member until the end.

        text = manifest.to_json()
        add(MANIFEST, BytesIO(text), len(text))
        for name, table in tables.items():
            _write_table(name, table, manifest.tables[name].rows, add, tell)
        files, missing = _write_files(tables.values(), add, tell)
    return manifest, files, missing


def _manifest(migrations: list[Migration], tables: dict[str, Table]) -> Manifest:
    return Manifest(
        made_at=timezone.now().isoformat(timespec="seconds"),
        migrations=migrations,
        tables={name: TableFacts(columns_of(table), QuerySet(table).count()) for name, table in tables.items()},
        entries=QuerySet(tables["audit.entry"]).count(),
        head=head_of(tables),
    )


def _write_table(name: str, table: Table, total: int, add: Callable[..., None], tell: Tell) -> None:
    done, said = 0, time.monotonic()
    for number, (rows, part) in enumerate(parts_of(table), 1):
        add(f"{ROWS}{name}/{number:06}.jsonl", BytesIO(part), len(part))
        done += rows
        if time.monotonic() - said > _EVERY_SECONDS:
            tell(f"{name}: {done:,} of {total:,} rows")
            said = time.monotonic()


def _write_files(tables: Any, add: Callable[..., None], tell: Tell) -> tuple[int, int]:
    files = missing = 0
    for table in tables:
        for field in fields_of(table):
            if not isinstance(field, models.FileField):
                continue
            named: QuerySet = (
                QuerySet(table).exclude(**{field.attname: ""}).order_by("pk").values_list(field.attname, flat=True)
            )
            for name in named.iterator():
                try:
                    content = field.storage.open(name)
                except FileNotFoundError:
                    missing += 1
                    continue
                with content:
                    add(FILES + name, content, content.size)
                files += 1
                if files % 1000 == 0:
                    tell(f"{files:,} files")
    return files, missing


def _name(part: Path, path: Path) -> None:
    """Give the finished file its name, and never that of another."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise NotWritten(f"{path} came to be while the backup was made: name another file.") from None
    except OSError:  # A disk without links, such as a stick.
        if path.exists():
            raise NotWritten(f"{path} came to be while the backup was made: name another file.") from None
        os.rename(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    except OSError:
        pass  # Not every disk can; the file itself is on it.
    finally:
        os.close(folder)
