"""PostgreSQL takes the right of a consent and its hours for independent of each other, though only a consent for
hours has any; it then expects a fifth of the consents that there are, and reads a kelurahan whole to show a page."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

NAME = "registry_consent_right_and_hours"


def keep(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(f'CREATE STATISTICS {NAME} (mcv) ON "right", hours_from, hours_until FROM registry_consent')


def drop(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP STATISTICS {NAME}")


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_refused_secret"),
    ]

    operations = [migrations.RunPython(keep, drop)]
