"""`manage.py load_areas`: the kecamatan and kelurahan of a city by name and code, without outlines."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.importing import load_kemendagri


class Command(BaseCommand):
    """Adds what is missing and changes nothing that is there; `import_areas` brings the outlines."""

    help = "Add a city with its kecamatan and kelurahan from the Kemendagri list. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--city", default="31.73", metavar="CODE", help="Kemendagri code of the city (31.73)")

    def handle(self, *args: Any, city: str, **options: Any) -> None:
        try:
            added = load_kemendagri(city)
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{added} areas added.")
