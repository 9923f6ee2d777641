"""What each connection to PostgreSQL is told at its beginning."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_no_connection_compiles_its_statements() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite compiles nothing")
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
