"""Positions on the ground: WGS 84 degrees, distances in metres, H3 cells."""

import math
from typing import Any

import h3

_EARTH_RADIUS_M = 6_371_008.8  # Mean radius (IUGG).
_RESOLUTIONS = (7, 8, 9, 10, 12)


def cells(lat: float, lng: float) -> dict[str, int]:
    """The H3 cells of a position, keyed as Site's columns (`h3_r7` … `h3_r12`)."""
    return {f"h3_r{res}": h3.str_to_int(h3.latlng_to_cell(lat, lng, res)) for res in _RESOLUTIONS}


def distance_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Great-circle distance in metres (haversine)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_phi, half_lambda = (phi2 - phi1) / 2, math.radians(lng2 - lng1) / 2
    a = math.sin(half_phi) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lambda) ** 2
    return 2 * _EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, a)))


def box(lat: float, lng: float, radius_m: float) -> tuple[float, float, float, float]:
    """South, west, north, east in degrees: a box that holds the circle, a little larger."""
    d_lat = math.degrees(radius_m / _EARTH_RADIUS_M) * 1.001
    d_lng = d_lat / max(math.cos(math.radians(lat)), 0.01)
    return lat - d_lat, lng - d_lng, lat + d_lat, lng + d_lng


def point_in_outline(outline: list[Any], lat: float, lng: float) -> bool:
    """Whether a position lies inside a GeoJSON MultiPolygon (`[[[lng, lat], …], holes…]` per polygon)."""
    return any(
        _in_ring(polygon[0], lat, lng) and not any(_in_ring(hole, lat, lng) for hole in polygon[1:])
        for polygon in outline
    )


def _in_ring(ring: list[Any], lat: float, lng: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > lat) != (y2 > lat) and lng < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
