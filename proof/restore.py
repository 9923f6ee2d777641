"""A backup of 200,000 audit entries, restored to an empty PostgreSQL by the commands an operator types.

Two private servers stand on this machine. On the first is a small world with sealed secrets, saved stills and
the entries. `manage.py backup` seals it in a file; `manage.py restore` brings that to the second, which has no
tables and device keys of its own. Then the two databases compare their rows themselves, table by table, and the
secrets are opened with the second server's keys, which do not fit, and with the first one's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pyrage
from psycopg import sql
from pyrage import x25519

from bench.access.broker import broker
from proof.inside import FILES, SECRETS
from proof.rows import Result, most, same, tell
from tests.ops.servers import postgres

ROOT = Path(__file__).resolve().parent.parent
ENTRIES = 200_000
SECONDS, MEBIBYTES = 120, 256


@dataclass(frozen=True)
class Server:
    """One installation: its database, its folder with keys and files, and the broker it talks to."""

    url: str
    folder: Path
    news: str

    def run(self, *words: object) -> Done:
        """Run a command of Python there, and measure it."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("MITRA_", "DJANGO_"))}
        env |= {"DATABASE_URL": self.url, "REDIS_URL": self.news, "MITRA_VAR": str(self.folder)}
        start, peak = time.monotonic(), 0
        with tempfile.TemporaryFile("w+") as said:
            child = subprocess.Popen(
                [sys.executable, *map(str, words)], cwd=ROOT, env=env, stdout=said, stderr=said
            )
            watched = psutil.Process(child.pid)
            while child.poll() is None:
                try:
                    peak = max(peak, watched.memory_info().rss)
                except psutil.Error:
                    break
                time.sleep(0.05)
            child.wait()
            said.seek(0)
            return Done(child.returncode, said.read(), time.monotonic() - start, peak / 2**20)

    def rows(self) -> dict[str, tuple[int, str]]:
        """Each table's rows as PostgreSQL itself counts and hashes them."""
        with psycopg.connect(self.url) as connection:
            names = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'"
            ).fetchall()
            query = (
                "SELECT count(*), md5(coalesce(string_agg(h, '' ORDER BY h), '')) "
                "FROM (SELECT md5(t::text) h FROM {} t) x"
            )
            found = {}
            for (name,) in names:
                row = connection.execute(sql.SQL(query).format(sql.Identifier(name))).fetchone()
                found[name] = (int(row[0]), str(row[1])) if row else (0, "")
            return found

    def head(self) -> tuple[int, str]:
        """The number and the hash of the last entry."""
        with psycopg.connect(self.url) as connection:
            last = connection.execute(
                "SELECT number, encode(hash, 'hex') FROM audit_entry ORDER BY number DESC LIMIT 1"
            ).fetchone()
            return (last[0], last[1]) if last else (0, "")

    def files(self) -> dict[str, bytes]:
        folder = self.folder / "files"
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Done:
    code: int
    said: str
    seconds: float
    mebibytes: float

    def need(self) -> Done:
        """Ends the proof where the command failed."""
        if self.code:
            raise SystemExit(self.said[-3000:])
        return self


def run() -> Result:
    """The whole proof; `MITRA_PROOF_ENTRIES` sets another number of entries, for trying."""
    entries = int(os.environ.get("MITRA_PROOF_ENTRIES", ENTRIES))
    with (
        tempfile.TemporaryDirectory(prefix="mitra-proof-") as name,
        broker() as news,
        postgres() as a,
        postgres() as b,
    ):
        folder = Path(name)
        return _proven(Server(a, folder / "first", news), Server(b, folder / "second", news), folder, entries)


def _proven(first: Server, second: Server, folder: Path, entries: int) -> Result:
    file, key, passwords = folder / "mitra.age", folder / "key", folder / "passwords"
    tell(f"Writing {entries:,} audit entries, {SECRETS} sealed secrets, {FILES} stills ...")
    first.run("manage.py", "migrate", "-v0").need()
    first.run("-m", "proof.inside", "fill", passwords, entries).need()

    tell("Backing up ...")
    recipient = first.run("manage.py", "backup", key, "--new-identity").need().said
    public = re.search(r"age1\w+", recipient)
    backup = first.run("manage.py", "backup", file, "--recipient", public[0] if public else "").need()

    tell("Restoring to an empty PostgreSQL ...")
    (folder / "other").write_text(str(x25519.Identity.generate()))
    stranger = second.run("manage.py", "restore", file, "--identity", folder / "other")
    restore = second.run("manage.py", "restore", file, "--identity", key).need()
    again = second.run("manage.py", "restore", file, "--identity", key)

    tell("Comparing ...")
    here, there = first.rows(), second.rows()
    different = sorted(name for name in {*here, *there} if here.get(name) != there.get(name))
    without = json.loads(second.run("-m", "proof.inside", "open", passwords).need().said)
    shutil.copy(first.folder / "keys.json", second.folder / "keys.json")
    with_keys = json.loads(second.run("-m", "proof.inside", "open", passwords).need().said)
    words = [word.encode() for word in json.loads(passwords.read_text()).values()]
    sealed, plain = file.read_bytes(), _plain(file, key)

    return Result(
        "restore",
        [
            same("audit entries restored", second.head()[0], entries),
            same("chain head restored", second.head()[1], first.head()[1]),
            same("verify_audit on the restored trail", _verified(second), f"{entries} entries hold"),
            same("rows restored", sum(n for n, _ in there.values()), sum(n for n, _ in here.values())),
            same(f"tables whose rows differ, of {len(here)}", ", ".join(different) or 0, 0),
            same("files restored byte for byte", _equal(first.files(), second.files()), FILES),
            same("secrets that open with the keys", with_keys["right"], SECRETS),
            same("secrets that open without the keys", without["right"] + without["wrong"], 0),
            same("passwords to be read in the backup, opened", sum(word in plain for word in words), 0),
            same("names of tables to be read in the sealed file", int(b"audit" in sealed), 0),
            same("restored with another identity", "refused" if stranger.code else "restored", "refused"),
            same("restored to a database in use", "refused" if again.code else "restored", "refused"),
            most("backup", backup.seconds, SECONDS, "s"),
            most("restore, with the tables and the check of the trail", restore.seconds, SECONDS, "s"),
            most("memory of backup", backup.mebibytes, MEBIBYTES, "MiB"),
            most("memory of restore", restore.mebibytes, MEBIBYTES, "MiB"),
        ],
    )


def _verified(server: Server) -> str:
    said = server.run("manage.py", "verify_audit").said
    return said.partition(".")[0].strip().splitlines()[-1]


def _equal(here: dict[str, bytes], there: dict[str, bytes]) -> int:
    return sum(1 for name, content in here.items() if there.get(name) == content) if len(here) == len(there) else 0


def _plain(file: Path, key: Path) -> bytes:
    """The backup opened and unpacked, as whoever holds the identity can."""
    import gzip

    identity = next(line for line in key.read_text().splitlines() if line.startswith("AGE-"))
    return gzip.decompress(pyrage.decrypt(file.read_bytes(), [x25519.Identity.from_str(identity)]))
