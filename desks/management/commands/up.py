"""`manage.py up`: the whole product on this machine (see config/up.py)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config import up


class Command(BaseCommand):
    """Starts everything, says READY when a page and a task have answered, and stops everything on Ctrl-C."""

    help = "Run the product on this machine: broker, web, worker, and the demo unless --no-demo is given."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port of the web pages (8000)")
        parser.add_argument("--no-demo", action="store_true", help="no virtual cameras, no invented data")
        parser.add_argument(
            "--device-port", type=int, default=None, metavar="N", help="first of the demo devices' 20 ports"
        )

    def handle(self, *args: Any, port: int, no_demo: bool, device_port: int | None, **options: Any) -> None:
        try:
            up.run(port=port, demo=not no_demo, device_port=device_port)
        except up.CannotStart as problem:
            self.stderr.write(str(problem))
            raise SystemExit(1) from None
