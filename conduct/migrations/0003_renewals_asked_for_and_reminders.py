import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def who_asked_then(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A supervisor renewed without being asked until now: the request counts as that of the deferral itself."""
    deferrals = apps.get_model("conduct", "Deferral").objects.using(schema_editor.connection.alias)
    renewed = deferrals.filter(renewed_at__isnull=False)
    renewed.update(renewal_asked_at=F("renewed_at"), renewal_asked_by=F("requested_by"))


class Migration(migrations.Migration):
    dependencies = [
        ("conduct", "0002_supervision"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="deferral",
            name="conduct_deferral_renewed_by_somebody_on_a_letter",
        ),
        migrations.AddField(
            model_name="card",
            name="reminded_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="deferral",
            name="renewal_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="deferral",
            name="renewal_asked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(who_asked_then, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="deferral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("renewal_asked_at__isnull", True),
                        ("renewal_asked_by__isnull", True),
                        ("renewal_letter_number", ""),
                    ),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("renewal_asked_at__isnull", False),
                        ("renewal_asked_by__isnull", False),
                        models.Q(("renewal_letter_number", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="conduct_deferral_renewal_asked_for_on_a_letter",
            ),
        ),
        migrations.AddConstraint(
            model_name="deferral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("renewed_at__isnull", True), ("renewed_by__isnull", True)),
                    models.Q(
                        ("renewal_asked_at__isnull", False),
                        ("renewed_at__isnull", False),
                        ("renewed_by__isnull", False),
                        models.Q(("renewed_by", models.F("renewal_asked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="conduct_deferral_renewed_by_another_once_asked_for",
            ),
        ),
    ]
