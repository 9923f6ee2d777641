"""Many rows changed by one statement, each in its own way."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.db import connection

from config.prepared import prepared_cursor
from health.arrays import array_of
from health.models import CheckState

BATCH = 250


def write(ids: Sequence[int], columns: Mapping[str, Sequence[object]]) -> None:
    """Save in each of these rows of `CheckState` what the columns hold at its place.

    What `bulk_update` does, but without its CASE for each row and field, which takes Django some milliseconds of
    every row: on PostgreSQL the values go as arrays, a column each.
    """
    if not ids:
        return
    if connection.vendor == "postgresql":
        with prepared_cursor() as cursor:
            cursor.execute(_update(tuple(columns)), [array_of(ids), *map(array_of, columns.values())])
        return
    rows = [
        CheckState(id=pk, **dict(zip(columns, row, strict=True)))
        for pk, row in zip(ids, zip(*columns.values(), strict=True), strict=True)
    ]
    CheckState.objects.bulk_update(rows, list(columns), batch_size=BATCH)


@lru_cache(maxsize=8)
def _update(columns: tuple[str, ...]) -> str:
    of_column = {field.column: field for field in CheckState._meta.concrete_fields}
    fields = [of_column[column] for column in columns]
    names = [connection.ops.quote_name(column) for column in columns]
    changes = ", ".join(f"{name} = new.{name}" for name in names)
    arrays = ", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in fields)
    return (
        f"UPDATE {CheckState._meta.db_table} AS old SET {changes} "  # noqa: S608 # nosec B608 - names and types of the model's own
        f"FROM unnest(%s::bigint[], {arrays}) AS new (id, {', '.join(names)}) WHERE old.id = new.id"
    )
