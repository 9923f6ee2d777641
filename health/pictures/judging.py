"""From the measures of a small picture to what is wrong with it.

The thresholds come from `./run proof health-pictures`: rendered streets and photographs, in weather, by night and
behind traffic on one side, and with their view taken away on the other. Its table says how near each threshold
comes to a false alarm and to a miss.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from health.causes import Cause
from health.pictures import measures
from health.pictures.small import Small

BLACK_BELOW = 24.0
"""Grey levels of `measures.brightness`."""

FROZEN_BELOW = 0.01
"""`measures.changed`: grain alone changes a tenth of the points, and a device that repeats itself none."""

LOST_ABOVE = 0.45
"""`measures.details_lost`, where the view does not plainly lie on its reference (`PLAIN`)."""

PLAIN = 0.55
"""`Match.here`: so well lies a view that is open, but for the worst nights."""

SHIFT_ABOVE = 0.04
"""`Match.across` and `down`, in shares of the view, where the picture lies clearly better (`CLEARER`) there."""

CLEARER = 0.10
"""`Match.best` less `Match.here`."""

SURE = 0.35
"""`Match.best`: the view that was verified, elsewhere in the picture. Below, a cloth may look like it by chance."""

RECOGNISED = 0.15
"""`Match.here` and `best`: less is what two views of different places come to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a picture shows to be wrong: the cause, and the measure that says so with its threshold.

    `measured` is the name of the measure: "brightness" in grey levels, else shares of one: "changed",
    "details_lost", "shift", "match". `cause` is empty where nothing is wrong, or where one picture alone shows it
    (`suspected`): the next one confirms it or does not.
    """

    cause: str = ""
    measured: str = ""
    measure: float = 0.0
    threshold: float = 0.0
    suspected: str = ""


FINE = Finding()


def judge_picture(picture: Small, references: Sequence[Small], before: Small | None) -> Finding:
    """What is wrong with a picture: black, covered, turned away or frozen (`before` is an earlier picture).

    Of several references (day and night) the one that it lies on best speaks. Without any only black and frozen can
    be said. What lies before a lens may lie still, so a picture that shows it is not called frozen.
    """
    light = measures.brightness(picture)
    if light < BLACK_BELOW:
        return Finding(Cause.BLACK, "brightness", light, BLACK_BELOW)
    if references:
        matches = [(measures.match(picture, reference), reference) for reference in references]
        match, reference = max(matches, key=lambda one: one[0].here)
        seen = _view(match, picture, reference)
        if seen.cause:
            return seen
    moved = 1.0 if before is None else measures.changed(picture, before)
    return Finding(Cause.FROZEN, "changed", moved, FROZEN_BELOW) if moved < FROZEN_BELOW else FINE


def lies_on(picture: Small, reference: Small) -> bool:
    """Whether a picture surely shows the view of the reference, open and in place."""
    return not judge_picture(picture, [reference], None).cause and (
        measures.match(picture, reference).here >= RECOGNISED
    )


def _view(match: measures.Match, picture: Small, reference: Small) -> Finding:
    shift = max(abs(match.across), abs(match.down))
    moved = shift > SHIFT_ABOVE and match.best >= RECOGNISED and match.best - match.here >= CLEARER
    turned = Finding(Cause.TURNED, "shift", shift, SHIFT_ABOVE)
    if moved and match.best >= SURE:
        return turned
    if match.here < PLAIN:
        lost = measures.details_lost(picture, reference)
        if lost > LOST_ABOVE:
            return Finding(Cause.COVERED, "details_lost", lost, LOST_ABOVE)
    if moved:
        return turned
    if match.here < RECOGNISED:
        return Finding(Cause.TURNED, "match", match.here, RECOGNISED)
    return FINE
