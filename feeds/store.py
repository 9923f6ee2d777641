"""Where saved stills lie: the default storage, in a folder that no address serves."""

import os
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def write_whole(name: str, content: bytes) -> None:
    """Write a new file, so that under its name there is either all of it or nothing.

    In a folder: a temporary file beside it, on the disk first, then renamed. An object store puts whole objects by
    itself. Raises FileExistsError where the name is taken, and whatever the storage raises.
    """
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:
        if default_storage.save(name, ContentFile(content)) != name:
            raise FileExistsError(name) from None
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")  # Readable by this user alone.
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # Unlike a rename, it never takes the place of another file.
    finally:
        os.unlink(part)


def read(name: str) -> bytes:
    """The content of a file; raises FileNotFoundError where there is none."""
    with default_storage.open(name) as file:
        return file.read()


def remove(name: str) -> None:
    """Delete a file; one that is not there is deleted already."""
    default_storage.delete(name)
