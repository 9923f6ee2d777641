from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0006_fill_touched")]

    operations = [
        migrations.AddField(
            model_name="devicechange", name="address", field=models.CharField(blank=True, max_length=260)
        ),
        migrations.AddField(model_name="settingswork", name="identity", field=models.JSONField(default=dict)),
    ]
