"""What a process may use of the machine."""

import contextlib

FILES = 65_536


def more_files() -> None:
    """Raise the number of files, and so of connections, that this process may open to what its user may have."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, FILES) if hard > 0 else FILES, hard))
