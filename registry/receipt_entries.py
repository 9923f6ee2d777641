"""What the audit trail holds of a receipt, consent by consent, in words."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.models import Anchor, Entry
from audit.proofs import anchored
from registry import receipts
from registry.models import Consent, EndedHow


@dataclass(frozen=True)
class Act:
    """One entry: what was done, and the anchor over it, or none yet."""

    words: str
    entry: Entry
    anchor: Anchor | None


@dataclass(frozen=True)
class Told:
    """What was done with one consent, the oldest first; never nothing."""

    consent: Consent
    acts: list[Act]

    @property
    def last(self) -> Act:
        return self.acts[-1]


def told_of(consents: Sequence[Consent]) -> list[Told]:
    """Each of these consents of which the trail speaks, in their order."""
    acts: dict[str, list[Act]] = defaultdict(list)
    for entry, anchor in anchored(receipts.entries_about(list(consents))):
        acts[entry.target_id].append(Act(_words_of(entry), entry, anchor))
    return [Told(consent, acts[key]) for consent in consents if (key := str(consent.public_id)) in acts]


def _words_of(entry: Entry) -> str:
    """What an entry about a consent says was done."""
    if entry.action == "consent.withdrawn":
        # As it was then; entries of an earlier release do not say how.
        how = json.loads(bytes(entry.body))["facts"].get("how", EndedHow.WITHDRAWN)
        return str(EndedHow(how).label)
    done = {"consent.given": _("Diberikan"), "consent.renewed": _("Diperbarui"), "consent.lapsed": _("Berakhir")}
    return done.get(entry.action, entry.action)
