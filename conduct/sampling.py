"""The monthly sample: drawn by the first head of the audit trail that was anchored after the month.

Nobody can know that head while the month runs, and nobody can choose another one afterwards: it stands outside the
database. So nobody chooses which looks are judged, and whoever has the head draws the same ones again.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import audit
from access.models import Look, LookQuerySet
from accounts.models import Organization
from audit.models import Entry
from conduct.errors import NotYetAnchored
from conduct.heads import Head, head_after, head_numbered
from conduct.models import Card, CardSource, CardState, Sample
from conduct.months import month_of, span_of
from conduct.waiting import tell_of_cards

MONTHS_BACK = 12
#: An entry of the trail is written a moment after the look that it tells of has begun.
NEARLY = timedelta(minutes=10)


def draw(head: bytes, candidates: Iterable[UUID], percent: int) -> list[UUID]:
    """The `percent` of these looks, rounded up, whose SHA-256(head ‖ id) is lowest, the lowest first.

    `head` is 32 bytes, an id the 16 bytes of its UUID. Of any looks at all it draws one at least, and the order in
    which they come makes no difference.
    """
    ranked = sorted(set(candidates), key=lambda look: hashlib.sha256(head + look.bytes).digest())
    return ranked[: -(-len(ranked) * percent // 100)]


# --- drawing -----------------------------------------------------------------------------------------------


def draw_owed_samples(*, now: datetime) -> int:
    """Draw the months that are over and anchored and were not drawn yet; how many samples were made."""
    month, made = month_of(now), 0
    for _step in range(MONTHS_BACK):
        month = (month - timedelta(days=1)).replace(day=1)
        if Sample.objects.filter(month=month).exists() or not looks_of(month).exists():
            continue
        head = head_after(span_of(month)[1])
        if head is not None:
            made += len(draw_month(month=month, now=now))
    return made


def draw_month(*, month: date, now: datetime) -> list[Sample]:
    """Draw a month for all bodies that looked in it; drawing it again changes nothing and returns none.

    Raises NotYetAnchored where the month is not over, or no head was anchored since, and HeadDoubtful.
    """
    _start, end = span_of(month)
    head = head_after(end) if end <= now else None
    if head is None:
        raise NotYetAnchored
    try:
        return _draw_month(month, head, now)
    except IntegrityError:
        if Sample.objects.filter(month=month).exists():
            return []  # Another worker was first.
        raise


@audit.atomic
def _draw_month(month: date, head: Head, now: datetime) -> list[Sample]:
    if Sample.objects.filter(month=month).exists():
        return []
    bodies = Organization.objects.in_bulk()
    made = [_draw_one(month, bodies[body], looks, head, now) for body, looks in sorted(_candidates(month).items())]
    _tell_of_cards(month, made, now)
    return made


def _draw_one(month: date, body: Organization, looks: dict[UUID, int], head: Head, now: datetime) -> Sample:
    drawn = draw(head.hash, looks, settings.SAMPLE_PERCENT)
    sample = Sample.objects.create(
        month=month,
        organization=body,
        anchor_number=head.number,
        head=head.hash.hex(),
        percent=settings.SAMPLE_PERCENT,
        looks=len(looks),
        drawn=len(drawn),
        drawn_at=now,
    )
    keys = [looks[public_id] for public_id in drawn]
    known = Card.objects.filter(look__in=keys)  # Brought here before by an emergency, or by a supervisor.
    known.update(sample=sample)
    fresh = set(keys) - set(known.values_list("look_id", flat=True))
    due = now + settings.JUDGED_WITHIN
    Card.objects.bulk_create(
        Card(look_id=key, source=CardSource.SAMPLE, sample=sample, opened_at=now, due_at=due)
        for key in sorted(fresh)
    )
    audit.record(
        "sample.drawn",
        actor=None,
        target=sample,
        month=month.isoformat(),
        organization=str(body.public_id),
        anchor=head.number,
        looks=len(looks),
        drawn=len(drawn),
        digest=digest_of(drawn),
    )
    return sample


def _tell_of_cards(month: date, samples: list[Sample], now: datetime) -> None:
    def words(number: int) -> tuple[str, str]:
        body = ngettext(
            "Sampel %(month)s: %(n)d tayangan menunggu penilaian. Tidak ada yang memilihnya.",
            "Sampel %(month)s: %(n)d tayangan menunggu penilaian. Tidak ada yang memilihnya.",
            number,
        )
        return _("Tayangan untuk dinilai"), body % {"month": date_format(month, "F Y"), "n": number}

    cards = Card.objects.filter(sample__in=samples, state=CardState.OPEN)
    tell_of_cards(cards, code="sample.drawn", words=words, now=now)


def looks_of(month: date) -> LookQuerySet:
    """The looks that began in this local month, but those through vital objects."""
    start, end = span_of(month)
    return Look.objects.filter(started_at__gte=start, started_at__lt=end, camera__site__vital=False)


def _candidates(month: date) -> dict[int, dict[UUID, int]]:
    """By body: the looks of the month, their public ids with their keys."""
    found: dict[int, dict[UUID, int]] = defaultdict(dict)
    for body, public_id, key in (
        looks_of(month).order_by().values_list("organization", "public_id", "pk").iterator()
    ):
        found[body][public_id] = key
    return found


def digest_of(looks: Iterable[UUID]) -> str:
    """One SHA-256 (hex) of these ids, in their order."""
    return hashlib.sha256(b"".join(look.bytes for look in looks)).hexdigest()


# --- drawing again -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """A sample as it stands and as it should: what is wrong with it, in words for an operator; nothing, if it is
    as it was drawn."""

    sample: Sample
    faults: list[str]


def check_month(month: date) -> list[Checked]:
    """Draw a month again from the anchored head and compare with what is kept; changes nothing.

    A body that looked and has no sample is a fault, once the month was drawn at all; so is a look that began
    otherwise in the audit trail, or is there alone. Raises HeadDoubtful.
    """
    candidates = _candidates(month)
    samples = list(Sample.objects.filter(month=month).select_related("organization"))
    first = head_after(span_of(month)[1])
    checked = [Checked(one, _faults(one, first, candidates)) for one in samples]
    missing = set(candidates) - {one.organization_id for one in samples} if samples else set()
    for body in Organization.objects.filter(pk__in=missing):
        checked.append(Checked(Sample(month=month, organization=body), ["it has looks and was not drawn"]))
    for public_id, number in _other_than_in_the_trail(month).items():
        fault = f"{number} looks of the audit trail are not kept as they began"
        mine = next((one for one in checked if str(one.sample.organization.public_id) == public_id), None)
        if mine is None:
            mine = Checked(Sample(month=month, organization=Organization.objects.get(public_id=public_id)), [])
            checked.append(mine)
        mine.faults.append(fault)
    return checked


def _other_than_in_the_trail(month: date) -> Counter[str]:
    """By body (public id): how many looks began in this month by the audit trail, which nobody rewrites, and are
    not in the table from which is drawn, or there with another person, body or month."""
    start, end = span_of(month)
    looks = Look.objects.filter(started_at__gte=start - NEARLY, started_at__lt=end + NEARLY).order_by()
    rows = looks.values_list("public_id", "organization__public_id", "viewer")
    kept = {str(look): (str(body), viewer) for look, body, viewer in rows.iterator()}
    began = Entry.objects.filter(action="look.started", at__gte=start, at__lt=end)
    found: Counter[str] = Counter()
    for look, viewer, body in began.values_list("target_id", "actor", "body").iterator():
        of_body = json.loads(bytes(body))["facts"]["organization"]
        if kept.get(look) != (of_body, viewer):
            found[of_body] += 1
    return found


def _faults(sample: Sample, first: Head | None, candidates: dict[int, dict[UUID, int]]) -> list[str]:
    head = head_numbered(sample.anchor_number)
    if head is None:
        return [f"anchor {sample.anchor_number} is not there"]
    faults = []
    if first is None or first.number != head.number:
        faults.append("its anchor is not the first one after the month")
    if head.hash.hex() != sample.head:
        faults.append("its head is not that of the anchor")
    looks = candidates.get(sample.organization_id, {})
    if len(looks) != sample.looks:
        faults.append(f"it was drawn from {sample.looks} looks; there are {len(looks)}")
    again = draw(head.hash, looks, sample.percent)
    kept = set(sample.cards.values_list("look__public_id", flat=True))
    if missing := len(set(again) - kept):
        faults.append(f"{missing} drawn looks are not in it")
    if added := len(kept - set(again)):
        faults.append(f"{added} looks in it were not drawn")
    if sample.percent != settings.SAMPLE_PERCENT:
        faults.append(f"it was drawn at {sample.percent} percent, not {settings.SAMPLE_PERCENT}")
    if len(again) != sample.drawn:
        faults.append(f"{len(again)} are drawn; it says {sample.drawn}")
    return faults
