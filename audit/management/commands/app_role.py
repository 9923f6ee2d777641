"""`manage.py app_role NAME`: the database role that the product itself uses (PostgreSQL)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from audit.role import RIGHTS, TRAIL, ways_around
from config import env


class Command(BaseCommand):
    """Run by the owner of the tables after each migration. The role may read, add, change and delete rows, but in
    the audit trail it can only add and read (and erase texts), and it can change no table and no trigger.

    Ends with an error where the role has rights from elsewhere that lead around this.
    """

    help = "Make or refresh the role NAME with the password in POSTGRES_APP_PASSWORD, and give it its rights."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", metavar="NAME")

    @transaction.atomic
    def handle(self, *args: Any, role: str, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("app_role is for PostgreSQL; SQLite knows no roles.")
        name, schema = sql.Identifier(role), sql.SQL("SCHEMA public")
        database = sql.Identifier(connection.settings_dict["NAME"])
        password = sql.Literal(env.secret("POSTGRES_APP_PASSWORD", least=16))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            make = "ALTER ROLE {} LOGIN PASSWORD {}" if cursor.fetchone() else "CREATE ROLE {} LOGIN PASSWORD {}"
            for statement in (
                sql.SQL(make).format(name, password),
                sql.SQL("REVOKE ALL ON ALL TABLES IN {} FROM PUBLIC, {}").format(schema, name),
                # A temporary table is found before the one of the same name that the trail stands in.
                sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC, {}").format(database, name),
                sql.SQL("GRANT USAGE ON {} TO {}").format(schema, name),
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN {} TO {}").format(schema, name),
                sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN {} TO {}").format(schema, name),
                # PostgreSQL lets everybody call a new function, unless somebody has set it otherwise here.
                sql.SQL("GRANT EXECUTE ON FUNCTION public.audit_append TO {}").format(name),
                *(_revoked(table, kept, name) for table, kept in TRAIL.items()),
            ):
                cursor.execute(statement)
            _require_no_way_around(cursor, role)
        self.stdout.write(f"The role {role} may use the tables, and only add to and read the audit trail.")


def _revoked(table: str, kept: set[str], name: sql.Identifier) -> sql.Composed:
    rights = sql.SQL(", ").join(sql.SQL(right) for right in RIGHTS if right not in kept)
    return sql.SQL("REVOKE {} ON {} FROM {}").format(rights, sql.Identifier(table), name)


def _require_no_way_around(cursor: CursorWrapper, role: str) -> None:
    """Raises CommandError for a role that is mighty by itself, or has rights from elsewhere."""
    if found := ways_around(cursor, role):
        raise CommandError(
            f"The role {role} could lead around the audit trail by: {', '.join(found)}. Nothing was changed: take "
            "this from it as the database's administrator, or choose another name, and run this again."
        )
