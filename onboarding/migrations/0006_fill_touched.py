"""Changes that were made before it was kept whether there is something to restore: by how they had ended."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

PERHAPS_WRITTEN = ["not_read_back", "other_value", "user_left_behind", "interrupted"]


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    changes = apps.get_model("onboarding", "DeviceChange").objects.using(schema_editor.connection.alias)
    changes.filter(Q(state="done") | Q(state="failed", why__in=PERHAPS_WRITTEN)).update(touched=True)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0005_change_touched")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
