"""An invented street grid with building blocks, so that the demo's map is a map. It is *skematis*: no street
is real.

One gently bent grid lies over the whole city, always the same; what lies inside an outline is cut out of it. So
streets go on from one kelurahan into the next, and a block belongs to the one that holds its middle. Large
kelurahan have fewer, longer buildings, which keeps every answer small.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import cos, radians, sin
from typing import Any

from registry.geo import METRES_PER_DEGREE, MultiPolygon, point_in_outline

LARGEST_ANSWER = 150_000  # Bytes.
DETAILS = ("all", "few", "streets", "main")
MOST_OUTLINES = 8  # A box over more of them sees too much of the city for more than main streets.
NOTE = "Skematis: jalan dan bangunan rekaan untuk peragaan, bukan peta sebenarnya."

ORIGIN_LAT, ORIGIN_LNG, TURNED = -6.16, 106.76, radians(11)
BLOCK_U, BLOCK_V = 100.0, 240.0  # Metres between lanes, and between the streets across them.
HALF = {"main": 11.0, "local": 6.0, "lane": 3.5}  # Metres from the middle of the road to its edge.
BEND = 140.0
STEP = 120.0
BUILDINGS_WANTED = 800
OPEN_BLOCKS = 0.07

MAIN_NAMES = ("Melati", "Kenanga", "Cempaka", "Anggrek", "Teratai", "Kemuning", "Bugenvil", "Seroja", "Tanjung")

Box = tuple[float, float, float, float]  # South, west, north, east.
Feature = dict[str, Any]


@lru_cache(maxsize=128)
def kelurahan_geojson(outline_json: str) -> bytes:
    """The streets and buildings inside an outline (its MultiPolygon coordinates as JSON text)."""
    return within_limit(lambda detail: features(json.loads(outline_json), detail=detail))


def within(outlines: Sequence[MultiPolygon], box: Box | None) -> bytes:
    """The grid inside these outlines that touches the box; without a box the main streets of all of them."""
    if box is None:
        return within_limit(lambda _: [one for outline in outlines for one in features(outline, detail="main")])
    near = [outline for outline in outlines if _meets(outline, box)]
    if len(near) > MOST_OUTLINES:
        return within_limit(
            lambda _: [one for outline in near for one in features(outline, detail="main", box=box)]
        )
    return within_limit(
        lambda detail: [one for outline in near for one in features(outline, detail=detail, box=box)]
    )


def within_limit(draw: Callable[[str], list[Feature]]) -> bytes:
    """A FeatureCollection with as much detail as fits: all, one building a block, streets only, or main streets."""
    body = b""
    for detail in DETAILS:
        collection = {"type": "FeatureCollection", "skematis": True, "note": NOTE, "features": draw(detail)}
        body = json.dumps(collection, separators=(",", ":")).encode()
        if len(body) <= LARGEST_ANSWER:
            break
    return body


def features(outline: MultiPolygon, *, detail: str = "all", box: Box | None = None) -> list[Feature]:
    """Streets as LineStrings with a width class (main, local, lane), buildings as one MultiPolygon per block."""
    drawn = list(_streets(outline, main_only=detail == "main"))
    if detail in ("all", "few"):
        drawn += _buildings(outline, few=detail == "few")
    return [feature for feature in drawn if box is None or _touches(feature, box)]


def front(outline: MultiPolygon, chance: random.Random) -> tuple[float, float]:
    """(latitude, longitude) of a house front on some street inside the outline."""
    u_min, v_min, u_max, v_max = _span(outline)
    for _ in range(1000):
        u, v = chance.uniform(u_min, u_max), chance.uniform(v_min, v_max)
        lane = round(u / BLOCK_U)
        lng, lat = to_degrees(lane * BLOCK_U + HALF[_lane_class(lane)] + 2, v)
        if point_in_outline(outline, lat, lng):
            return round(lat, 6), round(lng, 6)
    raise ValueError("The outline holds no street.")


# --- the grid ----------------------------------------------------------------------------------------------


def to_degrees(u: float, v: float) -> tuple[float, float]:
    """(longitude, latitude) of a place on the grid: bent, turned, and put on the globe."""
    x, y = u + BEND * sin(v / 900), v + BEND * sin(u / 1300)
    east, north = x * cos(TURNED) - y * sin(TURNED), x * sin(TURNED) + y * cos(TURNED)
    lat = ORIGIN_LAT + north / METRES_PER_DEGREE
    return ORIGIN_LNG + east / (METRES_PER_DEGREE * cos(radians(ORIGIN_LAT))), lat


def _span(outline: MultiPolygon) -> Box:
    """The least and greatest u and v that the outline can touch, before bending."""
    turned = []
    for polygon in outline:
        for lng, lat in polygon[0]:
            east = (lng - ORIGIN_LNG) * METRES_PER_DEGREE * cos(radians(ORIGIN_LAT))
            north = (lat - ORIGIN_LAT) * METRES_PER_DEGREE
            turned.append((east * cos(TURNED) + north * sin(TURNED), north * cos(TURNED) - east * sin(TURNED)))
    us, vs = [u for u, _ in turned], [v for _, v in turned]
    return min(us) - BEND, min(vs) - BEND, max(us) + BEND, max(vs) + BEND


def _lane_class(number: int) -> str:
    if number % 7 == 0:
        return "main"
    return "local" if number % 2 == 0 else "lane"


def _cross_class(number: int) -> str:
    return "main" if number % 4 == 0 else "local"


def _steps(least: float, most: float, width: float) -> range:
    return range(int(least // width), int(most // width) + 2)


# --- streets -----------------------------------------------------------------------------------------------


def _streets(outline: MultiPolygon, *, main_only: bool) -> Iterator[Feature]:
    u_min, v_min, u_max, v_max = _span(outline)
    for lane in _steps(u_min, u_max, BLOCK_U):
        line = [(lane * BLOCK_U, at * STEP) for at in _steps(v_min, v_max, STEP)]
        if not main_only or _lane_class(lane) == "main":
            yield from _street(outline, line, _lane_class(lane), f"Jalan {_name(lane)} Raya")
    for cross in _steps(v_min, v_max, BLOCK_V):
        line = [(at * BLOCK_U, cross * BLOCK_V) for at in _steps(u_min, u_max, BLOCK_U)]
        if not main_only or _cross_class(cross) == "main":
            yield from _street(outline, line, _cross_class(cross), f"Jalan {_name(cross // 4 + 4)} Utama")


def _name(number: int) -> str:
    return MAIN_NAMES[number % len(MAIN_NAMES)]


def _street(outline: MultiPolygon, line: Sequence[tuple[float, float]], width: str, name: str) -> Iterator[Feature]:
    properties = {"kind": "street", "width": width}
    if width == "main":
        properties["label"] = f"{name} (rekaan)"
    for part in _clipped(outline, line):
        yield {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "LineString", "coordinates": [_rounded(*to_degrees(u, v)) for u, v in part]},
        }


def _clipped(outline: MultiPolygon, line: Sequence[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """The parts of a line of grid places that lie inside the outline."""
    part: list[tuple[float, float]] = []
    before, was_inside = line[0], False
    for place in line:
        inside = _holds(outline, *place)
        if inside != was_inside and place != before:
            part.append(_edge(outline, before, place, was_inside))
        if inside:
            part.append(place)
        elif part:
            yield part
            part = []
        before, was_inside = place, inside
    if len(part) > 1:
        yield part


def _edge(
    outline: MultiPolygon, one: tuple[float, float], two: tuple[float, float], one_inside: bool
) -> tuple[float, float]:
    """Where the way from one place to the other crosses the outline, to a metre."""
    for _ in range(7):
        middle = ((one[0] + two[0]) / 2, (one[1] + two[1]) / 2)
        if _holds(outline, *middle) == one_inside:
            one = middle
        else:
            two = middle
    return one if one_inside else two


def _holds(outline: MultiPolygon, u: float, v: float) -> bool:
    lng, lat = to_degrees(u, v)
    return point_in_outline(outline, lat, lng)


# --- buildings ---------------------------------------------------------------------------------------------


def _buildings(outline: MultiPolygon, *, few: bool) -> Iterator[Feature]:
    u_min, v_min, u_max, v_max = _span(outline)
    blocks = [
        (lane, cross)
        for lane in _steps(u_min, u_max, BLOCK_U)
        for cross in _steps(v_min, v_max, BLOCK_V)
        if _holds(outline, (lane + 0.5) * BLOCK_U, (cross + 0.5) * BLOCK_V)
    ]
    in_row = max(1, min(7, round(BUILDINGS_WANTED / (2 * max(len(blocks), 1)))))
    for lane, cross in blocks:
        chance = random.Random(f"{lane}:{cross}")
        if chance.random() >= OPEN_BLOCKS:
            shapes = [[_quad(*corners)] for corners in _block(lane, cross, in_row, chance)][: 1 if few else None]
            yield {
                "type": "Feature",
                "properties": {"kind": "building"},
                "geometry": {"type": "MultiPolygon", "coordinates": shapes},
            }


def _block(lane: int, cross: int, in_row: int, chance: random.Random) -> Iterator[Box]:
    """Two rows of buildings back to back: (u, v, u, v) of opposite corners."""
    west, east = (
        lane * BLOCK_U + HALF[_lane_class(lane)] + 2,
        (lane + 1) * BLOCK_U - HALF[_lane_class(lane + 1)] - 2,
    )
    south = cross * BLOCK_V + HALF[_cross_class(cross)] + 2
    north = (cross + 1) * BLOCK_V - HALF[_cross_class(cross + 1)] - 2
    middle = (west + east) / 2
    long = (north - south) / in_row
    for at in range(in_row):
        start, end = south + at * long, south + (at + 1) * long - chance.uniform(1, 5)
        yield west, start, middle - chance.uniform(2, 14), end
        yield middle + chance.uniform(2, 14), start, east, end


def _quad(u1: float, v1: float, u2: float, v2: float) -> list[list[float]]:
    corners = [(u1, v1), (u2, v1), (u2, v2), (u1, v2), (u1, v1)]
    return [_rounded(*to_degrees(u, v)) for u, v in corners]


def _rounded(lng: float, lat: float) -> list[float]:
    return [round(lng, 5), round(lat, 5)]  # A metre.


def _meets(outline: MultiPolygon, box: Box) -> bool:
    points = [point for polygon in outline for point in polygon[0]]
    return _overlap([point[0] for point in points], [point[1] for point in points], box)


def _touches(feature: Feature, box: Box) -> bool:
    coordinates = feature["geometry"]["coordinates"]
    points = (
        coordinates if feature["geometry"]["type"] == "LineString" else [p for one in coordinates for p in one[0]]
    )
    return _overlap([point[0] for point in points], [point[1] for point in points], box)


def _overlap(lngs: Sequence[float], lats: Sequence[float], box: Box) -> bool:
    south, west, north, east = box
    return min(lngs) <= east and max(lngs) >= west and min(lats) <= north and max(lats) >= south
