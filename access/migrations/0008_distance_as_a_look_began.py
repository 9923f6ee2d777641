from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from registry.geo import distance_m

ERASED = "(dihapus)"  # As privacy.erasing wrote it: such a place's point is no camera's any more.


def measure(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Of looks that are over, what is still known: the way to the place as it stands today."""
    looks = apps.get_model("access", "Look").objects.using(schema_editor.connection.alias)
    known = looks.filter(case__isnull=False).exclude(camera__site__address=ERASED)
    for look in known.order_by("pk").select_related("case", "camera__site").iterator(chunk_size=1000):
        case, site = look.case, look.camera.site
        metres = round(distance_m(case.lat, case.lng, site.lat, site.lng))
        looks.filter(pk=look.pk).update(case_distance_m=metres)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_requests_for_an_owners_places"),
        ("registry", "0012_people_per_site_and_second_signatures"),
    ]

    operations = [
        migrations.AddField(
            model_name="look",
            name="case_distance_m",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.CheckConstraint(
                condition=models.Q(("case_distance_m__isnull", True), ("case__isnull", False), _connector="OR"),
                name="access_look_distance_from_its_case",
            ),
        ),
        migrations.RunPython(measure, migrations.RunPython.noop),
    ]
