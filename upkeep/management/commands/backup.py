"""`manage.py backup FILE`: everything, sealed, in one file."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from upkeep.backup import back_up
from upkeep.errors import UpkeepError
from upkeep.sealing import new_identity, recipients_from


class Command(BaseCommand):
    """The product may run meanwhile. The keys of the environment are not in the file: keep them apart."""

    help = "Write all rows and files, as they are at this moment, to a new file sealed for MITRA_BACKUP_RECIPIENT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--recipient",
            action="append",
            metavar="age1…",
            help="who can open it, instead of MITRA_BACKUP_RECIPIENT",
        )
        parser.add_argument(
            "--new-identity",
            action="store_true",
            help="make no backup, but a key: FILE gets the secret half, and the public half is printed",
        )

    def handle(
        self, *args: Any, file: Path, recipient: list[str] | None, new_identity: bool, **options: Any
    ) -> None:
        try:
            if new_identity:
                self._make_identity(file)
            else:
                self._back_up(file, recipient or settings.BACKUP_RECIPIENTS)
        except UpkeepError as problem:
            raise CommandError(str(problem)) from problem

    def _make_identity(self, file: Path) -> None:
        self.stdout.write(f"MITRA_BACKUP_RECIPIENT={new_identity(file)}")
        self.stderr.write(
            f"{file} opens every backup made for this recipient, and nothing else does. Keep two copies of it away "
            "from this server."
        )

    def _back_up(self, file: Path, recipients: list[str]) -> None:
        start = time.monotonic()
        done = back_up(file, recipients=recipients_from(recipients), tell=self.stderr.write)
        self.stdout.write(
            f"{file}: {done.rows:,} rows and {done.files:,} files, {done.size / 1e6:,.1f} MB, in "
            f"{time.monotonic() - start:.1f} s."
        )
        if done.missing:
            self.stdout.write(f"{done.missing:,} files that rows name were not there (deleted meanwhile).")
        self.stdout.write(f"Audit trail: {done.entries} entries. Head: {done.head or 'none'}")
