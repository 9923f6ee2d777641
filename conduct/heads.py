"""The anchored heads of the audit trail, by which a sample is drawn: as they were signed, whatever a table says."""

import json
from dataclasses import dataclass
from datetime import datetime

from audit.models import Anchor
from audit.statements import Unreadable


class HeadDoubtful(RuntimeError):
    """An anchor says other things than were signed: nothing is drawn by it. `manage.py verify_audit` says more."""


@dataclass(frozen=True)
class Head:
    """The hash of the entry with this number, which was anchored outside the database at this moment."""

    number: int
    hash: bytes
    made_at: datetime


def head_after(moment: datetime) -> Head | None:
    """The first head that was anchored at this moment or later; None where none was yet. Raises HeadDoubtful."""
    anchor = Anchor.objects.filter(made_at__gte=moment).order_by("last").first()
    if anchor is None:
        return None
    before = Anchor.objects.filter(last__lt=anchor.last).order_by("-last").first()
    if before is not None and _head(before).made_at >= moment:
        raise HeadDoubtful(f"Anchor {before} was made later than the table says.")
    return _head(anchor)


def head_numbered(number: int) -> Head | None:
    """The anchored head whose last entry has this number. Raises HeadDoubtful."""
    anchor = Anchor.objects.filter(last=number).first()
    return _head(anchor) if anchor else None


def _head(anchor: Anchor) -> Head:
    try:
        said = anchor.stated()
    except Unreadable as problem:
        raise HeadDoubtful(f"Anchor {anchor}: {problem}") from problem
    made_at = datetime.fromisoformat(json.loads(said.signed)["made_at"])
    if not said.is_ours or made_at != anchor.made_at:
        raise HeadDoubtful(f"Anchor {anchor} is not what was signed.")
    return Head(said.last, said.head, made_at)
