"""Starting, watching and stopping child processes.

Each child leads a process group of its own, so that stopping it also stops what it started. On Linux the kernel
ends every child when this process dies, even by `kill -9`; the children of children see to that themselves
(config/celery.py, `--leave-with-parent` of the demo devices).
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

STOP_SECONDS = 2.0
"""How long a child may take to stop by itself; all must be gone within 5 s of Ctrl-C."""

Process = subprocess.Popen[bytes]

_LONGEST_PAUSE = 30.0
_STEADY_SECONDS = 60.0  # Whoever ran so long has recovered: its next restart is quick again.
_PR_SET_PDEATHSIG = 1


def leave_with_parent(signum: int = signal.SIGKILL) -> None:
    """Ask the kernel to end this process when its parent dies. Linux only; elsewhere it does nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    out: IO[bytes] | int,
    err: IO[bytes] | int,
    user: int | None = None,
    group: int | None = None,
    extra_groups: Iterable[int] | None = None,
) -> Process:
    """Start a program in a process group of its own that does not outlive this process."""
    parent = os.getpid()

    def prepare() -> None:  # Runs in the child; this process has no threads.
        leave_with_parent()
        if os.getppid() != parent:
            os._exit(1)  # The parent died before the kernel was asked.

    return subprocess.Popen(  # noqa: S603  (our own programs)
        list(argv),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
        preexec_fn=prepare,  # Runs after the user was changed, which would clear the wish to leave.
        user=user,
        group=group,
        extra_groups=extra_groups,
    )


class Child:
    """One supervised program. `start` it, then call `watch` often."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        say: Callable[[str], None],
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.env = dict(env)
        self.cwd = cwd
        self.log = log
        self.say = say
        self.deaths = 0
        self.process: Process | None = None
        self._started_at = 0.0
        self._start_again_at: float | None = None

    def start(self) -> None:
        """Start the program; its output goes to its log file."""
        with self.log.open("ab") as output:
            self.process = spawn(self.argv, env=self.env, cwd=self.cwd, out=output, err=subprocess.STDOUT)
        self._started_at = time.monotonic()
        self._start_again_at = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def watch(self) -> None:
        """If the program died, say so in one line and start it again after a pause that grows."""
        now = time.monotonic()
        if self._start_again_at is not None:
            if now >= self._start_again_at:
                self.start()
            return
        if self.process is None or self.is_running:
            return
        if now - self._started_at > _STEADY_SECONDS:
            self.deaths = 0
        pause = min(2.0**self.deaths, _LONGEST_PAUSE)
        self.deaths += 1
        self.signal(signal.SIGKILL)  # What it started may still hold its port.
        self.say(f"{self.name} stopped ({self.ending}); starting it again in {pause:.0f} s. See {self.log}")
        self._start_again_at = now + pause

    @property
    def ending(self) -> str:
        """How the program ended, in words."""
        code = self.process.poll() if self.process else None
        if code is None:
            return "running"
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"

    def signal(self, signum: int) -> None:
        """Send a signal to the program and all that it started."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signum)
            except (ProcessLookupError, PermissionError):
                return  # Gone already (macOS says "not permitted" of a group of zombies).

    def last_words(self, lines: int = 3) -> str:
        """The end of its log."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.strip().splitlines()[-lines:])


def stop_all(children: Sequence[Child], seconds: float = STOP_SECONDS) -> None:
    """Ask all of them to stop at once, and end the process groups of those that did not within `seconds`."""
    for child in children:
        child.signal(signal.SIGTERM)
    end = time.monotonic() + seconds
    while any(child.is_running for child in children) and time.monotonic() < end:
        time.sleep(0.05)
    for child in children:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait(timeout=1)
