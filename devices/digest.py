"""HTTP Digest authentication (RFC 2617, RFC 7616) for HTTP and RTSP: MD5 and SHA-256, `auth` or no qop.

Basic is not here: over an open line it is the password itself.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
# A name begins where a word does, or a device could hold us up for seconds with one word of eight thousand letters.
_PAIR = re.compile(r'(?<![A-Za-z0-9_*-])([A-Za-z0-9_*-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)\s+(?=[A-Za-z0-9_*-]+\s*=)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """A Digest challenge that we can answer. Its texts are the bytes that came, each as one letter (latin-1).

    `utf8` is false where the challenge asks for user and password in another encoding than UTF-8.
    """

    realm: str
    nonce: str
    algorithm: str = "MD5"
    opaque: str = ""
    qop: str = ""
    stale: bool = False
    utf8: bool = True

    @property
    def strength(self) -> int:
        return 2 if self.algorithm.upper().startswith("SHA-256") else 1


def digest_challenge(headers: Iterable[str]) -> Challenge | None:
    """The strongest Digest challenge among WWW-Authenticate values; None where there is only Basic or nothing."""
    found = [challenge for header in headers for challenge in _challenges(header[:8192])]
    return max(found, key=lambda challenge: challenge.strength, default=None)


def _challenges(header: str) -> Iterable[Challenge]:
    starts = [*_SCHEME.finditer(header)]
    for index, start in enumerate(starts):
        if start[1].lower() != "digest":
            continue
        end = starts[index + 1].start() if index + 1 < len(starts) else len(header)
        pairs = {
            m[1].lower(): re.sub(r"\\(.)", r"\1", m[2]) if m[2] is not None else m[3]
            for m in _PAIR.finditer(header, start.end(), end)
        }
        challenge = _usable(pairs)
        if challenge is not None:
            yield challenge


def _usable(pairs: Mapping[str, str]) -> Challenge | None:
    algorithm = pairs.get("algorithm", "MD5")
    offered = [part.strip().lower() for part in pairs.get("qop", "").split(",") if part.strip()]
    if "nonce" not in pairs or algorithm.upper().removesuffix("-SESS") not in _HASHES:
        return None
    if offered and "auth" not in offered:
        return None
    if any(ord(c) < 32 or ord(c) > 255 for value in pairs.values() for c in value):
        return None
    return Challenge(
        realm=pairs.get("realm", ""),
        nonce=pairs["nonce"],
        algorithm=algorithm,
        opaque=pairs.get("opaque", ""),
        qop="auth" if offered else "",
        stale=pairs.get("stale", "").lower() == "true",
        utf8=pairs.get("charset", "utf-8").lower() == "utf-8",
    )


def answer(
    challenge: Challenge, *, method: str, uri: str, user: str, password: str, count: int = 1, cnonce: str = ""
) -> str:
    """The value of the Authorization header, one letter for each byte to send (latin-1).

    What came with the challenge goes back as the bytes it was, in the hash too; user and password are UTF-8, unless
    the challenge names another encoding (RFC 7616, 4: there is no other, so that is latin-1, as before it).
    """
    hasher = _HASHES[challenge.algorithm.upper().removesuffix("-SESS")]

    def h(text: str) -> str:
        return hasher(text.encode("latin-1")).hexdigest()

    user, password, uri = (_as_bytes(text, challenge) for text in (user, password, uri))
    cnonce = cnonce or secrets.token_hex(16)
    nc = f"{count:08x}"
    first = h(f"{user}:{challenge.realm}:{password}")
    if challenge.algorithm.upper().endswith("-SESS"):
        first = h(f"{first}:{challenge.nonce}:{cnonce}")
    second = h(f"{method}:{uri}")
    middle = f"{challenge.nonce}:{nc}:{cnonce}:auth" if challenge.qop else challenge.nonce
    fields = [
        f'username="{_quoted(user)}"',
        f'realm="{_quoted(challenge.realm)}"',
        f'nonce="{_quoted(challenge.nonce)}"',
        f'uri="{_quoted(uri)}"',
        f'response="{h(f"{first}:{middle}:{second}")}"',
    ]
    if challenge.algorithm != "MD5":
        fields.append(f"algorithm={challenge.algorithm}")
    if challenge.opaque:
        fields.append(f'opaque="{_quoted(challenge.opaque)}"')
    if challenge.qop:
        fields += ["qop=auth", f"nc={nc}", f'cnonce="{cnonce}"']
    return "Digest " + ", ".join(fields)


def _as_bytes(text: str, challenge: Challenge) -> str:
    """Our own text as the letters of its bytes; UTF-8 also where latin-1 has no letter for it."""
    if not challenge.utf8 and all(ord(c) < 256 for c in text):
        return text
    return text.encode("utf-8").decode("latin-1")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
