"""How often a secret was refused, counted before each attempt, because accounts lock: at most two, ever.

What carries credentials is counted *before* it leaves and taken back once it was clearly accepted. So a line that
drops, an error, silence and our own deadline count too, as doubts, because each may have been a refusal (`count`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.count import REFUSALS_MAX, Count
from devices.errors import Unauthorized
from devices.words import gettext_noop

#: How a refusal that was not called one is told, and its remedy.
UNCLEAR = (
    gettext_noop("Kamera tidak menerima upaya masuk kami, tanpa menyebut sebabnya."),
    gettext_noop(
        "Paling mungkin nama pengguna atau kata sandinya keliru. Periksa keduanya pada kamera, lalu isi kembali. "
        "Kami tidak mencoba berulang-ulang agar akun Anda tidak terkunci."
    ),
)


@dataclass(slots=True)
class Refusals:
    """Credentialed requests that the device refused or may have refused, over HTTP and RTSP together."""

    spent: int = 0
    doubts: list[str] = field(default_factory=list)  # The way of each of them that is no refusal in so many words.

    @property
    def count(self) -> Count:
        """What stands against the secret by now."""
        return Count(self.spent, tuple(self.doubts))

    @property
    def used_up(self) -> bool:
        """Whether nothing may be signed with this secret any more."""
        return self.spent >= REFUSALS_MAX

    def lift(self, way: str, count: int) -> None:
        """So many of the doubts of this way were none."""
        for _ in range(count):
            self.doubts.remove(way)
        self.spent -= count


class Trial:
    """The attempts of one visit to sign in by one way: ONVIF, a snapshot, or a stream (see `count`).

    Each way is on trial by itself, because makers keep the users of ONVIF and of their streams apart.
    """

    def __init__(self, refusals: Refusals, way: str) -> None:
        self._refusals, self._way = refusals, way
        self._doubts = 0  # Attempts of this visit whose answer is not clear, or not there yet.
        self._evaded = False
        self.proven = False  # The credentials are good: what goes wrong from now on says nothing of them.

    @property
    def doubts(self) -> int:
        """How many attempts of this visit may yet turn out to be none."""
        return self._doubts

    @property
    def in_doubt(self) -> bool:
        """Whether a proof would lift anything, of this visit or of an earlier one."""
        return self._way in self._refusals.doubts

    def begin(self) -> None:
        """Count an attempt that is about to leave. `Unauthorized("resting")` where none is left."""
        self.require_one_left()
        if not self.proven:
            self._refusals.spent += 1
            self._refusals.doubts.append(self._way)
            self._doubts += 1

    def require_one_left(self) -> None:
        """`Unauthorized("resting")` where no attempt is left."""
        if self._refusals.used_up:
            message, remedy = UNCLEAR if self._refusals.doubts else ("", "")
            raise Unauthorized("resting", message=message, remedy=remedy, refusals=self._refusals.spent)

    def refused(self) -> None:
        """The last attempt was refused in so many words: it stays counted, whatever comes."""
        if self._doubts:
            self.take_back(1)
        self._refusals.spent += 1

    def evaded(self) -> None:
        """The answer to the last attempt was about something else: such answers of one visit count once together.

        A camera may lack a path or an operation, or garble its answers, before it comes to one that proves it; a
        device that only ever answers so has its two visits.
        """
        if self._evaded and self._doubts:
            self.take_back(1)
        self._evaded = True

    def set_aside(self, way: str) -> None:
        """Keep the last attempt in doubt for good: no proof by this way lifts it, since it is asked no more."""
        if self._doubts:
            self.take_back(1)
            self._refusals.spent += 1
            self._refusals.doubts.append(way)

    def forgiven(self) -> None:
        """A refusal after the credentials were proven good turned out to be about a nonce."""
        self._refusals.spent -= 1

    def take_back(self, count: int) -> None:
        """So many of the attempts in doubt were none."""
        self._refusals.lift(self._way, count)
        self._doubts -= count

    def accepted(self) -> None:
        """The device took the credentials: nothing that was in doubt was a refusal, of earlier visits neither."""
        self._refusals.lift(self._way, self._refusals.doubts.count(self._way))
        self._doubts = 0
        self.proven = True
