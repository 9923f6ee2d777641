"""What is said to PostgreSQL at the beginning of each connection."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def compile_nothing(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Turn the compiler of statements off: it takes 500 ms for what a city's batch asks, and that runs for 35 ms.

    Said here and not among the options of the connection, which a pooler refuses.
    """
    if connection.vendor == "postgresql":
        connection.connection.execute("SET jit = off")
