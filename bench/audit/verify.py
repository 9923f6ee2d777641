"""`python -m bench.audit verify`: check the whole trail once, on one core with its backend; prints what it cost."""

from __future__ import annotations

import json
import resource
import time

from django.db import connection

from audit.checking import check_chain
from bench.access.meter import _server_seconds
from bench.machine import pin


def main() -> None:
    _server_seconds()  # Connects.
    pin(0)
    with connection.cursor() as cursor:  # On two halves of one core, both would only look slower.
        cursor.execute("SELECT pg_backend_pid()")
        pin(0, cursor.fetchone()[0])
    client, server = time.process_time(), _server_seconds()
    check = check_chain()
    spent = time.process_time() - client + _server_seconds() - server
    if not check.holds:
        raise SystemExit(f"The trail does not hold: {check}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KB on Linux.
    said = {"entries": check.entries, "anchors": check.anchors, "core_seconds": spent, "peak_mb": round(peak, 1)}
    print(json.dumps(said))
