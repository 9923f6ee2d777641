"""Kemendagri area codes: `31.73` is a city, `31.73.01` a kecamatan, `31.73.01.1001` a kelurahan."""


def covers(area_code: str, code: str) -> bool:
    """Whether `code` is `area_code` itself or lies below it."""
    return bool(area_code) and (code == area_code or code.startswith(area_code + "."))


def ancestors(code: str) -> list[str]:
    """The code itself and every code above it, nearest first."""
    parts = code.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
