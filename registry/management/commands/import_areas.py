"""`manage.py import_areas FILE.geojson`: boundaries of kecamatan and kelurahan."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.importing import BadAreaFile, import_areas


class Command(BaseCommand):
    """Reads a GeoJSON file whose features carry `kode` and `nama`; writes all of it or nothing."""

    help = "Import outlines of kecamatan and kelurahan from a GeoJSON file (properties kode and nama, WGS 84)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.geojson")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_areas(options["file"])
        except BadAreaFile as problem:
            raise CommandError(f"{options['file'].name}: {problem}") from problem
        if report.named:
            self.stdout.write(f"{report.named} areas added from the Kemendagri list.")
        self.stdout.write(
            f"Outlines: {report.added + report.updated} written "
            f"({report.added} new areas), {report.unchanged} unchanged."
        )
        if report.not_listed:
            self.stdout.write("Not in the Kemendagri list: " + ", ".join(report.not_listed))
