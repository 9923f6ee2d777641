"""`./run proof NAME`: show that a promise holds. Without a name it lists the proofs."""

from __future__ import annotations

import argparse
import importlib

PROOFS = {
    "restore": "200,000 audit entries, backed up and restored to an empty PostgreSQL, with the keys and without",
    "health-pictures": "false alarms and misses of the picture checks, on drawn streets and on photographs",
    "health-workers": "30 workers of the sweep killed at random moments: nothing lost, nothing doubled",
    "health-broker": "10 kills and 3 flushes of the broker under the sweep: nothing lost, nothing doubled",
    "health-database": "5 immediate restarts of PostgreSQL under the sweep: nothing lost, nothing doubled",
    "health-twice": "two beats and every task delivered three times: nothing doubled",
}
FAULTS = frozenset(("health-workers", "health-broker", "health-database", "health-twice"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run proof", description=__doc__)
    parser.add_argument("name", nargs="?", choices=PROOFS)
    parser.add_argument("--json", action="store_true", help="one object for programs instead of a table")
    options = parser.parse_args()
    if options.name is None:
        for name, about in PROOFS.items():
            print(f"{name:16} {about}")
        return
    if options.name in FAULTS:
        result = importlib.import_module("proof.health.faults").run(options.name)
    else:
        result = importlib.import_module(f"proof.{options.name.replace('-', '_')}").run()
    print(result.json() if options.json else result.table())
    if not result.holds:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
