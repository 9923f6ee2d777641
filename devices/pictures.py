"""Pictures as we keep them: a JPEG drawn anew, so that nothing a device hid in its file travels on."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image

from devices.errors import Misbehaving

PIXELS_MAX = 25_000_000
QUALITY = 82


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """A clean JPEG. `repr` shows its size only."""

    jpeg: bytes
    width: int
    height: int

    def __repr__(self) -> str:
        return f"Picture({self.width}x{self.height}, {len(self.jpeg)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class Still(Picture):
    """A picture just taken, and how often its secret has been refused by now (see `DeviceError.refusals`)."""

    refusals: int = 0


def clean_jpeg(data: bytes, max_width: int = 1280) -> Picture:
    """Decode a JPEG and encode it on a fresh canvas (a plain re-save keeps comments), at most `max_width` wide.

    Raises `Misbehaving` for anything that is not wholly a JPEG or has more than 25 million pixels.
    """
    if not data.startswith(b"\xff\xd8\xff"):
        raise Misbehaving("not_a_picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["JPEG"]) as source:
                if source.width * source.height > PIXELS_MAX or min(source.size) < 8:
                    raise Misbehaving("picture_size")
                source.load()
                pixels = source.convert("RGB")
    except Misbehaving:
        raise
    except Exception:
        raise Misbehaving("not_a_picture") from None  # Pillow has many ways to say so.
    return draw(pixels, max_width)


def draw(pixels: Image.Image, max_width: int = 1280) -> Picture:
    """Encode an RGB image that is already in memory."""
    if pixels.width > max_width:
        size = (max_width, max(1, round(pixels.height * max_width / pixels.width)))
        pixels = pixels.resize(size, Image.Resampling.BILINEAR)
    canvas = Image.new("RGB", pixels.size)
    canvas.paste(pixels)
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=QUALITY)
    return Picture(out.getvalue(), canvas.width, canvas.height)
