"""Which tables there are: the migrations of a backup, of this program and of this database."""

from collections.abc import Iterable

from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from upkeep.errors import NotEmpty, OtherVersion

Migration = tuple[str, str]

# What `migrate` itself fills; a restore takes these rows away and brings those of the backup.
FILLED_BY_MIGRATE = frozenset({"django_migrations", "django_content_type", "auth_permission", "access_reason"})


def applied() -> list[Migration]:
    """The migrations that made the tables of this database."""
    return sorted(MigrationRecorder(connection).applied_migrations())


def require_empty() -> None:
    """Raises NotEmpty where a table holds a row that `migrate` has not put there."""
    held = [name for name in connection.introspection.table_names() if name not in FILLED_BY_MIGRATE]
    full = [name for name in sorted(held) if _has_rows(name)]
    if full:
        raise NotEmpty(
            f"This database is in use: {', '.join(full[:5])}{' …' if len(full) > 5 else ''} hold rows. Restore "
            "goes to an empty one only: make a new database and name it in DATABASE_URL (embedded: set MITRA_VAR "
            "to a new folder)."
        )


def models_as_of(migrations: Iterable[Migration]) -> Apps:
    """The models as these migrations leave them, older ones too; raises OtherVersion for those not known here."""
    loader = MigrationExecutor(connection).loader
    return loader.project_state(_ends(loader, set(migrations))).apps


def make_tables_as_of(migrations: Iterable[Migration]) -> Apps:
    """Make the tables as these migrations leave them, where they are not there yet; the models of then.

    Raises OtherVersion where this program does not know them, or the tables are newer already.
    """
    wanted, executor = set(migrations), MigrationExecutor(connection)
    ends = _ends(executor.loader, wanted)
    newer = set(applied()) - wanted
    if newer:
        raise OtherVersion(
            f"The tables here are newer than the backup (by {_named(newer)}). Restore to a database without any "
            "tables: it makes them as they were, brings the rows, and then migrates."
        )
    executor.migrate(ends)
    return executor.loader.project_state(ends).apps


def migrate_on() -> None:
    """The migrations that came after the backup, and what Django keeps of its own."""
    call_command("migrate", interactive=False, verbosity=0)


def _ends(loader: MigrationLoader, wanted: set[Migration]) -> list[Migration]:
    """The last of these migrations in each app."""
    unknown = wanted - set(loader.disk_migrations)
    if unknown:
        raise OtherVersion(
            f"{_named(unknown)} are of a newer version of the product and not known here. Install that version or "
            "a later one, then run this again."
        )
    wanted = wanted | {key for key, one in loader.replacements.items() if set(one.replaces) <= wanted}
    nodes = wanted & set(loader.graph.nodes)
    followed = {
        parent.key for key in nodes for parent in loader.graph.node_map[key].parents if parent.key[0] == key[0]
    }
    return sorted(nodes - followed)


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608  # nosec B608
        return cursor.fetchone() is not None


def _named(migrations: Iterable[Migration]) -> str:
    names = sorted(f"{app}.{name}" for app, name in migrations)
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
