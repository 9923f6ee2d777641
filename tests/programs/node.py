"""The programs of npm, at the versions and hashes of `package-lock.json`, in an ignored folder beside it."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTALLED = HERE / "node_modules"
WORDS = "Install nodejs and npm first (Debian: apt-get install nodejs npm)."


class NotInstalled(Exception):
    """What to do before these tests can run."""


def node() -> str:
    """Node, after what its programs need was installed once for this lock file.

    Raises `NotInstalled` with the sentence to act on, or with npm's own.
    """
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        raise NotInstalled(WORDS)
    mark = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = INSTALLED / ".installed"
    with (HERE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Two workers of one run may come at once.
        if not stamp.exists() or stamp.read_text() != mark:
            argv = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(argv, cwd=HERE, capture_output=True, text=True, check=False, timeout=300)
            if done.returncode:
                raise NotInstalled(f"npm ci failed:\n{done.stderr[-1500:]}")
            stamp.write_text(mark)
    return found
