"""Single values in an answer: numbers, yes or no, attributes and tokens, each empty or None where it is not one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

TOKEN_MAX = 256
_ANSWERS = {"true": True, "1": True, "false": False, "0": False}
_DECIMAL = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,20})?")


def decimal(written: str) -> float | None:
    """A plain decimal number; None for anything else, infinities and exponents too."""
    text = written.strip()
    return float(text) if _DECIMAL.fullmatch(text) else None


def whole(written: str) -> int | None:
    plain = written.strip()
    return int(plain) if re.fullmatch(r"[0-9]{1,9}", plain) else None


def size(value: int | None) -> int | None:
    return value if value is not None and 0 < value < 1_000_000 else None


def yes_or_no(written: str) -> bool | None:
    return _ANSWERS.get(written.strip().lower())


def attribute(node: Element | None, name: str) -> str:
    """An attribute by its local name: `wstop:topic` is asked for as topic, declared or not."""
    if node is None:
        return ""
    plain = node.get(name)
    if plain is not None:
        return plain
    names = ((re.split("[}:]", str(key))[-1], str(value)) for key, value in node.attrib.items())
    return next((value for local, value in names if local == name), "")


def token_of(node: Element | None) -> str:
    """The token of a node; empty where it has none that we would send back."""
    token = attribute(node, "token")
    return token if len(token) <= TOKEN_MAX else ""
