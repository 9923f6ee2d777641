"""The English catalogue and the sentences of the product, read without gettext's tools."""

import ast
import gettext
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "locale" / "en" / "LC_MESSAGES"
APART = {"tests", "bench", "proof", "var", "docs", "static", "locale"}  # Not the product's pages, or not its words.
MARKS = {"_", "gettext", "gettext_noop", "gettext_lazy", "ngettext", "ngettext_lazy"}
MARKS_WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
LITERAL = r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
IN_TEMPLATES = re.compile(rf"(?:\b(?:(n?p)gettext\({LITERAL}, ?|n?gettext\()|\b_\(){LITERAL}")
FIELD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")')


NOISE = [
    re.compile(r"{%\s*comment\b.*?endcomment\s*%}|{#.*?#}", re.S),
    re.compile(r"{%\s*blocktrans.*?endblocktrans\w*\s*%}", re.S),
    re.compile(r"{%.*?%}|{{.*?}}", re.S),
    re.compile(r"<(?:script|style)\b.*?</(?:script|style)>", re.S),
    re.compile(r"\b(?:href|src|action|id|for|class|name|value|aria-\w+by|data-draft-\w+)=\"[^\"]*\""),
]


@dataclass
class Entry:
    """One sentence of the catalogue. `context` tells two meanings apart; `words` are its English forms."""

    msgid: str = ""
    context: str = ""
    plural: str = ""
    words: list[str] = field(default_factory=list)
    fuzzy: bool = False


@cache
def entries() -> list[Entry]:
    """The .po without its header; entries that are no longer used are left out."""
    blocks = (FOLDER / "django.po").read_text(encoding="utf-8").split("\n\n")
    found = [_entry(block) for block in blocks if "\nmsgid " in f"\n{block}"]
    return [one for one in found if one.msgid]


def compiled() -> gettext.GNUTranslations:
    """The .mo as Django reads it."""
    with (FOLDER / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def compiled_count() -> int:
    """How many sentences the .mo holds, without its header."""
    return struct.unpack("=I", (FOLDER / "django.mo").read_bytes()[8:12])[0] - 1


def sentences() -> dict[tuple[str, str], str]:
    """Every (context, sentence) that the product marks for translation, with the file that says it."""
    found = {said: str(path.relative_to(ROOT)) for path in _files("*.py") for said in _in_python(path)}
    for path in templates():
        found |= dict.fromkeys(_in_template(path), str(path.relative_to(ROOT)))
    return found


def templates() -> list[Path]:
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})


def bare_text(path: Path) -> str:
    """The words of a template outside of its tags, comments and technical attributes."""
    text = path.read_text(encoding="utf-8")
    for noise in NOISE:
        text = noise.sub(" ", text)
    return text


def _files(pattern: str) -> Iterator[Path]:
    for folder in ROOT.iterdir():
        if folder.is_dir() and folder.name not in APART and not folder.name.startswith("."):
            yield from sorted(folder.rglob(pattern))


def _in_python(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if _name(node.func) in MARKS and texts:
            yield "", texts[0]
        elif _name(node.func) in MARKS_WITH_CONTEXT and len(texts) > 1:
            yield texts[0], texts[1]


def _in_template(path: Path) -> Iterator[tuple[str, str]]:
    for _, context, text in IN_TEMPLATES.findall(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        yield ast.literal_eval(context or "''"), ast.literal_eval(text)


def _name(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def _entry(block: str) -> Entry:
    entry, values, last = Entry(), {}, ""
    for line in block.splitlines():
        if line.startswith("#~"):
            return Entry()
        if line.startswith("#,"):
            entry.fuzzy = "fuzzy" in line
        elif named := FIELD.fullmatch(line):
            last = named[1]
            values[last] = ast.literal_eval(named[2])
        elif line.startswith('"'):
            values[last] += ast.literal_eval(line)
    entry.msgid, entry.plural = values["msgid"], values.get("msgid_plural", "")
    entry.context = values.get("msgctxt", "")
    entry.words = [text for name, text in sorted(values.items()) if name.startswith("msgstr")]
    return entry
