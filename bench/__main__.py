"""`./run bench NAME [--json]`: measure against another way. Without a name it lists the benches."""

from __future__ import annotations

import argparse
import importlib

BENCHES = {
    "probe": "reading and configuring ONVIF devices, against onvif-zeep, onvif-zeep-async, onveef and the floor",
    "audit": "appending to the audit trail and checking it, against plain inserts and a history library",
    "health": "checking cameras and storing the results, against a raw loop, an exporter, a plugin and COPY",
    "access": "who may see what among 200,000 cameras, against guardian and one statement written by hand",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHES)
    parser.add_argument("--json", action="store_true", help="one object for programs instead of a table")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (at least 5)")
    parser.add_argument("--city", action="store_true", help="with health: 100,000 cameras for some minutes instead")
    parser.add_argument("--minutes", type=float, default=10, help="with --city: how long (10)")
    options = parser.parse_args()
    if options.city and options.name != "health":
        parser.error("--city goes with the bench `health`.")
    if options.name is None:
        for name, about in BENCHES.items():
            print(f"{name:10} {about}")
        return
    bench = importlib.import_module(f"bench.{options.name}")
    result = bench.city(options.minutes) if options.city else bench.run(max(5, options.rounds))
    print(result.json() if options.json else result.table())
    if any(row.ok is False for row in result.rows):
        raise SystemExit(1)  # A target is missed.


if __name__ == "__main__":
    main()
