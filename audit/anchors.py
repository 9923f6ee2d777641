"""Anchors: the trail's head, signed, and kept outside of the database too.

Whoever can write in the database can also write the whole trail anew, and its hashes would hold. He cannot change
what was signed before and lies elsewhere: in files, in letters, on somebody's copy of the public page.
"""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit import merkle
from audit.chain import GENESIS, link
from audit.checking import pages
from audit.models import Anchor, Entry
from audit.statements import key_id, sign

#: The most entries under one anchor, so that a proof of inclusion stays cheap: 65,536 hashes are 2 MB.
LONGEST_SPAN = 1 << 16
MAIL_LEASE = timedelta(minutes=10)

log = structlog.get_logger(__name__)


class ChainBroken(RuntimeError):
    """The entries that are due do not follow from one another; nothing is signed over them."""


def make_due_anchors(*, now: datetime) -> int:
    """Anchor what is due: all entries once `ANCHOR_EVERY` is over, else whole spans of the longest; how many.

    Two who do it at once make each anchor once. Raises ChainBroken instead of signing what does not hold.
    """
    made = 0
    latest = Anchor.objects.last()
    head = Entry.objects.order_by("-number").values_list("number", flat=True).first() or 0
    is_time = latest is None or latest.made_at + settings.ANCHOR_EVERY <= now
    while True:
        done = latest.last if latest else 0
        last = min(done + LONGEST_SPAN, head)
        if last == done or (last - done < LONGEST_SPAN and not is_time):
            return made
        latest = _make(latest, last, now)
        if latest is None:
            return made  # Somebody else is at it.
        made += 1


def _make(before: Anchor | None, last: int, now: datetime) -> Anchor | None:
    first = before.last + 1 if before else 1
    start = previous = bytes(before.head) if before else GENESIS
    root = merkle.Root()
    expected = first
    for page in pages(first - 1, last):
        for number, body, own_before, own in (row[:4] for row in page):
            if number != expected or own_before != previous or link(previous, body) != own:
                log.error("audit.chain_broken", number=number)
                raise ChainBroken(f"Entry {number} does not follow from the one before: run verify_audit.")
            expected, previous = number + 1, own
        root.add([row[3] for row in page])
    if expected != last + 1:
        raise ChainBroken(f"The trail ends at entry {expected - 1}, not {last}: run verify_audit.")
    said = sign(first=first, last=last, before=start, head=previous, root=root.digest(), made_at=now)
    try:
        with transaction.atomic():
            return Anchor.objects.create(
                first=first,
                last=last,
                head=said.head,
                root=said.root,
                made_at=now,
                statement=said.signed,
                signature=said.signature,
                public_key=said.public_key,
                mail_due_at=now if settings.ANCHOR_MAIL else None,
            )
    except IntegrityError:
        return None


def deliver_anchors(*, now: datetime) -> None:
    """Write and mail the anchors that are owed. What fails stays owed and is tried again; twice does no harm."""
    for anchor in Anchor.objects.owed(now)[:50]:
        if anchor.filed_at is None:
            _file(anchor, now)
        if anchor.mail_due_at is not None and anchor.mail_due_at <= now:
            _mail(anchor, now)


def file_text(anchor: Anchor) -> str:
    """The anchor as it is filed, mailed and downloaded."""
    return json.dumps(anchor.document(), indent=1) + "\n"


def file_name(anchor: Anchor) -> str:
    """By its last entry and its own hash, so that two anchors that differ never have one name."""
    return f"jangkar-{anchor.last:012d}-{key_id(bytes(anchor.statement))[:8]}.json"


def _file(anchor: Anchor, now: datetime) -> None:
    folder = Path(settings.ANCHOR_FOLDER)
    path = folder / file_name(anchor)
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        draft.write_text(file_text(anchor))
        draft.replace(path)
    except OSError:
        log.exception("audit.anchor_not_filed", anchor=str(anchor), folder=str(folder))
        return
    Anchor.objects.filter(pk=anchor.pk, filed_at=None).update(filed_at=now)


def _mail(anchor: Anchor, now: datetime) -> None:
    if not Anchor.objects.filter(pk=anchor.pk, mail_due_at=anchor.mail_due_at).update(mail_due_at=now + MAIL_LEASE):
        return  # Somebody else is sending it.
    letter = EmailMessage(
        subject=_("Jangkar jejak audit: entri {first} sampai {last}").format(first=anchor.first, last=anchor.last),
        body=_(
            "Simpan surat ini di luar server. Lampirannya membuktikan isi jejak audit sampai entri {last}; "
            "periksa dengan: manage.py verify_audit --anchor BERKAS"
        ).format(last=anchor.last),
        to=settings.ANCHOR_MAIL,
        attachments=[(file_name(anchor), file_text(anchor), "application/json")],
    )
    try:
        letter.send()
    except OSError:  # smtplib's errors are OSErrors too.
        log.exception("audit.anchor_not_mailed", anchor=str(anchor))
        return
    Anchor.objects.filter(pk=anchor.pk).update(mail_due_at=None, mailed_at=now)
