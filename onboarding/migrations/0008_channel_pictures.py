from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0007_of_which_device"),
        ("registry", "0006_private_areas_unknown"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="probe",
            name="onboarding_probe_kind_known",
        ),
        migrations.AlterField(
            model_name="probe",
            name="kind",
            field=models.CharField(
                choices=[
                    ("connect", "Menyambungkan"),
                    ("possession", "Bukti penguasaan"),
                    ("channel", "Gambar satu saluran"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="probe",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["connect", "possession", "channel"])),
                name="onboarding_probe_kind_known",
            ),
        ),
    ]
