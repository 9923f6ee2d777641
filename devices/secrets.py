"""Camera passwords at rest: AES-GCM whose associated data says which device, address and field they belong to.

A sealed text copied to another row, or left behind after the address was edited, does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from devices.errors import SecretMoved

Keys = Mapping[int, bytes]

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and password of a device. `repr` and `str` never show the password."""

    user: str
    password: str = field(repr=False)

    def __str__(self) -> str:
        return f"Credentials({self.user!r})"


class UnknownKey(Exception):
    """The secret was sealed with a key version that is not in the mapping."""


def _bound(device: str, host: str, port: int, name: str) -> bytes:
    parts = (device, host, str(port), name)
    if any("|" in part for part in parts):
        raise ValueError("A part of the associated data holds the separator.")
    return "|".join(parts).encode("utf-8")


def seal(plaintext: str, *, keys: Keys, device: str, host: str, port: int, field: str) -> str:
    """Encrypt with the newest key: "VERSION:BASE64". Outer spaces and any character are kept."""
    return seal_bytes(plaintext.encode("utf-8"), keys=keys, device=device, host=host, port=port, field=field)


def seal_bytes(plain: bytes, *, keys: Keys, device: str, host: str, port: int, field: str) -> str:
    """The same for what is no text."""
    version = max(keys)
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(keys[version]).encrypt(nonce, plain, _bound(device, host, port, field))
    return f"{version}:{base64.b64encode(nonce + sealed).decode('ascii')}"


def open_sealed(sealed: str, *, keys: Keys, device: str, host: str, port: int, field: str) -> str:
    """Decrypt. `SecretMoved` when device, host, port or field differ from those at sealing (or it was altered)."""
    return open_bytes(sealed, keys=keys, device=device, host=host, port=port, field=field).decode("utf-8")


def open_bytes(sealed: str, *, keys: Keys, device: str, host: str, port: int, field: str) -> bytes:
    """The same for what is no text."""
    version, _, encoded = sealed.partition(":")
    key = keys.get(int(version)) if version.isascii() and version.isdigit() else None
    if key is None:
        raise UnknownKey("This secret was sealed with a key that is not configured.")
    try:
        raw = base64.b64decode(encoded, validate=True)
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(device, host, port, field))
    except (InvalidTag, binascii.Error, ValueError):
        raise SecretMoved("This secret belongs to another device, address or field.") from None


def sealed_with(sealed: str) -> int:
    """The key version of a sealed text, for `rotate_keys`."""
    return int(sealed.partition(":")[0])
