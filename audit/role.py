"""What the database role of the product may do in the audit trail, and what would lead around it (PostgreSQL)."""

from django.db.backends.utils import CursorWrapper

from audit.models import Anchor, Entry, Text

#: What the role may do in the tables of the trail; everywhere else it may also change and delete rows.
TRAIL = {
    Entry._meta.db_table: {"SELECT", "INSERT"},
    Text._meta.db_table: {"SELECT", "INSERT", "DELETE"},  # Erasure deletes texts.
    Anchor._meta.db_table: {"SELECT", "INSERT", "UPDATE"},  # The triggers leave what was filed and mailed.
}
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def ways_around(cursor: CursorWrapper, role: str) -> list[str]:
    """By what this role could lead around the trail: mighty by itself, or with rights from elsewhere."""
    cursor.execute("SELECT rolsuper, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = %s", [role])
    mighty = dict(zip(("SUPERUSER", "CREATEROLE", "REPLICATION"), cursor.fetchone(), strict=True))
    found = [word for word, has in mighty.items() if has]
    cursor.execute("SELECT has_schema_privilege(%s, 'public', 'CREATE')", [role])
    if cursor.fetchone()[0]:
        found.append("CREATE on the schema public")
    cursor.execute("SELECT has_database_privilege(%s, current_database(), 'TEMPORARY')", [role])
    if cursor.fetchone()[0]:
        found.append("TEMPORARY on the database")
    for table, kept in TRAIL.items():
        cursor.execute(
            "SELECT pg_has_role(%s, relowner, 'MEMBER') FROM pg_class WHERE oid = %s::regclass", [role, table]
        )
        if cursor.fetchone()[0]:
            found.append(f"the ownership of {table}")
        for right in RIGHTS:
            cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [role, table, right])
            if right not in kept and cursor.fetchone()[0]:
                found.append(f"{right} on {table}")
    return found
