"""`manage.py app_role NAME`: the database role that the product itself uses (PostgreSQL)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg import sql

from audit.models import Entry
from config import env


class Command(BaseCommand):
    """Run by the owner of the tables after each migration. The role may read, add, change and delete rows, but
    in the audit trail it can only add and read, and it can change no table."""

    help = "Make or refresh the role NAME with the password in POSTGRES_APP_PASSWORD, and give it its rights."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", metavar="NAME")

    @transaction.atomic
    def handle(self, *args: Any, role: str, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("app_role is for PostgreSQL; SQLite knows no roles.")
        name, schema = sql.Identifier(role), sql.SQL("SCHEMA public")
        password = sql.Literal(env.secret("POSTGRES_APP_PASSWORD", least=16))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            make = "ALTER ROLE {} LOGIN PASSWORD {}" if cursor.fetchone() else "CREATE ROLE {} LOGIN PASSWORD {}"
            for statement in (
                sql.SQL(make).format(name, password),
                sql.SQL("GRANT USAGE ON {} TO {}").format(schema, name),
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN {} TO {}").format(schema, name),
                sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN {} TO {}").format(schema, name),
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
                    sql.Identifier(Entry._meta.db_table), name
                ),
            ):
                cursor.execute(statement)
        self.stdout.write(f"The role {role} may use the tables, and only add to and read the audit trail.")
