from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_network")]

    operations = [
        migrations.AddField(model_name="device", name="serial", field=models.CharField(blank=True, max_length=120)),
    ]
