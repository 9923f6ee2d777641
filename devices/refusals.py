"""How often a secret was refused, counted before each attempt, because accounts lock: at most two, ever.

What carries credentials is counted *before* it leaves and taken back once it was clearly accepted. So a line that
drops, an error, silence and our own deadline count as refusals, because each may have been one.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.errors import Unauthorized
from devices.words import gettext_noop

REFUSALS_MAX = 2

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

    @property
    def used_up(self) -> bool:
        """Whether nothing may be signed with this secret any more."""
        return self.spent >= REFUSALS_MAX


class Trial:
    """The attempts of one visit to sign in by one way: ONVIF, a snapshot, or a stream.

    Each way is on trial by itself, because makers keep the users of ONVIF and of their streams apart.
    """

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._doubts = 0  # Attempts counted whose answer is not clear, or not there yet.
        self._evaded = False
        self.proven = False  # The credentials are good: what goes wrong from now on says nothing of them.

    @property
    def doubts(self) -> int:
        """How many attempts may yet turn out to be none."""
        return self._doubts

    def begin(self) -> None:
        """Count an attempt that is about to leave. `Unauthorized("resting")` where none is left."""
        if self._refusals.used_up:
            raise Unauthorized("resting", refusals=self._refusals.spent)
        if not self.proven:
            self._refusals.spent += 1
            self._doubts += 1

    def refused(self) -> None:
        """The last attempt was refused in so many words: it stays counted, whatever comes."""
        if self._doubts:
            self._doubts -= 1
        else:
            self._refusals.spent += 1

    def evaded(self) -> None:
        """The answer to the last attempt was about something else: such answers of one visit count once together.

        A camera may lack a path or an operation, or garble its answers, before it comes to one that proves it; a
        device that only ever answers so has its two visits.
        """
        if self._evaded and self._doubts:
            self.take_back(1)
        self._evaded = True

    def forgiven(self) -> None:
        """A refusal after the credentials were proven good turned out to be about a nonce."""
        self._refusals.spent -= 1

    def take_back(self, count: int) -> None:
        """So many of the attempts in doubt were none."""
        self._refusals.spent -= count
        self._doubts -= count

    def accepted(self) -> None:
        """The device took the credentials: nothing that was in doubt was a refusal."""
        self.take_back(self._doubts)
        self.proven = True
