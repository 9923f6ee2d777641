"""Draws what a virtual camera sees: an invented street, schematic, with a name and a running clock.

One-point perspective, in metres: x to the right of the road's middle, y up, z away from the lens. The still
part is drawn once for each size; cars, people, clock and the paper held before the lens are drawn into a
copy of it for each picture. Nothing is drawn while nobody watches.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
Point = tuple[float, float]

SHARPER = 3
"""The still part is drawn this much larger and then reduced, which smooths its edges."""

LENS_HEIGHT = 5.0
ROAD_HALF = 3.6
PAVEMENT = 5.4
FAR = 95.0

PALETTES: tuple[tuple[Colour, Colour, Colour], ...] = (  # sky above, sky at the horizon, haze
    ((104, 156, 206), (214, 228, 236), (190, 205, 214)),
    ((126, 146, 172), (226, 214, 200), (205, 200, 194)),
    ((92, 132, 176), (236, 206, 170), (208, 190, 172)),
    ((140, 158, 170), (208, 214, 216), (194, 200, 202)),
)
WALLS: tuple[Colour, ...] = (
    (214, 200, 176),
    (196, 178, 160),
    (178, 190, 196),
    (206, 186, 150),
    (188, 170, 168),
    (170, 186, 170),
    (222, 214, 200),
    (186, 150, 130),
)
AWNINGS: tuple[Colour, ...] = ((38, 92, 140), (168, 58, 48), (46, 116, 84), (202, 140, 42), (94, 84, 130))
CARS: tuple[Colour, ...] = ((224, 226, 228), (52, 60, 70), (160, 44, 40), (60, 104, 150), (182, 186, 188))


@dataclass(frozen=True)
class Traveller:
    """Something that moves along the street: where across, how fast (m/s, away is positive), how big."""

    x: float
    speed: float
    start: float
    width: float
    height: float
    colour: Colour
    kind: str  # "car", "motorcycle" or "person"

    def distance(self, seconds: float) -> float:
        nearest, span = 5.5, FAR - 15.0
        return nearest + (self.start + self.speed * seconds) % span


class Scene:
    """One camera's view. The same `seed` always gives the same street."""

    def __init__(self, title: str, seed: int) -> None:
        self.title = title
        self._seed = seed
        chance = random.Random(seed)
        self._vanishing_x = 0.5 + chance.uniform(-0.14, 0.14)
        self._palette = PALETTES[seed % len(PALETTES)]
        self._travellers = _travellers(chance)
        self._still = lru_cache(maxsize=2)(self._draw_still)

    def draw(self, size: tuple[int, int], now: datetime, sign: str = "", *, turned: float = 0.0) -> Image.Image:
        """The picture at the moment `now` (as the device believes it to be), with `sign` held up if any.

        `turned`: by so much of the view the camera looks to the right of where it was mounted.
        """
        image = self._still(size, turned).copy()
        view = View(size, self._vanishing_x - turned)
        pen = ImageDraw.Draw(image)
        seconds = now.timestamp()
        for traveller in sorted(self._travellers, key=lambda one: -one.distance(seconds)):
            _draw_traveller(pen, view, traveller, traveller.distance(seconds), self._palette[2], seconds)
        if sign:
            _draw_sign(image, sign, seconds)
        _draw_caption(image, self.title, now)
        return image

    def captioned(self, image: Image.Image, now: datetime) -> Image.Image:
        """A picture with another clock written over it, as by a recorder that goes on over a frozen one."""
        copy = image.copy()
        _draw_caption(copy, self.title, now)
        return copy

    def _draw_still(self, size: tuple[int, int], turned: float) -> Image.Image:
        large = (size[0] * SHARPER, size[1] * SHARPER)
        image = Image.new("RGB", large)
        pen = ImageDraw.Draw(image)
        view = View(large, self._vanishing_x - turned)
        chance = random.Random(self._seed + 1)
        _draw_sky(pen, view, self._palette, chance, -turned * view.width)
        _draw_ground(pen, view, self._palette[2])
        for side in (-1, 1):
            _draw_row(pen, view, side, self._palette[2], chance)
        _draw_poles(pen, view, self._palette[2])
        return image.resize(size, Image.Resampling.LANCZOS)


class View:
    """Where a point of the street appears in a picture of the given size."""

    def __init__(self, size: tuple[int, int], vanishing_x: float) -> None:
        self.width, self.height = size
        self.middle = self.width * vanishing_x
        self.horizon = self.height * 0.36
        self.focal = self.width * 0.72

    def at(self, x: float, y: float, z: float) -> Point:
        return self.middle + self.focal * x / z, self.horizon + self.focal * (LENS_HEIGHT - y) / z

    def quad(self, *corners: tuple[float, float, float]) -> list[Point]:
        return [self.at(*corner) for corner in corners]

    def wall(self, x: float, low: float, high: float, near: float, far: float) -> list[Point]:
        """A rectangle standing along the road."""
        return self.quad((x, low, near), (x, high, near), (x, high, far), (x, low, far))

    def front(self, left: float, right: float, low: float, high: float, z: float) -> list[Point]:
        """A rectangle standing across the road."""
        return self.quad((left, low, z), (left, high, z), (right, high, z), (right, low, z))

    def floor(self, left: float, right: float, near: float, far: float, y: float = 0.0) -> list[Point]:
        return self.quad((left, y, near), (left, y, far), (right, y, far), (right, y, near))


def blend(colour: Colour, other: Colour, share: float) -> Colour:
    share = max(0.0, min(1.0, share))
    return tuple(round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))  # type: ignore[return-value]


def _hazy(colour: Colour, haze: Colour, z: float) -> Colour:
    """Things far away fade into the haze."""
    return blend(colour, haze, 0.75 * z / FAR)


def _draw_sky(
    pen: ImageDraw.ImageDraw,
    view: View,
    palette: tuple[Colour, Colour, Colour],
    chance: random.Random,
    moved: float,
) -> None:
    top, low, haze = palette
    for row in range(int(view.horizon) + 1):
        pen.line([(0, row), (view.width, row)], fill=blend(top, low, row / view.horizon))
    x = 0.0
    while x < view.width:  # the far skyline
        width = view.width * chance.uniform(0.02, 0.05)
        height = view.height * chance.uniform(0.03, 0.15)
        shade = blend(haze, (120, 132, 146), chance.uniform(0.15, 0.4))
        pen.rectangle([moved + x, view.horizon - height, moved + x + width, view.horizon + 2], fill=shade)
        x += width * chance.uniform(0.9, 1.5)


def _draw_ground(pen: ImageDraw.ImageDraw, view: View, haze: Colour) -> None:
    pen.rectangle([0, view.horizon, view.width, view.height], fill=(150, 150, 146))
    edges = [3.0, 4, 5, 6, 8, 10, 13, 17, 22, 30, 42, 60, FAR]
    for near, far in pairwise(edges):
        pen.polygon(view.floor(-PAVEMENT, PAVEMENT, near, far), fill=_hazy((176, 172, 166), haze, near))
        pen.polygon(view.floor(-ROAD_HALF, ROAD_HALF, near, far), fill=_hazy((92, 96, 102), haze, near))
        for side in (-1, 1):
            kerb = view.floor(side * ROAD_HALF, side * (ROAD_HALF + 0.22), near, far)
            pen.polygon(kerb, fill=_hazy((210, 208, 202), haze, near))
    for start in range(4, int(FAR), 5):  # the broken line in the middle
        pen.polygon(view.floor(-0.09, 0.09, start, start + 2.4), fill=_hazy((226, 226, 220), haze, start))
    for stripe in range(-5, 6):  # a zebra crossing
        left = stripe * 0.64 - 0.18
        pen.polygon(view.floor(left, left + 0.36, 12.5, 15.2), fill=_hazy((222, 222, 216), haze, 13))


def _draw_row(pen: ImageDraw.ImageDraw, view: View, side: int, haze: Colour, chance: random.Random) -> None:
    """A row of shop-houses along one side, the farthest first so that the near ones hide it."""
    starts = [6.0]
    while starts[-1] < FAR - 8:
        starts.append(starts[-1] + chance.uniform(5.0, 9.0))
    houses = [
        (near, far, chance.choice((6.4, 6.8, 9.6, 10.2, 12.8)), chance.choice(WALLS), chance.choice(AWNINGS))
        for near, far in pairwise(starts)
    ]
    for near, far, height, wall, awning in reversed(houses):
        _draw_house(pen, view, side, (near, far - 0.25), height, wall, awning, haze)


def _draw_house(
    pen: ImageDraw.ImageDraw,
    view: View,
    side: int,
    depth: tuple[float, float],
    height: float,
    wall: Colour,
    awning: Colour,
    haze: Colour,
) -> None:
    near, far = depth
    x = side * PAVEMENT
    lit = wall if side > 0 else blend(wall, (60, 66, 80), 0.24)
    gable = blend(wall, (60, 66, 80), 0.36 if side > 0 else 0.08)
    left, right = sorted((x, side * 18.0))
    pen.polygon(view.front(left, right, 0, height, near), fill=_hazy(gable, haze, near))
    pen.polygon(view.wall(x, 0, height, near, far), fill=_hazy(lit, haze, near))
    cornice = view.wall(x, height - 0.45, height, near, far)
    pen.polygon(cornice, fill=_hazy(blend(lit, (70, 62, 58), 0.4), haze, near))
    shutter = view.wall(x, 0.1, 2.5, near + 0.5, far - 0.4)
    pen.polygon(shutter, fill=_hazy((104, 106, 108), haze, near))
    board = view.wall(x, 2.7, 3.5, near + 0.4, far - 0.3)
    pen.polygon(board, fill=_hazy(awning, haze, near))
    inner = x - side * 1.1
    canopy = view.quad(
        (x, 2.75, near + 0.4), (x, 2.75, far - 0.3), (inner, 2.3, far - 0.3), (inner, 2.3, near + 0.4)
    )
    pen.polygon(canopy, fill=_hazy(blend(awning, (255, 255, 255), 0.18), haze, near))
    panes = max(2, round((far - near) / 2.2))
    step = (far - near) / panes
    for floor in range(1, int(height // 3.2)):
        low = floor * 3.2 + 0.85
        for pane in range(panes):
            begin = near + pane * step + step * 0.25
            glass = view.wall(x, low, low + 1.35, begin, begin + step * 0.5)
            pen.polygon(glass, fill=_hazy((86, 108, 124), haze, near))


def _draw_poles(pen: ImageDraw.ImageDraw, view: View, haze: Colour) -> None:
    """Lamp posts on the left with sagging cables, and trees on the right."""
    places = [13.0, 24.0, 38.0, 58.0, 84.0]
    for near, far in pairwise(places):
        for height in (7.6, 7.2, 6.9):
            cable = []
            for step in range(13):
                share = step / 12
                z = 1 / (1 / near + (1 / far - 1 / near) * share)
                cable.append(view.at(-4.6, height - 0.9 * math.sin(math.pi * share), z))
            pen.line(cable, fill=_hazy((58, 60, 64), haze, near), width=max(1, view.width // 900))
    for z in reversed(places):
        shade = _hazy((74, 76, 80), haze, z)
        pen.polygon(view.front(-4.68, -4.52, 0, 8.0, z), fill=shade)
        pen.polygon(view.front(-4.6, -3.2, 7.7, 7.84, z), fill=shade)
        pen.polygon(view.front(-3.5, -2.9, 7.55, 7.75, z), fill=_hazy((220, 216, 190), haze, z))
    for z in reversed([18.0, 30.0, 46.0, 66.0]):
        _draw_tree(pen, view, 4.75, z, haze)


def _draw_tree(pen: ImageDraw.ImageDraw, view: View, x: float, z: float, haze: Colour) -> None:
    pen.polygon(view.front(x - 0.12, x + 0.12, 0, 2.6, z), fill=_hazy((92, 74, 58), haze, z))
    leaves = ((0, 3.5, 1.15, 0.0), (-0.6, 3.0, 0.8, 0.1), (0.6, 3.1, 0.85, 0.16), (0.1, 4.1, 0.75, 0.3))
    for dx, y, radius, light in leaves:
        centre_x, centre_y = view.at(x + dx, y, z)
        reach = view.focal * radius / z
        colour = _hazy(blend((58, 96, 62), (150, 178, 110), light), haze, z)
        pen.ellipse([centre_x - reach, centre_y - reach, centre_x + reach, centre_y + reach], fill=colour)


def _travellers(chance: random.Random) -> list[Traveller]:
    """Traffic keeps left, as it does in Jakarta: those on the left drive away from the lens."""
    some = []
    for number in range(2):
        direction = 1 if number % 2 == 0 else -1
        speed = direction * chance.uniform(5.5, 8.5)
        colour = chance.choice(CARS)
        some.append(Traveller(-1.9 * direction, speed, chance.uniform(0, FAR), 1.75, 1.55, colour, kind="car"))
    for number in range(2):
        direction = -1 if number % 2 == 0 else 1
        speed = direction * chance.uniform(6.5, 9.5)
        colour = chance.choice(AWNINGS)
        some.append(Traveller(-2.9 * direction, speed, chance.uniform(0, FAR), 0.7, 1.6, colour, kind="motorcycle"))
    for side in (-1, 1):
        speed = chance.choice((-1, 1)) * chance.uniform(0.9, 1.4)
        colour = chance.choice(AWNINGS)
        some.append(Traveller(side * 4.25, speed, chance.uniform(0, FAR), 0.5, 1.7, colour, kind="person"))
    return some


def _draw_traveller(
    pen: ImageDraw.ImageDraw, view: View, one: Traveller, z: float, haze: Colour, seconds: float
) -> None:
    paint = {"car": _draw_car, "motorcycle": _draw_motorcycle, "person": _draw_person}[one.kind]
    shadow = view.floor(one.x - one.width * 0.6, one.x + one.width * 0.6, z - 0.2, z + one.width * 1.4)
    pen.polygon(shadow, fill=_hazy((66, 68, 74), haze, z))
    paint(pen, view, one, z, haze, seconds)


def _draw_car(pen: ImageDraw.ImageDraw, view: View, one: Traveller, z: float, haze: Colour, seconds: float) -> None:
    left, right = one.x - one.width / 2, one.x + one.width / 2
    end = z + 3.6
    body, roof = _hazy(one.colour, haze, z), one.height
    flank = left if one.x > 0 else right
    pen.polygon(view.wall(flank, 0.3, 0.95, z, end), fill=blend(body, (20, 22, 26), 0.25))
    pen.polygon(view.wall(flank * 0.94, 0.95, roof, z + 0.7, end - 0.5), fill=_hazy((52, 60, 70), haze, z))
    pen.polygon(view.floor(left, right, z, end, y=0.95), fill=body)
    pen.polygon(view.floor(left + 0.14, right - 0.14, z + 0.7, end - 0.5, y=roof), fill=body)
    glass = view.quad(
        (left + 0.06, 0.95, z + 0.15),
        (left + 0.16, roof, z + 0.7),
        (right - 0.16, roof, z + 0.7),
        (right - 0.06, 0.95, z + 0.15),
    )
    pen.polygon(glass, fill=_hazy((62, 76, 90), haze, z))
    pen.polygon(view.front(left, right, 0.3, 0.95, z), fill=blend(body, (20, 22, 26), 0.1))
    lamp: Colour = (196, 40, 36) if one.speed > 0 else (250, 244, 214)
    for begin in (left + 0.08, right - 0.4):
        pen.polygon(view.front(begin, begin + 0.32, 0.62, 0.82, z), fill=_hazy(lamp, haze, z))
    for begin in (left + 0.1, right - 0.34):
        pen.polygon(view.front(begin, begin + 0.24, 0.0, 0.34, z), fill=_hazy((26, 28, 30), haze, z))
    pen.polygon(view.front(one.x - 0.25, one.x + 0.25, 0.42, 0.56, z), fill=_hazy((30, 32, 36), haze, z))


def _draw_motorcycle(
    pen: ImageDraw.ImageDraw, view: View, one: Traveller, z: float, haze: Colour, seconds: float
) -> None:
    x = one.x
    pen.polygon(view.front(x - 0.08, x + 0.08, 0, 0.6, z), fill=_hazy((26, 28, 30), haze, z))
    pen.polygon(view.front(x - 0.2, x + 0.2, 0.45, 0.85, z), fill=_hazy((70, 74, 80), haze, z))
    pen.polygon(view.front(x - 0.27, x + 0.27, 0.8, 1.38, z), fill=_hazy(one.colour, haze, z))
    _disc(pen, view, x, 1.55, 0.18, z, _hazy((36, 38, 44), haze, z))
    lamp: Colour = (206, 44, 40) if one.speed > 0 else (252, 246, 216)
    _disc(pen, view, x, 0.7, 0.08, z, _hazy(lamp, haze, z))


def _draw_person(
    pen: ImageDraw.ImageDraw, view: View, one: Traveller, z: float, haze: Colour, seconds: float
) -> None:
    x, stride = one.x, 0.12 * math.sin(seconds * 7)
    trousers = _hazy((52, 56, 70), haze, z)
    pen.polygon(view.front(x - 0.17, x - 0.02, max(0.0, stride), 0.85, z), fill=trousers)
    pen.polygon(view.front(x + 0.02, x + 0.17, max(0.0, -stride), 0.85, z), fill=trousers)
    pen.polygon(view.front(x - 0.22, x + 0.22, 0.8, 1.45, z), fill=_hazy(one.colour, haze, z))
    _disc(pen, view, x, 1.6, 0.14, z, _hazy((150, 110, 84), haze, z))


def _disc(pen: ImageDraw.ImageDraw, view: View, x: float, y: float, radius: float, z: float, fill: Colour) -> None:
    centre_x, centre_y = view.at(x, y, z)
    reach = max(0.6, view.focal * radius / z)
    pen.ellipse([centre_x - reach, centre_y - reach, centre_x + reach, centre_y + reach], fill=fill)


@lru_cache(maxsize=32)
def _font(pixels: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own face, so that the picture looks the same on every machine."""
    return ImageFont.load_default(max(8, pixels))


def _draw_caption(image: Image.Image, title: str, now: datetime) -> None:
    """The name above, date and running clock below, as cameras burn them in."""
    width, height = image.size
    pen = ImageDraw.Draw(image)
    margin = width // 40
    small, large = _font(height // 18), _font(height // 13)
    outline = max(1, height // 240)
    pen.text((margin, margin), title, font=small, fill="white", stroke_width=outline, stroke_fill=(20, 24, 28))
    pen.text(
        (width - margin, height - margin),
        now.strftime("%d-%m-%Y  %H:%M:%S"),
        font=large,
        fill="white",
        anchor="rd",
        stroke_width=outline,
        stroke_fill=(20, 24, 28),
    )


@lru_cache(maxsize=8)
def _card(text: str, width: int, height: int) -> Image.Image:
    """A white sheet with the text written large, and the two thumbs that hold it."""
    margin = height // 6
    card = Image.new("RGBA", (width + 2 * margin, height + 2 * margin))
    shade = Image.new("RGBA", card.size)
    ImageDraw.Draw(shade).rectangle([margin, margin, margin + width, margin + height], fill=(0, 0, 0, 150))
    card.alpha_composite(shade.filter(ImageFilter.GaussianBlur(margin / 3)))
    pen = ImageDraw.Draw(card)
    pen.rectangle([margin, margin, margin + width, margin + height], fill=(250, 250, 246, 255))
    pixels = round(height * 0.72)
    while pixels > 8 and pen.textlength(text, font=_font(pixels)) > width * 0.86:
        pixels -= 2
    middle = (margin + width / 2, margin + height / 2)
    pen.text(middle, text, font=_font(pixels), fill=(24, 26, 34), anchor="mm", stroke_width=pixels // 40)
    for x in (margin * 0.55, width + margin * 1.45):
        box = [x - margin * 0.5, margin + height * 0.62, x + margin * 0.5, margin + height * 1.12]
        pen.rounded_rectangle(box, radius=margin // 2, fill=(170, 126, 98, 255))
    return card


def _draw_sign(image: Image.Image, text: str, seconds: float) -> None:
    """Hold the sheet before the lens, with the small sway of a hand."""
    width, height = image.size
    card = _card(text, width // 2, height * 2 // 5)
    x = (width - card.width) / 2 + width * 0.008 * math.sin(seconds * 1.7)
    y = height * 0.54 - card.height / 2 + height * 0.008 * math.sin(seconds * 2.3)
    image.paste(card, (round(x), round(y)), card)
