import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("onboarding", "0001_initial"),
        ("registry", "0002_camera_video_source"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="probe",
            name="proves",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="probe",
            name="visit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pictures",
                to="onboarding.verification",
            ),
        ),
        migrations.AddField(
            model_name="verification",
            name="duty",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.duty",
            ),
        ),
        migrations.AddField(
            model_name="verification",
            name="position_source",
            field=models.CharField(
                blank=True,
                choices=[("gps", "dari GPS"), ("tap", "ditunjuk di peta"), ("typed", "diketik")],
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="verification",
            name="revisit_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="verification",
            name="revisit_asked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.CheckConstraint(
                condition=models.Q(("position_source__in", ["gps", "tap", "typed", ""])),
                name="onboarding_verification_position_source_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="verification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revisit_asked_at__isnull", True), ("revisit_asked_by__isnull", True)),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("revisit_asked_at__isnull", False),
                        ("revisit_asked_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="onboarding_verification_revisit_whole",
            ),
        ),
    ]
