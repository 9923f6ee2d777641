"""The database itself refuses to change the audit trail, and the table of its signed anchors.

Entries: no UPDATE, DELETE or TRUNCATE. Texts: no UPDATE or TRUNCATE; erasure deletes them. Anchors: neither deleted
nor emptied, and of their columns only those that say what was filed and mailed may change.

On SQLite an `INSERT OR REPLACE` deletes without asking the triggers for DELETE, so inserts over a row are refused
too. And there Django alters a table by writing it anew, without its triggers: a later migration that alters one of
these three has to make them again (`refuse`).
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ENTRIES, TEXTS, ANCHORS = "audit_entry", "audit_text", "audit_anchor"
SIGNED = "id, first, last, head, root, made_at, statement, signature, public_key"
WORDS = "the audit trail is only ever added to"

FORBIDDEN = {
    ENTRIES: ("UPDATE", "DELETE", "TRUNCATE"),
    TEXTS: ("UPDATE", "TRUNCATE"),
    ANCHORS: (f"UPDATE OF {SIGNED}", "DELETE", "TRUNCATE"),
}
#: What a REPLACE would strike out: the row with the same key, for each key.
SAME_ROW = {
    ENTRIES: "number = NEW.number OR hash = NEW.hash",
    TEXTS: "id = NEW.id OR (entry_id = NEW.entry_id AND field = NEW.field)",
    ANCHORS: "id = NEW.id OR first = NEW.first OR last = NEW.last",
}


def _name(table: str, deed: str) -> str:
    return f"{table}_no_{deed.split()[0].lower()}"


def postgresql_statements() -> list[str]:
    """Triggers for the statement, so that inserting costs nothing; ALWAYS: no session setting turns them off."""
    function = f"""
        CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{WORDS}: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$"""
    made = [function]
    for table, deeds in FORBIDDEN.items():
        for deed in deeds:
            made.append(
                f"CREATE TRIGGER {_name(table, deed)} BEFORE {deed} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
            )
            made.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {_name(table, deed)}")
    return made


def sqlite_statements() -> list[str]:
    """SQLite knows no TRUNCATE and no triggers for a statement."""
    refusal = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    made = [
        f"CREATE TRIGGER {_name(table, deed)} BEFORE {deed} ON {table} {refusal}"
        for table, deeds in FORBIDDEN.items()
        for deed in deeds
        if deed != "TRUNCATE"
    ]
    return made + [
        f"CREATE TRIGGER {_name(table, 'REPLACE')} BEFORE INSERT ON {table} "  # noqa: S608  (names of this file)
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refusal}"
        for table, same in SAME_ROW.items()
    ]


def refuse(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the triggers."""
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in postgresql_statements() if on_postgresql else sqlite_statements():
        schema_editor.execute(statement, params=None)


def allow(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take them away, for going back to the release before."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS audit_refuse() CASCADE")
        return
    for table, deeds in FORBIDDEN.items():
        for deed in (*deeds, "REPLACE"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {_name(table, deed)}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Anchor",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("first", models.BigIntegerField(unique=True)),
                ("last", models.BigIntegerField(unique=True)),
                ("head", models.BinaryField(max_length=32)),
                ("root", models.BinaryField(max_length=32)),
                ("made_at", models.DateTimeField()),
                ("statement", models.BinaryField()),
                ("signature", models.BinaryField(max_length=64)),
                ("public_key", models.BinaryField(max_length=32)),
                ("filed_at", models.DateTimeField(null=True)),
                ("mail_due_at", models.DateTimeField(null=True)),
                ("mailed_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["last"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("first__gte", 1), ("last__gte", models.F("first"))),
                        name="audit_anchor_span_holds_entries",
                    )
                ],
            },
        ),
        migrations.RunPython(refuse, allow),
    ]
