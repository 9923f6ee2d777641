"""Pictures as we keep them: a JPEG drawn anew, so that nothing a device hid in its file travels on."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import cast

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from devices.count import Count
from devices.errors import Misbehaving

PIXELS_MAX = 25_000_000
#: A progressive picture is held whole, two bytes a sample, before its first line is drawn: it is memory that bounds
#: it, five million pixels where colours are halved both ways, as cameras do, and half of that where they are not.
PROGRESSIVE_BYTES_MAX = 16 * 1024 * 1024
#: A progressive picture has some ten scans. Each is a few bytes to send and a whole picture to decode, a hundredth
#: of a second at the largest size.
SCANS_MAX = 32
#: Larger ones are decoded at half, a quarter or an eighth of their size; a pixel takes four bytes.
DECODED_PIXELS_MAX = 3_200_000
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
class Keyframe(Picture):
    """A picture decoded from a stream, and the size that the stream itself has."""

    stream_width: int | None = None
    stream_height: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Still(Picture):
    """A picture just taken, how often its secret has been refused by now (see `DeviceError.refusals`), and what
    the next visit begins with (see `DeviceReport.worked`)."""

    refusals: int = 0
    worked: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def count(self) -> Count:
        return Count(self.refusals, self.doubts)


def clean_jpeg(data: bytes, max_width: int = 1280) -> Picture:
    """Decode a JPEG and encode it on a fresh canvas (a plain re-save keeps comments), at most `max_width` wide.

    Raises `Misbehaving` for anything that is not wholly a JPEG, has more than 25 million pixels (some five where it
    is progressive, see `PROGRESSIVE_BYTES_MAX`), or more scans than a picture needs.
    """
    if not data.startswith(b"\xff\xd8\xff"):
        raise Misbehaving("not_a_picture")
    if data.count(b"\xff\xda") > SCANS_MAX:
        raise Misbehaving("picture_scans")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with cast(JpegImageFile, Image.open(io.BytesIO(data), formats=["JPEG"])) as source:
                if source.width * source.height > PIXELS_MAX or min(source.size) < 8:
                    raise Misbehaving("picture_size")
                if source.info.get("progressive") and _bytes_held(source) > PROGRESSIVE_BYTES_MAX:
                    raise Misbehaving("picture_size")
                _decode_small(source, max_width)
                pixels = source if source.mode == "RGB" else source.convert("RGB")
                return draw(pixels, max_width)
    except Misbehaving:
        raise
    except Exception:
        raise Misbehaving("not_a_picture") from None  # Pillow has many ways to say so.


def _bytes_held(source: JpegImageFile) -> float:
    """What the samples of all components take in a decoder that must keep them until the last scan."""
    shares = [(across, down) for _, across, down, _ in source.layer]
    widest, highest = max(across for across, _ in shares), max(down for _, down in shares)
    samples = sum(across * down for across, down in shares) / (widest * highest)
    return 2 * samples * source.width * source.height


def _decode_small(source: Image.Image, max_width: int) -> None:
    """Decode no more than is needed: JPEG gives a half, a quarter and an eighth of its size for less."""
    width, height = source.size
    scale = 1
    while scale < 8 and (width // (2 * scale) >= max_width or width * height > DECODED_PIXELS_MAX * scale * scale):
        scale *= 2
    source.draft("RGB", (max(1, width // scale), max(1, height // scale)))
    source.load()


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
