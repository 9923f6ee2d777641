"""A database that takes no row into one table: the plainest way for writing to fail."""

from django.db import connection


def refuse_inserts(table: str) -> None:
    """From now on, until the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION refuse_in_test() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER refuse_in_test BEFORE INSERT ON {table} FOR EACH ROW "
                "EXECUTE FUNCTION refuse_in_test()"
            )
        else:
            cursor.execute(
                f"CREATE TRIGGER refuse_in_test BEFORE INSERT ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
            )
