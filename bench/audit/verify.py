"""`python -m bench.audit verify`: check the whole trail once; says what it cost, as JSON."""

from __future__ import annotations

import json
import resource
import time

from audit.checking import check_chain
from bench.access.meter import _server_seconds


def main() -> None:
    _server_seconds()  # Connects.
    client, server = time.process_time(), _server_seconds()
    check = check_chain()
    spent = time.process_time() - client + _server_seconds() - server
    if not check.holds:
        raise SystemExit(f"The trail does not hold: {check}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KB on Linux.
    said = {"entries": check.entries, "anchors": check.anchors, "core_seconds": spent, "peak_mb": round(peak, 1)}
    print(json.dumps(said))
