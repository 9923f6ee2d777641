"""How many of the two attempts that a secret has are spent, and by what.

A *refusal* is one in so many words. A *doubt* is an attempt that the device neither took nor refused: the line
broke, it kept silent, it spoke of something else. Both count alike, because some devices only ever hang up on a bad
password; but a doubt is lifted once the device takes the same secret by the same way, a refusal never.
"""

from __future__ import annotations

from dataclasses import dataclass

REFUSALS_MAX = 2

#: The ways to sign in. Each is on trial by itself: makers keep the users of ONVIF and of their streams apart.
ONVIF, SNAPSHOT, STREAM = "onvif", "snapshot", "stream"
#: Doubts that no way can lift: a snapshot that was answered with something else, and so is not asked again while
#: the stream serves; and a worker that died in the middle of a visit.
ANSWERED, DIED = "answered", "died"


@dataclass(frozen=True, slots=True)
class Count:
    """What stands against one secret: `refusals` counts everything, `doubts` names the way of each that is one."""

    refusals: int = 0
    doubts: tuple[str, ...] = ()

    @property
    def refused(self) -> int:
        """How many were refused in so many words."""
        return self.refusals - len(self.doubts)

    @property
    def rests(self) -> bool:
        """Whether nothing may be signed with this secret any more."""
        return self.refusals >= REFUSALS_MAX

    def without(self, way: str) -> Count:
        """The count once the doubts of this way are lifted."""
        kept = tuple(one for one in self.doubts if one != way)
        return Count(self.refused + len(kept), kept)

    def with_doubt(self, way: str) -> Count:
        return Count(self.refusals + 1, (*self.doubts, way))

    def with_another_try(self) -> Count:
        """The count once its owner asked for one more attempt: as many doubts are lifted as that takes."""
        kept = self.doubts[: max(0, REFUSALS_MAX - 1 - self.refused)]
        return Count(self.refused + len(kept), kept) if self.rests else self

    def after(self, before: Count, visit: Count) -> Count:
        """This count once a visit is added that began at `before` and ended at `visit`.

        Another visit may have been written down meanwhile, so what the visit changed is added, not its end kept.
        """
        refused = self.refused + max(0, visit.refused - before.refused)
        doubts: list[str] = []
        for way in dict.fromkeys((*self.doubts, *visit.doubts)):
            more = visit.doubts.count(way) - before.doubts.count(way)
            doubts += [way] * max(0, self.doubts.count(way) + more)
        return Count(refused + len(doubts), tuple(doubts))
