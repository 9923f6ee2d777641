"""Environments for what a bench compares with: made once under var/bench/, from lock files with hashes.

onvif-zeep and onvif-zeep-async are both called `onvif`: they cannot live in one environment, nor beside the product
as it is locked.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from bench.rows import tell

ROOT = Path(__file__).resolve().parent.parent
PLACE = Path(os.environ.get("MITRA_VAR") or ROOT / "var") / "bench"


def python_of(name: str) -> Path:
    """The interpreter of the environment that requirements/bench-NAME.lock describes, made now where it is not."""
    lock = ROOT / "requirements" / f"bench-{name}.lock"
    folder = PLACE / name
    python, stamp = folder / "bin" / "python", folder / ".installed"
    mark = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == mark:
        return python
    tell(f"Making the environment of {name} ...")
    uv = Path(sys.executable).parent / "uv"
    _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
    _run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "--no-deps", "-r", lock)
    stamp.write_text(mark)
    return python


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(
            "Could not make the environment: see the message above; the package index must be reachable."
        )
