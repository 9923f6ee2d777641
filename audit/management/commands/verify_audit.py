"""`manage.py verify_audit [--anchor FILE]`: whether the audit trail holds."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from audit.checking import Check, Faults, check_chain
from audit.statements import Statement, Unreadable, read_file

UNUSABLE_FILE = 2


class Command(BaseCommand):
    """Walks the chain from its first entry, with the anchors of the database and those of the files.

    Exit codes: 0 the trail holds; 1 it does not, and the entries or anchors are named; 2 a file is no anchor.
    A tail that was cut and a trail that was written anew show only against an anchor that was kept elsewhere.
    """

    help = "Check every entry of the audit trail, and hold it against anchors that were kept elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help="an anchor's file or the list from the public page; may be given more than once",
        )

    def handle(self, *args: Any, anchor: list[Path], **options: Any) -> None:
        found = check_chain([said for path in anchor for said in _read(path)])
        if not found.holds:
            raise CommandError("\n".join(_complaints(found)))
        self.stdout.write(
            _("{entries} entri utuh, dicocokkan dengan {anchors} jangkar sampai entri {anchored}.").format(
                entries=found.entries, anchors=found.anchors, anchored=found.anchored
            )
        )
        self.stdout.write(_("Kepala: {head}").format(head=found.head.hex()))
        if not anchor:
            self.stdout.write(
                _("Tanpa --anchor, ekor yang dipotong dan jejak yang ditulis ulang seluruhnya tidak tampak.")
            )


def _read(path: Path) -> list[Statement]:
    try:
        return read_file(path.read_text())
    except (OSError, UnicodeDecodeError, Unreadable) as problem:
        raise CommandError(f"{path}: {problem}", returncode=UNUSABLE_FILE) from None


def _complaints(found: Check) -> list[str]:
    told = [
        _("JEJAK AUDIT TIDAK UTUH. Biarkan basis data seperti adanya dan hubungi pengawas."),
        *_numbers(_("Entri yang tidak menyambung entri sebelumnya"), found.broken),
        *_numbers(_("Entri yang kolomnya berbeda dari isinya"), found.columns),
        *_numbers(_("Entri yang teksnya diubah"), found.altered_texts),
        *found.anchor_faults.named,
        *found.foreign.named,
    ]
    rest = sum(faults.count - len(faults.named) for faults in (found.anchor_faults, found.foreign))
    return [*told, _("dan {number} jangkar lain").format(number=rest)] if rest else told


def _numbers(words: str, faults: Faults) -> list[str]:
    if not faults:
        return []
    named = ", ".join(str(number) for number in faults.named)
    more = f" … ({faults.count})" if faults.count > len(faults.named) else ""
    return [f"{words}: {named}{more}"]
