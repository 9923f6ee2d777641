"""The mail server."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from notices.models import Notice

log = structlog.get_logger(__name__)


class LetterBox:
    """One conversation with the mail server."""

    def __init__(self, connection: BaseEmailBackend) -> None:
        self._connection = connection

    def send(self, notice: Notice) -> bool:
        """Hand one letter over; False if the server is away or refuses it, which is logged without the text."""
        body = f"{notice.body}\n\n{settings.BASE_URL}{notice.url}\n" if notice.url else f"{notice.body}\n"
        return self.post(to=notice.user.email or "", subject=notice.subject, body=body, named=str(notice.public_id))

    def post(self, *, to: str, subject: str, body: str, named: str) -> bool:
        """The same for any letter; `named` is what the log calls it."""
        letter = EmailMessage(
            subject=f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject}",
            body=body,
            to=[to],
            connection=self._connection,
        )
        try:
            return bool(letter.send())
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            log.warning("letter_failed", notice=named, problem=type(problem).__name__)
            self._connection.close()
            return False


@contextmanager
def letter_box() -> Iterator[LetterBox]:
    """A letter box that keeps its connection open until the block ends."""
    connection = get_connection()
    try:
        yield LetterBox(connection)
    finally:
        connection.close()
