"""What happens to pictures: weather, light and traffic, which are no fault, and what takes a camera's view away.

Each takes a picture, and a seed by which it is drawn the same again, and gives one of the same size.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Spoiler = Callable[[Image.Image, int], Image.Image]


def _floats(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB"), dtype=np.float64)


def _image(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(values + 0.5, 0, 255).astype(np.uint8), "RGB")


def noisy(picture: Image.Image, seed: int, sigma: float = 5.0) -> Image.Image:
    """The grain of a sensor, and the blocks that compression leaves."""
    grain = np.random.default_rng(seed).normal(0, sigma, (picture.height, picture.width, 1))
    return compressed(_image(_floats(picture) + grain), 60)


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


# --- no fault --------------------------------------------------------------------------------------------


def plain(picture: Image.Image, seed: int) -> Image.Image:
    return noisy(picture, seed)


def coarse(picture: Image.Image, seed: int) -> Image.Image:
    """A thin line: few bits, few details."""
    return compressed(noisy(picture.resize((320, 180)).resize(picture.size), seed), 18)


def dim(picture: Image.Image, seed: int) -> Image.Image:
    return noisy(_image(_floats(picture) * 0.45), seed)


def glaring(picture: Image.Image, seed: int) -> Image.Image:
    """Too much light: the bright half of the picture is white."""
    return noisy(_image(_floats(picture) * 1.5 + 20), seed)


def shadowed(picture: Image.Image, seed: int) -> Image.Image:
    """A hard shadow over half of the street."""
    mask = Image.new("L", picture.size, 255)
    across = picture.width * (30 + seed * 17 % 40) // 100
    ImageDraw.Draw(mask).polygon(
        [(0, 0), (across, 0), (across // 2, picture.height), (0, picture.height)], fill=110
    )
    shade = np.asarray(mask, dtype=np.float64)[..., None] / 255
    return noisy(_image(_floats(picture) * shade), seed)


def rainy(picture: Image.Image, seed: int) -> Image.Image:
    """Streaks, a grey veil, and drops on the glass."""
    chance = np.random.default_rng(seed)
    veiled = _image(_floats(picture) * 0.55 + 60).filter(ImageFilter.GaussianBlur(1.4))
    pen = ImageDraw.Draw(veiled)
    for _ in range(500):
        x, y, long = chance.uniform(0, picture.width), chance.uniform(0, picture.height), chance.uniform(8, 30)
        pen.line([(x, y), (x - long / 6, y + long)], fill=(190, 195, 200))
    drops = Image.new("L", picture.size, 0)
    spot = ImageDraw.Draw(drops)
    for _ in range(14):
        x, y, wide = chance.uniform(0, picture.width), chance.uniform(0, picture.height), chance.uniform(8, 24)
        spot.ellipse([x, y, x + wide, y + wide * 1.2], fill=255)
    soft = veiled.filter(ImageFilter.GaussianBlur(9))
    return noisy(Image.composite(soft, veiled, drops.filter(ImageFilter.GaussianBlur(3))), seed)


def hazy(picture: Image.Image, seed: int) -> Image.Image:
    return noisy(_image(_floats(picture) * 0.4 + 120), seed)


def by_lamps(picture: Image.Image, seed: int) -> Image.Image:
    """Night with street lamps: pools of light, and much grain."""
    chance = np.random.default_rng(seed // 1000)  # The lamps of a street stand where they stood yesterday.
    rows, columns = np.mgrid[0 : picture.height, 0 : picture.width]
    light = np.full((picture.height, picture.width), 0.10)
    for _ in range(4):
        x, y = chance.uniform(0.1, 0.9) * picture.width, chance.uniform(0.3, 0.7) * picture.height
        light += 0.5 * np.exp(-(((columns - x) / 120) ** 2 + ((rows - y) / 90) ** 2))
    tint = np.array([1.0, 0.85, 0.6])
    return noisy(_image(_floats(picture) * light[..., None] * tint + 6), seed, 9.0)


def by_infrared(picture: Image.Image, seed: int) -> Image.Image:
    """Night by the camera's own infrared lamps: grey, bright in the middle, dark at the rim."""
    rows, columns = np.mgrid[0 : picture.height, 0 : picture.width]
    away = ((columns / picture.width - 0.5) ** 2 + (rows / picture.height - 0.6) ** 2) / 0.16
    light = 1.05 * np.exp(-away)[..., None]
    grey = _floats(picture.convert("L").convert("RGB"))
    return noisy(_image((grey * 0.7 + 40) * light + 8), seed, 8.0)


def headlights(picture: Image.Image, seed: int) -> Image.Image:
    """By lamps, and a car that looks into the lens."""
    night = _floats(by_lamps(picture, seed))
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[0 : picture.height, 0 : picture.width]
    x, y = chance.uniform(0.3, 0.6) * picture.width, chance.uniform(0.5, 0.7) * picture.height
    for lamp in (x, x + 60):
        far = np.hypot(columns - lamp, rows - y)
        night += (340 * np.exp(-far / 14) + 70 * np.exp(-far / 90))[..., None]
    return _image(night)


def swaying(picture: Image.Image, seed: int) -> Image.Image:
    """A mast in the wind: two hundredths of the view to one side."""
    step = picture.width // 50 * (1 if seed % 2 else -1)
    return noisy(ImageChops.offset(picture, step, 2), seed)


def somebody(picture: Image.Image, seed: int) -> Image.Image:
    """A person stands close by and hides a quarter of the view."""
    copy = picture.copy()
    pen = ImageDraw.Draw(copy)
    wide, high = picture.width, picture.height
    x = wide * (15 + seed * 13 % 55) // 100
    pen.rounded_rectangle([x, high * 0.3, x + wide * 0.28, high * 1.1], radius=60, fill=(54, 70, 96))
    pen.ellipse([x + wide * 0.07, high * 0.02, x + wide * 0.21, high * 0.36], fill=(150, 112, 88))
    return noisy(copy, seed)


def lorry(picture: Image.Image, seed: int) -> Image.Image:
    """A lorry has parked before a third of the street."""
    copy = picture.copy()
    pen = ImageDraw.Draw(copy)
    wide, high = picture.width, picture.height
    x = wide * (5 + seed * 11 % 50) // 100
    pen.rectangle([x, high * 0.28, x + wide * 0.45, high * 0.86], fill=(186, 182, 170))
    pen.rectangle([x, high * 0.55, x + wide * 0.45, high * 0.6], fill=(150, 60, 50))
    for wheel in (0.06, 0.33):
        pen.ellipse([x + wide * wheel, high * 0.8, x + wide * (wheel + 0.07), high * 0.93], fill=(30, 30, 32))
    return noisy(copy, seed)


# --- faults ----------------------------------------------------------------------------------------------


def black(picture: Image.Image, seed: int) -> Image.Image:
    """No light reaches the sensor: its grain alone."""
    return noisy(_image(_floats(picture) * 0), seed, 4.0)


def nearly_black(picture: Image.Image, seed: int) -> Image.Image:
    return noisy(_image(_floats(picture) * 0.04), seed, 4.0)


def by_hand(picture: Image.Image, seed: int) -> Image.Image:
    """A hand over the lens: reddish, out of focus, light at one rim."""
    columns = np.linspace(0, 1, picture.width)[None, :, None]
    rows = np.linspace(0, 1, picture.height)[:, None, None]
    rim = 120 * np.exp(-((columns if seed % 2 else 1 - columns) + rows * 0.3) / 0.12)
    return noisy(_image(np.array([96.0, 56.0, 44.0]) * (0.6 + 0.4 * rows) + rim), seed)


def by_cloth(picture: Image.Image, seed: int) -> Image.Image:
    """A cloth hangs before it: folds, and daylight through the weave."""
    columns = np.linspace(0, 1, picture.width)[None, :, None]
    rows = np.linspace(0, 1, picture.height)[:, None, None]
    folds = 22 * np.sin(columns * 9 + seed) + 12 * np.sin(columns * 23 + rows * 3)
    through = _floats(picture.filter(ImageFilter.GaussianBlur(40))) * 0.12
    return noisy(_image(110 + folds + through), seed)


def by_paper(picture: Image.Image, seed: int) -> Image.Image:
    """A sheet or a sticker on the glass: white, and nothing else."""
    return noisy(_image(np.full((picture.height, picture.width, 3), 222.0)), seed)


def by_web(picture: Image.Image, seed: int) -> Image.Image:
    """A spider's web, near and out of focus, before a view that is a blur."""
    chance = np.random.default_rng(seed)
    threads = Image.new("L", picture.size, 0)
    pen = ImageDraw.Draw(threads)
    middle = picture.width * chance.uniform(0.3, 0.7), picture.height * chance.uniform(0.3, 0.7)
    for angle in chance.uniform(0, 6.28, 14):
        far = middle[0] + 900 * np.cos(angle), middle[1] + 900 * np.sin(angle)
        pen.line([middle, far], fill=255, width=10)
    veil = np.asarray(threads.filter(ImageFilter.GaussianBlur(12)), dtype=np.float64)[..., None]
    blurred = _floats(picture.filter(ImageFilter.GaussianBlur(26)))
    return noisy(_image(blurred * 0.6 + 60 + veil * 0.35), seed)


def by_spray(picture: Image.Image, seed: int) -> Image.Image:
    """Paint on the glass: nine tenths of the view are one colour, a rim is left."""
    mask = Image.new("L", picture.size, 0)
    wide, high = picture.size
    ImageDraw.Draw(mask).rectangle([0, 0, wide * 0.93, high * 0.97], fill=255)
    paint = Image.new("RGB", picture.size, (60, 64, 70))
    return noisy(Image.composite(paint, picture, mask.filter(ImageFilter.GaussianBlur(18))), seed)


NO_FAULT: dict[str, Spoiler] = {
    "traffic": plain,
    "thin line": coarse,
    "dusk": dim,
    "glare": glaring,
    "shadow": shadowed,
    "rain": rainy,
    "haze": hazy,
    "night, street lamps": by_lamps,
    "night, infrared": by_infrared,
    "night, headlights": headlights,
    "mast in the wind": swaying,
    "somebody close by": somebody,
    "parked lorry": lorry,
}

BLACK: dict[str, Spoiler] = {"black": black, "nearly black": nearly_black}

COVERED: dict[str, Spoiler] = {
    "hand": by_hand,
    "cloth": by_cloth,
    "paper": by_paper,
    "spider's web": by_web,
    "spray paint": by_spray,
}
