"""Letters as files, where there is no mail server: demo mode and tests (settings.OUTBOX)."""

import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class OutboxBackend(BaseEmailBackend):
    """Writes each letter as one RFC 822 file; a reader never sees half a letter."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.OUTBOX)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for letter in email_messages:
            path = folder / f"{time.time_ns()}.mail"
            draft = path.with_suffix(".draft")
            draft.write_bytes(letter.message().as_bytes())
            draft.rename(path)
        return len(email_messages)
