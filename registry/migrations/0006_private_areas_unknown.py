from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_device_serial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="camera",
            name="registry_camera_private_areas_known",
        ),
        migrations.AlterField(
            model_name="camera",
            name="private_areas",
            field=models.CharField(
                choices=[
                    ("none", "Tidak ada"),
                    ("masked", "Ada, sudah ditutup"),
                    ("open", "Ada, belum ditutup"),
                    ("unknown", "Belum ditanyakan"),
                ],
                default="unknown",
                max_length=7,
            ),
        ),
        migrations.AddConstraint(
            model_name="camera",
            constraint=models.CheckConstraint(
                condition=models.Q(("private_areas__in", ["none", "masked", "open", "unknown"])),
                name="registry_camera_private_areas_known",
            ),
        ),
    ]
