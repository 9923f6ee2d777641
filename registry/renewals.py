"""Which consents ask to be renewed: those that end soon, and those that rest on older words."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from registry.models import Consent

#: How many days before its end an owner is asked to renew a consent: first, and for the last time.
ASKED_AHEAD = (30, 7)
AHEAD = timedelta(days=max(ASKED_AHEAD))


def has_older_words(consent: Consent, version: str) -> bool:
    """Whether it was signed under other words than those in force (`version`). It keeps what it said."""
    return consent.text.version != version


def up_for_renewal(consents: Iterable[Consent], version: str, now: datetime) -> list[Consent]:
    """Those of these consents in force that end within 30 days or rest on older words."""
    return [row for row in consents if row.valid_until <= now + AHEAD or has_older_words(row, version)]
