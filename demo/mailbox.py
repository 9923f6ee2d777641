"""The letters and texts that the demo did not send: files in settings.OUTBOX."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings

SHOWN = 40
LARGEST = 256 * 1024
SUFFIXES = (".text", ".eml", ".mail")


@dataclass(frozen=True)
class Letter:
    """One letter or text message."""

    to: str
    subject: str
    text: str
    at: datetime


def letters() -> list[Letter]:
    """The newest letters first. Nothing when no folder is set or it is not there yet."""
    folder = Path(settings.OUTBOX) if settings.OUTBOX else None
    if folder is None or not folder.is_dir():
        return []
    files = [
        path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file() and not path.is_symlink()
    ]
    files.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [letter for letter in map(_read, files[:SHOWN]) if letter is not None]


def _read(path: Path) -> Letter | None:
    """The letter in a file; None for one that is gone again or has nothing in it yet."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST)
        at = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    except OSError:
        return None
    if not raw.strip():
        return None
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain", "html"))
    try:
        text = body.get_content() if body is not None else ""
    except (LookupError, ValueError):
        text = raw.decode(errors="replace")
    return Letter(str(message["To"] or ""), str(message["Subject"] or ""), str(text).strip(), at)
