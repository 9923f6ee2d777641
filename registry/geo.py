"""Positions on the globe: WGS 84 degrees in, metres and H3 cells out. No tables and no Django here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import asin, ceil, cos, radians, sin, sqrt

import h3

EARTH_RADIUS_M = 6_371_008.8
METRES_PER_DEGREE = EARTH_RADIUS_M * radians(1)
CELL_LEVELS = (7, 8, 9, 10, 12)

Ring = Sequence[Sequence[float]]
MultiPolygon = Sequence[Sequence[Ring]]


def cells(lat: float, lng: float) -> dict[str, int]:
    """The H3 cells around a position, by the name of their column on Site (`h3_r7` … `h3_r12`)."""
    return {f"h3_r{level}": h3.str_to_int(h3.latlng_to_cell(lat, lng, level)) for level in CELL_LEVELS}


def cells_within(lat: float, lng: float, radius_m: float) -> tuple[str, list[int]]:
    """A column of Site and its H3 cells that together hold every position within `radius_m`.

    For a first, indexable cut of a few dozen cells; `distance_m` decides. Hexagons here are up to 15 % smaller
    than the average of their level, so rings are counted with an edge that much shorter.
    """
    level = 9 if radius_m <= 500 else 8
    edge = h3.average_hexagon_edge_length(level, unit="m")
    rings = ceil((radius_m + edge) / (sqrt(3) * 0.85 * edge))
    found = h3.grid_disk(h3.latlng_to_cell(lat, lng, level), rings)
    return f"h3_r{level}", [h3.str_to_int(cell) for cell in found]


def distance_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Metres over the globe between two positions (haversine: a sphere, so up to 0.5 % off)."""
    half_lat, half_lng = radians(lat2 - lat1) / 2, radians(lng2 - lng1) / 2
    chord = sin(half_lat) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(half_lng) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))


def box(lat: float, lng: float, radius_m: float) -> tuple[float, float, float, float]:
    """(south, west, north, east) of a box that holds every position within `radius_m`.

    For a first, indexable cut; `distance_m` decides. It does not cross the antimeridian: Indonesia does not.
    """
    high = radius_m / METRES_PER_DEGREE * 1.0001  # A hair larger, so that rounding loses nobody on the rim.
    wide = high / max(cos(radians(min(abs(lat) + high, 89.9))), 1e-9)
    return (max(lat - high, -90.0), max(lng - wide, -180.0), min(lat + high, 90.0), min(lng + wide, 180.0))


def point_in_outline(outline: MultiPolygon | None, lat: float, lng: float) -> bool:
    """Whether a position lies in a MultiPolygon coordinate array (longitude first), outside its holes.

    An area without an outline holds nothing. A point on the very edge may be said to be on either side.
    """
    for polygon in outline or ():
        shell, *holes = polygon
        if _in_ring(shell, lat, lng) and not any(_in_ring(hole, lat, lng) for hole in holes):
            return True
    return False


def middle(outline: MultiPolygon) -> tuple[float, float]:
    """(latitude, longitude) of the centroid of the largest polygon; for a label, it may fall outside a crescent."""
    ring = max((polygon[0] for polygon in outline), key=lambda shell: abs(_twice_area(shell)))
    twice = _twice_area(ring)
    if not twice:
        return ring[0][1], ring[0][0]
    lng0, lat0 = ring[0][0], ring[0][1]  # Sums are taken from a corner: far from 0, 0 they would lose digits.
    lng = lat = 0.0
    for (x1, y1), (x2, y2) in _edges(ring):
        cross = (x1 - lng0) * (y2 - lat0) - (x2 - lng0) * (y1 - lat0)
        lng += (x1 + x2 - 2 * lng0) * cross
        lat += (y1 + y2 - 2 * lat0) * cross
    return lat0 + lat / (3 * twice), lng0 + lng / (3 * twice)


def _edges(ring: Ring) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    previous = ring[-1]
    for point in ring:
        yield (previous[0], previous[1]), (point[0], point[1])
        previous = point


def _twice_area(ring: Ring) -> float:
    lng0, lat0 = ring[0][0], ring[0][1]
    return sum((x1 - lng0) * (y2 - lat0) - (x2 - lng0) * (y1 - lat0) for (x1, y1), (x2, y2) in _edges(ring))


def _in_ring(ring: Ring, lat: float, lng: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in _edges(ring):
        if (y1 > lat) != (y2 > lat) and lng < x1 + (lat - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside
