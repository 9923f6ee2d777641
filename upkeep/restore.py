"""`manage.py restore`: a backup into an empty database, all of it or nothing."""

import contextlib
import gzip
import tarfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from audit.checking import Check, check_chain
from feeds import store
from upkeep.backup import Tell
from upkeep.contents import FILES, MANIFEST, ROWS, Manifest, not_ours
from upkeep.errors import BadFile, NotEmpty, UpkeepError
from upkeep.rows import Inserter, Table, columns_of, head_of, tables_of
from upkeep.schema import FILLED_BY_MIGRATE, make_tables_as_of, migrate_on, require_empty
from upkeep.sealing import opened

_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and whether its audit trail holds."""

    made_at: str
    rows: int
    files: int
    chain: Check


def restore(path: Path, *, identities: Sequence[Any], tell: Tell) -> Restored:
    """Bring a backup into this database, which holds nothing yet; then migrate it to this version.

    Rows, their numbers and the head of the audit trail are those of the backup, or nothing is kept. Raises
    NotEmpty, OtherVersion, BadKey and BadFile.
    """
    require_empty()
    try:
        with path.open("rb") as file, _members(file, identities) as members:
            manifest = _manifest(members)
            tell(f"Backup of {manifest.made_at}: {manifest.entries:,} entries in the audit trail.")
            tables = _tables(manifest)
            rows, files = _load(manifest, tables, members, tell)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as problem:
        raise BadFile(f"Cannot read {path}: {problem}.") from problem
    ContentType.objects.clear_cache()
    tell("Bringing the tables to this version and checking the audit trail ...")
    migrate_on()
    return Restored(manifest.made_at, rows, files, check_chain())


Members = Iterator[tuple[str, IO[bytes]]]


@contextlib.contextmanager
def _members(file: IO[bytes], identities: Sequence[Any]) -> Iterator[Members]:
    with (
        opened(file, identities) as plain,
        gzip.GzipFile(fileobj=plain, mode="rb") as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):

        def each() -> Members:
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    raise not_ours()
                yield member.name, content
                tar.members.clear()  # type: ignore[attr-defined]  # As in backup.py.
            while packed.read(1 << 20):  # To the end, which alone tells whether the file is whole.
                pass

        yield each()


def _manifest(members: Members) -> Manifest:
    name, content = next(members, (None, None))
    if name != MANIFEST or content is None:
        raise not_ours()
    return Manifest.from_json(content.read())


def _tables(manifest: Manifest) -> dict[str, Table]:
    """The tables of the backup, made as they were."""
    tables = tables_of(make_tables_as_of(manifest.migrations))
    as_here = {name: columns_of(table) for name, table in tables.items()}
    # A library may have models without migrations; else both follow from the migrations alone.
    as_there = {name: facts.columns for name, facts in manifest.tables.items()}
    if as_here != as_there:
        names = sorted(name for name in {*as_here, *as_there} if as_here.get(name) != as_there.get(name))
        raise BadFile(
            f"Tables of this backup ({', '.join(names)}) do not follow from its migrations: it was made with other "
            "libraries or altered code. Restore it with the very version that made it."
        )
    return tables


def _load(manifest: Manifest, tables: dict[str, Table], members: Members, tell: Tell) -> tuple[int, int]:
    written: list[str] = []
    try:
        with transaction.atomic():
            _take_away_what_migrate_filled(tables)
            inserters = {name: Inserter(table) for name, table in tables.items()}
            said = time.monotonic()
            for name, content in members:
                if name.startswith(ROWS):
                    _load_part(name, content.read(), inserters)
                elif name.startswith(FILES):
                    _load_file(name.removeprefix(FILES), content.read(), written)
                else:
                    raise not_ours()
                if time.monotonic() - said > _EVERY_SECONDS:
                    done = sum(inserter.rows for inserter in inserters.values())
                    tell(f"{done:,} rows, {len(written):,} files")
                    said = time.monotonic()
            _require_equal(manifest, tables)
            _go_on_counting(tables)
    except BaseException as problem:
        for name in written:
            store.remove(name)
        if isinstance(problem, DatabaseError):
            raise UpkeepError(
                f"The database did not take the backup, and keeps nothing of it: {str(problem).splitlines()[0]} "
                "(On PostgreSQL restore as the owner of the tables.)"
            ) from problem
        raise
    return sum(inserter.rows for inserter in inserters.values()), len(written)


def _take_away_what_migrate_filled(tables: dict[str, Table]) -> None:
    for table in tables.values():
        if table._meta.db_table in FILLED_BY_MIGRATE:
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table._meta.db_table)}")  # noqa: S608  # nosec B608


def _load_part(name: str, part: bytes, inserters: dict[str, Inserter]) -> None:
    table = name.removeprefix(ROWS).partition("/")[0]
    if table not in inserters:
        raise not_ours()
    try:
        inserters[table].add(part)
    except (ValueError, TypeError, ValidationError) as problem:
        raise BadFile(f"A line of {name} is no row of {table}. Nothing was kept.") from problem


def _load_file(name: str, content: bytes, written: list[str]) -> None:
    try:
        store.write_whole(name, content)
    except FileExistsError:
        raise NotEmpty(
            f"The folder of files holds {name} already. Restore goes to an empty one: set MITRA_VAR to a new "
            "folder or empty files/."
        ) from None
    except SuspiciousOperation as problem:
        raise not_ours() from problem
    written.append(name)


def _require_equal(manifest: Manifest, tables: dict[str, Table]) -> None:
    """What stands here now against what the backup said it would be."""
    for name, table in tables.items():
        found = QuerySet(table).count()
        if found != manifest.tables[name].rows:
            raise BadFile(
                f"{name} should have {manifest.tables[name].rows:,} rows, and {found:,} came. Nothing was kept."
            )
    if head_of(tables) != manifest.head:
        raise BadFile("The audit trail does not end where the backup says it does. Nothing was kept.")


def _go_on_counting(tables: dict[str, Table]) -> None:
    """The numbers of new rows go on after those that came."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables.values())):
            cursor.execute(statement)
