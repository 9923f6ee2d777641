"""What is painted: the watermark on every still, and the card shown where a camera gave none."""

import io
import textwrap
from datetime import datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from access.models import Look

QUALITY = 82
CARD = (960, 540)


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def watermark_lines(look: Look, now: datetime) -> list[str]:
    """Who looks, for which body, when, and for which case."""
    local = timezone.localtime(now)
    moment = f"{date_format(local, 'j F Y')} {local:%H.%M.%S} WIB"
    case = str(look.case) if look.case else _("tanpa perkara")
    return [f"{look.viewer}, {look.organization}", f"{moment}, {case}", f"{look.reason}, {str(look.public_id)[:8]}"]


def watermarked(jpeg: bytes, lines: list[str]) -> bytes:
    """The picture with the lines on a dark band below and, faint, across the middle."""
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as source:
        picture = source.convert("RGBA")
    size = max(13, picture.width // 58)
    band = int(size * 1.45) * len(lines) + size
    sheet = Image.new("RGBA", (picture.width, picture.height + band), (10, 20, 24, 255))
    sheet.paste(picture, (0, 0))
    draw = ImageDraw.Draw(sheet)
    for row, line in enumerate(lines):
        draw.text(
            (size, picture.height + size // 2 + int(row * size * 1.45)), line, font=_font(size), fill="#ffffff"
        )
    veil = Image.new("RGBA", sheet.size, (0, 0, 0, 0))
    faint = ImageDraw.Draw(veil)
    for step in (0.25, 0.5, 0.75):
        faint.text(
            (picture.width * 0.04, picture.height * step),
            f"{lines[0]}, {lines[1]}",
            font=_font(size),
            fill="#ffffff48",
        )
    return _jpeg(Image.alpha_composite(sheet, veil))


def card(title: str, words: str) -> bytes:
    """A plain picture that says why there is none."""
    sheet = Image.new("RGB", CARD, "#12262b")
    draw = ImageDraw.Draw(sheet)
    y = 130
    for line in textwrap.wrap(title, 44):
        draw.text((60, y), line, font=_font(34), fill="#ffffff")
        y += 46
    y += 18
    for line in textwrap.wrap(words, 62):
        draw.text((60, y), line, font=_font(24), fill="#cfe3e6")
        y += 34
    return _jpeg(sheet)


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
