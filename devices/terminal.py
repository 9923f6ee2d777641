"""How the commands of this package speak to the person at the terminal: in Indonesian, folded between words.

Codes (`address_refused`, `bad_input`) stay English: scripts read them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import textwrap
from dataclasses import asdict, dataclass
from typing import Any, NoReturn, TextIO

WIDTH = 80


class BadInput(Exception):
    """The command line itself is wrong; the text says how, and repeats nothing that may be a password."""


@dataclass(frozen=True, slots=True)
class Told:
    """Why a command ends without what was asked for. `command` is one to try next, if there is one."""

    error: str
    detail: str
    message: str
    remedy: str
    command: str = ""
    refusals: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe; what to try next belongs to the remedy."""
        told = asdict(self)
        command = told.pop("command")
        told["remedy"] = " ".join(part for part in (self.remedy, command) if part)
        return told

    def as_text(self, width: int) -> str:
        """Folded to this width; the command stands on lines of its own, so that it can be copied."""
        detail = f" ({self.detail})" if self.detail else ""
        often = f"Kata sandi ini sudah ditolak {self.refusals} kali." if self.refusals else ""
        words = (f"{self.error}{detail}:", self.message, self.remedy, often)
        lines = [fold(" ".join(word for word in words if word), width, indent=2)]
        if self.command:
            lines.append(_as_command(self.command, width))
        return "\n".join(lines) + "\n"


def say(told: Told, stdout: TextIO, stderr: TextIO, *, as_json: bool) -> None:
    """To a person on `stderr`, to a program as the one JSON object of `stdout`: never both."""
    if as_json:
        stdout.write(json.dumps(told.to_dict(), ensure_ascii=False, indent=2) + "\n")
    else:
        stderr.write(told.as_text(width_of(stderr)))


def bad_input(problem: BadInput) -> Told:
    return Told("bad_input", "", f"{problem}.", "Lihat --help.")


def wants_json(argv: list[str]) -> bool:
    """Whether `--json` is among the options, also where the rest of them is wrong."""
    return "--json" in (argv[: argv.index("--")] if "--" in argv else argv)


def width_of(stream: TextIO) -> int:
    """The columns of the terminal behind a stream; 80 where there is none."""
    try:
        return max(40, os.get_terminal_size(stream.fileno()).columns) if stream.isatty() else WIDTH
    except (OSError, ValueError):
        return WIDTH


def fold(text: str, width: int = WIDTH, *, indent: int = 0) -> str:
    """One line as several, broken between words alone: what is longer than a line stays whole, to be copied."""
    if len(text) <= width:
        return text
    lines = textwrap.wrap(
        text,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return "\n".join(lines)


def _as_command(command: str, width: int) -> str:
    setting, _, rest = command.partition(" ")
    if len(command) + 2 > width and rest:
        return f"  {setting} \\\n  {rest}"
    return f"  {command}"


class _Formatter(argparse.HelpFormatter):
    """The help, its first word in Indonesian too."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=min(100, shutil.get_terminal_size().columns) - 2)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "pemakaian: " if prefix is None else prefix)


#: What argparse says, and what we say instead.
_ERRORS = (
    (r"the following arguments are required: (.+)", "Belum diisi: {}"),
    (r"argument (\S+): expected one argument", "{} perlu satu nilai"),
    (r"argument (\S+): ignored explicit argument .*", "{} tidak memakai nilai"),
    (r"argument (\S+): (.+)", "{}: {}"),
)


class Parser(argparse.ArgumentParser):
    """argparse in Indonesian, which raises `BadInput`. Options are written in full: a script's stay what they are.

    Arguments belong to one of the two groups of its own, so that argparse's English ones stay empty.
    """

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            add_help=False,
            allow_abbrev=False,
            formatter_class=_Formatter,
        )
        self.places = self.add_argument_group("alamat")
        self.choices = self.add_argument_group("pilihan")
        self.choices.add_argument("-h", "--help", action="help", help="tampilkan bantuan ini")

    def error(self, message: str) -> NoReturn:
        unknown = re.fullmatch(r"unrecognized arguments: (.+)", message)
        if unknown:  # Among them may be a password that somebody typed after an option of his own.
            names = [word.partition("=")[0] for word in unknown[1].split() if word.startswith("-")]
            raise BadInput(f"Tidak dikenal: {', '.join(names)}" if names else "Terlalu banyak kata")
        for english, ours in _ERRORS:
            if found := re.fullmatch(english, message, re.DOTALL):
                raise BadInput(ours.format(*found.groups()))
        raise BadInput(message)


def number_between(least: float, most: float) -> Any:
    """For argparse's `type`: a number of this range, both ends included."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"tulis angka dari {least:g} sampai {most:g}".replace(".", ","))
        return value

    return read
