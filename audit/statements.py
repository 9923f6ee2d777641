"""What an anchor says, and who signed it.

A statement is canonical JSON: `format`, `first` and `last` (numbers of entries), `before` (the hash of the entry
before the first), `head` (that of the last), `root` (the Merkle root over the hashes of the span, `audit.merkle`),
`made_at`, and `key` (which key signed). The signature (Ed25519) is over exactly these bytes.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from audit.chain import canonical

FORMAT = "mitra-kamera-anchor-1"


class Unreadable(ValueError):
    """This is no anchor; the words say why."""


@dataclass(frozen=True)
class Statement:
    """One anchor as it stands in a file, in a letter, or in the table."""

    first: int
    last: int
    before: bytes
    head: bytes
    root: bytes
    signed: bytes
    signature: bytes
    public_key: bytes

    @classmethod
    def of(cls, signed: bytes, signature: bytes, public_key: bytes) -> "Statement":
        """What these bytes say. Raises Unreadable."""
        try:
            said: dict[str, Any] = json.loads(signed)
            form, first, last = said["format"], said["first"], said["last"]
            before, head, root = (bytes.fromhex(said[name]) for name in ("before", "head", "root"))
        except (KeyError, TypeError, ValueError) as problem:
            raise Unreadable(f"It is no anchor as this product writes them ({problem!r}).") from None
        if form != FORMAT:
            raise Unreadable(f"Its format is {form!r}, not {FORMAT!r}.")
        is_span = type(first) is int and type(last) is int and 1 <= first <= last
        if not is_span or {len(before), len(head), len(root), len(public_key)} != {32} or len(signature) != 64:
            raise Unreadable("Its numbers, hashes or keys have not the size they must have.")
        return cls(first, last, before, head, root, signed, signature, public_key)

    @property
    def is_ours(self) -> bool:
        """Whether one of this installation's keys signed it."""
        if self.public_key not in public_keys():
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.signature, self.signed)
        except InvalidSignature:
            return False
        return True


def sign(*, first: int, last: int, before: bytes, head: bytes, root: bytes, made_at: datetime) -> Statement:
    """State this and sign it with the newest key."""
    key = Ed25519PrivateKey.from_private_bytes(settings.AUDIT_KEYS[max(settings.AUDIT_KEYS)])
    public = key.public_key().public_bytes_raw()
    signed = canonical(
        {
            "format": FORMAT,
            "first": first,
            "last": last,
            "before": before.hex(),
            "head": head.hex(),
            "root": root.hex(),
            "made_at": made_at,
            "key": key_id(public),
        }
    )
    return Statement(first, last, before, head, root, signed, key.sign(signed), public)


def read(document: object) -> Statement:
    """The anchor in a document. Raises Unreadable; whether the signature holds is asked of the result."""
    try:
        signed, signature, public = (document[name] for name in ("statement", "signature", "public_key"))  # type: ignore[index]
        return Statement.of(signed.encode(), _decoded(signature), _decoded(public))
    except Unreadable:
        raise
    except (KeyError, TypeError, AttributeError, ValueError):  # b64decode raises ValueError or one of its kind.
        raise Unreadable("An anchor is a JSON object with statement, signature and public_key.") from None


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def read_file(text: str) -> list[Statement]:
    """The anchors in a file: one, or the list that the public page gives. Raises Unreadable."""
    try:
        found = json.loads(text)
    except ValueError as problem:
        raise Unreadable(f"It is no JSON ({problem}).") from None
    documents = found.get("anchors", [found]) if isinstance(found, dict) else [found]
    if not isinstance(documents, list) or not documents:
        raise Unreadable("It holds no anchor.")
    return [read(document) for document in documents]


def public_keys() -> list[bytes]:
    """The public halves of this installation's keys, the newest first."""
    kept = settings.AUDIT_KEYS
    return [
        Ed25519PrivateKey.from_private_bytes(kept[version]).public_key().public_bytes_raw()
        for version in sorted(kept, reverse=True)
    ]


def key_id(public: bytes) -> str:
    """By what people name a key: the first 16 digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def pem(public: bytes) -> str:
    """A public key as openssl reads it."""
    how = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Ed25519PublicKey.from_public_bytes(public).public_bytes(*how).decode()
