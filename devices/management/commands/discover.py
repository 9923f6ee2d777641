"""`manage.py discover`: which ONVIF devices stand in the local network (see devices/discover.py)."""

from __future__ import annotations

import sys

from django.core.management.base import BaseCommand

from devices.discover_cli import main


class Command(BaseCommand):
    """Parses its own arguments, as `probe` does: its exit codes are for scripts."""

    help = "Ask the local network which ONVIF devices are there."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(main(argv[2:], sys.stdout, sys.stderr))

    def handle(self, *args: object, **options: object) -> None:
        raise NotImplementedError("Run this command from a command line, or call devices.discover.discover.")
