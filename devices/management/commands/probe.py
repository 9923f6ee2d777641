"""`manage.py probe`: read one device through the guarded dialler (see devices/cli.py)."""

from __future__ import annotations

import os
import sys

from django.core.management.base import BaseCommand

from devices.cli import main


class Command(BaseCommand):
    """Parses its own arguments: exit codes and `--` are part of what operators' scripts rely on."""

    help = "Read one device and print what it says."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(main(argv[2:], sys.stdin, sys.stdout, sys.stderr, os.environ))

    def handle(self, *args: object, **options: object) -> None:
        raise NotImplementedError("Run this command from a command line, or call devices.probe.probe_device.")
