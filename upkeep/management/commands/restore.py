"""`manage.py restore FILE --identity KEY`: a backup into an empty database."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from upkeep.errors import UpkeepError
from upkeep.restore import restore
from upkeep.sealing import identities_in


class Command(BaseCommand):
    """Run by the owner of the tables. Makes the tables as they were, brings the rows, migrates to this version and
    walks the audit trail; exits 1 where that does not hold."""

    help = "Bring a backup into an empty database. All of it comes, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--identity", required=True, metavar="FILE", type=Path, help="the secret key, as age-keygen writes it"
        )

    def handle(self, *args: Any, file: Path, identity: Path, **options: Any) -> None:
        start = time.monotonic()
        try:
            done = restore(file, identities=identities_in(identity), tell=self.stderr.write)
        except UpkeepError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(
            f"Backup of {done.made_at}: {done.rows:,} rows and {done.files:,} files, in "
            f"{time.monotonic() - start:.1f} s."
        )
        self.stdout.write(f"Audit trail: {done.chain.entries} entries. Head: {done.chain.head.hex()}")
        if not done.chain.follows or done.chain.anchor_faults:
            raise CommandError(
                "All rows came back as they were backed up, but the audit trail does not hold: it was altered "
                "before the backup. Run `manage.py verify_audit` to see where, keep both, and call the supervisor."
            )
        compare = "Compare the head with the one that was kept elsewhere."
        if not done.chain.foreign:
            self.stdout.write(f"The audit trail holds. {compare}")
            return
        self.stderr.write(
            "The anchors fit the entries, but the keys that are here signed none of these: "
            f"{'; '.join(map(str, done.chain.foreign.named))}. With the real MITRA_AUDIT_KEYS "
            "`manage.py verify_audit` has to say that they did."
        )
        self.stdout.write(f"The entries follow from one another; who signed them is still to be checked. {compare}")
