"""`manage.py verify_audit`: whether the audit trail holds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.trail import check_chain


class Command(BaseCommand):
    """Walks the chain from its first entry; exits 1 and names the entries where it does not hold.

    A cut tail does not show in the chain itself: compare the head with one that was kept elsewhere.
    """

    help = "Check that every entry of the audit trail follows from the one before."

    def handle(self, *args: Any, **options: Any) -> None:
        found = check_chain()
        if not found.holds:
            raise CommandError(
                f"The audit trail does not hold. Entries: {_numbers(found.broken)}; texts of entries: "
                f"{_numbers(found.altered_texts)}. Keep the database as it is and call the supervisor."
            )
        self.stdout.write(f"{found.entries} entries hold. Head: {found.head.hex()}")


def _numbers(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:20])
    return shown + (" …" if len(numbers) > 20 else "") if numbers else "none"
