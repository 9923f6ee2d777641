"""Privacy masks in the device itself, by Media2: what the owner drew is covered before it leaves his wall.

Only masks are added, and only those that we made are ever taken away: known again by the device's name for them
and by their shape, since a device gives a freed name to the next mask. Coordinates are the standard's: from -1 to
1 across the picture, y upwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lxml import etree

from devices import soap
from devices.changes import Change, Finding, Outcome, Values, Wish
from devices.configure.encoder_limits import whole
from devices.configure.encoders import request
from devices.errors import Misbehaving

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from devices.configure.visit import Visit

Point = tuple[float, float]
Polygon = tuple[Point, ...]

#: How far a corner may be moved by the device's own grid: 3 % of half the picture.
GRID = 0.03
_NAMES: Any = {None: soap.MEDIA2, "tt": soap.SCHEMA}
MASKS_MAX = 64
POINTS_MAX = 64


@dataclass(frozen=True, slots=True)
class Mask:
    """One mask that the device has."""

    token: str
    polygon: Polygon
    enabled: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What kind of masks the device can draw."""

    most: int
    points: int
    rectangles_only: bool
    kind: str
    colour: dict[str, str] | None

    def boxed(self, polygon: Polygon) -> bool:
        """Whether this polygon can only be covered as a box around it."""
        return self.rectangles_only or len(polygon) > self.points

    def drawn(self, polygon: Polygon) -> Polygon:
        return _box(polygon) if self.boxed(polygon) else polygon


def find(visit: Visit, wish: Wish) -> Finding:
    """Which of the drawn polygons the device does not cover yet, and how many it could; none need be drawn."""
    wished = polygons_of(wish.values.get("polygons"))
    place = _configuration(visit, wish.subject) if soap.MEDIA2 in visit.paths else None
    if place is None:
        return Finding("masks", "unsupported", None, "masks_not_offered", wish.subject)
    try:
        offer = _offer(visit, place)
    except soap.Fault as fault:
        if fault.not_authorized:
            raise
        return Finding("masks", "unsupported", None, "masks_not_offered", wish.subject)
    if offer.most < 1:
        return Finding("masks", "unsupported", None, "masks_not_offered", wish.subject)
    if offer.points < 4 and any(offer.boxed(polygon) for polygon in wished):
        return Finding("masks", "unsupported", None, "masks_points", wish.subject)
    there = _masks(visit, place)
    drawn = [offer.drawn(polygon) for polygon in wished]
    others = [m for m in there.values() if not any(alike(m.polygon, p) for p in drawn)]
    limits = {"most": max(offer.most - len(others), 0)}
    missing = [p for p in drawn if not any(m.enabled and alike(m.polygon, p) for m in there.values())]
    if not missing:
        return Finding("masks", "right", None, "masks_right" if wished else "masks_undrawn", wish.subject, limits)
    if len(there) + len(missing) > offer.most:
        return Finding("masks", "unsupported", None, "masks_full", wish.subject, limits)
    change = Change("masks", wish.subject, _values(()), {"polygons": _plain(missing), "tokens": []})
    why = "masks_missing_as_boxes" if drawn != wished else "masks_missing"
    return Finding("masks", "differs", change, why, wish.subject, limits)


def write(visit: Visit, change: Change) -> Outcome:
    """Add the new masks, or take away those of the old side, of which only ours are named."""
    place = _configuration(visit, change.subject) if soap.MEDIA2 in visit.paths else None
    if place is None:
        return visit.outcome("failed", change, {}, "masks_not_offered")
    add, remove = polygons_of(change.new.get("polygons")), polygons_of(change.old.get("polygons"))
    if bool(add) == bool(remove):
        return visit.outcome("failed", change, {}, "not_allowed")
    before = _masks(visit, place)
    return _add(visit, change, place, before, add) if add else _remove(visit, change, place, before)


def _add(visit: Visit, change: Change, place: str, before: dict[str, Mask], add: list[Polygon]) -> Outcome:
    offer = _offer(visit, place)
    if len(before) + len(add) > offer.most:
        return visit.outcome("failed", change, _values(()), "masks_full")
    refusal, named, lost = "", dict[str, Polygon](), list[Polygon]()
    for polygon in add:
        answers: list[Element] = []
        asked = _create(place, offer, polygon)
        refusal = visit.attempt(
            lambda asked=asked, answers=answers: answers.append(visit.media2(asked)),  # type: ignore[misc]
            {"MaxMasks": "masks_full"},
        )
        if refusal:
            break
        token = soap.text(answers[0], "Token", size=256) if answers else ""
        if token:
            named[token] = polygon
        else:
            lost.append(polygon)
    sent = change.as_happened({"polygons": _plain(named.values()), "tokens": [*named]}) if named else change
    after = visit.read_back(sent, lambda: _masks(visit, place))
    if isinstance(after, Outcome):
        return after
    ours = _made(before, after, named, lost)
    seen = _values(ours)
    happened = change.as_happened(seen)
    if any(after.get(token) != mask for token, mask in before.items()):
        return visit.outcome("failed", happened, {**seen, "others_changed": True}, "others_changed")
    covered = all(any(mask.enabled and alike(mask.polygon, p) for mask in ours) for p in add)
    if covered and len(ours) == len(add):
        return visit.outcome("done", happened, seen)
    if not ours:
        return visit.unchanged(change, seen, refusal)
    return visit.outcome("failed", happened, seen, "partly_written" if refusal else "other_value")


def _made(before: dict[str, Mask], after: dict[str, Mask], named: Iterable[str], lost: list[Polygon]) -> list[Mask]:
    """The masks that we made: those that the device named in its answers.

    Where an answer was lost, one that is there now and was not, in the shape that was asked for; whatever else is
    new there is the owner's, who may draw at the same time.
    """
    new = {token: mask for token, mask in after.items() if token not in before}
    ours = [new.pop(token) for token in named if token in new]
    for polygon in lost:
        like = next((token for token, mask in new.items() if alike(mask.polygon, polygon)), None)
        if like is not None:
            ours.append(new.pop(like))
    return ours


def _remove(visit: Visit, change: Change, place: str, before: dict[str, Mask]) -> Outcome:
    tokens = [str(token) for token in change.old.get("tokens", ())]
    polygons = polygons_of(change.old.get("polygons"))
    if len(tokens) != len(polygons):
        return visit.outcome("failed", change, {}, "not_our_masks")
    ours = [t for t, p in zip(tokens, polygons, strict=True) if t in before and alike(before[t].polygon, p)]
    refusal = ""
    visit.own.masks.update(ours)
    for token in ours:
        asked = request(soap.MEDIA2, "DeleteMask", Token=token)
        refusal = visit.attempt(lambda asked=asked: visit.media2(asked)) or refusal  # type: ignore[misc]
    after = visit.read_back(change, lambda: _masks(visit, place))
    if isinstance(after, Outcome):
        return after
    left = [after[token] for token in ours if token in after]
    kept = replace(change, old=_values(left)) if left else change
    if any(after.get(token) != mask for token, mask in before.items() if token not in ours):
        return visit.outcome("failed", kept, {**_values(left), "others_changed": True}, "others_changed")
    if left:
        return visit.unchanged(kept, _values(left), refusal)
    if len(ours) < len([token for token in tokens if token in before]):
        return visit.outcome("failed", change, {}, "not_our_masks")
    return visit.outcome("done", change, _values(()))


def polygons_of(data: Any) -> list[Polygon]:
    """Polygons out of plain lists, as owners drew them or JSON kept them. `ValueError` for what is none."""
    found = []
    for corners in data or ():
        polygon = tuple((float(x), float(y)) for x, y in corners)
        if not 3 <= len(polygon) <= POINTS_MAX or not all(-1 <= c <= 1 for point in polygon for c in point):
            raise ValueError("A mask has 3 to 64 corners, each between -1 and 1.")
        found.append(polygon)
    if len(found) > MASKS_MAX:
        raise ValueError("That is too many masks.")
    return found


def alike(first: Polygon, second: Polygon) -> bool:
    """The same shape but for the device's grid, wherever its list of corners begins and whichever way it runs."""
    if len(first) != len(second):
        return False
    size = len(first)
    for turned in (second, second[::-1]):
        for start in range(size):
            pairs = zip(first, turned[start:] + turned[:start], strict=True)
            if all(abs(a[0] - b[0]) <= GRID and abs(a[1] - b[1]) <= GRID for a, b in pairs):
                return True
    return False


def _box(polygon: Polygon) -> Polygon:
    left, right = min(x for x, _ in polygon), max(x for x, _ in polygon)
    low, high = min(y for _, y in polygon), max(y for _, y in polygon)
    return (left, high), (right, high), (right, low), (left, low)


def _configuration(visit: Visit, source: str) -> str | None:
    """The device's name for how it uses a video source, which is what masks hang on."""
    reply = visit.media2(request(soap.MEDIA2, "GetProfiles", Type="VideoSource"))
    for profile in soap.children(reply, "Profiles"):
        shows = soap.child(profile, "Configurations", "VideoSource")
        token = shows.get("token") if shows is not None else None
        if token and len(token) <= 256 and source in ("", soap.text(shows, "SourceToken", size=256)):
            return token
    return None


def _offer(visit: Visit, place: str) -> Offer:
    reply = visit.media2(request(soap.MEDIA2, "GetMaskOptions", ConfigurationToken=place))
    options = soap.child(reply, "Options")
    if options is None:
        raise Misbehaving("mask_options")
    kinds = [soap.text(kind, size=40) for kind in soap.children(options, "Types")]
    colour = soap.child(options, "Color", "ColorList")
    return Offer(
        most=whole(soap.text(options, "MaxMasks")) or 0,
        points=whole(soap.text(options, "MaxPoints")) or 0,
        rectangles_only=(options.get("RectangleOnly") or "").lower() in ("true", "1"),
        kind="Color" if "Color" in kinds or not kinds else kinds[0],
        colour=_colour(colour),
    )


def _colour(node: Element | None) -> dict[str, str] | None:
    """The first colour that the device lists, exactly as it names it."""
    if node is None:
        return None
    parts = {name: soap.clean_text(node.get(name) or "", 200) for name in ("X", "Y", "Z", "Colorspace")}
    return {name: value for name, value in parts.items() if value}


def _masks(visit: Visit, place: str) -> dict[str, Mask]:
    reply = visit.media2(request(soap.MEDIA2, "GetMasks", ConfigurationToken=place))
    found = {}
    for node in soap.children(reply, "Masks")[: 4 * MASKS_MAX]:
        token = node.get("token") or ""
        here = soap.text(node, "ConfigurationToken", size=256) in ("", place)
        if 0 < len(token) <= 256 and here:
            corners = soap.children(soap.child(node, "Polygon"), "Point")[:POINTS_MAX]
            enabled = soap.text(node, "Enabled").lower() in ("", "true", "1")
            found[token] = Mask(token, tuple(_point(corner) for corner in corners), enabled)
    return found


def _point(node: Element) -> Point:
    try:
        x, y = float(node.get("x") or ""), float(node.get("y") or "")
    except ValueError:
        raise Misbehaving("mask_point") from None
    if not (-2 <= x <= 2 and -2 <= y <= 2):
        raise Misbehaving("mask_point")
    return round(x, 4), round(y, 4)


def _create(place: str, offer: Offer, polygon: Polygon) -> Element:
    asked = etree.Element(f"{{{soap.MEDIA2}}}CreateMask", nsmap=_NAMES)
    mask = etree.SubElement(asked, f"{{{soap.MEDIA2}}}Mask")
    etree.SubElement(mask, f"{{{soap.MEDIA2}}}ConfigurationToken").text = place
    drawn = etree.SubElement(mask, f"{{{soap.MEDIA2}}}Polygon")
    for x, y in polygon:
        etree.SubElement(drawn, f"{{{soap.SCHEMA}}}Point", x=f"{x:.4f}", y=f"{y:.4f}")
    etree.SubElement(mask, f"{{{soap.MEDIA2}}}Type").text = offer.kind
    if offer.kind == "Color" and offer.colour:
        etree.SubElement(mask, f"{{{soap.MEDIA2}}}Color", offer.colour)
    etree.SubElement(mask, f"{{{soap.MEDIA2}}}Enabled").text = "true"
    return asked


def _values(masks: Iterable[Mask]) -> Values:
    listed = list(masks)
    return {"polygons": _plain(mask.polygon for mask in listed), "tokens": [mask.token for mask in listed]}


def _plain(polygons: Iterable[Polygon]) -> list[list[list[float]]]:
    return [[[x, y] for x, y in polygon] for polygon in polygons]
