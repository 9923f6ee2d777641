from typing import Any

from django.db import migrations

#: A month is summed up from the index alone, but only of pages that a vacuum has found to be seen by everybody. Rows
#: that are only added wake it late: by default when a fifth of the table is new, which is months of packed days.
SOON = """
ALTER TABLE health_cameraday
    SET (autovacuum_vacuum_insert_scale_factor = 0.001, autovacuum_vacuum_insert_threshold = 20000);
"""


def look_soon(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(SOON)


class Migration(migrations.Migration):
    dependencies = [("health", "0008_told")]

    operations = [migrations.RunPython(look_soon, migrations.RunPython.noop)]
