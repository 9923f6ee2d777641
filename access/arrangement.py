"""What was asked once for a case, and serves for further cameras of it: the arrangement.

It opens nothing by itself. Each camera still gets its own look, written by the same decision; the arrangement only
saves its viewer from typing reason and time again. It lives in the session, so it ends with the session, and it can
be handed to the next officer at a change of shift: `arrangements_in` the one session, `keep_all` in the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from access.models import Case, Reason
from registry.models import Camera

IN_SESSION = "arrangements"
MOST_CASES = 5  # The newest are kept: nobody follows more cases at once.
MOST_CAMERAS = 24  # Of one case, side by side.


@dataclass(frozen=True)
class Arrangement:
    """For one case: the reason by its code, for how many minutes a camera opens, and which were opened, in order.

    `case` and `cameras` are public ids.
    """

    case: UUID
    reason: str
    minutes: int
    cameras: tuple[UUID, ...] = ()

    def with_camera(self, camera: Camera) -> "Arrangement":
        """The same with one more camera; of the cameras beyond MOST_CAMERAS the oldest is let go."""
        if camera.public_id in self.cameras:
            return self
        return replace(self, cameras=(*self.cameras, camera.public_id)[-MOST_CAMERAS:])

    def without_camera(self, camera: Camera) -> "Arrangement":
        """The same without this camera."""
        return replace(self, cameras=tuple(one for one in self.cameras if one != camera.public_id))

    @cached_property
    def the_reason(self) -> Reason:
        """The reason itself, whose code the session keeps."""
        return Reason.objects.get(code=self.reason)

    @property
    def lasts(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def to_session(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "case": str(self.case),
            "reason": self.reason,
            "minutes": self.minutes,
            "cameras": [str(camera) for camera in self.cameras],
        }

    @classmethod
    def from_session(cls, kept: Any) -> "Arrangement | None":
        """What `to_session` wrote; None for anything else, such as what an older release wrote."""
        try:
            found = cls(
                UUID(kept["case"]),
                str(kept["reason"]),
                int(kept["minutes"]),
                tuple(UUID(camera) for camera in kept["cameras"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            return None
        return found if found.minutes in time_boxes() else None


def time_boxes() -> list[int]:
    """For how many minutes one may ask a camera to open: never longer than a look lasts."""
    longest = int(settings.LOOK_LASTS.total_seconds() // 60)
    return [minutes for minutes in (5, 10, 15) if minutes <= longest] or [longest]


def arrangements_in(session: SessionBase) -> list[Arrangement]:
    """The arrangements of this session, the one used last first."""
    kept = session.get(IN_SESSION)
    found = (Arrangement.from_session(one) for one in (kept if isinstance(kept, list) else []))
    return [one for one in found if one is not None]


def arrangement_for(session: SessionBase, case: Case, now: datetime) -> Arrangement | None:
    """What was asked for this case, as long as it is open and the reason stands on the list."""
    found = next((one for one in arrangements_in(session) if one.case == case.public_id), None)
    if found is None or not case.is_open(now):
        return None
    return found if Reason.objects.filter(code=found.reason, active=True).exists() else None


def keep(session: SessionBase, arrangement: Arrangement) -> None:
    """Note it as the one used last, in place of the earlier one of the same case."""
    keep_all(session, [arrangement, *arrangements_in(session)])


def keep_all(session: SessionBase, arrangements: Iterable[Arrangement]) -> None:
    """Note these and no others; of two for one case the first."""
    once: dict[UUID, Arrangement] = {}
    for one in arrangements:
        once.setdefault(one.case, one)
    session[IN_SESSION] = [one.to_session() for one in list(once.values())[:MOST_CASES]]


def forget_arrangements(session: SessionBase) -> None:
    """Ask everything anew."""
    session.pop(IN_SESSION, None)
