"""`manage.py demo_links`: fresh one-time sign-in links."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from demo import people
from demo.links import sign_in_links


class Command(BaseCommand):
    help = "Print one-time sign-in links of the demo, one `sign-in ROLE URL` line per role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default=settings.BASE_URL, metavar="URL")
        parser.add_argument("--json", action="store_true", help="one JSON object, role to link")

    def handle(self, *args: Any, **options: Any) -> None:
        links = sign_in_links(options["base_url"], (*people.ROLES, *people.MORE_ROLES))
        if options["json"]:
            self.stdout.write(json.dumps(links))
            return
        for role, link in links.items():
            self.stdout.write(f"sign-in {role} {link}")
