"""How an entry becomes bytes, and how it is tied to the one before."""

import hashlib
import json
from datetime import datetime
from typing import Any

GENESIS = bytes(32)


def canonical(body: dict[str, Any]) -> bytes:
    """The bytes that are hashed: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    ).encode()


def around_number(body: dict[str, Any]) -> tuple[bytes, bytes]:
    """What stands before and after the number's digits in the canonical bytes of an entry that has none yet."""
    first = {key: value for key, value in body.items() if key < "number"}
    rest = {key: value for key, value in body.items() if key > "number"}
    return canonical(first)[:-1] + b',"number":', b"," + canonical(rest)[1:]


def link(previous: bytes, body: bytes) -> bytes:
    """The hash of an entry: SHA-256 over the previous hash and the body."""
    return hashlib.sha256(previous + body).digest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
