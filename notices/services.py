"""Telling people, in the app and by letter."""

from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import get_language

from accounts.models import User
from notices.gateway import letter_box
from notices.models import Notice

BATCH = 50
LEASE = timedelta(minutes=2)


def in_language_of(user: User) -> translation.override:
    """The block in which what is written is in this person's language: Indonesian, until he chose another."""
    return translation.override(user.language or "id")


def tell(
    user: User,
    *,
    code: str,
    subject: str,
    body: str,
    url: str = "",
    once_key: str | None = None,
    now: datetime,
    mail_from: datetime | None = None,
) -> Notice:
    """Leave a notice for a person, and owe a letter where there is an address.

    `url` is a path of this site. With `once_key` a second call changes nothing and returns the first notice, also
    when two processes call at once. The letter leaves after the commit, by `send_due_letters`;
    not before `mail_from`, where that is later (`notices.quiet`).
    """
    facts = {
        "user": user,
        "code": code,
        "subject": " ".join(subject.split())[:160],  # A line break would end the letter's header.
        "body": body,
        "language": get_language() or "id",
        "url": url,
        "created_at": now,
        "mail_due_at": max(now, mail_from or now) if user.email else None,
    }
    if once_key is None:
        return Notice.objects.create(**facts)
    return Notice.objects.get_or_create(once_key=once_key, defaults=facts)[0]


def notices_to_show(user: User, now: datetime, *, most: int) -> list[Notice]:
    """The newest notices of a person, as they are before he reads them here; from now on they are read."""
    shown = list(Notice.objects.for_user(user)[:most])
    unread = [notice.pk for notice in shown if notice.read_at is None]
    Notice.objects.filter(pk__in=unread, read_at__isnull=True).update(read_at=now)
    return shown


def send_due_letters(*, now: datetime) -> int:
    """Send the letters that are owed now, at most one batch; how many left.

    Each is claimed by an UPDATE that moves its due time, so two workers never send the same one. A letter that
    fails, or whose worker dies, is due again later, ever more seldom, and given up after three days.
    """
    due = Notice.objects.owed(now).due(now)
    sent = 0
    with letter_box() as box:
        for notice in due.select_related("user").order_by("mail_due_at")[:BATCH]:
            if _claim(notice, now) and box.send(notice):
                Notice.objects.filter(pk=notice.pk).update(mailed_at=now)
                sent += 1
    return sent


def _claim(notice: Notice, now: datetime) -> bool:
    again_at = now + max(LEASE, now - notice.created_at)
    mine = Notice.objects.filter(pk=notice.pk, mailed_at__isnull=True, mail_due_at=notice.mail_due_at)
    return bool(mine.update(mail_due_at=again_at))


def send_unkept(*, to: str, subject: str, body: str) -> bool:
    """Send a letter that must stand in no table, such as a one-time link; False if it did not leave.

    It speaks to the mail server, so call it outside of any transaction, and show the reader another way.
    """
    with letter_box() as box:
        return box.post(to=to, subject=subject, body=body, named="unkept")
