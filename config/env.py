"""The only reader of the environment.

Every value is checked when it is read. A secret may come from a file (`NAME_FILE`), as Docker and systemd
hand them over. A value that is missing or wrong raises `ImproperlyConfigured` with the way to mend it.
"""

import ipaddress
import json
import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("MITRA_VAR", BASE_DIR / "var"))

# Words that stand in .env.example in the place of a secret; production refuses them.
PLACEHOLDERS = frozenset({"", "change-me", "changeme", "secret", "insecure", "example"})


_REMEMBERED = VAR_DIR / "up.json"


def remember(values: dict[str, str]) -> None:
    """Keep how the product was started here, so that `./run manage` speaks of that one (embedded mode only)."""
    _REMEMBERED.touch(mode=0o600)
    _REMEMBERED.write_text(json.dumps(values))


def _remembered(name: str) -> str | None:
    if os.environ.get("MITRA_MODE", "embedded") == "production":
        return None
    try:
        value = json.loads(_REMEMBERED.read_text()).get(name)
    except (OSError, ValueError):
        return None
    return value if isinstance(value, str) else None


def text(name: str, default: str | None = None) -> str:
    """The value of `name`, or of the file that `NAME_FILE` points to.

    Raises ImproperlyConfigured if neither is set and there is no default.
    """
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as problem:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {problem.strerror}.") from problem
    value = os.environ.get(name) if name in os.environ else (_remembered(name) or default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} (see .env.example).")
    return value.strip()


def flag(name: str, default: bool) -> bool:
    """A yes-or-no value; anything else than true/false, yes/no, on/off, 1/0 is refused."""
    raw = text(name, "true" if default else "false").lower()
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}.")


def number(name: str, default: int | None, *, least: int = 0) -> int:
    """A whole number, not below `least`; without a default it has to be set."""
    raw = text(name, None if default is None else str(default))
    if not raw.isascii() or not raw.isdigit() or int(raw) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {raw!r}.")
    return int(raw)


def names(name: str, default: str = "") -> list[str]:
    """A list separated by commas."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks as ADDRESS/PREFIX, separated by commas; one with host bits is refused, since it may be a slip."""
    try:
        return [ipaddress.ip_network(part) for part in names(name)]
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name}: write networks such as 10.0.5.0/24,fd12::/64 ({problem}).") from None


def secret(name: str, *, least: int = 32) -> str:
    """A secret of at least `least` characters that is no placeholder; it has no default."""
    value = text(name)
    if value.lower() in PLACEHOLDERS or len(value) < least or len(set(value)) < 8:
        raise ImproperlyConfigured(
            f"{name} is missing, a placeholder or too short: give it at least {least} random characters, "
            "for instance from `openssl rand -base64 48`."
        )
    return value


def database(name: str, default: str) -> dict[str, object]:
    """Django's settings for a database URL (postgres://… or sqlite:///…)."""
    return environ.Env.db_url_config(text(name, default))


def keys(name: str) -> dict[int, bytes]:
    """Versioned 256-bit keys, written `1:BASE64,2:BASE64`; the highest version seals new secrets."""
    import base64
    import binascii

    found: dict[int, bytes] = {}
    for part in names(name) if not os.environ.get(f"{name}_FILE") else text(name).split(","):
        version, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
            found[int(version)] = key
        except (ValueError, binascii.Error) as problem:
            raise ImproperlyConfigured(f"{name}: write 1:BASE64, not {part[:3]!r}…") from problem
        if len(key) != 32:
            raise ImproperlyConfigured(f"{name}: key {version} must be 32 bytes (`openssl rand -base64 32`).")
        if len(set(key)) < 8:
            raise ImproperlyConfigured(f"{name}: key {version} is not random.")
    if not found:
        raise ImproperlyConfigured(f"Set {name} to 1:BASE64 with 32 random bytes (`openssl rand -base64 32`).")
    return found
