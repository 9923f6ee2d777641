"""Four numbers about a small picture: how bright it is, how many of its details are lost, how much has changed
since the one before, and how well it still lies on the picture by which its view is known.

All of them ask for edges rather than for brightness, so that the hour, the weather and the traffic count little.
Rows at the top and at the bottom are left out, for there cameras write their name and a clock that runs on.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from health.pictures.small import HEIGHT, WIDTH, Small

Field: TypeAlias = npt.NDArray[np.complex128]
Numbers: TypeAlias = npt.NDArray[np.float64]

CAPTION_ROWS = 7
NOISE = 3.0  # Grey levels per point: a weaker gradient may be noise of the sensor.
BLOCK_ROWS, BLOCK_COLUMNS = 5, 8
DETAIL, GRAIN = 4.0, 2.5  # Grey levels: what counts half for a detail in full light, and in no light at all.
SHOWN = 0.08  # Of a block: a reference that has less shows nothing there that could be lost.
LOST_BELOW = 0.4  # Of what the reference shows in a block.
BLOCKS_NEEDED = 6
NEAR = 2  # Points: so far a mount sways in the wind.
OVERLAP = 0.35  # Of the picture: a farther shift leaves too little to compare.
_PLANE = (2 * HEIGHT, 2 * WIDTH)


@dataclass(frozen=True, slots=True)
class Match:
    """How well a picture lies on a reference: -1 to 1, where it is and where it lies best, `across` and `down` from
    there in shares of its width and height."""

    here: float
    best: float
    across: float
    down: float


def brightness(picture: Small) -> float:
    """The grey level (0 to 255) below which all but the brightest hundredth of the picture is."""
    return float(np.percentile(_inner(picture), 99))


def changed(picture: Small, before: Small) -> float:
    """The share of the points that are not exactly what they were in the picture before."""
    return float(np.mean(_inner(picture) != _inner(before)))


def details_lost(picture: Small, reference: Small) -> float:
    """The share, 0 to 1, of the blocks in which the reference shows details and this picture shows hardly any.

    Details are what a blur takes first: differences to the points around. They count by their strength against the
    light, so in the dusk they may be weaker, but not gone; what is as weak as grain counts nothing. 0 where the
    reference itself shows next to none.
    """
    light = min(1.0, max(0.1, _light(picture) / max(1.0, _light(reference))))
    wanted, there = _details(reference, DETAIL), _details(picture, max(GRAIN, DETAIL * light))
    shown = wanted > SHOWN
    if np.count_nonzero(shown) < BLOCKS_NEEDED:
        return 0.0
    return float(np.mean(there[shown] < LOST_BELOW * wanted[shown]))


def shows_details(picture: Small) -> bool:
    """Whether there is enough in a picture to know its view by: not a fog, a bare wall or the open sky."""
    return int(np.count_nonzero(_details(picture, DETAIL) > SHOWN)) >= BLOCKS_NEEDED


def match(picture: Small, reference: Small) -> Match:
    """Lay the directions of the edges of both on each other, in place and shifted every way.

    Directions are doubled, so an edge that is bright on its other side at night is the same edge; what is no edge
    in either counts nothing. It is the normalised correlation over what overlaps, by Fourier transform.
    """
    scores = _scores(_directions(reference), _directions(picture))
    near = [scores[down, across] for down in range(-NEAR, NEAR + 1) for across in range(-NEAR, NEAR + 1)]
    row, column = np.unravel_index(int(np.argmax(scores)), scores.shape)
    down = int(row) - (_PLANE[0] if row >= HEIGHT else 0)
    across = int(column) - (_PLANE[1] if column >= WIDTH else 0)
    return Match(float(max(near)), float(scores[row, column]), across / WIDTH, down / HEIGHT)


def _inner(picture: Small) -> Small:
    return picture[CAPTION_ROWS : HEIGHT - CAPTION_ROWS]


def _light(picture: Small) -> float:
    return float(np.percentile(_inner(picture), 90))


def _gradient(picture: Small) -> Field:
    grey = picture.astype(np.float64)
    field = np.zeros(grey.shape, dtype=np.complex128)
    field[:, 1:-1] += (grey[:, 2:] - grey[:, :-2]) / 2
    field[1:-1] += 1j * (grey[2:] - grey[:-2]) / 2
    return field


def _details(picture: Small, half: float) -> Numbers:
    """How much of each block is detail; a difference of `half` counts half."""
    grey = picture.astype(np.float64)
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    strength = np.zeros(grey.shape)
    strength[1:-1, 1:-1] = np.abs(grey[1:-1, 1:-1] - around / 4)
    share = (strength**2 / (strength**2 + half**2))[CAPTION_ROWS : HEIGHT - CAPTION_ROWS]
    rows, columns = HEIGHT - 2 * CAPTION_ROWS, WIDTH
    blocks = share.reshape(rows // BLOCK_ROWS, BLOCK_ROWS, columns // BLOCK_COLUMNS, BLOCK_COLUMNS)
    means: Numbers = blocks.mean(axis=(1, 3))
    return means


def _directions(picture: Small) -> Field:
    gradient = _gradient(picture)
    strength = np.abs(gradient)
    half = max(NOISE, 0.3 * float(np.percentile(strength, 95)))
    field: Field = gradient**2 / (strength**2 + half**2)
    field[:CAPTION_ROWS] = field[HEIGHT - CAPTION_ROWS :] = 0
    return field


def _scores(reference: Field, picture: Field) -> Numbers:
    """The correlation at every shift; -1 where too little overlaps."""
    shown = np.zeros(reference.shape)
    shown[CAPTION_ROWS : HEIGHT - CAPTION_ROWS] = 1
    turned, turned_of = (np.fft.fft2(one, _PLANE) for one in (reference, picture))
    weight, weight_of = (np.fft.fft2(np.abs(one) ** 2, _PLANE) for one in (reference, picture))
    area = np.fft.fft2(shown, _PLANE)
    both: Numbers = np.fft.ifft2(np.conj(turned) * turned_of).real
    here = np.fft.ifft2(np.conj(weight) * area).real
    there = np.fft.ifft2(np.conj(area) * weight_of).real
    overlap = np.fft.ifft2(np.conj(area) * area).real
    scores: Numbers = both / np.sqrt(np.maximum(here * there, 1e-9))
    empty = 1e-6
    little = (overlap < OVERLAP * shown.sum()) | (here < empty) | (there < empty)
    little |= (here < 0.2 * here.max()) | (there < 0.2 * there.max())
    scores[little] = -1
    return scores
