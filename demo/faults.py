"""What can be wrong with a virtual camera: a word in a file beside its sign does it.

`off`: it has no power, and whoever calls it hears nothing; with a recorder go all its channels. The others spoil
the picture. `black`: no light comes in. `covered`: a cloth hangs before the lens. `turned`: the camera looks a
fifth of its view to the right of where it did. `frozen`: the picture of that moment stays, and its clock with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

OFF, BLACK, COVERED, TURNED, FROZEN = "off", "black", "covered", "turned", "frozen"
FAULTS = (OFF, BLACK, COVERED, TURNED, FROZEN)
TURNED_BY = 0.2
_CLOTH = (104, 92, 84)
_GRAIN = 3.0
"""Grey levels, of which two thirds of the points are nearer to what they should be: a sensor in good light."""

_SPARE = 64

Draw = Callable[[float], Image.Image]
"""Draws the picture of this moment, with the camera turned by so much of its view."""


class Lens:
    """What a camera sees through, whole or spoilt, with the grain of its sensor: no picture is the one before, not
    even of an empty street. It remembers the picture that froze."""

    def __init__(self) -> None:
        self._frozen: dict[tuple[int, int], Image.Image] = {}

    def see(self, fault: str, size: tuple[int, int], draw: Draw) -> Image.Image:
        """The picture as the fault leaves it."""
        if fault == FROZEN:
            if size not in self._frozen:
                self._frozen[size] = _grainy(draw(0.0))
            return self._frozen[size].copy()
        self._frozen.clear()
        if fault == BLACK:
            return Image.new("RGB", size)
        if fault == TURNED:
            return _grainy(draw(TURNED_BY))
        picture = draw(0.0)
        return _grainy(_covered(picture) if fault == COVERED else picture)


def _grainy(picture: Image.Image) -> Image.Image:
    """The picture with a part of the grain that the one before did not get: the parts come in turn."""
    turn = next(_TURNS)
    across, down = turn % _SPARE, turn * 7 // _SPARE % _SPARE
    part = _grain(picture.size).crop((across, down, across + picture.width, down + picture.height))
    return ImageChops.add(picture, part, offset=-128)


_TURNS = itertools.count(1)


@lru_cache(maxsize=4)
def _grain(size: tuple[int, int]) -> Image.Image:
    """Around a grey of 128; larger than the picture, so that there are many parts of it."""
    return Image.effect_noise((size[0] + _SPARE, size[1] + _SPARE), _GRAIN).convert("RGB")


def _covered(picture: Image.Image) -> Image.Image:
    light = picture.filter(ImageFilter.GaussianBlur(picture.width / 16))
    return Image.blend(light, Image.new("RGB", picture.size, _CLOTH), 0.88)


def beside(sign: Path, channel: int | None = None) -> Path:
    """The file for the whole device, or for one channel of a recorder."""
    return sign.with_name("fault.txt" if channel is None else f"fault-{channel}.txt")


def read_fault(sign: Path | None, channel: int | None = None) -> str:
    """What is wrong with this channel, or with the whole device; empty where nothing is that is known here."""
    for path in () if sign is None else (beside(sign, channel), beside(sign)):
        try:
            word = path.read_text(encoding="utf-8", errors="replace")[:20].strip()
        except OSError:
            continue
        if word in FAULTS:
            return word
    return ""
