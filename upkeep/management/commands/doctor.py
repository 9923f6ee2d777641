"""`manage.py doctor [--json]`: is everything there and at work, and what to do where it is not."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from devices.terminal import fold, width_of
from upkeep.doctor import Finding, Level, examine
from upkeep.examinations import EXAMINATIONS

_MARKS = {Level.OK: "ok", Level.WARNING: "!", Level.FAILED: "FAIL", Level.SKIPPED: "–"}


class Command(BaseCommand):
    """It changes nothing, and may be run at any time: by a person, or by a timer, which reads the exit code."""

    help = "Look at settings, database, broker, workers and the rest; the exit code is 1 where something failed."
    requires_system_checks = ()  # They are one of the examinations.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        found = []
        for name, finding in examine(EXAMINATIONS):
            found.append((name, finding))
            if not as_json:
                self._tell(name, finding)
        wrong = sum(finding.level == Level.FAILED for _, finding in found)
        if as_json:
            rows = [{"what": name, **asdict(finding)} for name, finding in found]
            self.stdout.write(json.dumps({"ok": not wrong, "findings": rows}, indent=2))
        elif wrong:
            self.stdout.write(f"\nFailed: {wrong}.")
        if wrong:
            sys.exit(1)

    def _tell(self, name: str, finding: Finding) -> None:
        style = {
            Level.OK: self.style.SUCCESS,
            Level.WARNING: self.style.WARNING,
            Level.FAILED: self.style.ERROR,
            Level.SKIPPED: self.style.NOTICE,
        }
        width = width_of(sys.stdout) - 20
        words = fold(finding.words, width).replace("\n", "\n" + " " * 20)
        self.stdout.write(f"{style[finding.level](f'{_MARKS[finding.level]:>4}')}  {name:<12}  {words}")
        if finding.remedy:
            self.stdout.write(" " * 20 + fold(f"→ {finding.remedy}", width).replace("\n", "\n" + " " * 20))
