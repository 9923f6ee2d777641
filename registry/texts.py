"""The consent texts, versioned: what an owner reads is what is hashed and kept (UU 27/2022 art. 21, 22, 24).

The words in force are the newest that an administrator published, else those that ship (`registry.wording`).
Rendering depends on nothing but its arguments, never on the locale: the same choice in the same version gives
the same text wherever it is shown or checked.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from registry.models import TextVersion
from registry.rights import IN_HOURS, PURPOSE_OF, Right
from registry.wording import LANGUAGES, SHIPPED_WORDING, Wording, clock, data_key

_MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}

# By number and hash: what was published never changes, so nothing here can become stale.
_read: dict[tuple[int, str], Wording] = {}


@dataclass(frozen=True)
class Line:
    """One labelled line of a text."""

    code: str
    label: str
    words: str


@dataclass(frozen=True)
class ShownText:
    """One right for one recipient, in the words the owner reads."""

    right: Right
    language: str
    title: str
    lines: tuple[Line, ...]
    version: str

    @property
    def body(self) -> str:
        """The plain text that is kept and hashed."""
        return "\n".join([self.title, *[f"{line.label}: {line.words}" for line in self.lines]])

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


def in_force() -> Wording:
    """The words in force at this very moment, in one small query.

    The database is asked each time, so that what one process publishes is read by all others at once; the words
    themselves are kept per process. Whoever renders many texts asks once and passes the answer on.
    """
    newest = TextVersion.objects.order_by("-number").values_list("number", "sha256").first()
    if newest is None:
        return SHIPPED_WORDING
    if newest not in _read:
        _read[newest] = wording_of(TextVersion.objects.get(number=newest[0]))
    return _read[newest]


def wording_of(published: TextVersion) -> Wording:
    """A published version as words to render with."""
    return Wording(published.number, str(published.number), published.words)


def consent_text(
    *,
    wording: Wording,
    right: Right,
    recipient: str,
    valid_until: datetime,
    language: str,
    hours_from: int | None = None,
    hours_until: int | None = None,
) -> ShownText:
    """The text for one right and one recipient (its name). An unknown language is answered in Indonesian."""
    tongue = language if language in LANGUAGES else "id"
    said = wording.words[tongue]
    words: dict[str, str] = {
        "what": said[f"what.{right}"],
        "data": said[data_key(right)],
        "purpose": said[f"purpose.{PURPOSE_OF[right]}"],
        "recipient": said["recipient"].format(name=recipient),
    }
    if right in IN_HOURS and hours_from is not None and hours_until is not None:
        words["hours"] = said["hours"].format(start=clock(hours_from), end=clock(hours_until))
    words["until"] = said["until"].format(day=day_in_words(last_day(valid_until), tongue))
    words["withdraw"] = said["withdraw"]
    words["rights"] = said["rights"].format(authority=settings.DATA_PROTECTION_AUTHORITY)
    lines = tuple(Line(code, said[f"label.{code}"], text) for code, text in words.items())
    return ShownText(
        right=right, language=tongue, title=said[f"title.{right}"], lines=lines, version=wording.version
    )


def last_day(valid_until: datetime) -> date:
    """The last local day on which a consent that ends at this moment holds."""
    return timezone.localtime(valid_until - timedelta(microseconds=1)).date()


def day_in_words(day: date, language: str) -> str:
    return f"{day.day} {_MONTHS[language].split()[day.month - 1]} {day.year}"
