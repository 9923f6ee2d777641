from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_consent_statistics"),
    ]

    operations = [
        migrations.AddField(
            model_name="device",
            name="secret_doubts",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="device",
            name="secret_doubted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="refusedsecret",
            name="doubts",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
