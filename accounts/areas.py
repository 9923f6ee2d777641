"""Kemendagri area codes: `31.73` is a city, `31.73.01` a kecamatan, `31.73.01.1001` a kelurahan."""

from django.db.models import Q


def covers(area_code: str, code: str) -> bool:
    """Whether `code` is `area_code` itself or lies below it."""
    return bool(area_code) and (code == area_code or code.startswith(area_code + "."))


def ancestors(code: str) -> list[str]:
    """The code itself and every code above it, nearest first."""
    parts = code.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


def within(area_code: str, field: str) -> Q:
    """The same as a condition: `field` holds this code or one below it."""
    return Q(**{field: area_code}) | Q(**{f"{field}__startswith": area_code + "."})
