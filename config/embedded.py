"""What `./run up` needs where nobody has set anything: keys of its own and a private broker's address.

The keys are random, made once, and kept in `var/` for the user who started the product.
"""

import base64
import hashlib
import json
import os
import secrets
import tempfile
from pathlib import Path

from config.env import VAR_DIR

_LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux and 104 on macOS.


def _keys(name: str = "keys.json") -> dict[str, str]:
    """The keys of this installation, made at the first call. Those that sign the audit trail's anchors have a file
    of their own."""
    VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = VAR_DIR / name
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        pass
    versioned = "1:" + base64.b64encode(secrets.token_bytes(32)).decode()
    fresh = {"audit_keys": versioned}
    if name == "keys.json":
        fresh = {"secret_key": secrets.token_urlsafe(48), "device_keys": versioned}
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(fresh))
    try:
        os.link(draft, path)  # Two processes may start at once: the first one's keys win.
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return json.loads(path.read_text())


def secret_key() -> str:
    """Django's secret key for this installation."""
    return _keys()["secret_key"]


def device_keys() -> dict[int, bytes]:
    """The versioned keys that seal device passwords in this installation."""
    return _versioned(_keys()["device_keys"])


def audit_keys() -> dict[int, bytes]:
    """The versioned keys that sign the anchors of this installation's audit trail."""
    return _versioned(_keys("audit-keys.json")["audit_keys"])


def _versioned(text: str) -> dict[int, bytes]:
    version, _, encoded = text.partition(":")
    return {int(version): base64.b64decode(encoded)}


def broker_socket() -> Path:
    """Where the embedded broker listens: a socket file that only this user can reach."""
    path = VAR_DIR / "broker.sock"
    if len(str(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(VAR_DIR).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"mitra-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
        raise PermissionError(f"{folder} belongs to somebody else; set MITRA_VAR to a shorter path.")
    return folder / "broker.sock"
