from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0004_change_kind_ntp")]

    operations = [
        migrations.AddField(model_name="devicechange", name="touched", field=models.BooleanField(default=False)),
        migrations.AddConstraint(
            model_name="devicechange",
            constraint=models.CheckConstraint(
                condition=models.Q(("touched", False), ("state__in", ["done", "failed"]), _connector="OR"),
                name="onboarding_devicechange_touched_when_tried",
            ),
        ),
    ]
