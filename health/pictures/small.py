"""The small grey pictures that health works with: 96 by 54, on which nobody's face can be known again."""

import io
import zlib
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Small: TypeAlias = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 96, 54


class NotSmall(ValueError):
    """These bytes are no picture."""


def small(picture: Image.Image) -> Small:
    """A picture in grey, each of its 96 by 54 points the mean of what it covers.

    A picture of another shape is stretched, always in the same way, so two of one camera still fit on each other.
    """
    grey = picture.convert("L").resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return np.asarray(grey, dtype=np.uint8)


def small_of_jpeg(jpeg: bytes) -> Small:
    """The same of a JPEG that `devices` drew anew; raises NotSmall for what is no whole JPEG."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as source:
            return small(source)
    except OSError as problem:
        raise NotSmall from problem


def packed(picture: Small) -> bytes:
    """A small picture as bytes, about half of its 5,184."""
    return zlib.compress(picture.tobytes(), 9)


def unpacked(content: bytes) -> Small:
    """The picture again; raises NotSmall for anything else."""
    try:
        plain = zlib.decompress(content)
    except zlib.error as problem:
        raise NotSmall from problem
    if len(plain) != WIDTH * HEIGHT:
        raise NotSmall
    return np.frombuffer(plain, dtype=np.uint8).reshape(HEIGHT, WIDTH)
