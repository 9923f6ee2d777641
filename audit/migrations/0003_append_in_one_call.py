"""On PostgreSQL one function appends a block's entries, so that the lock waits for no turn between server and client.

Each statement of a VOLATILE function sees what was committed before that statement began (READ COMMITTED), so the
head is read after the lock. Under REPEATABLE READ the snapshot is the transaction's: where somebody appended
meanwhile, the number exists already and the INSERT fails; a fork cannot be written. It runs with the caller's rights.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

#: 469920674401 is the advisory lock "mitra"; a body is `before`, the number's digits, `after` (audit/chain.py).
APPEND = """
    CREATE FUNCTION audit_append(
        before bytea[], after bytea[], ats timestamptz[], actions text[], actors bigint[], kinds text[], ids text[],
        owners integer[], fields text[], texts text[], salts bytea[]
    ) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
        first bigint;
        head bytea;
        own bytea;
        whole bytea;
    BEGIN
        PERFORM pg_advisory_xact_lock(469920674401);
        SELECT number, hash INTO first, head FROM public.audit_entry ORDER BY number DESC LIMIT 1;
        IF NOT FOUND THEN
            first := 0;
            head := decode(repeat('00', 32), 'hex');
        END IF;
        FOR i IN 1 .. cardinality(before) LOOP
            whole := before[i] || convert_to((first + i)::text, 'UTF8') || after[i];
            own := sha256(head || whole);
            INSERT INTO public.audit_entry
                (number, at, action, actor_id, target_kind, target_id, body, previous_hash, hash)
            VALUES (first + i, ats[i], actions[i], actors[i], kinds[i], ids[i], whole, head, own);
            head := own;
        END LOOP;
        IF cardinality(owners) > 0 THEN
            INSERT INTO public.audit_text (entry_id, field, text, salt)
            SELECT first + t.owner, t.field, t.text, t.salt
            FROM unnest(owners, fields, texts, salts) AS t (owner, field, text, salt);
        END IF;
    END $$"""


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite has one writer and no such function."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(APPEND, params=None)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """For going back to the release before, which appends by itself."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION audit_append", params=None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_refusals_and_anchors")]

    operations = [migrations.RunPython(make, drop)]
