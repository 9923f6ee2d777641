"""Rows for a bench's world, written by COPY."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import connection, models

from registry.models import Camera, Device, Receipt, Site

KEYED = (Site, Receipt, Device, Camera)  # Their keys are given, so that others can name them beforehand.


def copied(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Write rows by COPY; fields that nobody set hold their defaults."""
    fields = [field for field in model._meta.concrete_fields if not (field.primary_key and not _keyed(model))]
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
        for one in rows:
            copy.write_row([_value(one, field) for field in fields])
    if _keyed(model):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'), (SELECT max(id) FROM "  # noqa: S608
                f'"{model._meta.db_table}"))'
            )


def _keyed(model: type[models.Model]) -> bool:
    return model in KEYED


def _value(one: models.Model, field: Any) -> Any:
    value = getattr(one, field.attname)
    return field.get_db_prep_save(value, connection) if not isinstance(value, uuid.UUID) else str(value)
