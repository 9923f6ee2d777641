"""The same change of the same row with django-simple-history; runs in its own environment.

python -m bench.audit.history tables
python -m bench.audit.history write NUMBER COUNT
"""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings

from bench.audit.gate import together

APPS = ["django.contrib.contenttypes", "django.contrib.auth"]


def set_up() -> None:
    at = urlsplit(os.environ["DATABASE_URL"])
    settings.configure(
        INSTALLED_APPS=[*APPS, "simple_history", "bench.audit.kept"],
        MIGRATION_MODULES=dict.fromkeys(app.split(".")[-1] for app in APPS),  # All tables at once.
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": at.path[1:],
                "USER": at.username,
                "PASSWORD": at.password,
                "HOST": at.hostname,
                "PORT": at.port,
                "CONN_MAX_AGE": 60,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def tables() -> None:
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)


def write(number: int, count: int) -> None:
    from django.contrib.auth.models import User
    from django.db import transaction

    from bench.audit.kept.models import Person

    actor = User.objects.create(username=f"penulis{number}-{os.getpid()}")
    person = Person.objects.create(email=f"{actor.username}@contoh.id", name="Penulis")
    person._history_user = actor

    def change(one: int) -> None:
        person.name = f"Nama {one}"
        with transaction.atomic():
            person.save()

    together(lambda: [change(one) for one in range(count)])


if __name__ == "__main__":
    set_up()
    if sys.argv[1] == "tables":
        tables()
    else:
        write(int(sys.argv[2]), int(sys.argv[3]))
