from django.db import migrations, models

KNOWN = "onboarding_devicechange_kind_known"


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0003_device_changes")]

    operations = [
        migrations.RemoveConstraint(model_name="devicechange", name=KNOWN),
        migrations.AlterField(
            model_name="devicechange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("clock", "Jam perangkat"),
                    ("ntp", "Jam lewat NTP"),
                    ("substream", "Tayangan kecil"),
                    ("user", "Akun untuk Mitra Kamera"),
                    ("masks", "Area yang ditutup"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="devicechange",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["clock", "ntp", "substream", "user", "masks"])), name=KNOWN
            ),
        ),
    ]
