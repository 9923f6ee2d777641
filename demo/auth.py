"""How a virtual device decides whether a caller knows its password.

ONVIF signs each message with a WS-UsernameToken, RTSP and snapshots answer an HTTP Digest challenge. Both
checks are deliberately strict, because a lenient device would hide mistakes of the product.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from lxml import etree

WIB = timezone(timedelta(hours=7), "WIB")
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
DIGEST_TYPE = "#PasswordDigest"

FRESH_FOR = timedelta(seconds=60)
"""How far a signature's time may be from the device's own clock. Real cameras allow between 5 s and 5 min."""

MAX_REMEMBERED_NONCES = 10_000


@dataclass
class DeviceClock:
    """The clock inside the device, which may be wrong by `offset`; everything the device says follows it."""

    offset: timedelta = timedelta(0)

    def set(self, moment: datetime) -> None:
        """Let it be `moment` now, however wrong that is."""
        self.offset = moment - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def local(self) -> datetime:
        """The time as it is written into the picture."""
        return self.now().astimezone(WIB)

    def is_fresh(self, created: str) -> bool:
        """Whether a signature's `Created` is within `FRESH_FOR` of this clock; nonsense is never fresh."""
        try:
            moment = datetime.fromisoformat(created.strip())
        except ValueError:
            return False
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return abs(moment - self.now()) <= FRESH_FOR


class SeenNonces:
    """Remembers nonces for as long as a signature could still be fresh, so that none works twice."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def is_new(self, nonce: str) -> bool:
        now = time.monotonic()
        with self._lock:
            while self._seen and (
                len(self._seen) >= MAX_REMEMBERED_NONCES
                or next(iter(self._seen.values())) < now - 2 * FRESH_FOR.total_seconds()
            ):
                self._seen.popitem(last=False)
            if nonce in self._seen:
                return False
            self._seen[nonce] = now
            return True


@dataclass(frozen=True)
class UsernameTokens:
    """Checks the WS-UsernameToken of an ONVIF message: digest only, fresh, and never twice.

    A password sent in clear (PasswordText) is refused.
    """

    user: str
    password: str = field(repr=False)
    clock: DeviceClock
    nonces: SeenNonces = field(default_factory=SeenNonces, repr=False)

    def accept(self, envelope: etree._Element) -> bool:
        token = envelope.find(f".//{WSSE}UsernameToken")
        if token is None:
            return False
        password = token.find(f"{WSSE}Password")
        nonce = (token.findtext(f"{WSSE}Nonce") or "").strip()
        created = token.findtext(f"{WSU}Created") or ""
        if password is None or not password.get("Type", "").endswith(DIGEST_TYPE):
            return False
        if token.findtext(f"{WSSE}Username") != self.user or not self.clock.is_fresh(created):
            return False
        try:
            raw_nonce = base64.b64decode(nonce, validate=True)
        except (binascii.Error, ValueError):
            return False
        signed = raw_nonce + created.encode() + self.password.encode()
        expected = base64.b64encode(hashlib.sha1(signed, usedforsecurity=False).digest())
        return hmac.compare_digest(expected, (password.text or "").strip().encode()) and self.nonces.is_new(nonce)


class DigestChallenge:
    """HTTP Digest (RFC 2617, MD5) for RTSP and snapshots. Basic is neither offered nor accepted."""

    NONCE_LIVES_SECONDS = 300

    def __init__(self, user: str, password: str, realm: str) -> None:
        self.realm = realm
        self._ha1s: dict[str, str] = {}
        self.let_in({user: password})
        self._key = secrets.token_bytes(16)

    def let_in(self, passwords: Mapping[str, str]) -> None:
        """These users and nobody else."""
        self._ha1s = {user: _md5(f"{user}:{self.realm}:{password}") for user, password in passwords.items()}

    def header(self) -> str:
        """The value of `WWW-Authenticate` for a 401."""
        return f'Digest realm="{self.realm}", nonce="{self._nonce(int(time.time()))}", algorithm=MD5'

    def accept(self, authorization: str | None, method: str, uri: str) -> bool:
        """Whether the `Authorization` header answers a recent challenge for this very method and path."""
        scheme, _, rest = (authorization or "").partition(" ")
        if scheme.lower() != "digest":
            return False
        said = {key.lower(): quoted or bare for key, quoted, bare in _PARAMETER.findall(rest)}
        ha1 = self._ha1s.get(said.get("username", ""))
        if ha1 is None or said.get("realm") != self.realm:
            return False
        if path_of(said.get("uri", "")) != path_of(uri) or not self._is_recent(said.get("nonce", "")):
            return False
        ha2 = _md5(f"{method}:{said['uri']}")
        middle = said["nonce"]
        if "qop" in said:
            middle += f":{said.get('nc', '')}:{said.get('cnonce', '')}:{said['qop']}"
        expected = _md5(f"{ha1}:{middle}:{ha2}")
        return hmac.compare_digest(expected.encode(), said.get("response", "").lower().encode())

    def _nonce(self, second: int) -> str:
        """A nonce that proves its own age, so that the device keeps no list of those it gave out."""
        stamp = f"{second:x}"
        return stamp + "." + hmac.new(self._key, stamp.encode(), "sha256").hexdigest()[:24]

    def _is_recent(self, nonce: str) -> bool:
        try:
            second = int(nonce.partition(".")[0], 16)
        except ValueError:
            return False
        age = time.time() - second
        return hmac.compare_digest(self._nonce(second).encode(), nonce.encode()) and (
            -1 <= age <= self.NONCE_LIVES_SECONDS
        )


_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


def path_of(uri: str) -> str:
    """The path of an absolute or relative URI, without query and trailing slash."""
    path = re.sub(r"^\w+://[^/]*", "", uri).partition("?")[0]
    return path.rstrip("/") or "/"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
