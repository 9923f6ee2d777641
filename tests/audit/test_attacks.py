"""Seven attacks on the trail: refused where the database can refuse, else caught by an anchor kept elsewhere."""

import contextlib
import secrets
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

import audit
from audit import anchors
from audit.chain import link
from audit.checking import check_chain
from audit.models import Anchor, Entry, Text
from tests.audit import world
from tests.factories import person
from tests.triggers import settle, without_triggers

ATTACKS = pytest.mark.parametrize("attack", world.ATTACKS.values(), ids=world.ATTACKS)
#: After these the chain that is left holds in itself: nothing but an anchor kept elsewhere can tell.
NEEDS_THE_ANCHOR = {"cut", "truncate", "rechain"}


@pytest.fixture
def kept_anchor(tmp_path, settings, db):
    """Six anchored entries, and the file that somebody keeps outside."""
    settings.ANCHOR_FOLDER = tmp_path
    world.anchored(6, timezone.now())
    anchors.deliver_anchors(now=timezone.now())
    settle()
    (path,) = tmp_path.glob("*.json")
    return path


@ATTACKS
def test_the_triggers_refuse_each_attack_also_to_the_owner_of_the_tables(attack, kept_anchor):
    before = list(Entry.objects.values_list("number", "hash"))

    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        attack(world.execute)

    assert [(number, bytes(own)) for number, own in Entry.objects.values_list("number", "hash")] == [
        (number, bytes(own)) for number, own in before
    ]
    call_command("verify_audit", anchor=[kept_anchor])


@ATTACKS
def test_the_anchor_catches_each_attack_of_an_owner_who_took_the_triggers_away(attack, kept_anchor):
    with without_triggers():
        attack(world.execute)
        world.execute("DELETE FROM audit_anchor")  # What the database itself remembers of it.

    if attack.__name__ in NEEDS_THE_ANCHOR:
        call_command("verify_audit")
    else:
        with pytest.raises(CommandError, match="TIDAK UTUH"):
            call_command("verify_audit")
    with pytest.raises(CommandError, match="TIDAK UTUH") as caught:
        call_command("verify_audit", anchor=[kept_anchor])
    assert caught.value.returncode == 1


@ATTACKS
def test_the_anchor_in_the_table_catches_it_too_where_it_was_left(attack, kept_anchor):
    with without_triggers():
        attack(world.execute)

    assert not check_chain().holds


def test_an_anchor_that_was_signed_with_another_key_is_no_proof(kept_anchor, settings, tmp_path):
    """The attacker writes everything anew and anchors it himself."""
    settings.AUDIT_KEYS = {1: secrets.token_bytes(32)}
    with without_triggers():
        world.rechain(world.execute)
        world.execute("DELETE FROM audit_anchor")
    anchors.make_due_anchors(now=timezone.now())
    forged = tmp_path / "forged.json"
    forged.write_text(anchors.file_text(Anchor.objects.get()))
    call_command("verify_audit", anchor=[forged])

    settings.AUDIT_KEYS = {1: secrets.token_bytes(32)}

    with pytest.raises(CommandError, match="bukan dari kunci"):
        call_command("verify_audit", anchor=[forged])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_text SET text = 'Lain' WHERE entry_id = 2",
        "UPDATE audit_anchor SET last = last + 1",
        "UPDATE audit_anchor SET statement = head",
        "DELETE FROM audit_anchor",
    ],
)
def test_texts_and_anchors_are_not_changed_either(kept_anchor, statement):
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        world.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE number = 2",
        "INSERT OR REPLACE INTO audit_text SELECT * FROM audit_text WHERE entry_id = 2",
        "INSERT OR REPLACE INTO audit_anchor SELECT * FROM audit_anchor",
        "UPDATE OR REPLACE audit_entry SET number = 2 WHERE number = 3",
    ],
)
def test_sqlite_does_not_replace_a_row_by_another(kept_anchor, statement):
    if connection.vendor != "sqlite":
        return  # Only SQLite knows REPLACE.

    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        world.execute(statement)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit_entry SET action = 'person.erased' WHERE number = 3", "kolomnya berbeda"),
        ("UPDATE audit_entry SET actor_id = NULL WHERE number = 3", "kolomnya berbeda"),
        ("UPDATE audit_entry SET at = '2020-01-01 00:00:00+00' WHERE number = 3", "kolomnya berbeda"),
        ("UPDATE audit_entry SET target_id = '0' WHERE number = 3", "kolomnya berbeda"),
        ("UPDATE audit_entry SET target_kind = 'registry.camera' WHERE number = 3", "kolomnya berbeda"),
        ("UPDATE audit_entry SET previous_hash = hash WHERE number = 3", "tidak menyambung"),
        ("UPDATE audit_text SET text = 'Lain' WHERE entry_id = 3", "teksnya diubah"),
        ("UPDATE audit_text SET field = 'lain' WHERE entry_id = 3", "teksnya diubah"),
        ("UPDATE audit_anchor SET made_at = made_at, root = head", "columns do not say"),
        ("UPDATE audit_anchor SET signature = head", "not the size"),
    ],
)
def test_an_edit_of_one_column_alone_shows(kept_anchor, statement, words):
    with without_triggers():
        world.execute(statement)

    with pytest.raises(CommandError, match=words):
        call_command("verify_audit")


TWICE = {
    "behind the texts": (b"}}", b'},"action":"person.erased"}'),
    "beside the facts": (b'},"number"', b'},"action":"person.erased","facts":{},"number"'),
    "beside the facts, spaced": (b'},"number"', b'} ,"action":"person.erased","facts":{},"number"'),
    "spaced": (b"}}", b"} }"),
}


@pytest.mark.parametrize("what", TWICE)
def test_an_entry_that_says_two_things_shows(kept_anchor, what):
    """Its columns repeat what the body says first, and whoever reads the body believes what it says last."""
    third, (plain, twice) = Entry.objects.get(number=3), TWICE[what]
    body = bytes(third.body).replace(b'"number":3', b'"number":7')
    body = body[: body.rindex(plain)] + twice + body[body.rindex(plain) + len(plain) :]
    last = bytes(Entry.objects.get(number=6).hash)
    facts = {name: getattr(third, name) for name in ("at", "action", "actor_id", "target_kind", "target_id")}
    Entry.objects.create(number=7, body=body, previous_hash=last, hash=link(last, body), **facts)

    check = check_chain()

    assert (check.broken.named, check.columns.named) == ([], [7])


def test_facts_within_facts_are_read(kept_anchor):
    note(person(), {"inner": {"a": 1}, "odd": "} , {"}, [1.5, None, {"b": "}}"}])

    assert check_chain().holds


@audit.atomic
def note(user, facts, more):
    audit.record("person.noted", actor=user, target=user, facts_of=facts, more=more)


def test_erasing_a_partners_texts_leaves_the_trail_whole(kept_anchor):
    user = world.trail(2)
    audit.erase_texts(user)

    assert not Text.objects.filter(entry__target_id=str(user.public_id)).exists()
    assert Text.objects.exists()
    call_command("verify_audit", anchor=[kept_anchor])


def test_many_faults_are_counted_and_a_few_named(kept_anchor):
    world.trail(40)
    with without_triggers():
        world.execute("UPDATE audit_entry SET actor_id = NULL")

    with pytest.raises(CommandError, match=r"1, 2, 3, .* … \(46\)"):
        call_command("verify_audit")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nothing", "no JSON"),
        ("[]", "An anchor is"),
        ('{"anchors": []}', "holds no anchor"),
        ('{"statement": "{}", "signature": "", "public_key": ""}', "no anchor as this product"),
        ('{"statement": 7, "signature": "", "public_key": ""}', "An anchor is"),
        ('{"statement": "{}", "signature": "é", "public_key": ""}', "An anchor is"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_anchor_is_told_apart_from_a_broken_trail(tmp_path, db, text, words):
    path = tmp_path / "anchor.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(CommandError, match=words) as caught:
        call_command("verify_audit", anchor=[path])
    assert caught.value.returncode == 2


# --- The role of the product ------------------------------------------------------------------------------------


@contextlib.contextmanager
def role(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh role that `app_role` made."""
    name = f"app_{secrets.token_hex(4)}"
    monkeypatch.setenv("POSTGRES_APP_PASSWORD", secrets.token_hex(16))
    try:
        call_command("app_role", name)
        yield name
    finally:
        world.execute(f"DROP OWNED BY {name}")
        world.execute(f"DROP ROLE {name}")


def as_role(name: str):
    """SQL as this role, in the same transaction as the test."""

    def run(statement: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {name}")
            try:
                with transaction.atomic():
                    cursor.execute(statement, values)
            finally:
                cursor.execute("RESET ROLE")

    return run


@ATTACKS
@pytest.mark.usefixtures("only_on_postgresql")
def test_the_products_role_has_no_right_to_any_attack(attack, kept_anchor, monkeypatch):
    with role(monkeypatch) as name, without_triggers(), pytest.raises(DatabaseError) as refused:
        attack(as_role(name))

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
    call_command("verify_audit", anchor=[kept_anchor])


def rename_as(name: str, user: object) -> None:
    """An entry with a text, appended by the product while it is this role."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {name}")
        world.rename(user, "Nama lain")
        cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("only_on_postgresql")
def test_the_products_role_appends(kept_anchor, monkeypatch):
    """Also where the cluster gives nobody a function that he was not given by name."""
    user = person()
    world.execute("REVOKE EXECUTE ON FUNCTION audit_append FROM PUBLIC")

    with role(monkeypatch) as name:
        rename_as(name, user)

        settle()  # The keys of the new rows are looked at before their writer goes.
    call_command("verify_audit", anchor=[kept_anchor])
    entry = Entry.objects.get(number=7)
    assert (entry.actor_id, entry.texts.get().text) == (user.pk, "Nama lain")


@pytest.mark.parametrize(
    "right",
    [
        "EXECUTE ON FUNCTION audit_append",
        "SELECT ON audit_entry",
        "INSERT ON audit_entry",
        "INSERT ON audit_text",
    ],
)
@pytest.mark.usefixtures("only_on_postgresql")
def test_a_role_without_one_of_these_rights_appends_nothing(right, kept_anchor, monkeypatch):
    """The function lends nobody a right of its owner."""
    user = person()
    world.execute("REVOKE EXECUTE ON FUNCTION audit_append FROM PUBLIC")

    with role(monkeypatch) as name:
        world.execute(f"REVOKE {right} FROM {name}")

        with pytest.raises(DatabaseError) as refused:
            rename_as(name, user)

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
    assert Entry.objects.count() == 6


@pytest.mark.parametrize(("number", "named"), [(7, [7]), (8, [8]), (99, [99]), (0, [0, 1]), (-1, [-1, 1])])
@pytest.mark.usefixtures("only_on_postgresql")
def test_what_the_products_role_puts_at_either_end_is_caught_where_it_does_not_follow(
    number, named, kept_anchor, monkeypatch
):
    """It may add: that is its work. What it adds past the chain, or before its first entry, shows."""
    with role(monkeypatch) as name:
        world.put(as_role(name), number)

    assert check_chain().broken.named == named


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entry_no_update ON audit_entry",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
        "ALTER TABLE audit_entry OWNER TO CURRENT_USER",
        "CREATE TRIGGER mine BEFORE INSERT ON audit_entry EXECUTE FUNCTION audit_refuse()",
        "CREATE TABLE mine (entry bigint REFERENCES audit_entry)",
        "CREATE TEMPORARY TABLE audit_entry AS SELECT * FROM public.audit_entry",
        "DROP TABLE audit_entry CASCADE",
        "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (number) DO UPDATE SET action = 'x'",
    ],
)
@pytest.mark.usefixtures("only_on_postgresql")
def test_the_products_role_cannot_take_the_triggers_away(statement, kept_anchor, monkeypatch):
    with role(monkeypatch) as name, pytest.raises(DatabaseError) as refused:
        as_role(name)(statement)

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("GRANT UPDATE (body) ON audit_entry TO {}", None),
        ("GRANT TRUNCATE ON audit_entry TO PUBLIC", None),
        ("GRANT CREATE ON SCHEMA public TO {}", "CREATE on the schema"),
        ("ALTER ROLE {} SUPERUSER", "SUPERUSER"),
        ("GRANT mitra TO {}", "the ownership of audit_entry"),
    ],
)
@pytest.mark.usefixtures("only_on_postgresql")
def test_rights_from_elsewhere_are_taken_back_or_named(given, words, kept_anchor, monkeypatch):
    with role(monkeypatch) as name:
        world.execute(given.format(name))

        if words:
            with pytest.raises(CommandError, match=words):
                call_command("app_role", name)
        else:
            call_command("app_role", name)
            with pytest.raises(DatabaseError):
                as_role(name)("UPDATE audit_entry SET body = body" if "UPDATE" in given else "TRUNCATE audit_text")


@pytest.mark.usefixtures("only_on_postgresql")
def test_no_session_setting_turns_the_triggers_off(kept_anchor):
    world.execute("SET session_replication_role = replica")
    try:
        with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
            world.execute("DELETE FROM audit_entry")
    finally:
        world.execute("SET session_replication_role = origin")
