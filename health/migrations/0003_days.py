import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0002_tiers"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CameraDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("day", models.DateField()),
                ("normal", models.PositiveIntegerField(default=0)),
                ("degraded", models.PositiveIntegerField(default=0)),
                ("down", models.PositiveIntegerField(default=0)),
                ("cause", models.CharField(blank=True, max_length=30)),
                ("runs", models.BinaryField(default=bytes)),
                (
                    "camera",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="health_days",
                        to="registry.camera",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("camera", "day"), name="health_cameraday_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("normal__gt", 0), ("degraded__gt", 0), ("down__gt", 0), _connector="OR"
                        ),
                        name="health_cameraday_something_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "normal__lte",
                                models.expressions.CombinedExpression(
                                    models.expressions.CombinedExpression(
                                        models.Value(86400), "-", models.F("degraded")
                                    ),
                                    "-",
                                    models.F("down"),
                                ),
                            )
                        ),
                        name="health_cameraday_not_longer_than_a_day",
                    ),
                ]
            },
        ),
        migrations.AlterField(
            model_name="checkstate",
            name="next_check_at",
            field=models.DateTimeField(),
        ),
        migrations.CreateModel(
            name="CheckGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("next_check_at", models.DateTimeField(db_index=True)),
                ("lease", models.UUIDField(blank=True, db_index=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease__isnull", True), ("lease_until__isnull", True)),
                            models.Q(("lease__isnull", False), ("lease_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="health_checkgroup_lease_whole",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="checkstate",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="members",
                to="health.checkgroup",
            ),
        ),
        migrations.AddIndex(
            model_name="checkstate",
            index=models.Index(
                condition=models.Q(("group__isnull", True)), fields=["next_check_at"], name="health_checkstate_due"
            ),
        ),
        # On PostgreSQL, Django drops every index on the column where a key gives up its own, also that of this
        # constraint: so it goes before and comes back after.
        migrations.RemoveConstraint(model_name="statusinterval", name="health_statusinterval_one_open"),
        migrations.AlterField(
            model_name="statusinterval",
            name="camera",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="status_intervals",
                to="registry.camera",
            ),
        ),
        migrations.AddConstraint(
            model_name="statusinterval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("camera",),
                name="health_statusinterval_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="statusinterval",
            index=models.Index(fields=["camera", "until"], name="health_statusinterval_until"),
        ),
    ]
