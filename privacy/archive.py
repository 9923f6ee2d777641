"""One archive with everything that is held about a person (UU 27/2022 art. 7): to read, and for a machine."""

import csv
import io
import json
import tempfile
import zipfile
from datetime import UTC, datetime
from typing import IO, Any

from django.template.loader import render_to_string
from django.utils.translation import get_language

import audit
from accounts.models import User
from conduct.cells import plain_cell
from privacy.errors import NotYourDesk
from privacy.held import KEYS, Held, as_data, held_about, look_row, receipt_records
from privacy.law import RULES, Kind
from privacy.models import Outcome, SubjectRequest
from registry.models import Partner, PartnerPerson
from registry.people import MANAGING

SCHEMA, SCHEMA_VERSION = "mitra-kamera.data-saya", 1
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 1rem; }
h1, h2, h3, h4 { line-height: 1.25; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #999; padding: .3rem .5rem; text-align: left; vertical-align: top; }
.meta { color: #555; margin-top: 0; }
@media print { h2, h3, h4 { break-after: avoid; } tr { break-inside: avoid; } }
"""
IN_MEMORY_BYTES = 4_000_000  # What is larger lies in a temporary file without a name while it is sent.
_LOOK_COLUMNS = (
    "started_at",
    "ended_at",
    "place",
    "camera",
    "body",
    "duty",
    "right",
    "reason",
    "case",
    "emergency",
    "stills_saved",
)


@audit.atomic
def export_own_data(*, user: User, now: datetime) -> IO[bytes]:
    """The archive of what this person may see of himself; that he took it stands on the trail and among his
    requests. The caller closes the file."""
    file = _written(held_about(user, now, whole=True), now)
    SubjectRequest.objects.create(
        kind=Kind.COPY,
        asked_by=user,
        asked_at=now,
        due_at=now + RULES[Kind.COPY].lasts,
        closed_at=now,
        outcome=Outcome.DONE,
    )
    audit.record("data.exported", actor=user, target=user, bytes=_size(file))
    return file


@audit.atomic
def export_partner(*, partner: Partner, now: datetime) -> IO[bytes]:
    """The same archive for one owner, by the command line: what the first manager of all his sites may see of
    this owner. Raises NotYourDesk where nobody acts for the owner any more."""
    manages = PartnerPerson.objects.filter(partner=partner, user__is_active=True).in_roles(MANAGING).for_all_sites()
    first = manages.select_related("user").order_by("pk").first()
    if first is None:
        raise NotYourDesk
    file = _written(held_about(first.user, now, partner=partner, whole=True), now)
    audit.record("data.exported", actor=None, target=partner, bytes=_size(file))
    return file


def _written(held: Held, now: datetime) -> IO[bytes]:
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  (the caller closes)
    records = receipt_records(held)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data-saya.html", _page(held, now))
        archive.writestr("data.json", _json(_enveloped(held, now)))
        archive.writestr("buku-tamu.csv", _guest_book(held))
        for code, record in records:
            archive.writestr(f"tanda-terima/{code}.json", _json(record))
    file.seek(0)
    return file


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _page(held: Held, now: datetime) -> str:
    """Readable without us: no script, no link to a file, and it prints."""
    facts = {"held": held, "now": now, "language": get_language() or "id"}
    # The file stands alone, so its style is in it; no page of ours may hold one.
    style = f"<style>{_STYLE}</style>\n</head>"
    return render_to_string("privacy/archive.html", facts).replace("</head>", style, 1)


def _enveloped(held: Held, now: datetime) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "made_at": now,
        "keys": KEYS,
        **as_data(held, now),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _guest_book(held: Held) -> str:
    """Buku Tamu as CSV in UTF-8 with a byte order mark, for the spreadsheets that need one."""
    out = io.StringIO()
    rows = csv.DictWriter(out, _LOOK_COLUMNS, extrasaction="ignore")
    rows.writeheader()
    for look in held.looks:
        rows.writerow({name: _cell(value) for name, value in look_row(look).items()})
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    """SECURITY: a label that begins like a formula would run when a spreadsheet opens the file."""
    return plain_cell(_plain(value)) if value is not None else ""
