"""The areas that an owner draws to be covered: whether they can be drawn, and how much of the picture they take.

Corners are in percent of the picture, from its top left corner.
"""

from collections.abc import Sequence

from PIL import Image, ImageDraw

Corner = tuple[float, float]

_GRID = 200  # Points across the picture at which it is judged what is covered: half a percent.


def surface(corners: Sequence[Corner]) -> float:
    """In percent of a percent, by the shoelace formula."""
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs)) / 2


def crosses_itself(corners: Sequence[Corner]) -> bool:
    """Whether any two sides of the outline meet that are not neighbours."""
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    last = len(sides) - 1
    return any(
        _meet(*sides[one], *sides[other])
        for one in range(len(sides))
        for other in range(one + 2, len(sides))
        if (one, other) != (0, last)
    )


def covered_share(areas: Sequence[Sequence[Corner]]) -> float:
    """How much of the picture all areas cover together, from 0 to 1; what two of them cover counts once."""
    picture = Image.new("L", (_GRID, _GRID))
    pen = ImageDraw.Draw(picture)
    for corners in areas:
        pen.polygon([(x * _GRID / 100 - 0.5, y * _GRID / 100 - 0.5) for x, y in corners], fill=255)
    return picture.histogram()[255] / (_GRID * _GRID)


def _meet(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Whether the sides a–b and c–d have a point in common."""
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _between(*end) for turn, end in zip(turns, ends, strict=True))


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    """Which way a–b–c turns; 0 where all three are in a line."""
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def _between(a: Corner, b: Corner, c: Corner) -> bool:
    """Whether c, in a line with a and b, is between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])
