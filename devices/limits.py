"""What a process may use of the machine."""

import contextlib

FILES = 65_536
OTHER_FILES = 100  # What a process of ours has open beside its connections to devices.


def more_files() -> None:
    """Raise the number of files, and so of connections, that this process may open to what its user may have."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = min(hard, FILES) if hard > 0 else FILES
        if 0 < soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connections_allowed() -> int:
    """How many connections to devices this process may have at once; never fewer than a few."""
    with contextlib.suppress(ImportError, OSError):
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return max(20, soft - OTHER_FILES) if soft > 0 else FILES
    return FILES
