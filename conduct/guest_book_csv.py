"""Buku Tamu Kamera as a file that a spreadsheet opens: UTF-8 with its mark, times in WIB with their zone."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import Look, LookQuerySet
from accounts.models import User
from conduct.cells import plain_cell
from conduct.guest_book import with_conduct

MARK = "\ufeff"
AT_ONCE = 500


def book_csv(looks: LookQuerySet, owner: User, now: datetime) -> bytes:
    """The whole file, with a line of headings."""
    out = io.StringIO()
    out.write(MARK)
    lines = csv.writer(out)
    lines.writerow(_headings())
    for look in _in_batches(looks, owner, now):
        lines.writerow([plain_cell(cell) for cell in _cells(look)])
    return out.getvalue().encode()


def _in_batches(looks: LookQuerySet, owner: User, now: datetime) -> Iterator[Look]:
    rows = looks.iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        yield from with_conduct(some, owner, now)


def _headings() -> list[str]:
    return [
        _("Mulai (WIB)"),
        _("Selesai (WIB)"),
        _("Lama (detik)"),
        _("Tempat"),
        _("Kamera"),
        _("Lembaga"),
        _("Tugas"),
        _("Alasan"),
        _("Perkara"),
        _("Akses darurat"),
        _("Gambar ditampilkan"),
        _("Gambar disimpan"),
        _("Ditunda"),
        _("Pertanyaan dan jawaban"),
    ]


def _cells(look: Look) -> Iterable[object]:
    yield _moment(look.started_at)
    yield _moment(look.ended_at)
    yield int((look.ended_at - look.started_at).total_seconds()) if look.ended_at else ""
    yield look.camera.site.address
    yield look.camera.label
    yield look.organization
    yield look.duty.title
    yield look.reason
    yield look.case or ""
    yield _("ya") if look.emergency else _("tidak")
    yield look.stills_shown
    yield look.stills_saved
    yield "; ".join(
        ", ".join(one.letters) + f" → {_moment(one.until)}"
        for one in look.past_deferrals  # type: ignore[attr-defined]
    )
    unanswered = _("belum dijawab")
    yield " | ".join(
        f"{one.text} → {one.answer or unanswered}"
        for one in look.own_questions  # type: ignore[attr-defined]
    )


def _moment(moment: datetime | None) -> str:
    """As ISO 8601 has it, with +07:00; empty for what has not come yet."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""
