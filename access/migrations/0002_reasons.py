"""The closed list of reasons a new installation starts with; administrators edit it."""

from django.db import migrations
from django.utils.translation import gettext_noop

REASONS = [
    ("incident_running", gettext_noop("Kejadian sedang berlangsung"), True),
    ("report_110", gettext_noop("Menindaklanjuti panggilan 110"), True),
    ("missing_person", gettext_noop("Mencari orang hilang"), True),
    ("stolen_vehicle", gettext_noop("Mencari kendaraan hasil kejahatan"), True),
    ("crowd_safety", gettext_noop("Keselamatan keramaian yang dijadwalkan"), False),
    ("hotspot_watch", gettext_noop("Pantauan titik rawan pada jam yang diizinkan"), False),
    ("technical_check", gettext_noop("Pemeriksaan gambar bersama pemilik"), False),
]


def add(apps, schema_editor):
    Reason = apps.get_model("access", "Reason")
    for code, words, needs_case in REASONS:
        Reason.objects.get_or_create(code=code, defaults={"words": words, "needs_case": needs_case})


def remove(apps, schema_editor):
    """Reasons are referred to by looks and stay."""


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
