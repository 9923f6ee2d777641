"""The demo's map: schematic outlines of the kecamatan and kelurahan. They are no boundaries and say so.

The city is cut into Voronoi cells around the rough centres of the kecamatan, each of these around invented centres
of its kelurahan. Cells are convex, tile without gaps and do not overlap.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from django.db import transaction

from registry.importing import load_kemendagri
from registry.models import Area, AreaLevel

CITY = "31.73"
KEBON_JERUK, KALIDERES = "31.73.05", "31.73.06"

Point = tuple[float, float]  # Longitude, latitude.
Polygon = list[Point]

# Rough centres (design, section 11) and an invented, convex edge of the city.
CENTRES: dict[str, Point] = {
    "31.73.01": (106.74, -6.15),
    "31.73.02": (106.79, -6.16),
    "31.73.03": (106.82, -6.15),
    "31.73.04": (106.80, -6.15),
    "31.73.05": (106.77, -6.19),
    "31.73.06": (106.70, -6.13),
    "31.73.07": (106.80, -6.19),
    "31.73.08": (106.74, -6.20),
}
EDGE: Polygon = [
    (106.686, -6.098),
    (106.676, -6.125),
    (106.684, -6.165),
    (106.706, -6.208),
    (106.730, -6.224),
    (106.768, -6.225),
    (106.808, -6.212),
    (106.826, -6.178),
    (106.831, -6.150),
    (106.823, -6.133),
    (106.790, -6.116),
    (106.740, -6.098),
    (106.708, -6.093),
]
RELAXATIONS = 12


@transaction.atomic
def draw_areas() -> int:
    """See that every area is there and has an outline; how many outlines were drawn.

    An outline that is there already, drawn or imported, is left alone.
    """
    known = Area.objects.below(CITY)
    if known.count() < 65:
        load_kemendagri(CITY)
    bare = list(known.filter(outline__isnull=True).only("code", "level"))
    if not bare:
        return 0
    drawn = outlines(list(known.filter(level=AreaLevel.KELURAHAN).order_by("code").values_list("code", flat=True)))
    found = [area for area in bare if area.code in drawn]
    for area in found:
        polygon = drawn[area.code]
        area.outline = [[[list(point) for point in [*polygon, polygon[0]]]]]
        area.lng, area.lat = (round(degrees, 6) for degrees in centroid(polygon))
        area.schematic = True
    Area.objects.bulk_update(found, ["outline", "lat", "lng", "schematic"])
    return len(found)


def outlines(kelurahan: Sequence[str]) -> dict[str, Polygon]:
    """A convex polygon for the city, each kecamatan and each of these kelurahan, always the same."""
    drawn = {CITY: EDGE}
    for code, polygon in zip(CENTRES, cells(EDGE, list(CENTRES.values())), strict=True):
        drawn[code] = polygon
        parts = sorted(part for part in kelurahan if part.startswith(code + "."))
        drawn.update(zip(parts, even_cells(polygon, len(parts), seed=code), strict=True))
    return {code: [(round(lng, 6), round(lat, 6)) for lng, lat in polygon] for code, polygon in drawn.items()}


def even_cells(polygon: Polygon, number: int, *, seed: str) -> list[Polygon]:
    """Cut a convex polygon into cells of about one size, by moving each centre to the middle of its cell."""
    if not number:
        return []
    chance = random.Random(seed)
    centres = [point_in(polygon, chance) for _ in range(number)]
    for _ in range(RELAXATIONS):
        centres = [centroid(cell) for cell in cells(polygon, centres)]
    return cells(polygon, centres)


def cells(polygon: Polygon, centres: Sequence[Point]) -> list[Polygon]:
    """The Voronoi cells of the centres inside a convex polygon."""
    found = []
    for own in centres:
        cell = polygon
        for other in centres:
            if other != own:
                cell = nearer(cell, own, other)
        found.append(cell)
    return found


def nearer(polygon: Polygon, own: Point, other: Point) -> Polygon:
    """The part of a convex polygon that lies nearer to `own` than to `other` (cut along the bisector)."""

    def beyond(point: Point) -> float:
        middle = ((own[0] + other[0]) / 2, (own[1] + other[1]) / 2)
        return (point[0] - middle[0]) * (other[0] - own[0]) + (point[1] - middle[1]) * (other[1] - own[1])

    kept: Polygon = []
    for one, two in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        here, there = beyond(one), beyond(two)
        if here <= 0:
            kept.append(one)
        if (here < 0 < there) or (there < 0 < here):
            part = here / (here - there)
            kept.append((one[0] + part * (two[0] - one[0]), one[1] + part * (two[1] - one[1])))
    return kept


def centroid(polygon: Sequence[Point]) -> Point:
    """The middle of a polygon's area."""
    lng0, lat0 = polygon[0]
    twice = lng = lat = 0.0
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        cross = (x1 - lng0) * (y2 - lat0) - (x2 - lng0) * (y1 - lat0)
        twice += cross
        lng += (x1 + x2 - 2 * lng0) * cross
        lat += (y1 + y2 - 2 * lat0) * cross
    return lng0 + lng / (3 * twice), lat0 + lat / (3 * twice)


def point_in(polygon: Sequence[Point], chance: random.Random) -> Point:
    """A point well inside a convex polygon: between its middle and a place on its edge."""
    middle = centroid(polygon)
    at = chance.randrange(len(polygon))
    one, two = polygon[at], polygon[(at + 1) % len(polygon)]
    along, out = chance.random(), 0.85 * math.sqrt(chance.random())
    edge = (one[0] + along * (two[0] - one[0]), one[1] + along * (two[1] - one[1]))
    return middle[0] + out * (edge[0] - middle[0]), middle[1] + out * (edge[1] - middle[1])
