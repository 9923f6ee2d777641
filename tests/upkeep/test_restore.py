"""A restore: into an empty database, every row as it was, or nothing at all."""

import base64
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pyrage
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pyrage import x25519

from accounts.models import User
from audit import anchors
from audit.checking import check_chain
from audit.models import Entry
from feeds.models import SavedStill
from registry.models import Device
from registry.targets import NoCredentials, credentials_of
from tests.audit import world as trail
from tests.factories import person
from tests.upkeep.conftest import IDENTITY, KEYS, PASSWORD, PICTURE, STILL, Source, quiet, use
from upkeep import restore as restoring
from upkeep.backup import back_up
from upkeep.errors import BadFile, BadKey, NotEmpty, OtherVersion, UpkeepError
from upkeep.restore import restore
from upkeep.schema import applied, models_as_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_row_of_every_table_comes_back(source, empty, rows):
    done = restore(source.file, identities=[IDENTITY], tell=quiet)

    before, after = rows(source.database), rows(empty)
    assert before.keys() == after.keys()
    for name in before:
        assert after[name] == before[name], name
    assert sum(map(len, after.values())) == done.rows == source.done.rows
    assert sum(1 for found in after.values() if found) > 35, "hardly a table has rows to compare"


def test_the_audit_trail_ends_where_it_ended(source, empty):
    done = restore(source.file, identities=[IDENTITY], tell=quiet)

    assert done.chain.holds
    assert done.chain == check_chain()
    assert (done.chain.entries, done.chain.head.hex()) == (source.done.entries, source.done.head)


def test_files_come_back_readable_by_this_user_alone(source, empty):
    restore(source.file, identities=[IDENTITY], tell=quiet)

    with default_storage.open(STILL) as file:
        assert file.read() == PICTURE
    assert os.stat(default_storage.path(STILL)).st_mode & 0o777 == 0o600
    assert SavedStill.objects.filter(file=STILL).exists()


def test_secrets_open_with_the_keys_and_not_without(source, empty, settings):
    restore(source.file, identities=[IDENTITY], tell=quiet)
    device = Device.objects.get(public_id=source.device)

    settings.DEVICE_KEYS = {1: bytes(reversed(range(32)))}
    with pytest.raises(NoCredentials):
        credentials_of(device)
    settings.DEVICE_KEYS = KEYS
    assert credentials_of(device).password == PASSWORD


def test_new_rows_are_numbered_after_those_that_came(source, empty):
    restore(source.file, identities=[IDENTITY], tell=quiet)
    highest = max(SavedStill.objects.values_list("pk", flat=True))
    still = SavedStill.objects.get(pk=highest)

    still.pk, still.public_id, still.file = None, None, "gambar/lain.jpg"
    still.public_id = "00000000-0000-4000-8000-000000000001"
    still.save()

    assert still.pk > highest
    assert person().pk


def test_a_server_without_tables_gets_them(source, databases, rows, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    bare = databases.new()

    with use(bare):
        restore(source.file, identities=[IDENTITY], tell=quiet)

    assert rows(bare) == rows(source.database)


# --- where it does not go ------------------------------------------------------------------------------------


@pytest.fixture
def stays_empty(empty, rows, tmp_path):
    """Whatever the test does, the database and the folder of files are afterwards as they were."""
    before = rows(empty)
    yield
    assert rows(empty) == before
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_a_database_in_use_is_refused(source, empty, rows):
    person("Sudah di sini")
    before = rows(empty)

    with pytest.raises(NotEmpty, match=r"in use: accounts_user.*make a new database"):
        restore(source.file, identities=[IDENTITY], tell=quiet)

    assert rows(empty) == before


def test_files_that_lie_there_are_not_touched(source, empty, rows):
    before = rows(empty)
    path = Path(default_storage.path(STILL))
    path.parent.mkdir(parents=True)
    path.write_text("theirs")

    with pytest.raises(NotEmpty, match=r"holds gambar/uji\.jpg already"):
        restore(source.file, identities=[IDENTITY], tell=quiet)

    assert path.read_text() == "theirs"
    assert rows(empty) == before


@pytest.mark.parametrize("where", [0.002, 0.05, 0.3, 0.6, 0.9, 0.9999])
@pytest.mark.usefixtures("stays_empty")
def test_a_damaged_file_is_refused_whole(source, tmp_path, where):
    data = bytearray(source.file.read_bytes())
    data[int(len(data) * where)] ^= 1

    with pytest.raises((BadFile, BadKey), match=r"damaged|age does not know"):
        restore(written(tmp_path, bytes(data)), identities=[IDENTITY], tell=quiet)


@pytest.mark.parametrize("left", [0, 10, 0.01, 0.5, 0.99, -1, -17])
@pytest.mark.usefixtures("stays_empty")
def test_a_file_that_was_cut_is_refused_whole(source, tmp_path, left):
    data = source.file.read_bytes()
    cut = data[: int(len(data) * left)] if isinstance(left, float) else data[:left]

    with pytest.raises(BadFile):
        restore(written(tmp_path, cut), identities=[IDENTITY], tell=quiet)


@pytest.mark.usefixtures("stays_empty")
def test_a_file_is_read_to_its_end_where_all_rows_came_before(source, tmp_path):
    """Zeros may follow what gzip holds; whether they are whole tells whether the file is."""
    plain = pyrage.decrypt(source.file.read_bytes(), [IDENTITY]) + bytes(300_000)
    data = pyrage.encrypt(plain, [IDENTITY.to_public()])

    with pytest.raises(BadFile, match="damaged or cut"):
        restore(written(tmp_path, data[:-1000]), identities=[IDENTITY], tell=quiet)


@pytest.mark.parametrize("pieces", ["swapped", "without one", "with more"])
@pytest.mark.usefixtures("stays_empty")
def test_pieces_of_a_file_cannot_be_moved(source, tmp_path, pieces):
    """age seals 64 KiB at a time; each piece knows its place."""
    data = source.file.read_bytes()
    start, size = data.index(b"\n--- ") + 1, (1 << 16) + 16
    start = data.index(b"\n", start) + 1 + 16
    first, second, rest = (
        data[start : start + size],
        data[start + size : start + 2 * size],
        data[start + 2 * size :],
    )
    assert rest, "the backup of the test is too small to have three pieces"
    body = {
        "swapped": second + first + rest,
        "without one": first + rest,
        "with more": first + second + rest + first,
    }

    with pytest.raises(BadFile, match="damaged or cut"):
        restore(written(tmp_path, data[:start] + body[pieces]), identities=[IDENTITY], tell=quiet)


@pytest.mark.usefixtures("stays_empty")
def test_the_identity_of_another_does_not_open_it(source):
    with pytest.raises(BadKey, match="sealed for another one"):
        restore(source.file, identities=[x25519.Identity.generate()], tell=quiet)


@pytest.mark.usefixtures("stays_empty")
@pytest.mark.parametrize(
    "data", [b"", b"PGDMP" + bytes(500), b"SQLite format 3\0" + bytes(5000)], ids=["nothing", "pg_dump", "sqlite"]
)
def test_a_file_of_another_kind_is_refused(tmp_path, data):
    with pytest.raises(BadFile, match="age does not know the file"):
        restore(written(tmp_path, data), identities=[IDENTITY], tell=quiet)


@pytest.mark.usefixtures("stays_empty")
@pytest.mark.parametrize("inside", [b"", b"hello", gzip.compress(b"hello" * 1000)], ids=["nothing", "text", "gzip"])
def test_something_else_sealed_for_us_is_refused(tmp_path, inside):
    data = pyrage.encrypt(inside, [IDENTITY.to_public()])

    with pytest.raises(BadFile):
        restore(written(tmp_path, data), identities=[IDENTITY], tell=quiet)


def test_a_file_that_is_not_there_is_told(empty, tmp_path):
    with pytest.raises(BadFile, match="No such file"):
        restore(tmp_path / "none.age", identities=[IDENTITY], tell=quiet)


# --- what does not agree with itself -------------------------------------------------------------------------


def written(folder: Path, data: bytes) -> Path:
    path = folder / "given.age"
    path.write_bytes(data)
    return path


def forged(source, folder, change):
    """The backup with its members as `change` leaves them, sealed anew: anybody who knows the recipient can."""
    plain = pyrage.decrypt(source.file.read_bytes(), [IDENTITY])
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:gz") as tar:
        members = [(member.name, tar.extractfile(member).read()) for member in tar]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in change(members):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return written(folder, pyrage.encrypt(out.getvalue(), [IDENTITY.to_public()]))


def in_manifest(members, edit):
    manifest = json.loads(members[0][1])
    edit(manifest)
    return [("manifest.json", json.dumps(manifest).encode()), *members[1:]]


def without_last_entry(members):
    return [
        (name, b"".join(text.splitlines(keepends=True)[:-1]) if name.startswith("rows/audit.entry/") else text)
        for name, text in members
    ]


FORGERIES = {
    "another product": (lambda m: in_manifest(m, lambda f: f.update(product="x")), "no backup of this product"),
    "no manifest": (lambda m: m[1:], "no backup of this product"),
    "manifest of another shape": (lambda m: [("manifest.json", b"[]"), *m[1:]], "no backup of this product"),
    "a newer format": (lambda m: in_manifest(m, lambda f: f.update(format=2)), "newer format"),
    "another head": (lambda m: in_manifest(m, lambda f: f.update(head="00" * 32)), "does not end where"),
    "one entry less": (without_last_entry, r"audit.entry should have \d+ rows"),
    "a table twice": (lambda m: [*m, next(x for x in m if "audit.text" in x[0])], "did not take the backup"),
    "a table nobody knows": (lambda m: [*m, ("rows/x.y/000001.jsonl", b"[1]\n")], "no backup of this product"),
    "a line that is none": (lambda m: [*m, ("rows/notices.notice/9.jsonl", b"[1]\n")], "no row of notices.notice"),
    "no JSON": (lambda m: [*m, ("rows/notices.notice/9.jsonl", b"x\n")], "no row of notices.notice"),
    "a member of no kind": (lambda m: [*m, ("etc/passwd", b"x")], "no backup of this product"),
    "a file outside of the folder": (lambda m: [*m, ("files/../../x", b"x")], "no backup of this product"),
    "other columns": (
        lambda m: in_manifest(m, lambda f: f["tables"]["audit.text"]["columns"].append("x")),
        r"audit.text\) do not follow from its migrations",
    ),
}


@pytest.mark.usefixtures("stays_empty")
@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_file_is_refused_whole(source, tmp_path, what):
    change, words = FORGERIES[what]
    path = forged(source, tmp_path, change)

    with pytest.raises(UpkeepError, match=words):
        restore(path, identities=[IDENTITY], tell=quiet)

    assert not (tmp_path.parent / "x").exists()


@pytest.mark.usefixtures("stays_empty")
def test_a_row_that_points_nowhere_is_refused_whole(source, tmp_path):
    def change(members):
        without = [one for one in members if not one[0].startswith("rows/accounts.duty/")]
        return in_manifest(without, lambda found: found["tables"]["accounts.duty"].update(rows=0))

    with pytest.raises(UpkeepError, match="did not take the backup"):
        restore(forged(source, tmp_path, change), identities=[IDENTITY], tell=quiet)


def test_a_trail_that_was_altered_before_the_backup_comes_back_and_is_told(source, empty, tmp_path, capsys):
    def change(members):
        found = []
        for name, text in members:
            lines = text.splitlines(keepends=True)
            if name == "rows/audit.entry/000001.jsonl":
                columns = json.loads(members[0][1])["tables"]["audit.entry"]["columns"]
                row = json.loads(lines[0])
                body = base64.b64decode(row[columns.index("body")]).replace(b'"actor"', b'"Actor"')
                row[columns.index("body")] = base64.b64encode(body).decode()
                lines[0] = json.dumps(row).encode() + b"\n"
            found.append((name, b"".join(lines)))
        return found

    (tmp_path / "key").write_text(str(IDENTITY))
    with pytest.raises(CommandError, match="altered before the backup"):
        call_command("restore", forged(source, tmp_path, change), identity=tmp_path / "key")

    assert Entry.objects.count() == source.done.entries


@pytest.fixture
def anchored(transactional_db, fresh_database, databases, settings, tmp_path):
    """A backup of a trail with an anchor over all of it, and the key that signed that."""
    settings.MEDIA_ROOT = tmp_path / "source"
    settings.DEVICE_KEYS = KEYS
    with use(databases.new(fresh_database)):
        trail.trail(6)
        assert anchors.make_due_anchors(now=timezone.now()) == 1
        file = tmp_path / "anchored.age"
        done = back_up(file, recipients=[IDENTITY.to_public()], tell=quiet)
    (tmp_path / "key").write_text(str(IDENTITY))
    return Source("", file, done, None)


def test_a_tail_that_was_cut_before_the_backup_is_told_by_the_anchor_that_came_along(anchored, empty, tmp_path):
    """Entries that follow from one another, and an anchor that says there were more."""

    def change(members):
        members = without_last_entry(members)
        by_name = dict(members)
        table = json.loads(by_name["manifest.json"])["tables"]
        entry, text = (table[name]["columns"] for name in ("audit.entry", "audit.text"))
        rows = [json.loads(line) for line in by_name["rows/audit.entry/000001.jsonl"].splitlines()]
        texts = [json.loads(line) for line in by_name["rows/audit.text/000001.jsonl"].splitlines()]
        kept = [row for row in texts if row[text.index("entry_id")] < 6]
        head = base64.b64decode(rows[-1][entry.index("hash")]).hex()
        members = [
            (name, b"".join(json.dumps(row).encode() + b"\n" for row in kept) if "audit.text" in name else data)
            for name, data in members
        ]

        def edit(manifest):
            manifest.update(head=head, entries=5)
            manifest["tables"]["audit.entry"]["rows"] = 5
            manifest["tables"]["audit.text"]["rows"] = len(kept)

        return in_manifest(members, edit)

    with pytest.raises(CommandError, match="altered before the backup"):
        call_command("restore", forged(anchored, tmp_path, change), identity=tmp_path / "key")

    assert (Entry.objects.count(), check_chain().follows) == (5, True)


def test_anchors_whose_keys_are_elsewhere_are_told_and_the_restore_is_whole(
    anchored, empty, tmp_path, settings, capsys
):
    settings.AUDIT_KEYS = {1: bytes(reversed(range(32)))}

    call_command("restore", anchored.file, identity=tmp_path / "key")

    said = capsys.readouterr()
    assert "The audit trail holds" not in said.out
    assert "who signed them is still to be checked" in said.out
    assert "With the real MITRA_AUDIT_KEYS" in said.err
    assert not check_chain().holds


# --- versions ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("stays_empty")
def test_a_backup_of_a_newer_version_says_so(source, tmp_path):
    path = forged(
        source, tmp_path, lambda m: in_manifest(m, lambda f: f["migrations"].append(["feeds", "0099_later"]))
    )

    with pytest.raises(OtherVersion, match=r"feeds.0099_later are of a newer version"):
        restore(path, identities=[IDENTITY], tell=quiet)


@pytest.fixture
def older(transactional_db, databases, fresh_database, settings, tmp_path):
    """A backup made when one migration of today was not there yet: it is taken back."""
    settings.MEDIA_ROOT = tmp_path / "files"
    with use(databases.new(fresh_database)):
        executor = MigrationExecutor(connection)
        ends, nodes = executor.loader.graph.leaf_nodes(), executor.loader.graph.node_map
        last = next(key for key in reversed(ends) if key[0] == "onboarding")
        executor.migrate([*(key for key in ends if key != last), *_parents(nodes[last])])
        assert last not in applied()
        models_as_of(applied()).get_model("accounts", "User").objects.create(email="lama@contoh.id", name="Lama")
        path = tmp_path / "older.age"
        back_up(path, recipients=[IDENTITY.to_public()], tell=quiet)
    return path


def _parents(node):
    return [parent.key for parent in node.parents if parent.key[0] == node.key[0]]


def test_an_older_backup_comes_into_a_server_without_tables_and_is_migrated(older, databases):
    with use(databases.new()):
        restore(older, identities=[IDENTITY], tell=quiet)

        executor = MigrationExecutor(connection)
        assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
        assert User.objects.get().email == "lama@contoh.id"


def test_an_older_backup_does_not_go_into_newer_tables(older, empty, rows):
    before = rows(empty)

    with pytest.raises(OtherVersion, match="database without any tables"):
        restore(older, identities=[IDENTITY], tell=quiet)

    assert rows(empty) == before


# --- from one database to the other --------------------------------------------------------------------------


def manage(folder: Path, *words: object) -> None:
    ours = ("MITRA_", "DATABASE_URL", "REDIS_URL", "DJANGO_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, words)],
        cwd=ROOT,
        env={**env, "MITRA_VAR": str(folder)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("only_on_postgresql")
def test_from_postgresql_to_sqlite_and_back_no_row_changes(
    source, databases, fresh_database, rows, settings, tmp_path
):
    key, there, back = tmp_path / "key", tmp_path / "there", tmp_path / "back.age"
    key.write_text(str(IDENTITY))
    settings.MEDIA_ROOT = tmp_path / "files"
    name = databases.new(fresh_database)

    manage(there, "restore", source.file, "--identity", key)
    manage(there, "backup", back, "--recipient", IDENTITY.to_public())
    with use(name):
        restore(back, identities=[IDENTITY], tell=quiet)

    assert (there / "db.sqlite3").exists()
    assert rows(name) == rows(source.database)


# --- the command ---------------------------------------------------------------------------------------------


def test_the_command_says_what_came(source, empty, tmp_path, capsys):
    (tmp_path / "key").write_text(f"# public key: {IDENTITY.to_public()}\n{IDENTITY}\n")

    call_command("restore", source.file, identity=tmp_path / "key")

    said = capsys.readouterr().out
    assert f"{source.done.rows:,} rows and {source.done.files} files" in said
    assert f"Audit trail: {source.done.entries} entries. Head: {source.done.head}" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "Cannot read"), ("", "holds no key"), ("# only words", "holds no key"), ("age1x", "no identity file")],
)
def test_a_bad_identity_file_is_told(source, empty, tmp_path, text, words):
    if text is not None:
        (tmp_path / "key").write_text(text)

    with pytest.raises(CommandError, match=words):
        call_command("restore", source.file, identity=tmp_path / "key")


def test_what_migrate_fills_is_known(empty):
    """A database fresh from `migrate` counts as empty; a new table that it fills belongs in FILLED_BY_MIGRATE."""
    restoring.require_empty()
