"""Rows on their way out of one database and into another, the same for SQLite and PostgreSQL.

A row is one line: a JSON list in the order of the table's columns. Times are ISO 8601, bytes base64.
"""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps.registry import Apps
from django.db import connection, models
from django.db.models import QuerySet
from django.utils.duration import duration_iso_string
from psycopg import sql

PART_ROWS, PART_BYTES = 2_000, 1 << 20

Table = type[models.Model]
Line = list[Any]

# What JSON does not know; the rest goes as it is.
_TYPED = (
    models.DateField,
    models.TimeField,
    models.UUIDField,
    models.BinaryField,
    models.DecimalField,
    models.DurationField,
)


def tables_of(apps: Apps) -> dict[str, Table]:
    """Every table that has a model, by name: ours, those of Django and of other libraries, those between."""
    found = apps.get_models(include_auto_created=True)
    return {
        model._meta.label_lower: model
        for model in sorted(found, key=lambda model: model._meta.label_lower)
        if model._meta.managed and not model._meta.proxy
    }


def fields_of(table: Table) -> list[models.Field]:
    """In an order that is the same for the models of a moment and for those that migrations add up to."""
    fields = [field for field in table._meta.local_concrete_fields if not field.generated]
    return sorted(fields, key=lambda field: field.attname)


def columns_of(table: Table) -> list[str]:
    return [field.attname for field in fields_of(table)]


def head_of(tables: dict[str, Table]) -> str:
    """The last hash of the audit trail in hex, or nothing where it is empty."""
    last = QuerySet(tables["audit.entry"]).order_by("-number").values_list("hash", flat=True).first()
    return bytes(last).hex() if last else ""


def parts_of(table: Table) -> Iterator[tuple[int, bytes]]:
    """The rows in the order of their keys, in pieces of about a megabyte: how many, and their lines."""
    lines: list[bytes] = []
    size = 0
    rows: QuerySet = QuerySet(table).order_by("pk").values_list(*columns_of(table))
    for row in rows.iterator(chunk_size=PART_ROWS):
        line = json.dumps(row, default=_plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        lines.append(line)
        size += len(line)
        if len(lines) == PART_ROWS or size >= PART_BYTES:
            yield len(lines), b"".join(lines)
            lines, size = [], 0
    if lines:
        yield len(lines), b"".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"Cannot back up a {type(value).__name__}.")


class Inserter:
    """Writes the lines of one table into it, keys and all.

    `add` raises ValueError for what is no row of this table, and whatever the database refuses.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows = 0
        fields = fields_of(table)
        self._ways = [_way_in(field) for field in fields]
        self._columns = [str(field.column) for field in fields]

    def add(self, part: bytes) -> None:
        rows = [self._row(json.loads(line)) for line in part.splitlines()]
        if connection.vendor == "postgresql":
            self._copy(rows)
        else:
            self._insert(rows)
        self.rows += len(rows)

    def _row(self, line: Line) -> Line:
        return [
            way(value) if way and value is not None else value for way, value in zip(self._ways, line, strict=True)
        ]

    def _copy(self, rows: Sequence[Line]) -> None:
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(self.table._meta.db_table),
            sql.SQL(", ").join(sql.Identifier(name) for name in self._columns),
        )
        # Django does not know COPY, so its errors are not turned into Django's by themselves.
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def _insert(self, rows: Sequence[Line]) -> None:
        name = connection.ops.quote_name
        columns = ", ".join(name(column) for column in self._columns)
        marks = ", ".join(["%s"] * len(self._columns))
        with connection.cursor() as cursor:
            # Names from our own models; the values are parameters.
            cursor.executemany(
                f"INSERT INTO {name(self.table._meta.db_table)} ({columns}) VALUES ({marks})",  # noqa: S608  # nosec B608
                rows,
            )


def _way_in(field: models.Field) -> Callable[[Any], Any] | None:
    """From the value of a line to what this database takes, or None where it is the same."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, _TYPED):
        return lambda value: field.get_db_prep_save(field.to_python(value), connection)
    if isinstance(field, models.JSONField):
        return lambda value: field.get_db_prep_save(value, connection)
    return None
