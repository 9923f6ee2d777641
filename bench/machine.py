"""What a bench needs of the machine: cores of one's own, enough files, and how to name it."""

from __future__ import annotations

import contextlib
import os
import platform
import sys

from devices.limits import more_files

__all__ = ["describe", "more_files", "peak_mib", "pin"]


def pin(core: int, process: int = 0) -> None:
    """Keep a process (this one unless told) on one core, where the system can and there is more than one."""
    with contextlib.suppress(AttributeError, OSError):
        cores = sorted(os.sched_getaffinity(process))
        os.sched_setaffinity(process, {cores[core % len(cores)]})


def peak_mib() -> float:
    """The largest size of this process in memory so far, in MiB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def describe() -> dict[str, object]:
    """The machine as it stands in a bench's result: no name, no address, no path."""
    load = ""
    with contextlib.suppress(AttributeError, OSError):
        load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "python": platform.python_version(),
        "load_before": load,
    }


def _processor() -> str:
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
