from typing import Any

from django.db import migrations, models

#: A changed row stays on its page, and no index is written, as long as there is room (heap-only tuples).
ROOM = """
ALTER TABLE health_checkstate SET (fillfactor = 85);
ALTER TABLE health_statusinterval SET (fillfactor = 85);
ALTER TABLE health_checkgroup SET (fillfactor = 40);
"""
#: The constraint that the models know, with the seconds beside its keys. Not in the models: SQLite cannot, and Django
#: would leave the constraint out there.
COVERING = """
ALTER TABLE health_cameraday
    DROP CONSTRAINT health_cameraday_once,
    ADD CONSTRAINT health_cameraday_once UNIQUE (camera_id, day) INCLUDE (normal, degraded, down);
"""


def lay_out(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(ROOM)
        editor.execute(COVERING)


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0005_outages"),
        ("registry", "0013_maintainer_handovers"),
    ]

    operations = [
        migrations.AlterField("checkgroup", "lease", models.UUIDField(blank=True, null=True)),
        migrations.AlterField("checkgroup", "next_check_at", models.DateTimeField()),
        migrations.AlterField("checkstate", "lease", models.UUIDField(blank=True, null=True)),
        migrations.AddIndex(
            "checkstate",
            models.Index(
                condition=models.Q(("lease__isnull", False)), fields=["lease"], name="health_checkstate_leased"
            ),
        ),
        migrations.AlterField(
            "statusinterval",
            "camera",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=models.deletion.CASCADE,
                related_name="status_intervals",
                to="registry.camera",
            ),
        ),
        migrations.RunPython(lay_out, migrations.RunPython.noop),
    ]
