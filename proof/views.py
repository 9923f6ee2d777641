"""The views of `health-pictures`, and how each of their pictures was judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from PIL import Image

from demo.scene import Scene
from health.pictures import judging, measures
from health.pictures.judging import judge_picture
from health.pictures.small import Small, small
from proof import photographs, spoiling
from proof.rows import Row, tell

SIZE = (640, 360)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STREETS, MOMENTS = 8, 2
SHARES = (0.1, 0.2, 0.4)
CODE = "4821"
ALLOWED = {"spray paint": 0.15}
"""Of its pictures: the paint leaves a rim, and where most details lie in that the view passes for open."""

WITH_PAPER = 0.1  # Of the open pictures: so many may be called wrong once, while the paper is in the reference.


@dataclass(frozen=True)
class Seen:
    """One picture, and what should be found in it; nothing in `cause` where the view is open."""

    kind: str
    cause: str
    picture: Small
    reference: Small
    before: Small | None = None


def rows() -> list[Row]:
    """Streets always; photographs and a film where they are at hand."""
    tell("Drawing streets ...")
    found = _table("streets", list(_streets("")))
    found.append(_with_paper([one for one in _streets(CODE) if not one.cause]))
    tell("Fetching photographs ...")
    views = photographs.of_opencv()
    try:
        views |= photographs.of_wheels()
    except RuntimeError as problem:
        tell(str(problem))
    if views:
        found += _table(f"{len(views)} photographs", list(_photographs(views)))
    if frames := photographs.film(every=40):
        found += _table("film", list(_film(frames)))
    return found


def _streets(paper: str) -> Iterator[Seen]:
    for number in range(1, STREETS + 1):
        scene = Scene("Gerbang Utama", number)
        reference = small(spoiling.plain(scene.draw(SIZE, NOON, paper), number))
        for moment in range(1, MOMENTS + 1):
            now, seed = NOON + timedelta(hours=7 * moment, seconds=613 * moment), number * 1000 + moment
            yesterday = small(spoiling.plain(scene.draw(SIZE, now - timedelta(hours=24)), seed + 7))
            yield from _spoilt(scene.draw(SIZE, now), seed, reference, yesterday)
            for share in SHARES:
                away = scene.draw(SIZE, now, turned=share if moment % 2 else -share)
                yield from _turned(away, share, seed, reference)
            frozen = spoiling.plain(scene.draw(SIZE, now), seed)
            again = scene.captioned(frozen, now + timedelta(hours=20))
            yield Seen("frozen, its clock runs on", "frozen", small(again), reference, small(frozen))


def _photographs(views: dict[str, Image.Image]) -> Iterator[Seen]:
    for number, name in enumerate(sorted(views)):
        view = _part(views[name], 0.0)
        reference = small(spoiling.noisy(view, number + 90))
        for moment in range(MOMENTS):
            seed = number * 1000 + moment
            yield from _spoilt(view, seed, reference, small(spoiling.noisy(view, seed + 500)))
        for share in SHARES:
            yield from _turned(_part(views[name], share), share, number * 1000, reference)
        frozen = small(spoiling.noisy(view, number))
        yield Seen("frozen", "frozen", frozen, reference, frozen)


def _film(frames: list[Image.Image]) -> Iterator[Seen]:
    """People cross the square in every frame, and nobody turned that camera."""
    whole = [small(frame) for frame in frames]
    for before, after in pairwise(whole):
        yield Seen("people who cross", "", after, whole[0], before)
    reference = small(_part(frames[0], 0.0))
    for share in SHARES:
        for frame in frames[1:]:
            yield Seen(f"turned by {share:.0%}", "turned", small(_part(frame, share)), reference)


def _spoilt(view: Image.Image, seed: int, reference: Small, before: Small) -> Iterator[Seen]:
    for cause, kinds in (("", spoiling.NO_FAULT), ("black", spoiling.BLACK), ("covered", spoiling.COVERED)):
        for kind, spoil in kinds.items():
            yield Seen(kind, cause, small(spoil(view, seed)), reference, before)


def _turned(view: Image.Image, share: float, seed: int, reference: Small) -> Iterator[Seen]:
    for light, spoil in (("", spoiling.plain), (", rain", spoiling.rainy), (", infrared", spoiling.by_infrared)):
        yield Seen(f"turned by {share:.0%}{light}", "turned", small(spoil(view, seed)), reference)


def _part(photograph: Image.Image, share: float) -> Image.Image:
    """Six tenths of its width, moved to the right by this share of that: what a turned camera would see."""
    wide = photograph.width * 0.6
    high = min(photograph.height * 0.9, wide * SIZE[1] / SIZE[0])
    x, y = wide * share, (photograph.height - high) / 2
    return photograph.crop((round(x), round(y), round(x + wide), round(y + high))).resize(SIZE)


def _table(views: str, seen: list[Seen]) -> list[Row]:
    """A row for each kind, and how near the nearest picture came to each threshold."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in seen:
        found[one.kind, one.cause].append(judge_picture(one.picture, [one.reference], one.before).cause)
    rows: list[Row] = []
    for (kind, cause), causes in found.items():
        wrong = sum(bool(one) != bool(cause) for one in causes)
        other = sum(bool(one) and one != cause for one in causes) if cause else 0
        said = f"{wrong} of {len(causes)}" + (f", {other} misnamed" if other else "")
        most = ALLOWED.get(kind, 0.0)
        what = f"{views}: {'misses' if cause else 'false alarms'}, {kind}"
        rows.append(Row(what, said, f"≤ {most:.0%}" if most else "0", wrong <= most * len(causes)))
    return rows + _margins(views, seen)


def _margins(views: str, seen: list[Seen]) -> list[Row]:
    """Each threshold between the nearest picture of an open view and the nearest of a fault that rests on it."""
    rows: list[Row] = []

    def between(name: str, fault: list[float], threshold: float, open_: list[float]) -> None:
        if open_:
            near = f"{max(fault):.3g} < " if fault else ""
            ok = min(open_) > threshold and (not fault or max(fault) < threshold)
            rows.append(Row(f"{views}: {name}", f"{near}… < {min(open_):.3g}", f"{threshold:g} between", ok))

    open_ = [one for one in seen if not one.cause]
    between(
        "brightness, black and open",
        [measures.brightness(one.picture) for one in seen if one.cause == "black"],
        judging.BLACK_BELOW,
        [measures.brightness(one.picture) for one in open_],
    )
    between(
        "changed, frozen and open",
        [
            measures.changed(one.picture, one.before)
            for one in seen
            if one.cause == "frozen" and one.before is not None
        ],
        judging.FROZEN_BELOW,
        [measures.changed(one.picture, one.before) for one in open_ if one.before is not None],
    )
    matches = [(measures.match(one.picture, one.reference), one) for one in open_]
    between("match in place, open", [], judging.RECOGNISED, [match.here for match, _ in matches])
    lost = [
        measures.details_lost(one.picture, one.reference) for match, one in matches if match.here < judging.PLAIN
    ]
    if lost:
        ok = max(lost) < judging.LOST_ABOVE
        rows.append(Row(f"{views}: details lost, open", f"{max(lost):.3g}", f"< {judging.LOST_ABOVE:g}", ok))
    return rows


def _with_paper(seen: list[Seen]) -> Row:
    """Open views by the picture of a visit, in which somebody holds the paper before the lens."""
    wrong = sum(bool(judge_picture(one.picture, [one.reference], one.before).cause) for one in seen)
    what = "streets: false alarms while the paper is in the reference"
    return Row(what, f"{wrong} of {len(seen)}", f"≤ {WITH_PAPER:.0%}", wrong <= WITH_PAPER * len(seen))
