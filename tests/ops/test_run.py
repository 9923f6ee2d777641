"""`./run`: what it says before anything is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def clone(tmp_path) -> Path:
    """The script and the lock files in a folder with a space, without .venv."""
    folder = tmp_path / "a clone"
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copy(ROOT / "run", folder / "run")
    return folder


def run(folder: Path, *words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": str(path) if path else os.environ["PATH"]}
    env.pop("MITRA_PYTHON", None)
    argv = ["/bin/sh", str(folder / "run"), *words]
    return subprocess.run(argv, cwd="/", env=env, capture_output=True, text=True, check=False)


def tools(folder: Path, python: str) -> Path:
    """A PATH that holds the usual tools and this `python3`."""
    folder.mkdir()
    for name in ("cat", "cksum", "df", "awk", "dirname", "tr"):
        (folder / name).symlink_to(shutil.which(name))
    if python:
        (folder / "python3").write_text(f"#!/bin/sh\n{python}\n")
        (folder / "python3").chmod(0o755)
    return folder


def test_without_words_it_says_what_it_can_do(clone):
    done = run(clone)

    assert done.returncode == 0
    for word in ("up", "test", "bench", "proof", "manage"):
        assert f"./run {word}" in done.stdout
    assert run(clone, "nonsense").returncode == 2


@pytest.mark.parametrize("python", ["", "exit 1"])
def test_without_a_new_enough_python_one_sentence_says_what_to_do(clone, tmp_path, python):
    done = run(clone, "up", path=tools(tmp_path / "bin", python))

    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 to 3.14 is needed and was not found: install it")
    assert done.stderr.count("\n") == 1


def test_without_the_venv_module_one_sentence_says_what_to_do(clone, tmp_path):
    python = 'case "$2" in *ensurepip*) exit 1 ;; esac; exit 0'

    done = run(clone, "up", path=tools(tmp_path / "bin", python))

    assert done.returncode == 1
    assert done.stderr.startswith("Python's venv module is missing: install it")
    assert done.stderr.count("\n") == 1


def test_without_room_one_sentence_says_what_to_do(clone, tmp_path):
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 0\n")
    (clone / ".venv" / "bin" / "python").chmod(0o755)
    path = tools(tmp_path / "bin", "")
    (path / "df").unlink()
    (path / "df").write_text("#!/bin/sh\nprintf 'Filesystem 1K Used Free\\nx 9 9 1000 9 /\\n'\n")
    (path / "df").chmod(0o755)

    done = run(clone, "up", path=path)

    assert done.returncode == 1
    assert done.stderr == "Only 1 MB are free here: make room for 2000 MB and run this again.\n"


def test_ci_runs_exactly_what_a_person_runs():
    words = (ROOT / ".ci" / "run").read_text()

    assert words.rstrip().endswith("exec ./run test")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert os.access(ROOT / "run", os.X_OK)
