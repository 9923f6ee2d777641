from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="camera",
            name="video_source_token",
            field=models.CharField(blank=True, max_length=120),
        ),
    ]
