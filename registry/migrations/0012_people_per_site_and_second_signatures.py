import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_duty_emergency_and_tokens"),
        ("registry", "0011_ending_began_by_somebody"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("consents", "Beri persetujuan"), ("switch_off", "Matikan tanda tangan kedua")],
                        max_length=10,
                    ),
                ),
                ("choices", models.JSONField(blank=True, default=list)),
                ("language", models.CharField(default="id", max_length=2)),
                ("signed_how", models.CharField(default="web_form", max_length=20)),
                ("proposed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("countersigned", "Ditandatangani orang kedua"),
                            ("declined", "Ditolak"),
                            ("taken_back", "Ditarik kembali"),
                            ("lapsed", "Lewat waktu"),
                        ],
                        max_length=13,
                    ),
                ),
            ],
            options={
                "ordering": ["-proposed_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["consents", "switch_off"])),
                        name="registry_proposal_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("proposed_at"))),
                        name="registry_proposal_ends_after_it_began",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["expires_at"],
                        name="registry_proposal_open_until",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SecondSignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("on_at", models.DateTimeField()),
                ("off_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="partnerperson",
            name="registry_partnerperson_once",
        ),
        migrations.AddField(
            model_name="consent",
            name="countersigned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consent",
            name="countersigned_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="partnerperson",
            name="called",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="partnerperson",
            name="site",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="own_people",
                to="registry.site",
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="named_approver",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="named_grantor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("countersigned_at__isnull", True), ("countersigned_by__isnull", True)),
                    models.Q(
                        ("countersigned_at__isnull", False),
                        ("countersigned_by__isnull", False),
                        models.Q(("countersigned_by", models.F("signed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="registry_consent_countersigned_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerperson",
            constraint=models.UniqueConstraint(
                condition=models.Q(("site__isnull", True)),
                fields=("partner", "user", "role"),
                name="registry_partnerperson_once_for_all",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerperson",
            constraint=models.UniqueConstraint(
                condition=models.Q(("site__isnull", False)),
                fields=("site", "user", "role"),
                name="registry_partnerperson_once_a_site",
            ),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("named_verifier", models.F("named_grantor")), _negated=True),
                    models.Q(("named_verifier", models.F("named_approver")), _negated=True),
                    models.Q(("named_grantor", models.F("named_approver")), _negated=True),
                ),
                name="registry_site_named_three_people",
                violation_error_message="Pemeriksa, pemberi akses, dan penyetuju adalah tiga orang.",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="partner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="registry.partner"
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="receipt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.receipt",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="site",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="registry.site",
            ),
        ),
        migrations.AddField(
            model_name="secondsignature",
            name="off_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="secondsignature",
            name="off_countersigned_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="secondsignature",
            name="on_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="secondsignature",
            name="partner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="second_signatures", to="registry.partner"
            ),
        ),
        migrations.AddField(
            model_name="secondsignature",
            name="site",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="second_signatures",
                to="registry.site",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="switch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="registry.secondsignature",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondsignature",
            constraint=models.UniqueConstraint(
                condition=models.Q(("off_at__isnull", True), ("site__isnull", False)),
                fields=("site",),
                name="registry_secondsignature_once_a_site",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondsignature",
            constraint=models.UniqueConstraint(
                condition=models.Q(("off_at__isnull", True), ("site__isnull", True)),
                fields=("partner",),
                name="registry_secondsignature_once_for_all",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondsignature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("off_at__isnull", True), ("off_by__isnull", True), ("off_countersigned_by__isnull", True)
                    ),
                    models.Q(
                        ("off_at__isnull", False),
                        ("off_by__isnull", False),
                        ("off_countersigned_by__isnull", False),
                        models.Q(("off_by", models.F("off_countersigned_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="registry_secondsignature_off_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "consents"), ("site__isnull", False), ("switch__isnull", True)),
                    models.Q(("kind", "switch_off"), ("switch__isnull", False)),
                    _connector="OR",
                ),
                name="registry_proposal_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True), ("ended_how", "")),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", True), ("ended_how", "lapsed")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        ("ended_how__in", ["countersigned", "declined", "taken_back"]),
                    ),
                    _connector="OR",
                ),
                name="registry_proposal_ended_somehow",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_how", "countersigned"), _negated=True),
                    models.Q(("ended_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="registry_proposal_countersigned_by_another",
                violation_error_message="Tanda tangan kedua diberikan orang lain.",
            ),
        ),
    ]
