"""Text messages to phones.

A gateway (WhatsApp, SMS) is chosen by an operator and comes later; until then texts go to the terminal of
`./run up` and, in demo mode and tests, to a folder. Production offers sign-in by phone only with a gateway.
"""

import sys
import time
from pathlib import Path

from django.conf import settings


def reaches_phones() -> bool:
    """Whether a text leaves at all; ask before you owe one to somebody who does not wait for it."""
    return not settings.PRODUCTION


def send_text(phone: str, text: str) -> None:
    """Send `text` to an E.164 number."""
    if not reaches_phones():
        raise RuntimeError("No text gateway is set up.")
    if settings.OUTBOX:
        folder = Path(settings.OUTBOX)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / f"{time.time_ns()}.text").write_text(f"To: {phone}\n\n{text}\n")
    sys.stdout.write(f"[pesan untuk {phone}] {text}\n")
    sys.stdout.flush()
