"""A backup: one new file that only its recipient opens, of one moment, whole or not there."""

import io
import json
import stat
import tarfile
import threading

import pyrage
import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from pyrage import x25519

from audit.models import Entry
from feeds.models import SavedStill
from tests.upkeep.conftest import IDENTITY, KEYS, PASSWORD, quiet, use
from upkeep import backup
from upkeep import rows as rows_module
from upkeep.backup import back_up
from upkeep.errors import NotWritten
from upkeep.restore import restore
from upkeep.rows import tables_of

pytestmark = pytest.mark.slow


def opened(path):
    """What any program for age, gzip and tar finds in the file."""
    plain = pyrage.decrypt(path.read_bytes(), [IDENTITY])
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:gz") as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def test_the_file_is_sealed_and_readable_by_nobody_else(source, transactional_db):
    assert stat.S_IMODE(source.file.stat().st_mode) == 0o600
    assert source.file.read_bytes().startswith(b"age-encryption.org/v1\n-> X25519 ")
    assert [path.name for path in source.file.parent.iterdir() if path.is_file()] == ["mitra.age"]


def test_age_gzip_and_tar_alone_show_what_is_in_it(source, transactional_db):
    found = opened(source.file)

    manifest = json.loads(found["manifest.json"])
    assert manifest["entries"] == source.done.entries > 0
    assert next(iter(found)) == "manifest.json"
    lines = found["rows/audit.entry/000001.jsonl"].splitlines()
    assert len(lines) == source.done.entries
    assert len(json.loads(lines[0])) == len(manifest["tables"]["audit.entry"]["columns"])


def test_no_key_and_no_password_is_in_it(source, settings, transactional_db):
    whole = b"".join(opened(source.file).values())

    assert b"rows" not in source.file.read_bytes()
    for secret in (PASSWORD.encode(), KEYS[1], settings.SECRET_KEY.encode()):
        assert secret not in whole
    assert b"Buku" in whole or b"Uji" in whole, "there is nothing to search in"


def test_every_table_of_the_database_is_in_it(source, transactional_db):
    with use(source.database):
        here = set(connection.introspection.table_names())
    known = {table._meta.db_table for table in tables_of(apps).values()}

    assert here - known == {"django_migrations"}


def test_a_file_that_is_there_is_not_touched(empty, tmp_path):
    path = tmp_path / "mitra.age"
    path.write_text("yesterday")

    with pytest.raises(NotWritten, match="name a new file"):
        back_up(path, recipients=[IDENTITY.to_public()], tell=quiet)

    assert path.read_text() == "yesterday"


def test_one_that_broke_off_is_told_and_kept(empty, tmp_path):
    path, part = tmp_path / "mitra.age", tmp_path / "mitra.age.part"
    part.write_text("half")

    with pytest.raises(NotWritten, match="another backup is being made, or one broke off"):
        back_up(path, recipients=[IDENTITY.to_public()], tell=quiet)

    assert part.read_text() == "half"


def test_a_folder_that_is_not_there_is_told(empty, tmp_path):
    with pytest.raises(NotWritten, match="Is the folder there"):
        back_up(tmp_path / "none" / "mitra.age", recipients=[IDENTITY.to_public()], tell=quiet)


def test_a_file_that_came_meanwhile_is_not_touched(empty, tmp_path, monkeypatch):
    path = tmp_path / "mitra.age"

    monkeypatch.setattr(backup, "_write_files", lambda *_: (path.write_text("theirs"), 0))

    with pytest.raises(NotWritten, match="came to be while"):
        back_up(path, recipients=[IDENTITY.to_public()], tell=quiet)

    assert path.read_text() == "theirs"
    assert not (tmp_path / "mitra.age.part").exists()


@pytest.mark.parametrize("problem", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_one_that_fails_leaves_nothing(empty, tmp_path, monkeypatch, problem):
    def fails(*_):
        raise problem

    monkeypatch.setattr(backup, "_write_files", fails)

    with pytest.raises(NotWritten if isinstance(problem, OSError) else KeyboardInterrupt):
        back_up(tmp_path / "mitra.age", recipients=[IDENTITY.to_public()], tell=quiet)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lacking", [300, 10_000_000])
def test_a_disk_that_is_full_is_told(empty, tmp_path, monkeypatch, lacking):
    """Also where only the last bytes find no room."""
    whole = back_up(tmp_path / "whole.age", recipients=[IDENTITY.to_public()], tell=quiet)

    class Full(io.RawIOBase):
        size = 0

        def write(self, data):
            self.size += len(data)
            if self.size > whole.size - lacking:
                raise OSError(28, "No space left on device")
            return len(data)

    plain = backup.sealed
    monkeypatch.setattr(backup, "sealed", lambda _file, recipients: plain(Full(), recipients))

    with pytest.raises(NotWritten, match="No space left"):
        back_up(tmp_path / "mitra.age", recipients=[IDENTITY.to_public()], tell=quiet)

    assert [path.name for path in tmp_path.iterdir()] == ["whole.age"]


def test_it_is_of_one_moment_while_others_write(
    source, databases, fresh_database, tmp_path, settings, monkeypatch, transactional_db
):
    """A writer adds an entry after the counting and before the rows are read, and is not kept waiting."""
    settings.MEDIA_ROOT = tmp_path / "files"
    busy = databases.new(source.database)
    plain, wrote = backup._write_table, []

    def meanwhile(name, *rest):
        if name == "audit.entry" and not wrote:
            writer = threading.Thread(target=add_an_entry, args=(wrote,))
            writer.start()
            writer.join(10)
            assert wrote == [source.done.entries + 1], "the writer waits for the backup"
        plain(name, *rest)

    monkeypatch.setattr(backup, "_write_table", meanwhile)
    with use(busy):
        done = back_up(tmp_path / "mitra.age", recipients=[IDENTITY.to_public()], tell=quiet)
        assert Entry.objects.count() == source.done.entries + 1
    with use(databases.new(fresh_database)):
        back = restore(tmp_path / "mitra.age", identities=[IDENTITY], tell=quiet)

    assert (done.entries, done.head) == (source.done.entries, source.done.head)
    assert (back.chain.entries, back.chain.head.hex()) == (source.done.entries, source.done.head)


def add_an_entry(wrote):
    import audit
    from accounts.models import User

    @audit.atomic
    def note():
        audit.record("test.noted", actor=None, target=User.objects.first())

    try:
        note()
        wrote.append(Entry.objects.count())
    finally:
        connection.close()


def test_a_still_that_was_deleted_meanwhile_is_counted(source, databases, tmp_path, settings, transactional_db):
    settings.MEDIA_ROOT = tmp_path / "files"
    with use(databases.new(source.database)):
        assert not default_storage.exists(SavedStill.objects.last().file.name)
        done = back_up(tmp_path / "mitra.age", recipients=[IDENTITY.to_public()], tell=quiet)
        named = SavedStill.objects.exclude(file="").count()

    assert (done.files, done.missing) == (0, named)


def test_a_large_table_goes_in_pieces(source, databases, tmp_path, settings, monkeypatch, transactional_db):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(rows_module, "PART_ROWS", 7)
    with use(databases.new(source.database)):
        back_up(tmp_path / "mitra.age", recipients=[IDENTITY.to_public()], tell=quiet)

    pieces = [text for name, text in opened(tmp_path / "mitra.age").items() if name.startswith("rows/audit.entry/")]
    assert len(pieces) == -(-source.done.entries // 7)
    assert sum(len(piece.splitlines()) for piece in pieces) == source.done.entries


# --- the command ---------------------------------------------------------------------------------------------


def test_without_a_recipient_it_says_how_to_make_one(empty, settings, tmp_path):
    settings.BACKUP_RECIPIENTS = []

    with pytest.raises(CommandError, match="--new-identity"):
        call_command("backup", tmp_path / "mitra.age")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("recipient", ["age1nobody", "AGE-SECRET-KEY-1", ""])
def test_what_is_no_public_key_is_refused(empty, tmp_path, recipient):
    with pytest.raises(CommandError, match="no public key of age"):
        call_command("backup", tmp_path / "mitra.age", recipient=[recipient])


def test_a_new_identity_opens_what_is_made_for_it(empty, settings, tmp_path, capsys, databases):
    call_command("backup", tmp_path / "key", new_identity=True)
    said = capsys.readouterr().out.strip()
    settings.BACKUP_RECIPIENTS = [said.removeprefix("MITRA_BACKUP_RECIPIENT=")]
    call_command("backup", tmp_path / "mitra.age")

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    call_command("restore", tmp_path / "mitra.age", identity=tmp_path / "key")
    assert "The audit trail holds" in capsys.readouterr().out


def test_an_identity_never_takes_the_place_of_another(empty, tmp_path):
    (tmp_path / "key").write_text("kept")

    with pytest.raises(CommandError, match="not there yet"):
        call_command("backup", tmp_path / "key", new_identity=True)

    assert (tmp_path / "key").read_text() == "kept"


def test_each_of_two_recipients_opens_it(empty, tmp_path):
    both = [x25519.Identity.generate() for _ in range(2)]
    call_command("backup", tmp_path / "mitra.age", recipient=[str(one.to_public()) for one in both])

    for one in both:
        assert pyrage.decrypt((tmp_path / "mitra.age").read_bytes(), [one])
