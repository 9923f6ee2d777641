"""What a backup holds: a gzipped tar inside the age file, so that `age -d FILE | tar tz` lists it anywhere.

`manifest.json` comes first, then `rows/TABLE/NUMBER.jsonl`, then `files/NAME` for each file that a row names.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from upkeep.errors import BadFile, OtherVersion
from upkeep.schema import Migration

PRODUCT, FORMAT = "mitra-kamera", 1
MANIFEST, ROWS, FILES = "manifest.json", "rows/", "files/"


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table: its columns in the order of each line, and how many rows follow."""

    columns: list[str]
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the database was at the moment of the backup. `head` is the last hash of the audit trail, in hex."""

    made_at: str
    migrations: list[Migration]
    tables: dict[str, TableFacts]
    entries: int
    head: str

    def to_json(self) -> bytes:
        return json.dumps({"product": PRODUCT, "format": FORMAT, **asdict(self)}, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Raises BadFile for what is none, OtherVersion for a format that is not known here."""
        try:
            found: dict[str, Any] = json.loads(text)
            if found.pop("product") != PRODUCT:
                raise ValueError
            if found.pop("format") != FORMAT:
                raise OtherVersion("This backup is of a newer format: install the newest version, then restore.")
            tables = {name: TableFacts(**facts) for name, facts in found.pop("tables").items()}
            migrations = [(str(app), str(name)) for app, name in found.pop("migrations")]
            return cls(migrations=migrations, tables=tables, **found)
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise not_ours() from problem


def not_ours() -> BadFile:
    """It opens, but what it holds is something else."""
    return BadFile("The file opens, but what it holds is no backup of this product. Is it the right file?")
