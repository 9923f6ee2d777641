"""`manage.py rotate_keys`: seal every stored secret with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from health.services import reseal_views
from onboarding.enrolment.services import reseal_drafts
from onboarding.settings.accounts import reseal_accounts
from registry.rotation import reseal_devices


class Command(BaseCommand):
    """Put the new key beside the old one in MITRA_DEVICE_KEYS, run this, then remove the old key.

    May be stopped and run again, also while the product works. Exits 1 if a secret does not open: its owner will
    be asked for it again.
    """

    help = (
        "Seal every device's user and password, and the pictures by which views are known, with the newest key of "
        "MITRA_DEVICE_KEYS."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        counts = [reseal_devices(), reseal_drafts(), reseal_accounts(), reseal_views()]
        done, stuck = (sum(column) for column in zip(*counts, strict=True))
        self.stdout.write(f"{done} secrets sealed with the newest key.")
        if stuck:
            raise CommandError(
                f"{stuck} secrets do not open with the keys at hand; keep the old key, or let their owners type "
                "them again."
            )
