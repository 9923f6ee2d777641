"""Backups at rest: age files, which `age` itself opens as well as this product.

A server that makes backups holds the recipient (`age1…`) and can open none of them; who restores brings the
identity. pyrage reads one file and writes another; a thread and a pipe turn that into a file to write to or to
read from, in constant memory.
"""

import contextlib
import io
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyrage
from pyrage import x25519

from upkeep.errors import BadFile, BadKey, NotWritten

_PIECE = 1 << 16


def recipients_from(texts: Sequence[str]) -> list[Any]:
    """The public keys; raises BadKey where there is none, or one is no age recipient."""
    if not texts:
        raise BadKey(
            "Nobody could open this backup: set MITRA_BACKUP_RECIPIENT, or give --recipient age1… . "
            "`manage.py backup --new-identity FILE` makes the pair; keep FILE away from this server."
        )
    try:
        return [x25519.Recipient.from_str(text) for text in texts]
    except pyrage.RecipientError:
        raise BadKey(
            "A recipient is no public key of age: it starts with age1 and stands in the identity's file. "
            "A secret key (AGE-SECRET-KEY-…) does not belong on the server that makes backups."
        ) from None


def new_identity(path: Path) -> str:
    """Write a new identity to a new file that this user alone can read; the recipient that goes with it.

    Raises NotWritten where the file cannot be made, or is there already.
    """
    identity = x25519.Identity.generate()
    recipient = str(identity.to_public())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"# public key: {recipient}\n{identity}\n")
    except OSError as problem:
        raise NotWritten(f"Cannot make {path}: {problem.strerror}. Name a file that is not there yet.") from problem
    return recipient


def identities_in(path: Path) -> list[Any]:
    """The secret keys of an identity file as `age-keygen` writes it; raises BadKey where there is none."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadKey(f"Cannot read the identity file {path}: {problem}.") from problem
    try:
        found = [x25519.Identity.from_str(line.strip()) for line in lines if line.strip() and line[0] != "#"]
    except pyrage.IdentityError:
        raise BadKey(f"{path} is no identity file of age: its key starts with AGE-SECRET-KEY-1.") from None
    if not found:
        raise BadKey(f"{path} holds no key: its key starts with AGE-SECRET-KEY-1.")
    return found


@contextlib.contextmanager
def sealed(file: IO[bytes], recipients: Sequence[Any]) -> Iterator[IO[bytes]]:
    """A file to write to; what is written stands sealed in `file` when the block has ended.

    Raises NotWritten where `file` cannot be written.
    """
    out_of, into = os.pipe()
    problems: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(out_of, "rb") as plain:
                pyrage.encrypt_io(plain, _Watched(file, problems), recipients)
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=work, name="seal")
    thread.start()
    try:
        with os.fdopen(into, "wb", buffering=_PIECE) as plain:
            yield plain
    except BrokenPipeError as problem:
        thread.join()
        raise NotWritten(f"The backup could not be written: {problems[0] if problems else problem}.") from problem
    finally:
        thread.join()
    if problems:
        raise NotWritten(f"The backup could not be written: {problems[0]}.") from problems[0]


class _Watched:
    """Writes to a file and remembers what went wrong: pyrage 1.4 forgets it where it comes with the last bytes."""

    def __init__(self, file: IO[bytes], problems: list[BaseException]) -> None:
        self._file, self._problems = file, problems

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except BaseException as problem:
            self._problems.append(problem)
            raise

    def flush(self) -> None:
        """`back_up` flushes the file itself, after the last bytes."""


@contextlib.contextmanager
def opened(file: IO[bytes], identities: Sequence[Any]) -> Iterator[IO[bytes]]:
    """What is sealed in `file`, to read from. Each piece is genuine when it is read; that the file is whole is
    known at its end, so read on to there. Reading raises BadKey or BadFile."""
    out_of, into = os.pipe()
    problems: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(into, "wb", buffering=_PIECE) as plain:
                pyrage.decrypt_io(file, plain, identities)
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=work, name="open")
    thread.start()
    try:
        with io.BufferedReader(_Whole(out_of, thread, problems), _PIECE) as plain:
            yield plain
    finally:
        thread.join()


class _Whole(io.RawIOBase):
    """A pipe whose end is an end only when the thread that fills it came through."""

    def __init__(self, pipe: int, thread: threading.Thread, problems: list[BaseException]) -> None:
        self._pipe = os.fdopen(pipe, "rb", buffering=0)
        self._thread, self._problems = thread, problems

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        read = self._pipe.readinto(buffer) or 0
        if not read:
            self._thread.join()
            if self._problems:
                raise _told(self._problems[0]) from self._problems[0]
        return read

    def close(self) -> None:
        self._pipe.close()
        super().close()


def _told(problem: BaseException) -> Exception:
    if isinstance(problem, pyrage.DecryptError) and "No matching keys" in str(problem):
        return BadKey(
            "This identity does not open the file: it was sealed for another one, or its first lines are damaged."
        )
    if isinstance(problem, pyrage.DecryptError):
        return BadFile("This is no backup: age does not know the file. Is it the right one, and copied whole?")
    return BadFile(
        "The file is damaged or cut: what it holds is not what was sealed. Nothing of it was kept; copy it again "
        "or take an older backup."
    )
