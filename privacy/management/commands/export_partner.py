"""Write what is held about one owner to a file, for the data protection officer."""

import os
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from privacy.archive import export_partner
from privacy.errors import NotYourDesk
from registry.models import Partner


class Command(BaseCommand):
    help = "Write everything that is held about one owner to a ZIP: a page to read, JSON, receipts and Buku Tamu."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "partner", metavar="ID", help="the owner's public id, as the API and his archive show it"
        )
        parser.add_argument("--to", type=Path, default=None, help="the file to write; default: ./mitra-ID.zip")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            partner = Partner.objects.get(public_id=UUID(options["partner"]))
        except (ValueError, Partner.DoesNotExist):
            raise CommandError("No owner has this id. It is a UUID, shown by /api/v1/partners/.") from None
        path: Path = options["to"] or Path(f"mitra-{partner.public_id}.zip")
        try:
            # Never over another file, and readable by this user alone.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError(f"{path} exists already. Name another file with --to.") from None
        except OSError as problem:
            raise CommandError(f"{path} cannot be written: {problem.strerror}.") from None
        try:
            with (
                os.fdopen(handle, "wb") as out,
                translation.override("id"),
                export_partner(partner=partner, now=timezone.now()) as archive,
            ):
                shutil.copyfileobj(archive, out)
        except NotYourDesk:
            path.unlink()
            raise CommandError(
                "Nobody acts for this owner any more: its data were erased, or never whole."
            ) from None
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        self.stdout.write(
            f"{path}: what is held about this owner. Keep it like the data themselves; delete it after use."
        )
