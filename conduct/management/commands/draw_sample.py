"""`manage.py draw_sample --month YYYY-MM [--check]`: the looks of a month that supervisors judge."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from conduct.errors import NotYetAnchored
from conduct.heads import HeadDoubtful
from conduct.models import Sample
from conduct.sampling import check_month, draw_month


class Command(BaseCommand):
    """Draws a month, which harms nothing when it was drawn before; with --check draws it again and compares."""

    help = "Draw the monthly sample of looks from the first anchored head after the month, or check the one drawn."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, type=_month, metavar="YYYY-MM")
        parser.add_argument("--check", action="store_true", help="change nothing; draw it again and compare")

    def handle(self, *args: Any, month: date, check: bool, **options: Any) -> None:
        try:
            self._check(month) if check else self._draw(month)
        except HeadDoubtful as problem:
            raise CommandError(f"{problem} Run verify_audit.") from problem

    def _draw(self, month: date) -> None:
        try:
            made = draw_month(month=month, now=timezone.now())
        except NotYetAnchored as problem:
            raise CommandError(
                f"{month:%Y-%m} is not over, or no anchor was made since. Anchor the trail and run this again."
            ) from problem
        for sample in made:
            self.stdout.write(_line(sample))
        self.stdout.write(f"{len(made)} samples drawn." if made else "Nothing to draw: no looks, or drawn before.")

    def _check(self, month: date) -> None:
        checked = check_month(month)
        for one in checked:
            self.stdout.write(f"{_line(one.sample)}: {'; '.join(one.faults) or 'as it was drawn'}")
        if not checked:
            raise CommandError(f"No sample of {month:%Y-%m} is kept. Draw it first, without --check.")
        if any(one.faults for one in checked):
            raise CommandError("A sample is not what its anchored head draws.")
        self.stdout.write(f"{len(checked)} samples are what their anchored head draws.")


def _line(sample: Sample) -> str:
    counts = f"{sample.drawn or 0} of {sample.looks or 0} looks, anchor {sample.anchor_number or '(none)'}"
    return f"{sample.month:%Y-%m} {sample.organization}: {counts}"


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")  # argparse tells of a ValueError in its own words.
