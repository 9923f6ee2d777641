"""Production refuses to start with anything missing, left at its example or only fit for a demo."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {
    "MITRA_MODE": "production",
    "MITRA_SECRET_KEY": "Kq7-zR2_vN8xW4bT6yH1mC9pL3sD5fG0jA2eU7iO",
    "MITRA_DEVICE_KEYS": "1:" + base64.b64encode(bytes(range(32))).decode(),
    "MITRA_AUDIT_KEYS": "1:" + base64.b64encode(bytes(range(32, 64))).decode(),
    "MITRA_HOSTS": "mitra.example",
    "MITRA_BASE_URL": "https://mitra.example",
    "DATABASE_URL": "postgres://mitra:word@127.0.0.1/mitra",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_HOST": "mail.example",
    "MITRA_PROXIES": "1",
}


def load(tmp_path: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Import the settings in a fresh process with the good values and these changes (None: unset)."""
    ours = ("MITRA_", "DATABASE_URL", "REDIS_URL", "EMAIL_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    wanted = {**GOOD, "MITRA_VAR": str(tmp_path), **changes}
    env |= {name: value for name, value in wanted.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_production_starts_with_everything_set(tmp_path):
    done = load(tmp_path)

    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("*keys.json")), "production makes no keys of its own"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MITRA_SECRET_KEY", None, "Set MITRA_SECRET_KEY"),
        ("MITRA_SECRET_KEY", "change-me", "MITRA_SECRET_KEY is missing, a placeholder or too short"),
        ("MITRA_SECRET_KEY", "short-Secret-1", "at least 32 random characters"),
        ("MITRA_SECRET_KEY", "a" * 64, "MITRA_SECRET_KEY is missing, a placeholder or too short"),
        ("MITRA_DEVICE_KEYS", None, "Set MITRA_DEVICE_KEYS"),
        ("MITRA_DEVICE_KEYS", "change-me", "write 1:BASE64"),
        ("MITRA_DEVICE_KEYS", "1:" + base64.b64encode(bytes(32)).decode(), "is not random"),
        ("MITRA_DEVICE_KEYS", "1:" + base64.b64encode(b"short").decode(), "must be 32 bytes"),
        ("MITRA_AUDIT_KEYS", None, "Set MITRA_AUDIT_KEYS"),
        ("MITRA_DEMO", "true", "MITRA_DEMO must be off in production"),
        ("MITRA_DEMO", "perhaps", "MITRA_DEMO must be true or false"),
        ("DATABASE_URL", None, "Set DATABASE_URL"),
        ("DATABASE_URL", "sqlite:///db.sqlite3", "DATABASE_URL must name a PostgreSQL database"),
        ("REDIS_URL", None, "Set REDIS_URL"),
        ("MITRA_HOSTS", None, "Set MITRA_HOSTS"),
        ("MITRA_HOSTS", "*", "Set MITRA_HOSTS"),
        ("MITRA_HOSTS", "mitra.example,*", "Set MITRA_HOSTS"),
        ("MITRA_BASE_URL", "http://mitra.example", "must start with https://"),
        ("EMAIL_HOST", None, "Set EMAIL_HOST"),
        ("MITRA_PROXIES", None, "Set MITRA_PROXIES"),
        ("MITRA_PROXIES", "-1", "MITRA_PROXIES must be a whole number"),
        ("MITRA_OUTBOX", "outbox", "MITRA_OUTBOX must be empty in production"),
        ("MITRA_MODE", "prod", "MITRA_MODE must be embedded or production"),
        ("MITRA_SWEEP_SECONDS", "0", "at least 1"),
        ("MITRA_NTP_SERVER", "http://pool.ntp.org", "MITRA_NTP_SERVER must be a host name"),
        ("MITRA_OWN_NETWORKS", "10.0.5.7/24", "MITRA_OWN_NETWORKS: write networks such as"),
    ],
)
def test_production_refuses(tmp_path, name, value, words):
    done = load(tmp_path, **{name: value})

    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert words in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_a_secret_may_come_from_a_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text(GOOD["MITRA_SECRET_KEY"] + "\n")

    assert load(tmp_path, MITRA_SECRET_KEY=None, MITRA_SECRET_KEY_FILE=str(path)).returncode == 0
    assert "cannot read" in load(tmp_path, MITRA_SECRET_KEY_FILE=str(tmp_path / "none")).stderr


def test_the_example_lists_every_name_that_is_read_and_no_other():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', "".join(path.read_text() for path in _readers())))
    listed = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))

    in_compose_only = {"POSTGRES_OWNER_PASSWORD"}
    in_env_itself = {"MITRA_VAR"}
    assert read | in_compose_only | in_env_itself == listed


def _readers() -> list[Path]:
    folders = (
        "config",
        "audit",
        "desks",
        "accounts",
        "onboarding",
        "health",
        "feeds",
        "access",
        "registry",
        "notices",
    )
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
