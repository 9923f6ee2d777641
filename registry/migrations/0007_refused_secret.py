import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_private_areas_unknown"),
    ]

    operations = [
        migrations.CreateModel(
            name="RefusedSecret",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("mark", models.CharField(editable=False, max_length=64)),
                ("refusals", models.PositiveSmallIntegerField()),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refused_secrets",
                        to="registry.device",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("device", "mark"), name="registry_refusedsecret_once_per_device"
                    )
                ],
            },
        ),
    ]
